"""A saved page in, one flat record per advert out, in the field names of the listings' index; absent is None."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from crawler.pipelines.normalise import normalise
from crawler.portals.profile import GENERIC, PortalProfile, load_profile
from crawler.readers.kinds import PageKind
from crawler.readers.reading import PageReading, read_page
from testing.study.listing import LandlordType, Listing

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CANONICAL = re.compile(
    rb"""<link[^>]{0,80}\brel=["']?canonical["']?[^>]{0,80}\bhref=["']([^"']{1,800})|property=["']og:url["'][^>]{0,40}content=["']([^"']{1,800})"""
)
_PUBLIC = frozenset((LandlordType.SOCIAL_RENTAL_AGENCY, LandlordType.SOCIAL_HOUSING_COMPANY))
_FLAT = (
    "listing_id", "url", "title", "language", "rent_amount", "sale_price", "charges_amount", "deposit", "currency",
    "street", "house_number", "district", "postcode", "city", "country", "dwelling_type", "area_m2", "rooms",
    "bedrooms", "furnished", "energy_label", "reference",
)  # fmt: skip


def extract_file(
    path: Path, profile: PortalProfile | None = None, url: str | None = None
) -> list[dict[str, Any]]:
    """Read one saved page.

    Args:
        path: the file.
        profile: the portal's declaration; without it the generic readers do what they can.
        url: where it was seen; without it an address made from the portal and the file's name stands in.

    Returns:
        One record per advert in page order; a page without any gives one record with its kind and reason.
    """
    chosen = profile or load_profile(GENERIC)
    body = path.read_bytes()
    address = url or _address(body, chosen)
    reading = read_page(body, address, chosen, _EPOCH, expect=None if url else PageKind.DETAIL)
    rows = [_flat(listing, extra) for listing, extra in zip(reading.listings, reading.extras, strict=True)]
    return [{**_page(path, reading), **row} for row in rows or [{}]]


def _address(body: bytes, profile: PortalProfile) -> str:
    """The address that a saved page gives of itself, else the portal's front page."""
    front = f"https://{(profile.domains or ('saved.example',))[0]}/"
    found = _CANONICAL.search(body[:400_000])
    return urljoin(front, (found[1] or found[2]).decode("utf-8", "replace")) if found else front


def _page(path: Path, reading: PageReading) -> dict[str, Any]:
    return {"file": str(path), "page_kind": reading.page_kind.value, "reason": reading.reason}


def _flat(listing: Listing, extra: Mapping[str, Any]) -> dict[str, Any]:
    listing = normalise(listing)
    kind = listing.landlord.type
    record = {name: getattr(listing, name) for name in _FLAT}
    record |= {
        "transaction": listing.transaction.value,
        "rent_kind": listing.rent_kind,
        "rent_period": listing.rent_period,
        "posted_date": listing.posted_date,
        "available_from": listing.available_from,
        "contact_channels": list(listing.contact_channels),
        # The index has one word for the social rental agency and the social housing company.
        "landlord_type": "social_public" if kind in _PUBLIC else kind.value,
        "advertiser_name": listing.landlord.name,
        "licence_no": listing.landlord.licence_no,
        "company_no": listing.landlord.company_no,
    }
    return {name: _plain(value) for name, value in {**record, **extra}.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
