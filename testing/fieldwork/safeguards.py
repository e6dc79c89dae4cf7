"""The safeguards of sending: takes what is known at the moment of sending, says go, wait or never, and why.

Each is a pure function with a name of its own. Those of the wave raise; those of one application answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from testing.fieldwork.unfit_names import unfit_names
from testing.pairing.history import ONE_OWNER
from testing.store.waves import Approval, Halt
from testing.study.application import DELIVERED, Application, State
from testing.study.errors import LockMismatch, Refused
from testing.study.protocol import Protocol

EXAMPLE_DOMAINS = ("example", "example.org", "example.com", "example.net")
"""Domains that belong to nobody (RFC 2606): where a rehearsal may write to."""
NEVER_DELIVERED = frozenset({State.WITHHELD, State.WITHDRAWN, State.REFUSED, State.UNDELIVERABLE})
"""States of an application after which the next to its listing would have nothing to be compared with."""


class Go(StrEnum):
    """What a safeguard decides about one application now."""

    SEND = "send"
    WAIT = "wait"
    """Not now; it may pass later."""
    NEVER = "never"
    """Withheld for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A decision with the safeguard that made it."""

    go: Go
    safeguard: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is true of one application at the moment of sending, read in the transaction that claims it."""

    application: Application
    now: datetime
    begun_today: int
    """Applications begun on this local day."""
    other_pairs: int
    """Other pairs with the same landlord of which anything has begun."""
    decline_owed: bool
    """Whether a viewing that this landlord offered has not been turned down yet."""
    before: Application | None
    """The application that goes just before this one to the same listing; None for the first of a test."""
    before_state: State | None
    before_sent_at: datetime | None
    own_mailboxes: frozenset[str]
    """Mailboxes of all the study's identities, lower case."""
    loopback: bool
    """Whether the channel stays on this machine."""
    advert_gone: bool = False
    """Whether the advert was taken off, or its page was found gone."""
    advert_seen_at: datetime | None = None
    """When it was seen last; None for one that was never in the frame."""


def wave_may_send(
    *,
    seal: str | None,
    approval: Approval | None,
    halt: Halt | None,
    today: date,
) -> None:
    """Refuse unless the wave's plan is sealed and approved, and nothing is halted.

    Args:
        seal: of the plan in the store.
        approval: the latest of the plan in the store.
        halt: in force.
        today: local day.

    Raises:
        Refused: no plan, no approval, an expired one, or a halt.
        LockMismatch: another plan was approved.
    """
    if seal is None:
        raise Refused("the wave has no sealed plan; draw it up with: evenhand plan")
    if approval is None:
        raise Refused("nobody has approved the wave's plan; have it approved with: evenhand approve")
    if approval.seal != seal:
        raise LockMismatch(
            f"the approval is for another plan ({approval.seal[:12]}…); have this one approved"
        )
    if today > approval.until:
        raise Refused(
            f"the approval by {approval.by} ended on {approval.until}; have it renewed: evenhand approve"
        )
    if halt is not None:
        raise Refused(
            f"halted by {halt.by} on {halt.at:%Y-%m-%d %H:%M} UTC: {halt.reason}; a person resumes it with: "
            "evenhand send --resume-after-halt --by NAME"
        )


def live_wave_may_send(
    protocol: Protocol,
    applications: Sequence[Application],
    typed: str | None,
    lines: Mapping[str, int] | None = None,
) -> None:
    """Refuse to write to real landlords unless everything that a live wave needs is there.

    Args:
        protocol: the study's.
        applications: all of the plan.
        typed: what the person typed as confirmation; must be the wave's name.
        lines: line of names.csv by first and last name, to say where an unfit one stands.

    Raises:
        Refused: names everything that is missing.
    """
    wave = protocol.wave
    missing = []
    if not protocol.sending.live:
        missing.append("the study file does not allow it (set sending.live = true)")
    if not wave.ethics.strip():
        missing.append("no reference of an ethics approval (wave.ethics)")
    if not wave.dpia.strip():
        missing.append("no reference of a data protection impact assessment (wave.dpia)")
    missing += unfit_names(applications, lines or {})
    if any(in_domains(it.identity.email, EXAMPLE_DOMAINS) for it in applications):
        missing.append("senders at example domains, where no answer can arrive (sending.domains)")
    if typed != wave.name:
        missing.append(f"the wave's name was not typed as confirmation (--confirm {wave.name})")
    if missing:
        raise Refused("not sent live: " + "; ".join(missing))


def rule(protocol: Protocol, it: Circumstances) -> Ruling:
    """Ask every safeguard about one application; the first that does not let it pass decides."""
    for name, safeguard in SAFEGUARDS.items():
        ruling = safeguard(protocol, it)
        if ruling is not None:
            return Ruling(go=ruling[0], safeguard=name, reason=ruling[1])
    return Ruling(go=Go.SEND)


def local(protocol: Protocol, now: datetime) -> datetime:
    """The moment on the study's own clock."""
    return now.astimezone(ZoneInfo(protocol.study.timezone))


def office_open(protocol: Protocol, now: datetime) -> bool:
    """Whether it is a weekday (or weekends are allowed) within the hours of sending."""
    here = local(protocol, now)
    weekday = protocol.sending.weekends or here.weekday() < 5
    return weekday and protocol.sending.opens <= here.time() <= protocol.sending.closes


def in_domains(address: str, domains: Sequence[str]) -> bool:
    """Whether a mail address is at one of some domains or below it."""
    domain = address.rpartition("@")[2].casefold().rstrip(".")
    return any(domain == it.casefold() or domain.endswith("." + it.casefold()) for it in domains)


def wave_over(protocol: Protocol, now: datetime) -> bool:
    """Whether the last moment of the wave's last day has passed."""
    here = local(protocol, now)
    return here.date() > protocol.wave.last_day


def windows_closed_at(protocol: Protocol, sent_at: datetime) -> datetime:
    """When the response window of an application closes, counted from its own sending."""
    return sent_at + timedelta(days=protocol.wave.response_days)


def day_ends(protocol: Protocol, day: date) -> datetime:
    """The end of a local day, UTC."""
    zone = ZoneInfo(protocol.study.timezone)
    return datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)


Said = tuple[Go, str] | None


def _days_of_the_wave(protocol: Protocol, it: Circumstances) -> Said:
    today = local(protocol, it.now).date()
    if today > protocol.wave.last_day:
        return Go.NEVER, f"the wave ended on {protocol.wave.last_day}"
    if today < protocol.wave.first_day:
        return Go.WAIT, f"the wave begins on {protocol.wave.first_day}"
    return None


def _hours(protocol: Protocol, it: Circumstances) -> Said:
    return None if office_open(protocol, it.now) else (Go.WAIT, "outside the hours of sending")


def _due(protocol: Protocol, it: Circumstances) -> Said:
    return (Go.WAIT, "not due yet") if it.now < it.application.due_at else None


def _own_sender(protocol: Protocol, it: Circumstances) -> Said:
    sender = it.application.identity.email
    if sender.rpartition("@")[2].casefold() not in {name.casefold() for name in protocol.sending.domains}:
        return Go.NEVER, f"the sender's domain is not one that the study owns: {sender.rpartition('@')[2]}"
    return None


def _recipient(protocol: Protocol, it: Circumstances) -> Said:
    to = it.application.to.casefold()
    if not to.partition("@")[0] or "@" not in to or any(sign in to for sign in " ,;<>\r\n"):
        return Go.NEVER, "the recipient is not one mail address"
    if to in it.own_mailboxes or in_domains(to, protocol.sending.domains):
        return Go.NEVER, "the recipient is one of the study's own mailboxes"
    if it.loopback and not in_domains(to, EXAMPLE_DOMAINS):
        return Go.NEVER, "a rehearsal writes to example domains only"
    return None


def _advert(protocol: Protocol, it: Circumstances) -> Said:
    if it.advert_gone:
        return Go.NEVER, "the advert is gone"
    within = protocol.sending.seen_within_hours
    if (
        within is not None
        and it.advert_seen_at is not None
        and it.now - it.advert_seen_at > timedelta(hours=within)
    ):
        return Go.WAIT, f"the advert was not seen for {within} hours; look with: evenhand crawl --due"
    return None


def _one_before(protocol: Protocol, it: Circumstances) -> Said:
    if it.application.order == 1:
        return None
    if it.before is None or it.before_state is None:
        return Go.NEVER, "the one before it is missing from the plan"
    if it.before_state in NEVER_DELIVERED:
        return Go.NEVER, f"the one before it is {it.before_state.value}"
    if it.before_state not in DELIVERED or it.before_sent_at is None:
        return Go.WAIT, f"the one before it is {it.before_state.value}"
    if it.now < it.before_sent_at + timedelta(hours=protocol.design.gap_hours[0]):
        return Go.WAIT, "the gap since the one before it has not passed"
    return None


def _landlord_cap(protocol: Protocol, it: Circumstances) -> Said:
    private = it.application.landlord_type in ONE_OWNER
    cap = protocol.sample.per_private_owner if private else protocol.sample.per_agency
    if it.other_pairs >= cap:
        return Go.NEVER, f"{it.other_pairs} pairs with this landlord already, the most allowed is {cap}"
    return None


def _decline_first(protocol: Protocol, it: Circumstances) -> Said:
    if it.application.order == 1 and it.decline_owed:
        return Go.WAIT, "a viewing that this landlord offered has not been turned down yet"
    return None


def _daily_cap(protocol: Protocol, it: Circumstances) -> Said:
    cap = protocol.sending.daily_cap
    return (Go.WAIT, f"the daily cap of {cap} is reached") if it.begun_today >= cap else None


SAFEGUARDS: Mapping[str, Callable[[Protocol, Circumstances], Said]] = {
    "wave": _days_of_the_wave,
    "sender": _own_sender,
    "recipient": _recipient,
    "advert": _advert,
    "one before": _one_before,
    "landlord cap": _landlord_cap,
    "hours": _hours,
    "due": _due,
    "decline first": _decline_first,
    "daily cap": _daily_cap,
}
"""Every safeguard of one application by name; what never passes is asked before what passes later."""
