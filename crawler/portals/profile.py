"""The declaration of one portal (TOML) in, a checked ``PortalProfile`` out; faults carry file, line and key."""

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from crawler.readers.keyed import Lexicon
from crawler.readers.rules import FIELDS, Rule, key_names, label_names, parse_rule
from testing.study.errors import Fault, StudyFileInvalid
from testing.study.listing import LandlordType

FOLDER = Path(__file__).parent
FEEDS = FOLDER.parent / "feeds"
GENERIC = "generic"
"""The declaration that holds for a page of no portal in particular, and fills what a profile leaves to it."""
_NOT_PORTALS = frozenset(("providers", "activities"))
_STRICT = ConfigDict(strict=True, frozen=True, extra="forbid", ignored_types=(cached_property,))


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression ({error}): {pattern}") from None
    return pattern


class State(BaseModel):
    """Where page state stands: behind a text, or in the script element of an id."""

    model_config = _STRICT
    after: tuple[str, ...] = ()
    """Literal texts; the value begins behind them (an assignment's ``=`` and a bracket are passed over)."""
    script: str | None = None
    """The ``id`` of a script element that holds JSON."""
    merge: bool = False
    """Take all occurrences together (an analytics layer that is pushed to), not the first."""

    @cached_property
    def markers(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """Patterns that end right before the value, each with a word that stands in all that it matches."""
        found = [(text.split(" ")[0], re.escape(text).replace(r"\ ", r"\s*") + r"\s*") for text in self.after]
        if (name := self.script) is not None:
            pattern = rf"<script[^>]{{0,200}}\bid=[\"']?{re.escape(name)}[\"'][^>]{{0,200}}>\s*"
            found.append((name, pattern))
        return tuple((word, re.compile(pattern)) for word, pattern in found)


class Walk(BaseModel):
    """How list pages lead to detail pages and onwards."""

    model_config = _STRICT
    detail: tuple[str, ...] = ()
    """Regular expressions on the path (and query) of a detail page's address."""
    next_tag: str = r"""rel=["']?next\b"""
    """Regular expression that the opening tag of the link to the next list page contains."""

    _check = field_validator("next_tag")(_regex)

    @field_validator("detail")
    @classmethod
    def _check_detail(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_regex(pattern) for pattern in patterns)


class Pages(BaseModel):
    """Literal texts that tell a page that is no advert."""

    model_config = _STRICT
    blocked: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    error: tuple[str, ...] = ()


class Feed(BaseModel):
    """How a feed format is known, and where its adverts are."""

    model_config = _STRICT
    root: str
    """Name of the root element."""
    holds: str | None = None
    """Name of an element right under it, where the root's name alone says little."""
    item: str
    """Name of the element that is one advert."""


class Items(BaseModel):
    """A list page whose state carries the adverts themselves."""

    model_config = _STRICT
    path: str
    """Rule of the list of items, for example ``state@next:props.adverts``; ``feed:`` in a feed format."""
    fields: dict[str, tuple[str, ...]]

    @cached_property
    def rules(self) -> dict[str, tuple[Rule, ...]]:
        """The parsed rules of each field."""
        return {name: tuple(map(parse_rule, texts)) for name, texts in self.fields.items()}


class PortalProfile(BaseModel):
    """All that is known of one portal's pages."""

    model_config = _STRICT
    name: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    domains: tuple[str, ...]
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    languages: tuple[str, ...] = ()
    """ISO 639-1; with exactly one, it is the language of every advert."""
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    access: str = ""
    """What is known of how the portal wants to be asked: its terms, an offer of data, whom to write to."""
    pages_per_day: int | None = Field(default=None, ge=1, le=500)
    """Most requests of a day, where the portal asks for fewer than the polite default."""
    expected: dict[str, float] = {}
    """Share of adverts on which a field was read when the profile was verified; clearly less raises an alarm."""
    verified: date | None = None
    """Last day on which the profile was held against real pages; absent for a profile that never was."""
    default_landlord: LandlordType | None = None
    """Landlord type of every advert, only where the portal admits no other."""
    keep_private_names: bool = False
    """Keep the printed names of private owners; not done without need."""
    generic: tuple[Literal["structured", "keys", "labels"], ...] = ()
    """Generic readers that may fill what the fields below leave open."""
    never: tuple[str, ...] = ()
    """Fields that the generic readers must not fill: they are known to be wrong on this portal."""
    states: dict[str, State] = {}
    walk: Walk = Walk()
    pages: Pages = Pages()
    items: Items | None = None
    feed: Feed | None = None
    fields: dict[str, tuple[str, ...]]
    maps: dict[str, dict[str, str]] = {}

    @property
    def unverified(self) -> bool:
        """Whether it was never held against real pages; the generic readers are of no portal."""
        return self.verified is None and self.name != GENERIC

    @field_validator("fields")
    @classmethod
    def _check_fields(cls, fields: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name, texts in fields.items():
            if name not in FIELDS:
                raise ValueError(f"{name!r} is not a field; fields are {', '.join(sorted(FIELDS))}")
            for text in texts:
                parse_rule(text)
        return fields

    @model_validator(mode="after")
    def _check_states(self) -> "PortalProfile":
        for rule in (rule for rules in self.rules.values() for rule in rules):
            if rule.reader == "state" and rule.state and rule.state not in self.states:
                raise ValueError(f"the rule {rule.text!r} names a state that is not declared under [states]")
        unknown = set(self.maps.get("landlord_type", {}).values()) - {t.value for t in LandlordType}
        if unknown:
            raise ValueError(f"maps.landlord_type leads to no landlord type: {', '.join(sorted(unknown))}")
        return self

    @cached_property
    def rules(self) -> dict[str, tuple[Rule, ...]]:
        """The parsed rules of each field, in order of trust."""
        return {name: tuple(map(parse_rule, texts)) for name, texts in self.fields.items()}

    @cached_property
    def labels(self) -> frozenset[str]:
        """Every folded label that a rule asks for."""
        asked = (rule for rules in self.rules.values() for rule in rules if rule.reader in ("label", "said"))
        return frozenset(name for rule in asked for name in label_names(rule.argument))

    @cached_property
    def lexicon(self) -> Lexicon | None:
        """What keys of embedded state speak of, by the ``key:`` rules; None where there is none."""
        keys = {
            name: [key for rule in rules if rule.reader == "key" for key in key_names(rule.argument)]
            for name, rules in self.rules.items()
        }
        return Lexicon(keys) if any(keys.values()) else None

    @cached_property
    def value_maps(self) -> dict[str, dict[str, str]]:
        """The value maps with casefolded keys."""
        return {n: {k.casefold(): v for k, v in pairs.items()} for n, pairs in self.maps.items()}

    @cached_property
    def detail_patterns(self) -> tuple[re.Pattern[str], ...]:
        """Compiled ``walk.detail``."""
        return tuple(re.compile(pattern) for pattern in self.walk.detail)

    @cached_property
    def next_pattern(self) -> re.Pattern[str]:
        """Compiled ``walk.next_tag``."""
        return re.compile(self.walk.next_tag, re.IGNORECASE)


def profile_names() -> tuple[str, ...]:
    """Names of the portals declared here, sorted."""
    found = (path.stem for path in FOLDER.glob("*.toml"))
    return tuple(sorted(name for name in found if name not in _NOT_PORTALS and name != GENERIC))


@lru_cache(maxsize=256)
def load_profile(name: str) -> PortalProfile:
    """The declared portal of that name.

    Raises:
        StudyFileInvalid: no such portal, or its declaration is wrong; every fault at once.
    """
    path = FOLDER / f"{name}.toml"
    if not re.fullmatch(r"[a-z0-9_]+", name) or name in _NOT_PORTALS or not path.is_file():
        known = ", ".join(profile_names())
        raise StudyFileInvalid(
            [
                Fault(
                    file=f"{name}.toml",
                    line=None,
                    key="",
                    problem=f"there is no portal {name!r}",
                    mend=f"take one of {known}, or declare it in crawler/portals",
                )
            ]
        )
    return read_profile(path.read_text("utf-8"), path.name)


def expectations() -> dict[str, dict[str, float]]:
    """Of each portal whose profile says so: the share of adverts on which a field was read when it was verified."""
    return {name: dict(found) for name in profile_names() if (found := load_profile(name).expected)}


@lru_cache(maxsize=1)
def feed_formats() -> tuple[PortalProfile, ...]:
    """The declared feed formats.

    Raises:
        StudyFileInvalid: a declaration is wrong.
    """
    return tuple(read_profile(path.read_text("utf-8"), path.name) for path in sorted(FEEDS.glob("*.toml")))


def read_profile(text: str, file: str) -> PortalProfile:
    """Check one declaration.

    Args:
        text: TOML.
        file: its name, for the messages.

    Raises:
        StudyFileInvalid: with every fault, each with file, line and key.
    """
    try:
        return PortalProfile.model_validate_json(json.dumps(tomllib.loads(text), default=str))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        where = int(line[1]) if line else text.count("\n")  # "at end of document" has no number
        raise StudyFileInvalid(
            [
                Fault(
                    file=file,
                    line=where,
                    key="",
                    problem=f"not TOML: {error}",
                    mend="mend the syntax",
                )
            ]
        ) from None
    except ValidationError as error:
        raise StudyFileInvalid(list(_faults(error, text, file))) from None


def _faults(error: ValidationError, text: str, file: str) -> Iterator[Fault]:
    lines = _lines(text)
    for fault in error.errors(include_url=False):
        keys = [str(part) for part in fault["loc"]]
        line = next((lines[k] for n in range(len(keys), 0, -1) if (k := ".".join(keys[:n])) in lines), None)
        mend = (
            "remove the key or correct its spelling"
            if fault["type"] == "extra_forbidden"
            else "correct the value"
        )
        mend = "add the key" if fault["type"] == "missing" else mend
        problem = fault["msg"].removeprefix("Value error, ").rstrip(".")
        yield Fault(file=file, line=line, key=".".join(keys), problem=problem, mend=mend)


def _lines(text: str) -> dict[str, int]:
    table = ""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*\[+\s*([\w.\"-]+)\s*\]+", line):
            table = head[1].replace('"', "") + "."
            found.setdefault(table[:-1], number)
        elif key := re.match(r"\s*\"?([\w-]+)\"?\s*=", line):
            found.setdefault(table + key[1], number)
    return found
