"""Receiving: takes a Maildir, keeps each mail once as a response and gives it to its application."""

import email
import email.policy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from testing.fieldwork.bounces import original_message_ids
from testing.fieldwork.channels.maildir import Mail, mark_seen
from testing.fieldwork.reading import read_mail, recipients_of
from testing.fieldwork.safeguards import windows_closed_at
from testing.store import applications as kept
from testing.store import responses as received
from testing.store.engine import Session, Store
from testing.study.application import State
from testing.study.protocol import Protocol
from testing.study.response import Response

BATCH = 100
"""Mails kept in one transaction; they are marked seen after it."""
NEVER_LEFT = frozenset(
    {State.PLANNED, State.APPROVED, State.CLAIMED, State.WITHHELD, State.WITHDRAWN, State.REFUSED}
)
"""States in which nobody can have answered yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveCounts:
    """What one reading of the mailbox brought."""

    read: int = 0
    new: int = 0
    """Not seen before; the rest had been read already."""
    matched: int = 0
    unmatched: int = 0
    automatic: int = 0
    bounced: int = 0
    """Applications that turned out undeliverable."""
    unreadable: int = 0
    """Kept, but without any text that could be read."""
    silent: int = 0
    """Applications whose response window closed without a response."""


def by_file_time(mail: Mail) -> datetime:
    """When the mail was put into the mailbox."""
    return mail.delivered_at


def receive(
    store: Store,
    mails: Iterable[Mail],
    *,
    now: datetime,
    received_at_of: Callable[[Mail], datetime] = by_file_time,
    seen: Callable[[Mail], None] | None = mark_seen,
) -> ReceiveCounts:
    """Keep mails as responses, match them, and move their applications.

    Args:
        store: of the study.
        mails: as ``channels.maildir.unseen`` gives them.
        now: when they are read.
        received_at_of: when a mail came in; its own Date header is never believed.
        seen: called for each mail after what it brought is safely kept.

    Returns:
        What came in.
    """
    counts: dict[str, int] = dict.fromkeys(ReceiveCounts.__dataclass_fields__, 0)
    batch: list[Mail] = []
    for mail in mails:
        batch.append(mail)
        if len(batch) == BATCH:
            _keep(store, batch, now, received_at_of, seen, counts)
            batch = []
    if batch:
        _keep(store, batch, now, received_at_of, seen, counts)
    return ReceiveCounts(**counts)


def match(session: Session, response: Response) -> Response:
    """Say which application a response belongs to, by what cannot be guessed.

    The Message-ID that it answers (or, of a bounce, that it carries) decides; else the mailbox it came to,
    because every application has its own. Whatever names two applications stays unmatched.
    """
    ids = list(response.in_reply_to)
    if response.bounce or response.automatic:
        ids += original_message_ids(email.message_from_bytes(response.raw, policy=email.policy.compat32))
    found = kept.ids_by_message_id(session, ids)
    if found:
        return replace(response, application=found[0], matched_by="message-id")
    found = kept.ids_by_mailbox(session, recipients_of(response.raw))
    if len(found) == 1:
        return replace(response, application=found[0], matched_by="mailbox")
    return response


def match_by_person(store: Store, response: str, application: str, *, by: str, now: datetime) -> Response:
    """Give a mail that nothing could match to an application, on a person's word.

    Args:
        store: of the study.
        response: id of the mail, or the beginning of it.
        application: id of the application.
        by: the person's name.
        now: when.

    Raises:
        Refused: nobody is named.
        EvenhandError: no such mail or application, or the mail belongs to one already.
    """
    with store.begin() as session:
        found = received.get(session, response)
        received.match_by_hand(session, found.id, application, by=by, now=now)
        matched = replace(found, application=application)
        _move(session, matched, now)
    return matched


def close_windows(store: Store, *, protocol: Protocol, now: datetime) -> int:
    """Let applications become silent whose response window has closed without a response.

    Call it after the mailbox was read: an answer that lies there unread came in time.

    Returns:
        How many became silent.
    """
    with store.begin() as session:
        over = [
            it.application.id
            for it in kept.in_state(session, State.SENT)
            if it.sent_at is not None and now > windows_closed_at(protocol, it.sent_at)
        ]
        for application_id in over:
            kept.transition(session, application_id, State.SENT, State.SILENT, now, "response window closed")
    return len(over)


def _keep(
    store: Store,
    batch: list[Mail],
    now: datetime,
    received_at_of: Callable[[Mail], datetime],
    seen: Callable[[Mail], None] | None,
    counts: dict[str, int],
) -> None:
    added: dict[str, int] = dict.fromkeys(counts, 0)
    with store.begin() as session:
        for mail in batch:
            response = match(session, read_mail(mail.raw, received_at_of(mail)))
            added["read"] += 1
            if not received.record_response(session, response, now):
                continue
            added["new"] += 1
            added["matched" if response.application else "unmatched"] += 1
            added["automatic"] += response.automatic
            added["unreadable"] += not response.text.strip()
            if response.application is not None:
                added["bounced"] += _move(session, response, now)
    for name, count in added.items():
        counts[name] += count
    if seen is not None:
        for mail in batch:
            seen(mail)


def _move(session: Session, response: Response, now: datetime) -> bool:
    """Move the application that a response belongs to; an answer also settles an uncertain one."""
    assert response.application is not None
    state = kept.get(session, response.application).state
    if state in NEVER_LEFT:
        return False
    if response.bounce:
        if state in (State.SENT, State.SILENT, State.UNCERTAIN):
            kept.transition(session, response.application, state, State.UNDELIVERABLE, now, "bounced")
            return True
        return False
    if state in (State.SENT, State.SILENT, State.UNCERTAIN):
        kept.transition(session, response.application, state, State.ANSWERED, now)
    return False
