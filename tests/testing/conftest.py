"""Made-up plans for the tests of store, fieldwork and custody."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from testing.pairing.plan import Plan, Stratum
from testing.store.engine import Store, open_store
from testing.store.waves import record_approval, record_plan
from testing.study.application import Application, Letter
from testing.study.identity import Identity, Name
from testing.study.protocol import Protocol

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""Nine o'clock in Brussels on the first day of the made-up wave."""
NAMES = {
    "belgian": Name(first="Lotte", last="Peeters", sex="f", arm="belgian", perceived_share=0.95, raters=40),
    "moroccan": Name(first="Yasmina", last="Ouali", sex="f", arm="moroccan", perceived_share=0.9, raters=40),
}


def make_protocol(**changes: Any) -> Protocol:
    """A small study; ``changes`` are dotted keys with double underscores, as ``sending__daily_cap``."""
    text = {"nl": "x", "fr": "x", "en": "x"}
    raw: dict[str, Any] = {
        "study": {
            "name": "toytown",
            "title": text,
            "place": "Toytown",
            "organisation": "Toytown University",
            "contact": "study@toytown.example",
            "languages": ["nl"],
        },
        "wave": {
            "name": "spring",
            "first_day": date(2026, 3, 2),
            "last_day": date(2026, 3, 20),
            "response_days": 14,
            "ethics": "EC-2026-17",
            "dpia": "DPIA-4",
        },
        "frame": {
            "portals": [
                {
                    "profile": "town",
                    "start": ["http://127.0.0.1/"],
                    "basis": "agreement with the portal",
                    "recorded_by": "A. Jurist",
                    "recorded_on": date(2026, 1, 5),
                }
            ],
            "landlord_types": ["private", "agency"],
            "rent_max": 800,
        },
        "sample": {"pairs": {"private": 4, "agency": 4}, "per_agency": 2},
        "grounds": {
            "origin": {
                "law": "so-called race",
                "signal": "name",
                "reference": "belgian",
                "arms": {"belgian": {"labels": text}, "moroccan": {"labels": text}},
            }
        },
        "contrasts": {"origin": {"treated": {"origin": "moroccan"}, "share": 1.0, "labels": text}},
        "design": {
            "income_amount": 1450,
            "household": {"nl": "alleenstaand"},
            "jobs": {"nl": ["bakker", "postbode"]},
        },
        "sending": {
            "domains": ["postvak.example"],
            "opens": time(9),
            "closes": time(17, 30),
            "daily_cap": 60,
        },
    }
    for dotted, value in changes.items():
        *path, last = dotted.split("__")
        place = raw
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return Protocol.model_validate(raw)


def make_pair(
    number: int,
    *,
    landlord: str | None = None,
    kind: str = "private",
    due: datetime = MONDAY,
    gap: float = 2.0,
    treated_first: bool = False,
) -> list[Application]:
    """Two applications to one made-up listing."""
    made = []
    arms = ["moroccan", "belgian"] if treated_first else ["belgian", "moroccan"]
    for order, arm in enumerate(arms, start=1):
        token = hashlib.sha256(f"{number}/{order}".encode()).hexdigest()[:12]
        subject, body = (
            f"Huis {number} ({order})",
            f"Goede dag,\n\nMag ik huis {number} bezoeken? ({order})\n",
        )
        letter = Letter(
            form=f"form-{order}",
            language="nl",
            subject=subject,
            body=body,
            sha256=hashlib.sha256(f"{subject}\n{body}".encode()).hexdigest(),
        )
        made.append(
            Application(
                id=f"a{token}",
                pair=f"p{number:05d}",
                listing=f"l{number:05d}",
                landlord=landlord or f"h{number:05d}",
                landlord_type=kind,
                stratum=kind,
                contrast="origin",
                arms={"origin": arm},
                reference=arm == "belgian",
                identity=Identity(
                    name=NAMES[arm],
                    email=f"{NAMES[arm].first}.{token}@postvak.example".lower(),
                    age=33,
                    household="alleenstaand",
                    occupation="bakker",
                    income_amount=1450,
                ),
                letter=letter,
                to=f"{landlord or f'owner{number}'}@landlords.example",
                order=order,
                due_at=due + timedelta(hours=gap * (order - 1)),
                message_id=f"<{token}@postvak.example>",
                weight=2.5,
            )
        )
    return made


def make_plan(pairs: Sequence[Sequence[Application]]) -> Plan:
    """Seal made-up pairs."""
    applications = tuple(sorted((it for pair in pairs for it in pair), key=lambda it: it.id))
    return Plan(
        study="toytown",
        wave="spring",
        inputs={"protocol": "0" * 64},
        key_commitment="1" * 64,
        strata=(Stratum(name="private", eligible=10, wanted=4, drawn=4),),
        excluded={"rent too high": 3},
        applications=applications,
    )


@pytest.fixture
def protocol_with() -> Callable[..., Protocol]:
    return make_protocol


@pytest.fixture
def pair_of() -> Callable[..., list[Application]]:
    return make_pair


@pytest.fixture
def plan_with() -> Callable[[Sequence[Sequence[Application]]], Plan]:
    return make_plan


@pytest.fixture
def monday() -> datetime:
    return MONDAY


@pytest.fixture
def approved(tmp_path: Path) -> Callable[..., Store]:
    """A store with an approved plan of some pairs."""

    def make(pairs: Sequence[Sequence[Application]], name: str = "study.sqlite") -> Store:
        store = open_store(f"sqlite:///{tmp_path / name}")
        with store.begin() as session:
            seal = record_plan(session, make_plan(pairs), MONDAY)
            record_approval(session, seal=seal, by="Ada", now=MONDAY, until=date(2026, 12, 31))
        return store

    return make
