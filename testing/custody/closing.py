"""Closing: takes the store of a wave, says everything that keeps it from being closed."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from testing.fieldwork.double_coding import double_coding
from testing.fieldwork.safeguards import windows_closed_at
from testing.store import codings as coded
from testing.store import responses, waves
from testing.store.declines import DeclineState, applications_owed, open_declines
from testing.store.engine import Session
from testing.study.application import State
from testing.study.protocol import Protocol

BEFORE_SENDING = (State.PLANNED, State.APPROVED, State.CLAIMED, State.TRANSMITTING)


def whats_open(session: Session, *, protocol: Protocol, now: datetime) -> list[str]:
    """Say everything that keeps a wave from being closed; empty where it is closed.

    Only the wave's own plan is looked at: another wave in the same store keeps nothing open.
    """
    seal = waves.seal_of(session, protocol.wave.name)
    if seal is None:
        return ["the wave has no sealed plan (evenhand plan)"]
    places = waves.places(session, seal)
    counts = Counter(it.state for it in places)
    reasons = []
    waiting = sum(counts[state] for state in BEFORE_SENDING)
    if waiting:
        reasons.append(f"{waiting} applications have not been sent or withheld (evenhand send)")
    closings = [
        windows_closed_at(protocol, it.sent_at)
        for it in places
        if it.state in (State.SENT, State.ANSWERED) and it.sent_at is not None
    ]
    within = [moment for moment in closings if now <= moment]
    if within:
        reasons.append(f"{len(within)} response windows are open until {max(within):%Y-%m-%d %H:%M} UTC")
    elif counts[State.SENT]:
        reasons.append(f"{counts[State.SENT]} windows have closed but the mailbox was not read (receive)")
    if counts[State.UNCERTAIN]:
        reasons.append(
            f"{counts[State.UNCERTAIN]} applications are uncertain (evenhand send --reconcile APPLICATION)"
        )
    own = frozenset(it.application for it in places)
    uncoded = len(coded.uncoded(session, own))
    if uncoded:
        reasons.append(f"{uncoded} responses were not coded (evenhand code)")
    return [*reasons, *_coded_once(session, protocol, own), *_undeclined(session, own)]


def _coded_once(session: Session, protocol: Protocol, own: Collection[str]) -> list[str]:
    """Say how many answers wait for a second coder; only a live wave, which people have answered, owes that."""
    waiting = double_coding(session, protocol=protocol, own=own).waiting if protocol.sending.live else ()
    if not waiting:
        return []
    return [f"{len(waiting)} answers wait for a second coder (evenhand code --again --coder NAME)"]


def _undeclined(session: Session, own: Collection[str]) -> list[str]:
    """Say which offered viewings have not been turned down."""
    reasons = []
    owed = [it for it in open_declines(session) if it.application in own]
    by_machine = sum(it.state is DeclineState.PENDING for it in owed)
    if by_machine:
        reasons.append(f"{by_machine} offered viewings have not been declined (evenhand send)")
    if len(owed) > by_machine:
        reasons.append(
            f"{len(owed) - by_machine} offered viewings could not be declined by mail, or nobody knows whether "
            "they were (decline them in another way, then: evenhand send --declined APPLICATION --by NAME)"
        )
    forgotten = _offered(session) & frozenset(own) - applications_owed(session)
    if forgotten:
        # An answer that was coded before a person found its application: no obligation came of it.
        reasons.append(
            f"{len(forgotten)} offered viewings were never put down to be declined (code them again: "
            "evenhand code --set RESPONSE CATEGORY --coder NAME)"
        )
    return reasons


def _offered(session: Session) -> frozenset[str]:
    """Applications to which a viewing was offered, as far as responses are coded."""
    receipts = responses.receipts(session)
    offers = (response for response, outcome in coded.final_codings(session).items() if outcome.positive)
    return frozenset(receipts[response]["application"] for response in offers) - {None}
