"""The sealed plan: every application that the wave may send, and what is needed to check the draw."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Applications that were added to a wave's plan after the first, from adverts that had come since."""

    frame: str
    """SHA-256 (hex) of the frame that it was drawn from."""
    elsewhere: str
    """SHA-256 (hex) of the tests of other waves that it was drawn with."""
    first_day: str
    """First day on which it may write, ISO 8601."""
    pairs: tuple[str, ...]
    """Keys of its tests."""
    strata: tuple[Stratum, ...]
    excluded: Mapping[str, int]


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
    """Of the first batch."""
    excluded: Mapping[str, int]
    """Listings of the frame that were not eligible, by reason; of the first batch."""
    applications: tuple[Application, ...]
    batches: tuple[Batch, ...] = ()
    """Batches after the first."""

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

    def head(self) -> dict[str, object]:
        """Everything but the applications; batches only where there are any."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            key: value
            for key, value in named.items()
            if key != "applications" and (key != "batches" or value)
        }

    def all_strata(self) -> list[Stratum]:
        """What was drawn from each stratum by all batches together."""
        total: list[Stratum] = []
        for first in self.strata:
            parts = [first, *(it for batch in self.batches for it in batch.strata if it.name == first.name)]
            eligible, drawn = sum(it.eligible for it in parts), sum(it.drawn for it in parts)
            total.append(replace(first, eligible=eligible, drawn=drawn))
        return total

    def of_batches(self) -> list[set[str]]:
        """Keys of the tests of each batch, the first one's first."""
        later = [set(it.pairs) for it in self.batches]
        return [{it.pair for it in self.applications}.difference(*later), *later]

    def parts(self) -> Iterator[bytes]:
        """The canonical JSON piece by piece, one application at a time: never all of it in memory."""
        rest = self.head()
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
            strata=_strata(raw["strata"]),
            batches=batches_from(raw.get("batches", ())),
            applications=tuple(_application(item) for item in raw["applications"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a plan: {error}") from error


def batches_from(raw: Sequence[Mapping[str, Any]]) -> tuple[Batch, ...]:
    """Batches as JSON gives them back."""
    return tuple(Batch(**{**it, "pairs": tuple(it["pairs"]), "strata": _strata(it["strata"])}) for it in raw)


def merged(plan: Plan, batch: Batch, applications: Sequence[Application]) -> Plan:
    """A plan with another batch in it; what stood there before stays as it was."""
    together = (*plan.applications, *applications)
    return replace(
        plan,
        batches=(*plan.batches, batch),
        applications=tuple(sorted(together, key=lambda it: (it.due_at, it.id))),
    )


def pairs_of(applications: Sequence[Application]) -> dict[str, list[Application]]:
    """Group applications by pair, each pair in the order of sending."""
    pairs: dict[str, list[Application]] = {}
    for application in sorted(applications, key=lambda it: (it.pair, it.order)):
        pairs.setdefault(application.pair, []).append(application)
    return pairs


def _strata(raw: Sequence[Mapping[str, Any]]) -> tuple[Stratum, ...]:
    return tuple(Stratum(**stratum) for stratum in raw)


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
    if isinstance(value, Letter):
        return value.recorded()
    if isinstance(value, Name):
        return value.plain()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    raise TypeError(f"{type(value).__name__} has no place in a plan")
