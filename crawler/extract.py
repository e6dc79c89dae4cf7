"""A saved page in, one flat record per advert out, in the field names of the listings' index; absent is None."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from crawler.feeds.files import NOWHERE, fetches_of, saved_page
from crawler.pipelines.normalise import normalise
from crawler.portals.profile import GENERIC, PortalProfile, load_profile
from crawler.readers.kinds import PageKind
from crawler.readers.reading import PageReading, read_page
from testing.study.listing import LandlordType, Listing

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PUBLIC = frozenset((LandlordType.SOCIAL_RENTAL_AGENCY, LandlordType.SOCIAL_HOUSING_COMPANY))
TRUST = {
    "profile": 0.95, "feed": 0.95, "item": 0.95, "ld": 0.9, "state": 0.9, "key": 0.8, "prop": 0.85, "label": 0.8,
    "said": 0.75, "phrase": 0.7,
    "meta": 0.7, "place": 0.65, "css": 0.6, "usual": 0.4, "title": 0.6, "text": 0.5, "url": 0.5, "const": 0.5,
}  # fmt: skip
"""How far a place is to be trusted, in order: a judgement of ours that ranks places, not a measured share."""
_FLAT = (
    "listing_id", "url", "title", "language", "rent_amount", "sale_price", "charges_amount", "deposit", "currency",
    "street", "house_number", "district", "postcode", "city", "country", "dwelling_type", "area_m2", "rooms",
    "bedrooms", "furnished", "energy_label", "reference",
)  # fmt: skip


def extract_file(
    path: Path, profile: PortalProfile | None = None, url: str | None = None, *, provenance: bool = False
) -> list[dict[str, Any]]:
    """Read one file: a saved page, list or feed, a table, or the pages of a WARC.

    Args:
        path: the file.
        profile: the portal's declaration; None tells the portal from the page, and reads one of none generically.
        url: where it was seen; without it the address that the page gives of itself, else the portal's front page.
        provenance: add where each value stood, by which rule, and how far such a place is to be trusted.

    Returns:
        One record per advert in page order; a page without any gives one record with its kind and reason.
    """
    fetches = fetches_of(path, profile) if url is None else iter([saved_page(path, profile, url)])
    found = []
    for fetch in fetches:
        chosen = profile or load_profile(fetch.portal)
        expect = None if url else PageKind.DETAIL
        reading = read_page(fetch.body or b"", fetch.url, chosen, _EPOCH, fetch.charset, expect=expect)
        rows = [
            _flat(listing, extra, nameless=fetch.url.endswith(f"/{quote(path.name)}"))
            for listing, extra in zip(reading.listings, reading.extras, strict=True)
        ]
        if provenance:
            rows = [
                {**row, "provenance": _provenance(listing, row, chosen)}
                for row, listing in zip(rows, reading.listings, strict=True)
            ]
        found += [{**_page(path, reading, chosen), **row} for row in rows or [{}]]
    return found


def _page(path: Path, reading: PageReading, profile: PortalProfile) -> dict[str, Any]:
    return {
        "file": str(path),
        "page_kind": reading.page_kind.value,
        "reason": reading.reason,
        "portal": profile.name,
        "unverified": profile.unverified,
    }


def _provenance(
    listing: Listing, row: Mapping[str, Any], profile: PortalProfile
) -> dict[str, dict[str, Any]]:
    found = {}
    for name, rule in listing.sources.items():
        if row.get(name) is not None:
            reader = rule.partition(":")[0].partition("@")[0]
            trust = TRUST.get(reader, TRUST["css"])
            own = profile.name != GENERIC and rule in {it.source for it in profile.rules.get(name, ())}
            found[name] = {
                "source": "profile" if own else reader,
                "rule": rule,
                "confidence": max(trust, TRUST["profile"]) if own else trust,
            }
    found["landlord_type"] = {"evidence": [asdict(it) for it in listing.landlord.evidence]}
    return found


def _flat(listing: Listing, extra: Mapping[str, Any], *, nameless: bool) -> dict[str, Any]:
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
    if urlsplit(listing.url).hostname == NOWHERE:
        record["url"] = None
        if nameless and listing.sources.get("listing_id", "").startswith("url:"):
            record["listing_id"] = None
    return {name: _plain(value) for name, value in {**record, **extra}.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
