"""Closing: takes the store of a wave, says everything that keeps it from being closed."""

from datetime import datetime

from testing.fieldwork.safeguards import windows_closed_at
from testing.store import applications as kept
from testing.store import codings as coded
from testing.store.declines import DeclineState, open_declines
from testing.store.engine import Session
from testing.study.application import State
from testing.study.protocol import Protocol

BEFORE_SENDING = (State.PLANNED, State.APPROVED, State.CLAIMED, State.TRANSMITTING)


def whats_open(session: Session, *, protocol: Protocol, now: datetime) -> list[str]:
    """Say everything that keeps a wave from being closed; empty where it is closed."""
    counts = kept.counts_by_state(session)
    reasons = []
    waiting = sum(counts.get(state, 0) for state in BEFORE_SENDING)
    if waiting:
        reasons.append(f"{waiting} applications have not been sent or withheld (evenhand send)")
    within = [
        it
        for it in kept.in_state(session, State.SENT, State.ANSWERED)
        if it.sent_at is not None and now <= windows_closed_at(protocol, it.sent_at)
    ]
    if within:
        last = max(windows_closed_at(protocol, it.sent_at) for it in within if it.sent_at)
        reasons.append(f"{len(within)} response windows are open until {last:%Y-%m-%d %H:%M} UTC")
    elif counts.get(State.SENT):
        reasons.append(f"{counts[State.SENT]} windows have closed but the mailbox was not read (receive)")
    if counts.get(State.UNCERTAIN):
        reasons.append(
            f"{counts[State.UNCERTAIN]} applications are uncertain (evenhand send --reconcile APPLICATION)"
        )
    uncoded = len(coded.uncoded(session))
    if uncoded:
        reasons.append(f"{uncoded} responses were not coded (evenhand code)")
    owed = open_declines(session)
    by_machine = sum(it.state is DeclineState.PENDING for it in owed)
    if by_machine:
        reasons.append(f"{by_machine} offered viewings have not been declined (evenhand send)")
    if len(owed) > by_machine:
        reasons.append(
            f"{len(owed) - by_machine} offered viewings could not be declined by mail, or nobody knows whether "
            "they were (decline them in another way, then: evenhand send --declined APPLICATION --by NAME)"
        )
    return reasons
