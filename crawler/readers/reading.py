"""Bytes of one page and the portal's profile in, a ``PageReading`` out: adverts, links, or the reason for neither."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawler.landlords import Advertiser, landlord
from crawler.portals.profile import GENERIC, PortalProfile, load_profile
from crawler.readers import places, values, words
from crawler.readers.fields import Found, read_fields, read_keys
from crawler.readers.kinds import PageKind, plain_kind
from crawler.readers.links import is_detail, links
from crawler.readers.page import Page
from crawler.readers.rules import candidates, parse_rule
from testing.study.listing import LandlordType, Listing, RentKind, RentPeriod, Transaction

_LISTING_FIELDS = (
    "title", "language", "rent_amount", "sale_price", "charges_amount", "deposit", "currency", "street", "house_number",
    "district", "postcode", "city", "country", "dwelling_type", "area_m2", "rooms", "bedrooms", "furnished", "energy_label",
    "posted_date", "available_from", "reference",
)  # fmt: skip
_RENTS = ("rent_amount", "base_amount", "total_amount")
_EXTRAS = ("status", "heating_amount", "total_amount", "base_amount")
_MAX_ITEMS = 500
LONGEST_STREET = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """What one page gave."""

    page_kind: PageKind
    listings: tuple[Listing, ...] = ()
    extras: tuple[Mapping[str, Any], ...] = ()
    """Beside each listing what the record has no field for: status, heating, total and base amounts."""
    links: tuple[str, ...] = ()
    """Addresses of detail pages."""
    next_link: str | None = None
    reason: str | None = None
    """Why there is no advert, where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    page: Page
    profile: PortalProfile
    seen_at: datetime
    fields: Mapping[str, Found] = field(default_factory=dict)


def read_page(
    body: bytes,
    url: str,
    profile: PortalProfile,
    seen_at: datetime,
    charset: str | None = None,
    expect: PageKind | None = None,
) -> PageReading:
    """Read one page. Pure and tolerant: a page is adverts, links, or a reason, never an exception.

    Args:
        body: the page as received, decompressed.
        url: where it was seen; relative links are resolved against it.
        profile: the portal's declaration.
        seen_at: when, aware, UTC.
        charset: as the server declared it.
        expect: DETAIL tries an advert before a list where the address does not tell (a saved file has none).
    """
    page = Page(body, url, charset)
    page.wanted = profile.labels | load_profile(GENERIC).labels if profile.generic else profile.labels
    page.lexicon = load_profile(GENERIC).lexicon if "keys" in profile.generic else profile.lexicon
    try:
        if plain := plain_kind(page, profile):
            return PageReading(page_kind=plain[0], reason=plain[1])
        if profile.items and (reading := _list_items(page, profile, seen_at)):
            return reading
        if len(page.adverts) > 1 and (reading := _list_adverts(page, profile, seen_at)):
            return reading
        known = expect is PageKind.DETAIL or page.document is not None or is_detail(url, profile)
        if profile.detail_patterns and not known:
            reading = _list(page, profile)
            if reading.links:
                return reading
        return _detail(page, profile, seen_at)
    except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError, MemoryError) as error:
        # Hostile pages must cost one page, not the crawl; the reason names what to mend.
        return PageReading(
            page_kind=PageKind.ERROR, reason=f"unreadable: {type(error).__name__}: {error}"[:300]
        )


def _list(page: Page, profile: PortalProfile) -> PageReading:
    found, onward = links(page, profile)
    reason = None if found else "no advert and no link to one"
    return PageReading(page_kind=PageKind.LIST, links=found, next_link=onward, reason=reason)


def _list_items(page: Page, profile: PortalProfile, seen_at: datetime) -> PageReading | None:
    assert profile.items is not None
    items = next(candidates(parse_rule(profile.items.path), page, profile.states), None)
    if not isinstance(items, list) or not items:
        return None
    return _items(
        page, profile, seen_at, [read_fields(page, profile, item=item) for item in items[:_MAX_ITEMS]]
    )


def _list_adverts(page: Page, profile: PortalProfile, seen_at: datetime) -> PageReading | None:
    """A list by what its keys are called; a page of one advert with others like it beside it has fields of its own."""
    generic = load_profile(GENERIC)
    reading = _items(page, profile, seen_at, [read_keys(page, generic, table) for table in page.adverts])
    return reading if len(reading.listings) > 1 else None


def _items(
    page: Page, profile: PortalProfile, seen_at: datetime, items: Sequence[Mapping[str, Found]]
) -> PageReading:
    made = [
        _listing(_Context(page=page, profile=profile, seen_at=seen_at, fields=fields)) for fields in items
    ]
    kept = [(listing, extra) for listing, extra in made if listing is not None]
    found, onward = links(page, profile)
    return PageReading(
        page_kind=PageKind.LIST,
        listings=tuple(listing for listing, _ in kept),
        extras=tuple(extra for _, extra in kept),
        links=found,
        next_link=onward,
        reason=None if kept or found else "no advert in the list's state",
    )


def _detail(page: Page, profile: PortalProfile, seen_at: datetime) -> PageReading:
    generic = load_profile(GENERIC) if profile.generic else None
    fields = read_fields(page, profile, generic)
    listing, extra = _listing(_Context(page=page, profile=profile, seen_at=seen_at, fields=fields))
    if listing is None:
        reading = _list(page, profile)
        return (
            reading
            if reading.links
            else PageReading(page_kind=PageKind.ERROR, reason="no advert on the page")
        )
    return PageReading(page_kind=PageKind.DETAIL, listings=(listing,), extras=(extra,))


def _listing(context: _Context) -> tuple[Listing | None, Mapping[str, Any]]:
    fields = dict(context.fields)
    substance = ("price", "rent_amount", "sale_price", "transaction", "area_m2", "city", "postcode")
    if "listing_id" not in fields or not any(name in fields for name in substance):
        return None, {}
    offered = _transaction(fields)
    _place_price(fields, offered)
    if offered is Transaction.RENT:
        _whole_rent(fields)
    _split_address(fields, context)
    _split_street(fields)
    _constants(fields, context.profile, context.page)
    known = {name: fields[name].value for name in _LISTING_FIELDS if name in fields}
    advertiser = _advertiser(fields, context)
    who = landlord(advertiser, keep_private_names=context.profile.keep_private_names)
    channels = tuple(name for name in ("email", "phone", "form") if f"channel_{name}" in fields)
    if who.email and "email" not in channels:
        channels = ("email", *channels)
    renting = offered is Transaction.RENT
    listing = Listing(
        portal=context.profile.name,
        listing_id=str(fields["listing_id"].value)[:200],
        url=context.page.url,
        seen_at=context.seen_at,
        transaction=offered,
        landlord=who,
        rent_kind=_enum(RentKind, fields, "rent_kind") if renting else None,
        rent_period=_enum(RentPeriod, fields, "rent_period") if renting else None,
        contact_channels=channels,
        sources={name: found.source for name, found in fields.items() if name != "description"},
        **known,
    )
    return listing, {name: fields[name].value for name in _EXTRAS if name in fields}


def _transaction(fields: Mapping[str, Found]) -> Transaction:
    found = fields.get("transaction")
    if found is not None and found.value in ("rent", "sale"):
        return Transaction(found.value)
    if not fields.keys().isdisjoint(_RENTS) and "sale_price" not in fields:
        return Transaction.RENT
    return Transaction.UNKNOWN


def _whole_rent(fields: dict[str, Found]) -> None:
    """A rent that is stated as base or as total is the rent, of that kind; where both are, the base is."""
    for name, kind in (("base_amount", RentKind.BASE), ("total_amount", RentKind.TOTAL)):
        stated = fields.get(name)
        if stated is None or stated.value <= 1:
            continue
        rent = fields.setdefault("rent_amount", stated)
        if rent.value == stated.value:
            fields.setdefault("rent_kind", Found(value=kind.value, source=stated.source, quote=stated.quote))
            if said := words.period(stated.quote) or words.period(stated.source):
                fields.setdefault("rent_period", Found(value=said, source=stated.source, quote=stated.quote))
    base, whole, charges = (fields.get(name) for name in ("base_amount", "rent_amount", "charges_amount"))
    if base and whole and charges and abs(base.value + charges.value - whole.value) < 0.01:
        fields.setdefault("rent_kind", Found(value="total", source=whole.source, quote=whole.quote))


def _place_price(fields: dict[str, Found], offered: Transaction) -> None:
    """A plain price is rent or sale price by what is offered; an amount of the other kind is dropped."""
    price = fields.pop("price", None)
    own = {Transaction.RENT: "rent_amount", Transaction.SALE: "sale_price"}.get(offered)
    if own and price is not None:
        fields.setdefault(own, price)
    for name in ("rent_amount", "sale_price"):
        if name != own and (own or name == "sale_price"):
            fields.pop(name, None)
    for name in ("rent_amount", "sale_price"):
        # Portals write 0 or 1 for a price on request.
        if name in fields and fields[name].value <= 1:
            del fields[name]
    if "rent_amount" not in fields and "sale_price" not in fields:
        fields.pop("currency", None)


def _split_address(fields: dict[str, Found], context: _Context) -> None:
    """Take apart an address that is written as one text; each part only where the page does not state it alone."""
    stated = [fields[name] for name in ("address", "street") if name in fields]
    fields.pop("address", None)
    for whole in stated:
        parts = places.split(str(whole.value), context.profile.country or context.page.country)
        if parts and fields.get("street") is whole:
            del fields["street"]
        for name, value in parts.items():
            fields.setdefault(name, Found(value=value, source=whole.source, quote=whole.quote))
    street = fields.get("street")
    if street is not None and len(street.value) > LONGEST_STREET:
        del fields["street"]


def _split_street(fields: dict[str, Found]) -> None:
    street = fields.get("street")
    if street is None or "house_number" in fields:
        return
    name, number = values.street_and_number(street.value)
    if number:
        fields["street"] = Found(value=name, source=street.source, quote=street.quote)
        fields["house_number"] = Found(value=number, source=street.source, quote=street.quote)


def _constants(fields: dict[str, Found], profile: PortalProfile, page: Page) -> None:
    amount = "rent_amount" in fields or "sale_price" in fields
    declared = {
        "country": profile.country or (page.country if profile.name == GENERIC else None),
        "currency": profile.currency if amount else None,
        "language": profile.languages[0] if len(profile.languages) == 1 else None,
    }
    for name, value in declared.items():
        if value is not None and name not in fields:
            fields[name] = Found(value=value, source=f"portal:{profile.name}", quote=value)


def _enum(kind: type[RentKind] | type[RentPeriod], fields: Mapping[str, Found], name: str) -> Any:
    return kind(fields[name].value) if name in fields else None


def _advertiser(fields: Mapping[str, Found], context: _Context) -> Advertiser:
    def text(name: str) -> str | None:
        return fields[name].value if name in fields else None

    def source(name: str) -> str:
        return fields[name].source if name in fields else ""

    flag = fields.get("landlord_type") or _yes_or_no_flag(fields)
    return Advertiser(
        country=text("country"),
        url=context.page.url,
        flag=LandlordType(flag.value) if flag else None,
        flag_source=flag.source if flag else "",
        flag_quote=flag.quote if flag else "",
        name=text("advertiser_name"),
        name_source=source("advertiser_name"),
        licence_no=text("licence_no"),
        licence_source=source("licence_no"),
        company_no=text("company_no"),
        company_source=source("company_no"),
        email=text("landlord_email"),
        prose=" ".join(filter(None, (text("title"), text("description")))),
        default=context.profile.default_landlord,
        portal=context.profile.name,
    )


def _yes_or_no_flag(fields: Mapping[str, Found]) -> Found | None:
    """The landlord type by flags that only say private or not; None where they contradict one another."""
    said = {}
    for name, yes, no in (
        ("landlord_private", LandlordType.PRIVATE, LandlordType.AGENCY),
        ("landlord_professional", LandlordType.AGENCY, LandlordType.PRIVATE),
    ):
        if found := fields.get(name):
            said[(yes if found.value else no).value] = found
    if len(said) != 1:
        return None
    kind, found = said.popitem()
    return Found(value=kind, source=found.source, quote=found.quote)
