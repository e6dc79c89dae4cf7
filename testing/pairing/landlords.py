"""Landlords under pseudonyms: takes adverts and the wave's key, tells which share a landlord, and what it is called."""

import hmac
from collections.abc import Sequence

from testing.study.listing import Listing
from testing.study.sameness import landlord_groups

ID_DIGITS = 16
"""Hexadecimal digits of an application's, pair's and landlord's key: 64 bits."""


def landlord_keys(key: bytes, frame: Sequence[Listing]) -> dict[str, str]:
    """Pseudonymous landlord key for the key of each advert: HMAC-SHA256(key, the landlord's strongest mark), 16 digits.

    Adverts that share any mark share the landlord, so that its cap holds over all portals.
    """
    group = landlord_groups(frame)
    marks: dict[str, str] = {}
    for listing in frame:
        material = listing.landlord.key_material(listing.key)
        head = group[listing.key]
        marks[head] = min(marks.get(head, material), material, key=_strongest)
    return {
        it.key: hmac.digest(key, marks[group[it.key]].encode(), "sha256").hex()[:ID_DIGITS] for it in frame
    }


def _strongest(material: str) -> tuple[int, str]:
    kind = material.partition(":")[0]
    return ("company", "licence", "email", "name", "listing").index(kind), material
