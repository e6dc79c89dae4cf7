"""The made-up town: takes the town's file and a seed, gives its landlords and their adverts.

Faker's stock lists make the town (streets, owners, agencies), never an applicant. Addresses are at
``example`` domains, licence numbers have the right shape and belong to nobody.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta

from faker import Faker

from desk.rehearsal.behaviour import chance, one_of, pick
from desk.rehearsal.town_file import TownFile

RELAY = "relay.evenstad.example"
"""Mail domain of the town's portal: each advert has an address of its own there."""
LOCALES = {"nl": "nl_BE", "fr": "fr_BE", "en": "en_GB"}
DWELLINGS = ("apartment", "apartment", "apartment", "house", "studio")
"""Kinds of dwelling, as often as they stand here."""
TITLES = {
    "nl": {"apartment": "Appartement te huur", "house": "Huis te huur", "studio": "Studio te huur"},
    "fr": {"apartment": "Appartement à louer", "house": "Maison à louer", "studio": "Studio à louer"},
    "en": {"apartment": "Apartment to rent", "house": "House to rent", "studio": "Studio to rent"},
}
SUFFIXES = ("Vastgoed", "Immo", "Makelaars", "Immobiliën")


@dataclass(frozen=True, slots=True, kw_only=True)
class Advert:
    """One dwelling to let, with what its page shows."""

    id: str
    landlord: str
    """Key of the landlord within the town: adverts of one agency share it."""
    landlord_type: str
    landlord_name: str | None
    """Printed name; private owners print none."""
    licence_no: str | None
    """Printed by agencies."""
    email: str
    """Where applications go: the portal's relay address of this advert."""
    title: str
    language: str
    rent: int
    charges: int
    street: str
    house_number: str
    postcode: str
    city: str
    dwelling_type: str
    area_m2: int
    bedrooms: int
    energy_label: str
    posted_date: str
    reference: str

    def page(self) -> dict[str, object]:
        """What its page shows, by name."""
        return asdict(self)


def build(town: TownFile, seed: str) -> tuple[Advert, ...]:
    """Build the town's adverts, the same for the same file and seed."""
    streets = _streets(seed)
    agencies = _agencies(town, seed)
    adverts = []
    landlord: tuple[str, str | None, str | None]
    for kind, count in town.adverts.items():
        for number in range(count):
            key = f"{kind}-{number}"
            match kind:
                case "agency":
                    agency = one_of(seed, sorted(agencies), "agency of", key)
                    landlord = (agency, *agencies[agency])
                case "private":
                    landlord = (f"owner-{number}", None, None)
                case _:
                    landlord = (kind, f"Sociaal Verhuurkantoor {town.town.name}", None)
            adverts.append(_advert(town, seed, key, kind, landlord, one_of(seed, streets, "street", key)))
    return tuple(adverts)


def _advert(
    town: TownFile,
    seed: str,
    key: str,
    kind: str,
    landlord: tuple[str, str | None, str | None],
    street: str,
) -> Advert:
    def number(low: int, high: int, *about: str) -> int:
        return low + int(chance(seed, key, *about) * (high - low + 1))

    language = pick(seed, town.languages, "language", key)
    dwelling = one_of(seed, DWELLINGS, "dwelling", key)
    bedrooms = 1 if dwelling == "studio" else number(1, 3, "bedrooms")
    posted = town.town.first_day - timedelta(days=number(3, 25, "posted"))
    serial = f"{number(0, 0xFFFFFF, 'id'):06x}"
    return Advert(
        id=serial,
        landlord=landlord[0],
        landlord_type=kind,
        landlord_name=landlord[1],
        licence_no=landlord[2],
        email=f"advert-{serial}@{RELAY}",
        title=f"{TITLES[language][dwelling]}, {street}",
        language=language,
        rent=number(450, 850, "rent") // 5 * 5,
        charges=number(0, 9, "charges") * 10,
        street=street,
        house_number=str(number(1, 180, "number")),
        postcode=town.town.postcode,
        city=town.town.name,
        dwelling_type=dwelling,
        area_m2=number(28, 40, "area") if dwelling == "studio" else 25 + bedrooms * number(22, 34, "area"),
        bedrooms=bedrooms,
        energy_label=one_of(seed, "ABCDEF", "label", key),
        posted_date=posted.isoformat(),
        reference=f"EV{number(1000, 9999, 'reference')}-{serial[:3].upper()}",
    )


def _streets(seed: str) -> list[str]:
    fake = _faker("nl_BE", seed)
    return sorted({fake.street_name() for _ in range(60)})


def _agencies(town: TownFile, seed: str) -> dict[str, tuple[str, str]]:
    """Key, then printed name and licence number, of each agency."""
    fake = _faker("nl_BE", seed + " agencies")
    agencies: dict[str, tuple[str, str]] = {}
    names: set[str] = set()
    while len(agencies) < town.agencies.count:
        key = f"agency-{len(agencies)}"
        name = f"{fake.last_name()} {one_of(seed, SUFFIXES, 'suffix', key, str(len(names)))}"
        if name in names:
            names.add(f"{name} {len(names)}")
            continue
        names.add(name)
        agencies[key] = (name, f"50{len(agencies):04d}")
    return agencies


def _faker(locale: str, seed: str) -> Faker:
    fake = Faker(locale)
    fake.seed_instance(seed)
    return fake
