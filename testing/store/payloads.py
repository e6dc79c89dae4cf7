"""Records as JSON text and back, exactly: what the store keeps in its ``payload`` columns."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from testing.pairing.history import EarlierTest
from testing.study.application import Application, Letter
from testing.study.identity import Identity, Name
from testing.study.listing import Evidence, Landlord, LandlordType, Listing, RentKind, RentPeriod, Transaction


def canonical(value: Any) -> str:
    """Write records, mappings, sequences, enums and times as JSON with sorted keys and no spaces."""
    return json.dumps(
        value, default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def shallow(record: Any) -> dict[str, Any]:
    """Give the fields of a record by name, values as they are."""
    return {each.name: getattr(record, each.name) for each in fields(record)}


def _plain(value: Any) -> Any:
    if isinstance(value, Letter):
        return value.recorded()
    if isinstance(value, Name):
        return value.plain()
    if is_dataclass(value) and not isinstance(value, type):
        return shallow(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in the store")


def listing_from(payload: str) -> Listing:
    """Read a listing back."""
    raw = json.loads(payload)
    evidence = [Evidence(**{**it, "says": LandlordType(it["says"])}) for it in raw["landlord"]["evidence"]]
    landlord = {
        **raw["landlord"],
        "type": LandlordType(raw["landlord"]["type"]),
        "evidence": tuple(evidence),
    }
    return Listing(
        **{
            **raw,
            "seen_at": datetime.fromisoformat(raw["seen_at"]),
            "transaction": Transaction(raw["transaction"]),
            "landlord": Landlord(**landlord),
            "rent_kind": RentKind(raw["rent_kind"]) if raw["rent_kind"] else None,
            "rent_period": RentPeriod(raw["rent_period"]) if raw["rent_period"] else None,
            "posted_date": _day(raw["posted_date"]),
            "available_from": _day(raw["available_from"]),
            "contact_channels": tuple(raw["contact_channels"]),
            "sources": MappingProxyType(raw["sources"]),
        }
    )


def tested_from(line: str) -> EarlierTest:
    """Read a test of another wave back."""
    raw = json.loads(line)
    return EarlierTest(listing=listing_from(canonical(raw["listing"])), day=date.fromisoformat(raw["day"]))


def application_from(payload: str) -> Application:
    """Read an application back."""
    raw = json.loads(payload)
    identity = {**raw["identity"], "name": Name(**raw["identity"]["name"])}
    return Application(
        **{
            **raw,
            "identity": Identity(**identity),
            "letter": Letter(**raw["letter"]),
            "due_at": datetime.fromisoformat(raw["due_at"]),
        }
    )


def content_hash(listing: Listing) -> str:
    """Hash of what an advert says, whenever it was seen."""
    says = {key: value for key, value in shallow(listing).items() if key != "seen_at"}
    return hashlib.sha256(canonical(says).encode()).hexdigest()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
