"""Made-up studies and frames for the tests of the pairing."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import desk.templates
from testing.pairing.drawing import draw_up
from testing.pairing.plan import Plan
from testing.study.identity import Name
from testing.study.letter_forms import Letters
from testing.study.listing import Evidence, Landlord, LandlordType, Listing, RentPeriod, Transaction
from testing.study.protocol import Protocol
from testing.study.reading import read_letters, read_names
from testing.study.toml_file import load_toml

TEMPLATE = Path(desk.templates.__file__).parent / "belgium"
KEY = bytes(range(32))


def make_study(**changes: Any) -> Protocol:
    """The Belgian template in three languages; ``changes`` are keys as ``sample__per_agency``, or whole tables."""
    data = load_toml(TEMPLATE / "protocol.toml").data or {}
    data["study"] |= {"name": "toytown", "languages": ["nl", "fr", "en"]}
    data["sample"] |= {"pairs": {"private": 20, "agency": 20}}
    for path, value in changes.items():
        table, _, key = path.partition("__")
        data[table] = data[table] | {key: value} if key else value
    return Protocol.model_validate(data)


def make_listing(number: int = 0, **changes: Any) -> Listing:
    """An eligible advert of a private owner, or of the ``landlord_type`` given."""
    kind = LandlordType(changes.pop("landlord_type", "private"))
    email = changes.pop("email", f"{kind.value}{number}@landlord.example")
    evidence = (Evidence(rung=2, source="made up", says=kind, quote="x"),)
    fields = {
        "portal": "toytown",
        "listing_id": str(number),
        "url": f"https://toytown.example/{number}",
        "seen_at": datetime(2027, 1, 4, 9, tzinfo=UTC),
        "transaction": Transaction.RENT,
        "landlord": Landlord(
            type=kind, evidence=() if kind is LandlordType.UNKNOWN else evidence, email=email
        ),
        "language": "nl",
        "rent_amount": 700.0,
        "rent_period": RentPeriod.MONTH,
        "currency": "EUR",
        "dwelling_type": "apartment",
        "bedrooms": 1.0,
    }
    return Listing(**{**fields, **changes})


def make_frame(privates: int, agencies: list[int], languages: tuple[str, ...] = ("nl",)) -> list[Listing]:
    """So many private owners with one advert each, and agencies with so many adverts each."""
    frame = [make_listing(n, language=languages[n % len(languages)]) for n in range(privates)]
    number = 10_000
    for agency, adverts in enumerate(agencies):
        for _ in range(adverts):
            number += 1
            frame.append(
                make_listing(
                    number,
                    landlord_type="agency",
                    email=f"agency{agency}@landlord.example",
                    language=languages[number % len(languages)],
                )
            )
    return frame


@pytest.fixture(scope="session")
def study() -> Callable[..., Protocol]:
    return make_study


@pytest.fixture(scope="session")
def listing() -> Callable[..., Listing]:
    return make_listing


@pytest.fixture(scope="session")
def town() -> Callable[..., list[Listing]]:
    return make_frame


@pytest.fixture(scope="session")
def letters() -> Letters:
    return read_letters(TEMPLATE / "letters", make_study())


@pytest.fixture(scope="session")
def names() -> tuple[Name, ...]:
    return read_names(TEMPLATE / "names.csv", make_study())


@pytest.fixture(scope="session")
def drawn(letters: Letters, names: tuple[Name, ...]) -> Callable[..., Plan]:
    """Draw up a plan: ``drawn(protocol, frame, key=...)``."""

    def draw(protocol: Protocol, frame: list[Listing], key: bytes = KEY) -> Plan:
        return draw_up(protocol, letters, names, frame, key=key, inputs={"protocol": "0" * 64})

    return draw
