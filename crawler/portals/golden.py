"""Golden pages: a kept page in, one that may be shown out; a profile held against the pages that are there."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.extract import extract_file
from crawler.portals.profile import PortalProfile, load_profile
from crawler.readers.reading import read_page

EXPECTED, PAGE = "expected.json", "page.html"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAIL = re.compile(rb"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PHONE = re.compile(
    rb"(?<![\w./-])(?:\+|00)\d{2}[\d ./()-]{6,16}\d(?![\w-])|(?<![\w./-])0\d{1,3}[ ./-]\d[\d ./-]{4,12}\d(?![\w-])"
)
_IBAN = re.compile(rb"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b")
_PLACE = re.compile(
    rb"""(["']?(?:lat(?:itude)?|lon(?:g|gitude)?|lng)["']?\s*[:=]\s*["']?)-?\d{1,3}\.\d{2,}""", re.I
)
COMPARED = (
    "listing_id", "transaction", "rent_amount", "rent_kind", "rent_period", "charges_amount", "sale_price", "currency",
    "postcode", "city", "dwelling_type", "area_m2", "rooms", "bedrooms", "furnished", "energy_label", "posted_date",
    "reference", "landlord_type", "licence_no", "company_no", "language",
)  # fmt: skip
"""What an expectation holds of a record; never a name, an address or a telephone number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One golden page and how its profile does on it."""

    name: str
    faults: tuple[str, ...]
    """What differs from the expectation."""
    fields: tuple[str, ...]
    """Fields of the record that were read."""


def redacted(body: bytes, url: str, profile: PortalProfile, charset: str | None = None) -> bytes:
    """A page without what leads to a person: addresses of mail, telephone numbers, accounts, names, street, position.

    Args:
        body: as it was kept.
        url: where it was seen.
        profile: its portal's.
        charset: as the server declared it.

    Returns:
        The page with made-up values in their place; look it over before anybody else sees it.
    """
    reading = read_page(body, url, profile, _EPOCH, charset)
    made = _MAIL.sub(b"advertiser@portal.example", body)
    made = _PHONE.sub(b"+32 000 00 00 00", made)
    made = _IBAN.sub(b"BE00 0000 0000 0000", made)
    made = _PLACE.sub(rb"\g<1>0.0", made)
    for number, listing in enumerate(reading.listings):
        street = f"Voorbeeldstraat{number or ''}"
        whole = (
            f"{listing.street} {listing.house_number}" if listing.street and listing.house_number else None
        )
        instead_of = (
            (listing.landlord.name, "Voorbeeld Verhuur"),
            (whole, f"{street} 1"),
            (listing.street, street),
        )
        for found, instead in instead_of:
            for written in _spellings(found) if found and len(found) >= 4 else ():
                made = made.replace(written, instead.encode())
    return made


def _spellings(text: str) -> Iterator[bytes]:
    """A text as pages write it: plain, in HTML, in JSON with and without escapes, in an address."""
    from html import escape
    from urllib.parse import quote

    forms = {text, escape(text), escape(text, quote=False), json.dumps(text)[1:-1], quote(text), text.upper()}
    forms |= {re.sub(r"[\W_]+", "-", text.casefold()).strip("-")}
    for form in sorted(forms, key=len, reverse=True):
        yield form.encode()


def record(folder: Path, body: bytes, url: str, profile: PortalProfile, charset: str | None = None) -> Path:
    """Write a golden page with what is read from it now, to be looked over by a person.

    Args:
        folder: of the case, ``tests/portals/<portal>/<case>``.
        body: as it was kept.
        url: where it was seen.
        profile: its portal's.
        charset: as the server declared it.

    Returns:
        The page's path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / PAGE
    page.write_bytes(redacted(body, url, profile, charset))
    rows = extract_file(page, profile, url)
    expected: dict[str, Any] = {"url": url, "page_kind": rows[0]["page_kind"]}
    if rows[0]["reason"]:
        expected["reason"] = rows[0]["reason"]
    expected["listings"] = [
        {name: row[name] for name in COMPARED if row.get(name) is not None}
        for row in rows
        if "listing_id" in row
    ]
    (folder / EXPECTED).write_text(json.dumps(expected, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return page


def check(name: str, pages: Path) -> list[Case]:
    """Hold a profile against its golden pages.

    Args:
        name: of the portal.
        pages: folder that holds one folder for each portal.

    Raises:
        StudyFileInvalid: there is no such profile, or it is wrong.
    """
    profile = load_profile(name)
    return [_case(path, profile) for path in sorted((pages / name).glob(f"*/{EXPECTED}"))]


def _case(path: Path, profile: PortalProfile) -> Case:
    want = json.loads(path.read_text("utf-8"))
    rows = extract_file(next(path.parent.glob("page.*")), profile, want["url"])
    faults = []
    if rows[0]["page_kind"] != want["page_kind"]:
        faults.append(f"page kind is {rows[0]['page_kind']}, not {want['page_kind']}")
    if len(rows) < len(want["listings"]):
        faults.append(f"{len(rows)} adverts, not {len(want['listings'])}")
    for number, (expected, got) in enumerate(zip(want["listings"], rows, strict=False)):
        faults += [f"advert {number + 1}: {it}" for it in _differences(expected, got)]
    read = {field for row in rows for field in COMPARED if row.get(field) is not None}
    return Case(name=path.parent.name, faults=tuple(faults), fields=tuple(sorted(read)))


def _differences(expected: Mapping[str, Any], got: Mapping[str, Any]) -> Iterator[str]:
    accepted = expected.get("landlord_type_accept", ())
    for field, value in expected.items():
        if field in ("landlord_type_accept", "contact_channels") or (
            field == "landlord_type" and got.get(field) in accepted
        ):
            continue
        found = got.get(field)
        same = found == value or (
            isinstance(value, int | float) and isinstance(found, int | float) and abs(found - value) < 0.01 * abs(value)
        )  # fmt: skip
        if not same:
            yield f"{field} is {found!r}, not {value!r}"
