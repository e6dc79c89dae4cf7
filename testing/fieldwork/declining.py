"""Declining: an offered viewing becomes an obligation with a window, and is turned down with one fixed text."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from testing.fieldwork.channels.channel import Channel, Verdict
from testing.fieldwork.messages import decline_message, decline_recipient
from testing.fieldwork.safeguards import EXAMPLE_DOMAINS, in_domains, local, office_open
from testing.fieldwork.tally import Tally
from testing.store import applications as kept
from testing.store import responses as received
from testing.store.declines import (
    Decline,
    DeclineState,
    due_declines,
    last_decline_to,
    move_decline,
    open_declines,
    put_off,
    record_decline,
)
from testing.store.engine import Session, Store
from testing.study.errors import EvenhandError, Refused
from testing.study.letter_forms import LanguageLetters
from testing.study.outcome import Outcome
from testing.study.protocol import Protocol
from testing.study.response import Response

APART = timedelta(hours=1)
"""Least time between two declines to one landlord, so that they do not unmask the pair."""
PUT_OFF = timedelta(minutes=30)
"""How long a decline rests that the server put off."""


def owe_decline(
    session: Session, response: Response, outcome: Outcome, *, protocol: Protocol, now: datetime
) -> bool:
    """Keep the obligation that an offered viewing creates.

    Returns:
        Whether a new obligation came to be: the coding offers a viewing, and none was owed yet.
    """
    if not outcome.positive or response.application is None:
        return False
    found = kept.get(session, response.application)
    window = protocol.declining
    obligation = Decline(
        application=response.application,
        response=response.id,
        landlord=found.application.landlord,
        due_from=response.received_at + timedelta(hours=window.not_before_hours),
        due_until=working_hours_after(protocol, response.received_at, window.within_hours),
        state=DeclineState.PENDING,
        sent_at=None,
        note="",
    )
    return record_decline(session, obligation, now)


def settle_decline(session: Session, application_id: str, *, by: str, now: datetime) -> None:
    """Settle an obligation on a person's word: the viewing was turned down in another way.

    Raises:
        Refused: nobody is named.
        EvenhandError: nothing is owed for that application.
    """
    if not by.strip():
        raise Refused("say who turned the viewing down: --by NAME")
    owed = next((it for it in open_declines(session) if it.application == application_id), None)
    if owed is None:
        raise EvenhandError(f"no decline is owed for the application {application_id}")
    move_decline(session, application_id, owed.state, DeclineState.SENT, now, f"{by}: in another way")


def working_hours_after(protocol: Protocol, start: datetime, hours: float) -> datetime:
    """The moment some hours later, days on which the study does not send left out.

    An answer of Friday noon that must be declined within 24 hours is due on Monday noon.
    """
    moment, left = start, timedelta(hours=hours)
    while left > timedelta(0):
        step = min(left, timedelta(hours=1))
        moment += step
        if protocol.sending.weekends or local(protocol, moment - step / 2).weekday() < 5:
            left -= step
    return moment


def send_declines(
    store: Store,
    *,
    protocol: Protocol,
    channel: Channel,
    clock: Callable[[], datetime],
    letters: Mapping[str, LanguageLetters],
    own: frozenset[str],
    tally: Tally,
) -> None:
    """Send the declines that are due; a halt, an expired approval or a cap do not stop what is owed."""
    with store.read() as session:
        due = due_declines(session, clock())
    for decline in due:
        now = clock()
        if not office_open(protocol, now):
            return
        if tally.stopped is not None:
            return
        with store.read() as session:
            last = last_decline_to(session, decline.landlord)
            application = kept.get(session, decline.application).application
            offer = received.get(session, decline.response)
        if last is not None and now < last + APART:
            tally.declines_waiting += 1
            continue
        recipient = decline_recipient(application, offer)
        fault = _not_to_be_written_to(recipient, own, protocol, loopback=channel.loopback)
        if fault is not None:
            with store.begin() as session:
                move_decline(
                    session, decline.application, DeclineState.PENDING, DeclineState.REFUSED, now, fault
                )
            tally.declines_refused += 1
            continue
        message = decline_message(application, offer, letters, now)
        _send_one(
            store, channel, decline, application.identity.email, recipient, message, now=now, tally=tally
        )


def _not_to_be_written_to(
    recipient: str, own: frozenset[str], protocol: Protocol, *, loopback: bool
) -> str | None:
    if recipient.casefold() in own or in_domains(recipient, protocol.sending.domains):
        return "the offer's sender is one of the study's own mailboxes"
    if loopback and not in_domains(recipient, EXAMPLE_DOMAINS):
        return "a rehearsal writes to example domains only"
    if not recipient.isascii() or any(sign in recipient for sign in " ,;<>\r\n\t"):
        return "the offer's sender is not one mail address"
    return None


def _send_one(
    store: Store,
    channel: Channel,
    decline: Decline,
    sender: str,
    recipient: str,
    message: bytes,
    *,
    now: datetime,
    tally: Tally,
) -> None:
    offered = channel.offer(sender, recipient)
    with store.begin() as session:
        if offered.verdict is Verdict.REFUSED:
            move_decline(
                session, decline.application, DeclineState.PENDING, DeclineState.REFUSED, now, offered.words
            )
            tally.declines_refused += 1
            return
        if offered.verdict is not Verdict.ACCEPTED:
            put_off(session, decline.application, now + PUT_OFF)
            tally.declines_waiting += 1
            if offered.verdict is Verdict.UNREACHABLE:
                tally.stopped = f"the mail server cannot be reached ({offered.words})"
            return
        move_decline(session, decline.application, DeclineState.PENDING, DeclineState.TRANSMITTING, now)
    answer = channel.transmit(message)
    after = {Verdict.ACCEPTED: DeclineState.SENT, Verdict.REFUSED: DeclineState.REFUSED}.get(
        answer.verdict, DeclineState.UNCERTAIN
    )
    with store.begin() as session:
        move_decline(session, decline.application, DeclineState.TRANSMITTING, after, now, answer.words)
    if after is DeclineState.SENT:
        tally.declines_sent += 1
    elif after is DeclineState.REFUSED:
        tally.declines_refused += 1
    else:
        tally.declines_uncertain += 1
