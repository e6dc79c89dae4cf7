"""The last look before a table leaves: takes it with the plan, finds every identifier that stands in it."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from analysis.outcomes import OutcomesTable
from testing.pairing.plan import Plan

RELEASED_KEY = re.compile(r"[0-9a-f]{16}")
"""How a released key looks; one that is no key of the plan can hold no other."""
SHORTEST_PART = 5
"""Characters of an identifier that is looked for within a longer text; a shorter one would be found anywhere."""
STUDYS_OWN = (
    "column study",
    "column wave",
    "study",
    "wave",
    "notes.title",
    "notes.organisation",
    "notes.place",
)
"""Where the study speaks of itself: a town or a house may well be called like a made-up applicant."""
ENOUGH = 20
"""Leaks after which nobody needs more."""


@dataclass(frozen=True, slots=True)
class Known:
    """What must not leave."""

    identifiers: Mapping[str, str]
    """Address, Message-ID, mailbox, letter or key of the plan, then what it is."""
    parts: Mapping[str, str]
    """Those that are looked for within longer texts, lower case."""
    names: frozenset[str]
    """Full names as signed and the other way round, folded."""
    single: frozenset[str]
    """First and last names, folded."""


def leaks(table: OutcomesTable, plan: Plan) -> list[str]:
    """Find identifiers in rows and dictionary: addresses, names, letters, and keys that the plan knows.

    Returns:
        One sentence each, the first twenty; empty where there is none.
    """
    known = _known(plan)
    found = []
    for where, text in (*_cells(table), *_texts("dictionary", _said(table))):
        what = _identifier_in(where, text, known)
        if what is not None:
            found.append(f"{where} holds {what}: {text[:60]!r}")
        if len(found) == ENOUGH:
            break
    return found


def _known(plan: Plan) -> Known:
    identifiers: dict[str, str] = {}
    names, single = set(), set()
    for it in plan.applications:
        identifiers |= {it.id: "the key of an application", it.pair: "the key of a pair"}
        identifiers |= {it.listing: "the key of a listing", it.landlord: "the key of a landlord"}
        for address in (it.message_id, it.identity.email):
            what = "a Message-ID" if address == it.message_id else "a mailbox"
            identifiers |= {address: what, address.strip("<>").partition("@")[0]: what}
        identifiers |= {
            it.to: "an address",
            it.letter.sha256: "the hash of a letter",
            it.letter.body: "a letter",
        }
        first, last = _folded(it.identity.name.first), _folded(it.identity.name.last)
        names |= {f"{first} {last}", f"{last} {first}", f"{last}, {first}"}
        single |= {first, last}
    identifiers.pop("", None)
    parts = {key.casefold(): what for key, what in identifiers.items() if len(key) >= SHORTEST_PART}
    return Known(identifiers, parts, frozenset(names), frozenset(single))


def _identifier_in(where: str, text: str, known: Known) -> str | None:
    if text in known.identifiers:
        return known.identifiers[text]
    if RELEASED_KEY.fullmatch(text):
        return None
    if "@" in text:
        return "an address"
    folded, lower = _folded(text), text.casefold()
    alone = folded in known.single and not where.startswith(STUDYS_OWN)
    if alone or any(name in folded for name in known.names):
        return "a name"
    return next((what for part, what in known.parts.items() if part in lower), None)


def _cells(table: OutcomesTable) -> Iterator[tuple[str, str]]:
    for column in table.frame.columns:
        # Numbers, truths and times are no text; what is told by them is in the columns' meanings.
        if table.frame[column].dtype.kind not in "fiubM":
            for value in table.frame[column].dropna().unique():
                yield f"column {column}", str(value)


def _said(table: OutcomesTable) -> dict[str, Any]:
    """All that the dictionary says, except the hashes of the files."""
    return {key: value for key, value in asdict(table.dictionary).items() if key != "sha256"}


def _texts(where: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every text within a value, keys too, with where it stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield where, str(key)
            yield from _texts(f"{where}.{key}".removeprefix("dictionary."), inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from _texts(where, inner)
    elif isinstance(value, str):
        yield where, value


def _folded(text: str) -> str:
    """Lower case, without accents, one space between words."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(it for it in plain if not unicodedata.combining(it)).split())
