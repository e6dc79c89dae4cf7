"""A made-up wave that is moved by the real functions: sent, answered, coded, declined, closed, released."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from testing.custody.release import release
from testing.fieldwork.declining import owe_decline
from testing.fieldwork.receiving import close_windows
from testing.store import applications as kept
from testing.store.codings import record_coding
from testing.store.declines import DeclineState, move_decline
from testing.store.responses import record_response
from testing.study.application import Application, State
from testing.study.outcome import Category, Outcome
from testing.study.response import Response

LATER = timedelta(days=40)
"""After the first letter; by then every window of fourteen days has closed."""
OFFERS = ("viewing_invitation", "group_viewing", "viewing_conditional")
"""Categories that docs/reference/codebook.md calls an offered viewing."""


class Wave:
    """A store with an approved plan, and what happens to its applications, in few words."""

    key = bytes(range(32))

    def __init__(self, store: Any, protocol: Any, plan: Any, monday: datetime) -> None:
        self.store, self.protocol, self.plan, self.monday = store, protocol, plan, monday
        self.mails = 0

    def moves(self, it: Application, at: datetime, *states: State) -> None:
        """An application goes through some states, one after another."""
        with self.store.begin() as session:
            for state in states:
                kept.transition(session, it.id, kept.get(session, it.id).state, state, at)

    def sends(self, *applications: Application) -> None:
        """Each is taken by the mail server when it is due."""
        for it in applications:
            self.moves(it, it.due_at, State.CLAIMED, State.TRANSMITTING, State.SENT)

    def mail(
        self, it: Application, days: float = 1, *, bounce: bool = False, matched: bool = True
    ) -> Response:
        """A mail comes in for an application, some days after it was sent; or nobody knows for which."""
        self.mails += 1
        raw = f"mail {self.mails}".encode()
        at = it.due_at + timedelta(days=days)
        response = Response(
            id=hashlib.sha256(raw).hexdigest(),
            received_at=at,
            sender="jan@landlords.example",
            recipient=it.identity.email,
            subject="Re",
            text="Jan",
            raw=raw,
            in_reply_to=(it.message_id,),
            automatic=False,
            bounce=bounce,
            application=it.id if matched else None,
            matched_by="message-id" if matched else None,
        )
        with self.store.begin() as session:
            record_response(session, response, at)
            state = kept.get(session, it.id).state
        if matched and state in (State.SENT, State.SILENT):
            self.moves(it, at, State.UNDELIVERABLE if bounce else State.ANSWERED)
        return response

    def codes(
        self, response: Response, category: Category | None, *, declined: Any = DeclineState.SENT, **said: Any
    ) -> None:
        """A response is coded; a viewing that it offers is owed a decline, which goes as far as ``declined``."""
        outcome = Outcome(
            **{
                "response": response.id,
                "category": category,
                "positive": None if category is None else category.value in OFFERS,
                "automated": category is Category.AUTOMATIC_ACKNOWLEDGEMENT,
                "coder": "rules/1",
                "reason": "",
            }
            | said
        )
        now, steps = response.received_at, [DeclineState.PENDING]
        if declined is not DeclineState.PENDING:
            steps.append(DeclineState.TRANSMITTING)
        if declined not in steps:
            steps.append(declined)
        with self.store.begin() as session:
            record_coding(session, outcome, now)
            if owe_decline(session, response, outcome, protocol=self.protocol, now=now):
                for before, after in pairwise(steps):
                    move_decline(session, str(response.application), before, after, now)

    def answers(self, it: Application, category: Category | None, days: float = 1, **said: Any) -> Response:
        """A landlord answers some days after the letter, and the answer is coded."""
        response = self.mail(it, days)
        self.codes(response, category, **said)
        return response

    def closes(self) -> None:
        """The mailbox is read after every window has closed."""
        close_windows(self.store, protocol=self.protocol, now=self.monday + LATER)

    def released(self, *, key: bytes = key, days: float = 40, **how: Any) -> Any:
        """The outcomes table, some days after the wave began."""
        now = self.monday + timedelta(days=days)
        return release(self.store, protocol=self.protocol, plan=self.plan, key=key, now=now, **how)


def row_of(table: Any, it: Application) -> dict[str, Any]:
    """The row of an application, found by its pair's own weight and its arm; what is empty is None."""
    frame = table.frame
    found = frame[(frame["weight"] == it.weight) & (frame["arm_origin"] == it.arms["origin"])]
    assert len(found) == 1, "give every pair a weight of its own"
    values = found.astype(object).where(found.notna(), None).iloc[0]
    return {str(column): value for column, value in values.items()}


def came_of_row(table: Any, it: Application) -> tuple[Any, ...]:
    """What the released row says: delivered, category, positive, invitation, answered."""
    row = row_of(table, it)
    said = ("category", "outcome_positive", "outcome_invitation", "outcome_answered")
    return (row["delivered"], *(row[column] for column in said))


@pytest.fixture
def row() -> Callable[[Any, Application], dict[str, Any]]:
    return row_of


@pytest.fixture
def came() -> Callable[[Any, Application], tuple[Any, ...]]:
    return came_of_row


@pytest.fixture
def pair(pair_of: Callable[..., list[Application]]) -> Callable[..., list[Application]]:
    """A pair whose weight is its number, so that its rows are found again in a table without keys."""

    def make(number: int, kind: str = "private", **how: Any) -> list[Application]:
        return [replace(it, weight=float(number)) for it in pair_of(number, kind=kind, **how)]

    return make


@pytest.fixture
def wave_of(
    approved: Any, plan_with: Any, protocol_with: Any, monday: datetime, request: Any
) -> Callable[..., Wave]:
    """A wave of some pairs, approved and not yet sent."""

    def make(pairs: Sequence[Sequence[Application]], protocol: Any = None, name: str = "s.sqlite") -> Wave:
        store = approved(pairs, name)
        request.addfinalizer(store.close)
        return Wave(store, protocol or protocol_with(), plan_with(pairs), monday)

    return make


@pytest.fixture
def closed_wave(wave_of: Any, pair: Any) -> Wave:
    """Two pairs, one with each landlord type, closed: one invitation, one rejection, two silent."""
    private, agency = pair(1), pair(2, "agency")
    wave: Wave = wave_of([private, agency])
    wave.sends(*private, *agency)
    wave.answers(private[0], Category.VIEWING_INVITATION)
    wave.answers(agency[1], Category.REJECTION)
    wave.closes()
    return wave
