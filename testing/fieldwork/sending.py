"""The sending loop: takes a store and a channel, sends every application and decline that is due at most once.

Claimed (with caps and stops decided in the same transaction), then offered to the server, then marked as
transmitting and committed, and only then does the first byte of the message leave. A sender that dies leaves
what it had claimed to be sent again, and what it was transmitting as uncertain: never to be sent again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from testing.fieldwork.channels.channel import Answer, Channel, Verdict
from testing.fieldwork.declining import send_declines
from testing.fieldwork.messages import application_message
from testing.fieldwork.permitting import circumstances, refusal
from testing.fieldwork.safeguards import Go, local, office_open, rule, wave_over
from testing.fieldwork.tally import SendCounts, Tally
from testing.store import applications as kept
from testing.store.declines import DeclineState, move_decline, stale_declines
from testing.store.engine import Session, Store
from testing.store.lease import sole_sender
from testing.study.application import Application, State
from testing.study.errors import Refused
from testing.study.letter_forms import LanguageLetters
from testing.study.protocol import Protocol

BATCH = 10
"""Applications claimed in one transaction; a crash gives them back unsent."""
PUT_OFF = timedelta(minutes=30)
"""How long a message rests that the server put off."""
Clock = Callable[[], datetime]
Progress = Callable[[int, int], None]
"""Told how many of how many are done."""


@dataclass(slots=True)
class Run:
    """What one run of the loop works with."""

    store: Store
    protocol: Protocol
    channel: Channel
    clock: Clock
    limit: int | None
    progress: Progress | None
    tally: Tally = field(default_factory=Tally)
    own_mailboxes: frozenset[str] = frozenset()

    @property
    def now(self) -> datetime:
        """The moment it is; a run of many messages takes its time."""
        return self.clock()


def send_due(
    store: Store,
    *,
    protocol: Protocol,
    channel: Channel,
    clock: Clock,
    letters: Mapping[str, LanguageLetters] | None = None,
    limit: int | None = None,
    progress: Progress | None = None,
) -> SendCounts:
    """Send what is due: declines first, because they are owed, then applications.

    Args:
        store: of the study.
        protocol: of the study.
        channel: a way to send.
        clock: tells what time it is, aware; each message is decided on and dated by it.
        letters: the study's letters by language, for declines; None leaves declines for another run.
        limit: most applications to send in this run.
        progress: told after each application.

    Returns:
        What was sent, put off, withheld, and why it stopped before its end, if it did.

    Raises:
        Refused: another program sends from this store.
    """
    run = Run(store, protocol, channel, clock, limit, progress)
    with sole_sender(store):
        _clear_stale(run)
        with store.read() as session:
            run.own_mailboxes = frozenset(kept.mailboxes(session))
        if letters is not None:
            send_declines(
                store,
                protocol=protocol,
                channel=channel,
                clock=clock,
                letters=letters,
                own=run.own_mailboxes,
                tally=run.tally,
            )
        if run.tally.stopped is None:
            _send_applications(run)
    return run.tally.counts()


def reconcile(session: Session, application_id: str, *, sent: bool, by: str, now: datetime) -> None:
    """Settle an uncertain application on a person's word: it was sent, or it is dropped as not delivered.

    Raises:
        EvenhandError: no such application.
        IllegalTransition: it is not uncertain.
    """
    if not by.strip():
        raise Refused("say who reconciles: --by NAME")
    found = kept.get(session, application_id)
    after, word = (State.SENT, "was sent") if sent else (State.WITHHELD, "was not delivered")
    kept.transition(
        session, application_id, State.UNCERTAIN, after, now, f"{by}: {word}", sent_at=found.sent_at
    )


def _clear_stale(run: Run) -> None:
    """Give back what a dead sender had claimed; what it was transmitting is uncertain for ever."""
    with run.store.begin() as session:
        for it in kept.stale(session):
            if it.state is State.CLAIMED:
                kept.transition(
                    session,
                    it.application.id,
                    State.CLAIMED,
                    State.APPROVED,
                    run.now,
                    "sender died",
                    day=None,
                )
                run.tally.returned += 1
            else:
                kept.transition(
                    session, it.application.id, State.TRANSMITTING, State.UNCERTAIN, run.now, "sender died"
                )
                run.tally.uncertain += 1
        for decline in stale_declines(session):
            move_decline(
                session, decline.application, decline.state, DeclineState.UNCERTAIN, run.now, "sender died"
            )
            run.tally.declines_uncertain += 1


def _send_applications(run: Run) -> None:
    if wave_over(run.protocol, run.now):
        _withhold_the_rest(run)
        return
    if not office_open(run.protocol, run.now):
        run.tally.stopped = "outside the hours of sending"
        return
    with run.store.read() as session:
        waiting = kept.due(session, run.now)
    candidates = iter([it.application for it in waiting])
    total, done = len(waiting), 0
    while run.tally.stopped is None and (run.limit is None or run.tally.begun < run.limit):
        claimed, looked_at = _claim(run, candidates)
        if not looked_at:
            return
        done += looked_at - len(claimed)
        try:
            while claimed and run.tally.stopped is None:
                _send_one(run, claimed.pop(0))
                done += 1
                if run.progress is not None:
                    run.progress(done, total)
        finally:
            # What was not begun when the run stops or fails is given back.
            if claimed:
                with run.store.begin() as session:
                    for application in claimed:
                        _give_back(session, application, run.now)


def _withhold_the_rest(run: Run) -> None:
    """After the wave's last day nothing begins any more, whoever approved it until when."""
    reason = f"the wave ended on {run.protocol.wave.last_day}"
    with run.store.begin() as session:
        for it in kept.in_state(session, State.APPROVED):
            kept.transition(session, it.application.id, State.APPROVED, State.WITHHELD, run.now, reason)
            run.tally.withheld += 1


def _claim(run: Run, candidates: Iterator[Application]) -> tuple[list[Application], int]:
    """Claim up to a batch; every stop and every cap is looked at in the transaction that claims."""
    room = BATCH if run.limit is None else min(BATCH, run.limit - run.tally.begun)
    claimed: list[Application] = []
    looked_at = 0
    day = local(run.protocol, run.now).date()
    with run.store.begin() as session:
        refused = refusal(session, run.protocol, run.now)
        if refused is not None:
            run.tally.stopped = str(refused)
            return [], 0
        for application in islice(candidates, 10 * BATCH):
            looked_at += 1
            found = circumstances(
                session, application, run.protocol, run.now, run.own_mailboxes, loopback=run.channel.loopback
            )
            ruling = rule(run.protocol, found)
            if ruling.go is Go.SEND:
                kept.transition(session, application.id, State.APPROVED, State.CLAIMED, run.now, day=day)
                claimed.append(application)
            elif ruling.go is Go.NEVER:
                kept.transition(
                    session, application.id, State.APPROVED, State.WITHHELD, run.now, ruling.reason
                )
                run.tally.withheld += 1
            else:
                run.tally.waiting[ruling.reason] = run.tally.waiting.get(ruling.reason, 0) + 1
            if len(claimed) == room:
                break
    return claimed, looked_at


def _send_one(run: Run, application: Application) -> None:
    offered = run.channel.offer(application.identity.email, application.to)
    with run.store.begin() as session:
        if offered.verdict is not Verdict.ACCEPTED:
            _not_accepted(session, run, application, offered)
            return
        # A halt that came after the claim still stops this message.
        refused = refusal(session, run.protocol, run.now)
        if refused is not None:
            run.tally.stopped = str(refused)
            _give_back(session, application, run.now)
            return
        kept.transition(session, application.id, State.CLAIMED, State.TRANSMITTING, run.now, sent_at=run.now)
    run.tally.begun += 1
    answer = run.channel.transmit(application_message(application, run.now))
    after = {Verdict.ACCEPTED: State.SENT, Verdict.REFUSED: State.REFUSED}.get(
        answer.verdict, State.UNCERTAIN
    )
    with run.store.begin() as session:
        kept.transition(session, application.id, State.TRANSMITTING, after, run.now, answer.words)
    run.tally.count(after)


def _not_accepted(session: Session, run: Run, application: Application, offered: Answer) -> None:
    if offered.verdict is Verdict.REFUSED:
        # The table of states leads to REFUSED through TRANSMITTING only; nothing of the message left.
        for before, after in ((State.CLAIMED, State.TRANSMITTING), (State.TRANSMITTING, State.REFUSED)):
            kept.transition(session, application.id, before, after, run.now, offered.words)
        run.tally.begun += 1
        run.tally.refused += 1
        return
    later = run.now + PUT_OFF if offered.verdict is Verdict.DEFERRED else None
    _give_back(session, application, run.now, note=offered.words, retry_at=later)
    if offered.verdict is Verdict.UNREACHABLE:
        run.tally.stopped = f"the mail server cannot be reached ({offered.words})"
    else:
        run.tally.deferred += 1


def _give_back(
    session: Session,
    application: Application,
    now: datetime,
    note: str = "given back unsent",
    retry_at: datetime | None = None,
) -> None:
    kept.transition(
        session, application.id, State.CLAIMED, State.APPROVED, now, note, day=None, retry_at=retry_at
    )
