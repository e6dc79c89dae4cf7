"""How long what leads back to landlords is kept: takes a protocol, gives each kind of it with the day it must be gone.

Nothing is erased here: Evenhand says when, and a person does it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from testing.fieldwork.safeguards import local
from testing.study.protocol import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One kind of what leads back to landlords."""

    what: str
    """answers, contacts or key."""
    days: int
    """Days after the last day on which an answer may count."""
    until: date
    """Last day on which it may be kept, on the study's own clock."""


PLACES = {
    "answers": "mail/, and the answers in the store",
    "contacts": "adverts and addresses in the store, and plan/ but for its manifest",
    "key": "secrets/wave.key, and every copy of it",
}
"""Where each kind lies in a study's folder."""


def last_answer(protocol: Protocol) -> date:
    """The last day on which an answer may count: the window of an application sent on the wave's last day."""
    return protocol.wave.last_day + timedelta(days=protocol.wave.response_days)


def kept_until(protocol: Protocol) -> tuple[Kept, ...]:
    """Say of each kind how long it may be kept, by the protocol's retention section."""
    retention = protocol.retention
    contacts = retention.contacts_days
    days = {
        "answers": retention.answers_days,
        "contacts": protocol.sample.private_rest_days if contacts is None else contacts,
        "key": retention.key_days,
    }
    ended = last_answer(protocol)
    return tuple(
        Kept(what=what, days=many, until=ended + timedelta(days=many)) for what, many in days.items()
    )


def overdue(protocol: Protocol, now: datetime) -> tuple[Kept, ...]:
    """What should be gone by now."""
    return tuple(it for it in kept_until(protocol) if local(protocol, now).date() > it.until)
