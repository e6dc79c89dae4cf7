"""A rental advert and who advertises it: the contract between the crawl and the frame.

``Listing`` is itself the Scrapy item: the spider yields it, each pipeline step returns a new one.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType


class LandlordType(StrEnum):
    """Who lets the dwelling, as far as the advert allows to say."""

    PRIVATE = "private"
    """A private owner."""
    AGENCY = "agency"
    """An estate agency (broker or letting agency)."""
    SOCIAL_RENTAL_AGENCY = "social_rental_agency"
    """A social rental agency (SVK, AIS)."""
    SOCIAL_HOUSING_COMPANY = "social_housing_company"
    """A municipal, social or cooperative housing company."""
    PROPERTY_MANAGER = "property_manager"
    """A managing agent or syndic."""
    INSTITUTIONAL = "institutional"
    """A company that owns and lets the dwelling itself."""
    DEVELOPER = "developer"
    """A developer."""
    NOTARY = "notary"
    """A notary."""
    FLATMATE = "flatmate"
    """A tenant or flatmate who lets a room."""
    UNKNOWN = "unknown"
    """The advert does not allow a decision; never forced into a guess."""


class Transaction(StrEnum):
    """What is offered."""

    RENT = "rent"
    SALE = "sale"
    UNKNOWN = "unknown"


class RentKind(StrEnum):
    """What the stated rent covers."""

    BASE = "base"
    """Without charges."""
    TOTAL = "total"
    """With charges."""
    UNSPECIFIED = "unspecified"


class RentPeriod(StrEnum):
    """What the stated rent pays for."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One reason to hold a landlord for one type."""

    rung: int
    """Rung of the evidence ladder, 1 (registry) to 6 (text cue); lower is stronger."""
    source: str
    """Where it stands, for example ``state:customers.0.type``."""
    says: LandlordType
    """The type it speaks for."""
    quote: str
    """The literal value found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company of which the company register says what landlord it is."""

    number: str
    """In its bare form."""
    says: LandlordType
    activity: str
    """Version of the nomenclature and code of the main activity, for example ``2008:68311``."""
    as_of: date
    """Day of the extract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landlord:
    """Who advertises a dwelling: the type with all evidence for it, and what is printed of the name."""

    type: LandlordType = LandlordType.UNKNOWN
    evidence: tuple[Evidence, ...] = ()
    """All evidence found, strongest first; empty only when the type is unknown."""
    name: str | None = None
    """The advertiser's name as printed. For private owners usually absent."""
    licence_no: str | None = None
    """Professional licence number, for example BIV/IPI (six digits)."""
    company_no: str | None = None
    """Company number, for example a Belgian VAT number."""
    email: str | None = None
    """Where an application can be sent, as printed by the advert or its relay."""

    def __post_init__(self) -> None:
        if self.type is not LandlordType.UNKNOWN and not self.evidence:
            raise ValueError(f"landlord type {self.type.value!r} needs evidence; without any it is 'unknown'")

    def key_material(self, listing_key: str) -> str:
        """What says that two adverts share a landlord: company, licence, mail, name, else the advert alone.

        Args:
            listing_key: ``Listing.key`` of the advert, the last resort for an advertiser without any mark.
        """
        for mark, value in (
            ("company", self.company_no),
            ("licence", self.licence_no),
            ("email", self.email),
            ("name", self.name),
        ):
            if value:
                return f"{mark}:{re.sub(r'[^0-9a-z@+]', '', value.casefold())}"
        return f"listing:{listing_key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One advert on one portal, as seen at one moment; a field that the page does not give is None."""

    portal: str
    """Name of the portal profile that read it."""
    listing_id: str
    """The portal's own identifier."""
    url: str
    """Where it was seen."""
    seen_at: datetime
    """When it was seen, aware, UTC."""
    transaction: Transaction
    """Rent, sale or unknown; only rentals enter the frame."""
    landlord: Landlord = Landlord()
    title: str | None = None
    language: str | None = None
    """Language of the advert's text (ISO 639-1)."""
    rent_amount: float | None = None
    """Advertised rent per ``rent_period`` in ``currency``."""
    rent_kind: RentKind | None = None
    rent_period: RentPeriod | None = None
    sale_price: float | None = None
    charges_amount: float | None = None
    """Monthly charges beside the rent."""
    deposit: float | None = None
    currency: str | None = None
    """ISO 4217."""
    street: str | None = None
    house_number: str | None = None
    district: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    dwelling_type: str | None = None
    """house, apartment, studio, room, parking, ... (lower case, English)."""
    area_m2: float | None = None
    """Living area, never the plot."""
    rooms: float | None = None
    bedrooms: float | None = None
    furnished: bool | None = None
    energy_label: str | None = None
    posted_date: date | None = None
    available_from: date | None = None
    reference: str | None = None
    """The advertiser's own reference."""
    contact_channels: tuple[str, ...] = ()
    """Ways to reach the advertiser: email, phone, form."""
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """For each field that has a value: the reader and place it came from."""

    def __post_init__(self) -> None:
        for name in ("portal", "listing_id", "url"):
            if not getattr(self, name):
                raise ValueError(f"a listing needs {name}")
        if self.seen_at.tzinfo is None:
            raise ValueError("seen_at must be an aware time (UTC)")
        for name in (
            "rent_amount",
            "sale_price",
            "charges_amount",
            "deposit",
            "area_m2",
            "rooms",
            "bedrooms",
        ):
            value = getattr(self, name)
            if value is not None and not 0 <= value < 1e9:
                raise ValueError(f"{name} is out of range: {value!r}")

    @property
    def key(self) -> str:
        """Stable key of the advert, short enough for file names: hash of portal and portal's identifier."""
        return hashlib.sha256(f"{self.portal}\n{self.listing_id}".encode()).hexdigest()[:16]
