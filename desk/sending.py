"""Sending: takes a study's folder, sends what is due, halts, and settles what only a person can settle."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from desk.folder import StudyFolder
from desk.sealed import check_sealed
from testing.study.errors import EvenhandError, Refused

if TYPE_CHECKING:
    from testing.fieldwork.channels.channel import Channel
    from testing.fieldwork.tally import SendCounts
    from testing.store.engine import Store
    from testing.study.protocol import Protocol

Tell = Callable[["SendCounts"], None]
"""Told what was done, also where the wave is refused after what it owes has left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a run that sends would do now."""

    refused: EvenhandError | None
    """Why no application would go at all, whatever its own decision is; None where none waits."""
    due: list[dict[str, str]]
    """Due applications, each with its decision and the reason for it."""
    declines: list[dict[str, str]]
    """Owed declines that are due."""

    @property
    def would_go(self) -> int:
        """How many applications would be sent."""
        return 0 if self.refused else sum(it["decision"] == "send" for it in self.due)


def send_wave(
    folder: StudyFolder,
    *,
    channel: "Channel",
    clock: Callable[[], datetime],
    live: bool = False,
    limit: int | None = None,
    confirmed: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    tell: Tell | None = None,
) -> "SendCounts":
    """Send the declines and applications that are due now.

    Args:
        folder: the study.
        channel: a way to send; one that leaves this machine needs everything that a live wave needs.
        clock: tells what time it is, aware.
        live: whether to send; else nothing leaves and the counts say what would.
        limit: most applications.
        confirmed: the wave's name as a person typed it; needed where the channel leaves this machine.
        progress: told after each application.
        tell: given the counts as soon as they stand, before any refusal is raised.

    Returns:
        What was sent, what waits and why; of a dry run, what would be sent under ``waiting``.

    Raises:
        Refused: not approved, expired, halted (owed declines have left then), or not ready for a live wave.
        LockMismatch: the plan, protocol, letters or names are not those that were sealed.
    """
    from testing.fieldwork.sending import send_due
    from testing.store.engine import open_store
    from testing.study.reading import read_letters, read_protocol

    if not live:
        return _would_send(folder, loopback=channel.loopback, now=clock())
    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store:
        with store.read() as session:
            check_sealed(folder, session, protocol)
        check_reach(folder, store, protocol, loopback=channel.loopback, confirmed=confirmed)
        counts = send_due(
            store,
            protocol=protocol,
            channel=channel,
            clock=clock,
            letters=read_letters(folder.letters, protocol).languages,
            limit=limit,
            progress=progress,
        )
        if tell is not None:
            tell(counts)
        # Declines are owed whatever stops the applications, so they have left before this is said.
        refused = _refused(store, protocol, clock())
    if refused is not None:
        raise refused
    return counts


def check_reach(
    folder: StudyFolder, store: "Store", protocol: "Protocol", *, loopback: bool, confirmed: str | None
) -> None:
    """Refuse a mail server that does not fit the study: a rehearsal stays here, a real wave does not.

    Args:
        folder: the study.
        store: of the study.
        protocol: of the study.
        loopback: whether the server is on this machine.
        confirmed: the wave's name as a person typed it.

    Raises:
        Refused: a rehearsal would leave this machine; a wave that leaves it lacks something; or real landlords
            would be withheld for good, because from this machine only example domains are written to.
    """
    from testing.fieldwork.safeguards import EXAMPLE_DOMAINS, in_domains, live_wave_may_send
    from testing.store import waves
    from testing.study.reading_names import placed_names

    rehearsal = folder.virtual_clock.exists()
    if rehearsal and loopback:
        return
    if rehearsal:
        raise Refused(f"{folder.root} is a rehearsal; nothing of it is ever sent beyond this machine")
    with store.read() as session:
        plan = waves.plan_of(session, protocol.wave.name)
    assert plan is not None
    if not loopback:
        lines = {it.name.full: it.line for it in placed_names(folder.names)[0]}
        live_wave_may_send(protocol, plan.applications, confirmed, lines)
    elif not all(in_domains(it.to, EXAMPLE_DOMAINS) for it in plan.applications):
        raise Refused(
            "the mail server is on this machine, from which only example domains are written to, and the plan "
            "holds real recipients; name the server that you send through in EVENHAND_SMTP_HOST"
        )


def would_send(folder: StudyFolder, *, now: datetime, loopback: bool = False) -> Preview:
    """Say for each due application what would be done with it; nothing changes.

    Raises:
        LockMismatch: the plan or a study file is not the one that was sealed.
    """
    from testing.fieldwork.permitting import preview
    from testing.store.declines import due_declines
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store:
        with store.read() as session:
            check_sealed(folder, session, protocol)
            owed = due_declines(session, now)
        found = preview(store, protocol=protocol, loopback=loopback, now=now)
        refused = _refused(store, protocol, now)
    due = [
        {
            "application": it.id,
            "to": it.to,
            "subject": it.letter.subject,
            "order": str(it.order),
            "decision": ruling.go.value,
            "reason": ruling.reason,
        }
        for it, ruling in found
    ]
    declines = [{"application": it.application, "due_until": it.due_until.isoformat()} for it in owed]
    return Preview(refused=refused, due=due, declines=declines)


def change_halt(folder: StudyFolder, *, reason: str | None, by: str, now: datetime) -> None:
    """Halt all sending of applications for a reason, or end the halt where no reason is given."""
    from testing.store import waves
    from testing.store.engine import open_store

    if not by.strip():
        raise Refused("say who halts or resumes: --by NAME")
    with open_store(folder.store, create=False) as store, store.begin() as session:
        if reason is not None:
            waves.halt(session, by=by, reason=reason, now=now)
        else:
            waves.resume_after_halt(session, by=by, now=now)


def settle(folder: StudyFolder, application: str, *, sent: bool, by: str, now: datetime) -> None:
    """Settle an uncertain application on a person's word.

    Raises:
        Refused: nobody is named.
        EvenhandError: there is no such application, or it is not uncertain.
    """
    from testing.fieldwork.sending import reconcile
    from testing.store import applications
    from testing.store.engine import open_store
    from testing.study.application import State

    with open_store(folder.store, create=False) as store, store.begin() as session:
        state = applications.get(session, application).state
        if state is not State.UNCERTAIN:
            raise EvenhandError(
                f"application {application} is {state.value}, so there is nothing to settle; the uncertain ones "
                "are listed by: evenhand status"
            )
        reconcile(session, application, sent=sent, by=by, now=now)


def settle_declined(folder: StudyFolder, application: str, *, by: str, now: datetime) -> None:
    """Settle an owed decline on a person's word."""
    from testing.fieldwork.declining import settle_decline
    from testing.store.engine import open_store

    with open_store(folder.store, create=False) as store, store.begin() as session:
        settle_decline(session, application, by=by, now=now)


def _refused(store: "Store", protocol: "Protocol", now: datetime) -> EvenhandError | None:
    """Why no application may be sent, where any still waits to be."""
    from testing.fieldwork.permitting import refusal
    from testing.store.applications import waits

    with store.read() as session:
        return refusal(session, protocol, now) if waits(session) else None


def _would_send(folder: StudyFolder, *, loopback: bool, now: datetime) -> "SendCounts":
    from testing.fieldwork.tally import SendCounts

    found = would_send(folder, now=now, loopback=loopback)
    return SendCounts(waiting=dict(Counter(it["reason"] or "would be sent" for it in found.due)))
