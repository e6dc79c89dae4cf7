"""The fields of one advert in, a ``Listing`` out: amounts, address and advertiser put together, nothing invented."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from crawler.landlords import Advertiser, landlord
from crawler.portals.profile import GENERIC, PortalProfile
from crawler.readers import places, values, words
from crawler.readers.fields import Found
from crawler.readers.page import Page
from testing.study.listing import LandlordType, Listing, RentKind, RentPeriod, Transaction

_LISTING_FIELDS = (
    "title", "language", "rent_amount", "sale_price", "charges_amount", "deposit", "currency", "street", "house_number",
    "district", "postcode", "city", "country", "dwelling_type", "area_m2", "rooms", "bedrooms", "furnished", "energy_label",
    "posted_date", "available_from", "reference",
)  # fmt: skip
_RENTS = ("rent_amount", "base_amount", "total_amount")
_EXTRAS = ("status", "heating_amount", "total_amount", "base_amount")
SEEN = frozenset(("css", "title", "meta"))
"""Readers of figures that stand out on a page without a word of what they are."""
LONGEST_STREET = 80
LEAST_MONTHLY = 100.0
"""A smaller rent is not taken for one by month where the page does not say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an advert is read from."""

    page: Page
    profile: PortalProfile
    seen_at: datetime
    fields: Mapping[str, Found] = field(default_factory=dict)


def listing_of(context: Context) -> tuple[Listing | None, Mapping[str, Any]]:
    """The advert that some fields make, and what the record has no field for; None where they make none."""
    fields = dict(context.fields)
    substance = ("price", "rent_amount", "sale_price", "transaction", "area_m2", "city", "postcode")
    if "listing_id" not in fields or not any(name in fields for name in substance):
        return None, {}
    offered = _transaction(fields)
    _place_price(fields, offered)
    if offered is Transaction.RENT:
        _whole_rent(fields)
    if "rent_amount" not in fields and "sale_price" not in fields:
        fields.pop("currency", None)
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
        url=_url(fields, context.page.url),
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


def _url(fields: Mapping[str, Found], page: str) -> str:
    """The advert's own address where the list or feed gives it, else the page's."""
    if "link" not in fields:
        return page
    try:
        return urljoin(page, str(fields["link"].value))
    except ValueError:
        return page


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
        weak = fields.get("rent_amount")
        if weak is not None and kind is RentKind.BASE and weak.source.partition(":")[0] in SEEN:
            del fields["rent_amount"]  # a prominent figure may be either; the label says which this is
        rent = fields.setdefault("rent_amount", stated)
        if rent.value == stated.value:
            fields.setdefault("rent_kind", Found(value=kind.value, source=stated.source, quote=stated.quote))
            if said := words.period(stated.quote) or words.period(stated.source):
                fields.setdefault("rent_period", Found(value=said, source=stated.source, quote=stated.quote))
    base, whole, charges = (fields.get(name) for name in ("base_amount", "rent_amount", "charges_amount"))
    if base and whole and charges and abs(base.value + charges.value - whole.value) < 0.01:
        fields.setdefault("rent_kind", Found(value="total", source=whole.source, quote=whole.quote))
    total = fields.get("total_amount")
    if total and whole and charges and abs(whole.value + charges.value - total.value) < 0.01:
        fields.setdefault("rent_kind", Found(value="base", source=total.source, quote=total.quote))


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


def _split_address(fields: dict[str, Found], context: Context) -> None:
    """Take apart an address that is written as one text; each part only where the page does not state it alone."""
    stated = [fields[name] for name in ("address", "street", "city") if name in fields]
    fields.pop("address", None)
    for whole in stated:
        parts = places.split(str(whole.value), context.profile.country or context.page.country)
        for name in ("street", "city") if parts else ():
            if fields.get(name) is whole:
                del fields[name]
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
    country = fields["country"].value if "country" in fields else None
    usual = {
        "currency": places.CURRENCIES.get(country or "") if amount else None,
        "rent_period": RentPeriod.MONTH.value
        if country in places.MONTHLY
        and "rent_amount" in fields
        and fields["rent_amount"].value >= LEAST_MONTHLY
        else None,
        "rent_kind": RentKind.BASE.value if country in places.APART and "charges_amount" in fields else None,
    }
    for name, value in usual.items():
        if value is not None and name not in fields:
            fields[name] = Found(value=value, source=f"usual:{country}", quote="")


def _enum(kind: type[RentKind] | type[RentPeriod], fields: Mapping[str, Found], name: str) -> Any:
    return kind(fields[name].value) if name in fields else None


def _advertiser(fields: Mapping[str, Found], context: Context) -> Advertiser:
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
