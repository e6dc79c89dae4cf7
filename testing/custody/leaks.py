"""The last look before a table leaves: takes it with the plan, finds every identifier that stands in it."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.outcomes import OutcomesTable
from testing.pairing.plan import Plan


def leaks(table: OutcomesTable, plan: Plan) -> list[str]:
    """Find identifiers in a table: addresses, names, and keys that the plan knows; one sentence each."""
    known: dict[str, str] = {}
    names = set()
    for it in plan.applications:
        known |= {it.id: "application", it.pair: "pair", it.listing: "listing", it.landlord: "landlord"}
        known |= {it.message_id: "Message-ID", it.to: "address", it.identity.email: "mailbox"}
        names.add(it.identity.full_name.casefold())
    found = []
    for column in table.frame.columns:
        if table.frame[column].dtype.kind in "fiubM":
            continue
        for value in table.frame[column].dropna().unique():
            text = str(value)
            if text in known or "@" in text:
                found.append(f"column {column} holds the {known.get(text, 'address')} {text!r}")
            elif any(name in text.casefold() for name in names if " " in text):
                found.append(f"column {column} holds a name: {text!r}")
    return [*found, *_leaks_of_notes(table.dictionary.notes, known)]


def _leaks_of_notes(notes: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[str]:
    for name, value in notes.items():
        if isinstance(value, str) and (value in known or "@" in value):
            yield f"note {name} holds the {known.get(value, 'address')} {value!r}"
