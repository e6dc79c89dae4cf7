"""What an outcomes table means: its grounds, contrasts, levels and hashes, to and from JSON."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from analysis.errors import InputInvalid

FORMAT: Literal["evenhand-outcomes/1"] = "evenhand-outcomes/1"
"""Name and version of the outcomes format; a reader refuses any other."""

STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A protected characteristic and its arms."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    arms: tuple[str, ...]
    """Every arm that the study signals, the reference among them."""
    reference: str
    """The arm that the others are compared with."""
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Language, then arm, then the words a reader sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Two cells that are compared; a cell gives one arm for each ground."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    reference: Mapping[str, str]
    """Ground, then arm, of the reference cell."""
    other: Mapping[str, str]
    """Ground, then arm, of the cell compared with it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Language, then the words a reader sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionary:
    """The data dictionary of one outcomes table.

    Raises:
        InputInvalid: the parts contradict each other; every fault is listed.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    format: Literal["evenhand-outcomes/1"] = FORMAT
    study: str
    wave: str
    grounds: Mapping[str, Ground]
    contrasts: Mapping[str, Contrast]
    outcomes: tuple[str, ...]
    """Names of the outcome columns, without ``outcome_``."""
    primary: str
    """The outcome that the study was designed for."""
    landlord_types: tuple[str, ...]
    """Levels of ``landlord_type``; the first is the reference where two levels are compared."""
    assignment: Literal["unknown", "blocks", "fixed"] = "unknown"
    """How it was decided who writes first: drawn within the blocks of the column ``block``, ``fixed`` where nobody
    drew it, or not known."""
    covariates: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    """Name without ``x_``, then its levels, or None for a number."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column, then its meaning; filled in when the table is written."""
    rows: int = 0
    """Applications in the table; filled in when the table is written."""
    sha256: Mapping[str, str] = field(default_factory=dict)
    """``csv`` and ``parquet``, then the hash of that file's bytes; filled in when the table is written."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """Free: hashes of protocol and plan, titles per language."""

    def __post_init__(self) -> None:
        faults = [*_ground_faults(self), *_contrast_faults(self), *_level_faults(self)]
        if faults:
            raise InputInvalid([f"dictionary: {fault}" for fault in faults])

    def cell(self, arms: Mapping[str, str]) -> str:
        """Name of a cell: its arms in the order of the grounds, for example ``belgian+wage``."""
        return "+".join(arms[ground] for ground in self.grounds)


def to_json(dictionary: Dictionary) -> str:
    """Write a dictionary as JSON with sorted keys, except where order carries meaning (lists)."""
    content = asdict(dictionary)
    if dictionary.assignment == "unknown":  # as the tables say that were written before there was such a key
        del content["assignment"]
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=False) + "\n"


def from_json(text: str, *, file: str) -> Dictionary:
    """Read a dictionary from JSON.

    Raises:
        InputInvalid: not JSON, or a key is missing, unknown or of the wrong type; every fault is listed.
    """
    try:
        return _adapter().validate_json(text)
    except ValidationError as error:
        raise InputInvalid([_sentence(file, fault) for fault in error.errors()]) from None
    except InputInvalid as error:
        raise InputInvalid([f"{file}: {fault}" for fault in error.faults]) from None


@cache
def _adapter() -> TypeAdapter[Dictionary]:
    return TypeAdapter(Dictionary)


def _sentence(file: str, fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    return f"{file}: {key or 'whole file'}: {fault['msg']}; see docs on the outcomes table's dictionary"


def _ground_faults(dictionary: Dictionary) -> Iterator[str]:
    if not dictionary.grounds:
        yield "grounds: there is none; name at least one ground with its arms"
    for name, ground in dictionary.grounds.items():
        if len(set(ground.arms)) != len(ground.arms):
            yield f"grounds.{name}.arms: an arm stands twice; name each once"
        if ground.reference not in ground.arms:
            yield f"grounds.{name}.reference: {ground.reference!r} is not one of its arms {list(ground.arms)}"


def _contrast_faults(dictionary: Dictionary) -> Iterator[str]:
    for name, contrast in dictionary.contrasts.items():
        for side, cell in (("reference", contrast.reference), ("other", contrast.other)):
            where = f"contrasts.{name}.{side}"
            if set(cell) != set(dictionary.grounds):
                grounds = sorted(dictionary.grounds)
                yield f"{where}: gives arms for {sorted(cell)}; give one for each of {grounds}"
            for ground, arm in cell.items():
                if ground in dictionary.grounds and arm not in dictionary.grounds[ground].arms:
                    yield f"{where}.{ground}: {arm!r} is not an arm of {ground}; use one of its arms"
        if dict(contrast.reference) == dict(contrast.other):
            yield f"contrasts.{name}: both cells are the same; let them differ"


def _level_faults(dictionary: Dictionary) -> Iterator[str]:
    if dictionary.primary not in dictionary.outcomes:
        yield f"primary: {dictionary.primary!r} is not one of the outcomes {list(dictionary.outcomes)}"
    if not dictionary.landlord_types:
        yield "landlord_types: there is none; name at least one"
