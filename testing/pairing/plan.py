"""The sealed plan: every application that the wave may send, and what is needed to check the draw."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from testing.study.application import Application, Letter
from testing.study.identity import Identity, Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """What was drawn from one stratum of the frame."""

    name: str
    """Landlord type."""
    eligible: int
    """Listings of the frame that could be drawn, one per dwelling, caps not yet applied."""
    wanted: int
    drawn: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All applications of a wave with the hashes of what they were drawn from; frozen by its seal."""

    study: str
    wave: str
    inputs: Mapping[str, str]
    """SHA-256 (hex) of each input by name: protocol, letters, names, frame."""
    key_commitment: str
    """SHA-256 of the secret wave key: with the key revealed, anyone can replay the draw."""
    strata: tuple[Stratum, ...]
    excluded: Mapping[str, int]
    """Listings of the frame that were not eligible, by reason."""
    applications: tuple[Application, ...]

    @cached_property
    def seal(self) -> str:
        """SHA-256 of the plan's canonical JSON: what a person approves."""
        whole = hashlib.sha256()
        for part in self.parts():
            whole.update(part)
        return whole.hexdigest()

    def canonical(self) -> bytes:
        """Return the plan as canonical JSON: sorted keys, UTF-8, no spaces, times in ISO 8601 UTC."""
        return b"".join(self.parts())

    def parts(self) -> Iterator[bytes]:
        """The canonical JSON piece by piece, one application at a time: never all of it in memory."""
        rest = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "applications"}
        # «applications» comes before every other key.
        yield b'{"applications":['
        for place, application in enumerate(self.applications):
            yield (b"," if place else b"") + _json(application)
        yield b"]," + _json(rest)[1:]


def plan_from_json(data: bytes) -> Plan:
    """Read a plan back from its canonical JSON.

    Raises:
        ValueError: a key is missing or a value does not fit (KeyError and TypeError are turned into it).
    """
    try:
        raw = json.loads(data)
        return Plan(
            **{key: raw[key] for key in ("study", "wave", "inputs", "key_commitment", "excluded")},
            strata=tuple(Stratum(**stratum) for stratum in raw["strata"]),
            applications=tuple(_application(item) for item in raw["applications"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a plan: {error}") from error


def pairs_of(applications: Sequence[Application]) -> dict[str, list[Application]]:
    """Group applications by pair, each pair in the order of sending."""
    pairs: dict[str, list[Application]] = {}
    for application in sorted(applications, key=lambda it: (it.pair, it.order)):
        pairs.setdefault(application.pair, []).append(application)
    return pairs


def _application(item: dict[str, Any]) -> Application:
    identity = dict(item["identity"])
    return Application(
        **{
            **item,
            "identity": Identity(**{**identity, "name": Name(**identity["name"])}),
            "letter": Letter(**item["letter"]),
            "due_at": datetime.fromisoformat(item["due_at"]),
        }
    )


def _json(value: object) -> bytes:
    return json.dumps(
        value, default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    raise TypeError(f"{type(value).__name__} has no place in a plan")
