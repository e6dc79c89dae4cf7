"""What is wrong with a study file, in words: takes a validation error, gives a fault with its mending."""

import difflib
import types
import typing
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from testing.study.errors import Fault
from testing.study.lines import Path
from testing.study.protocol import Protocol
from testing.study.toml_file import TomlFile

EXAMPLES: Mapping[str, str] = types.MappingProxyType(
    {
        "study": '[study] with name = "brugge"',
        "study.name": 'name = "brugge"',
        "study.title": 'title.en = "Renting in Brugge"',
        "study.place": 'place = "Brugge"',
        "study.organisation": 'organisation = "Ghent University"',
        "study.contact": 'contact = "study@example.org"',
        "study.languages": 'languages = ["nl"]',
        "wave": '[wave] with name = "wave1"',
        "wave.name": 'name = "wave1"',
        "wave.first_day": "first_day = 2026-03-02",
        "wave.last_day": "last_day = 2026-05-29",
        "frame": '[frame] with landlord_types = ["private", "agency"]',
        "frame.portals": '[[frame.portals]] with profile = "…"',
        "frame.portals.*.profile": 'profile = "immoscoop"',
        "frame.portals.*.start": 'start = ["https://www.example.org/rent"]',
        "frame.portals.*.basis": 'basis = "agreement of 3 March 2026"',
        "frame.portals.*.recorded_by": 'recorded_by = "A. Researcher"',
        "frame.portals.*.recorded_on": "recorded_on = 2026-03-03",
        "frame.landlord_types": 'landlord_types = ["private", "agency"]',
        "sample": "[sample] with pairs = { private = 150, agency = 150 }",
        "sample.pairs": "pairs = { private = 150, agency = 150 }",
        "grounds": "[grounds.origin]",
        "grounds.*.law": 'law = "Racial Equality Directive 2000/43/EC"',
        "grounds.*.signal": 'signal = "name"',
        "grounds.*.reference": 'reference = "belgian"',
        "grounds.*.arms": "[grounds.origin.arms.belgian]",
        "grounds.*.arms.*.labels": 'labels = { nl = "…", fr = "…", en = "…" }',
        "contrasts": "[contrasts.origin]",
        "contrasts.*.treated": 'treated = { origin = "moroccan" }',
        "contrasts.*.share": "share = 0.5",
        "contrasts.*.beside": 'beside = "origin"',
        "contrasts.*.labels": 'labels = { nl = "…", fr = "…", en = "…" }',
        "design": "[design] with income_amount = 1450",
        "design.income_amount": "income_amount = 1450",
        "design.household": 'household = { nl = "alleenstaand, zonder kinderen" }',
        "design.jobs": 'jobs = { nl = ["bakker", "kapper"] }',
        "sending": '[sending] with domains = ["post.example.org"]',
        "sending.domains": 'domains = ["post.example.org"]',
    }
)
"""An example for every key that must be written; ``*`` stands for a name or a position."""

_KINDS = {
    "string_type": ("text", 'put it between quotes: "…"'),
    "int_type": ("a whole number", "write it without quotes and without a decimal point"),
    "int_from_float": ("a whole number", "write it without a decimal point"),
    "float_type": ("a number", "write it without quotes, with a point for decimals"),
    "bool_type": ("true or false", "write true or false without quotes"),
    "list_type": ("a list", "put it between brackets: [ … ]"),
    "dict_type": ("a table", "write it as a table: { … }"),
    "model_type": ("a table", "write it as a table with keys of its own"),
    "date_type": ("a date", "write it without quotes, for example 2026-03-02"),
    "time_type": ("a time of day", "write it without quotes, for example 09:00:00"),
}
_PATTERNS = {
    "contact": ("is not an e-mail address", 'write it as "name@example.org"'),
    "domains": ("is not a mail domain", 'write for example "post.example.org"'),
}
_TOKEN = ("is not a short name", "use a to z, 0 to 9 and _, a letter first, at most 40 characters")


def fault_of(error: ErrorDetails, file: TomlFile) -> list[Fault]:
    """Turn one validation error of ``Protocol`` into faults in our own words.

    Args:
        error: one item of ``ValidationError.errors()``.
        file: the study file that was validated.
    """
    path = key_path(error)
    problem, mend = _words(error, path)
    return [file.fault(path, problem, mend)]


def key_path(error: ErrorDetails) -> Path:
    """Key that an error is about, without pydantic's marks."""
    return tuple(part for part in error["loc"] if part != "[key]")


def known_keys(path: Path) -> list[str]:
    """Keys that the table at a path may hold; empty where any name may stand."""
    model = _model_at(path)
    return list(model.model_fields) if model else []


def _words(error: ErrorDetails, path: Path) -> tuple[str, str]:
    kind, given, limits = error["type"], error.get("input"), error.get("ctx", {})
    if kind == "missing":
        return f"{_table(path[:-1])} has no {path[-1]}", f"add for example: {_example(path)}"
    if kind == "extra_forbidden":
        return f"{_table(path[:-1])} knows no key {path[-1]!r}", _instead(path)
    if kind in _KINDS:
        wanted, mend = _KINDS[kind]
        return f"must be {wanted}, not {_show(given)}", mend
    if kind == "string_pattern_mismatch":
        field = next((part for part in reversed(path) if isinstance(part, str)), "")
        words, mend = _PATTERNS.get(field, _TOKEN) if error["loc"][-1] != "[key]" else _TOKEN
        return f"{_show(given)} {words}", mend
    if kind in ("literal_error", "enum"):
        choices = _choices(limits)
        nearest = difflib.get_close_matches(str(given), choices, n=1)
        ask = f"; did you mean {nearest[0]}?" if nearest else ""
        return f"{_show(given)} is not known here", f"use one of {', '.join(choices)}{ask}"
    if kind == "value_error":
        message = str(limits.get("error", error["msg"]))
        problem, _, mend = message.partition("; ")
        return problem, mend or "write it so that this holds"
    return _limit(kind, given, limits) or (
        f"{_show(given)} cannot stand here",
        "see protocol.schema.json for what can",
    )


def _limit(kind: str, given: object, limits: Mapping[str, Any]) -> tuple[str, str] | None:
    for name, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if name in limits:
            return f"{_show(given)} is out of range", f"it must be {words} {limits[name]:g}"
    if kind in ("too_short", "string_too_short"):
        least = limits["min_length"]
        what = "character" if kind.startswith("string") else "entry" if least == 1 else "entries"
        return "too short", f"give at least {least} {what}"
    if kind in ("too_long", "string_too_long"):
        return "too long", f"give at most {limits['max_length']}"
    return None


def _choices(limits: Mapping[str, Any]) -> list[str]:
    return str(limits["expected"]).replace("' or '", "', '").replace("'", "").split(", ")


def _table(path: Path) -> str:
    if not path:
        return "the file"
    name = ".".join(str(part) for part in path if isinstance(part, str))
    return f"[[{name}]]" if isinstance(path[-1], int) else f"[{name}]"


def _example(path: Path) -> str:
    for key, example in EXAMPLES.items():
        parts = key.split(".")
        if len(parts) == len(path) and all(p in ("*", str(q)) for p, q in zip(parts, path, strict=True)):
            return example
    return f"{path[-1]} = …"


def _instead(path: Path) -> str:
    key, siblings = str(path[-1]), known_keys(path[:-1])
    nearest = difflib.get_close_matches(key, siblings, n=1, cutoff=0.6)
    if nearest:
        return f"did you mean {nearest[0]!r}?"
    homes = [name for name in Protocol.model_fields if key in known_keys((name,))]
    if homes:
        return f"it belongs to [{homes[0]}]"
    return f"remove it, or use one of {', '.join(siblings)}" if siblings else "remove it"


def _show(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum | str):
        return f'"{value}"' if len(str(value)) <= 60 else f'"{str(value)[:57]}…"'
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else str(value)


def _model_at(path: Path) -> type[BaseModel] | None:
    at: Any = Protocol
    for part in path:
        if isinstance(at, type) and issubclass(at, BaseModel):
            field = at.model_fields.get(str(part))
            if field is None:
                return None
            at = field.annotation
        else:
            at = _item(at)
    while typing.get_origin(at) is typing.Annotated:
        at = typing.get_args(at)[0]
    return at if isinstance(at, type) and issubclass(at, BaseModel) else None


def _item(annotation: Any) -> Any:
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    arguments = typing.get_args(annotation)
    return arguments[-1] if arguments and typing.get_origin(annotation) is not Literal else None
