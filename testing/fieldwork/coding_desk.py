"""Coding of what came in: takes the store, codes by rule or by a person's hand, and keeps what follows from it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from testing.fieldwork.blinding import blinded
from testing.fieldwork.coding import code_response
from testing.fieldwork.declining import owe_decline
from testing.fieldwork.double_coding import double_coding, first_by_coder
from testing.store import applications as kept
from testing.store import codings as coded
from testing.store import responses, waves
from testing.store.engine import Session, Store
from testing.study.errors import Refused
from testing.study.outcome import POSITIVE, Category, Outcome
from testing.study.protocol import Protocol
from testing.study.response import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCounts:
    """What one run of the rules did."""

    coded: int = 0
    """Responses that got a category."""
    open: int = 0
    """Responses that the rules left open in this run."""
    declines_owed: int = 0
    """Offered viewings that must be turned down now."""
    categories: Mapping[str, int]
    """Coded responses by category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCoding:
    """A response that a person must code, as the person may see it: without name, arm or address."""

    response: str
    received_at: datetime
    text: str
    reason: str
    """Why the rules left it open; empty where it waits for a second coder, who must not know what the first said."""


def code_by_rule(store: Store, *, protocol: Protocol, now: datetime) -> CodeCounts:
    """Code every response that nothing and nobody has coded yet; an offered viewing creates its obligation."""
    counts: Counter[str] = Counter()
    left_open = owed = 0
    with store.begin() as session:
        for response_id in coded.uncoded(session):
            response = responses.get(session, response_id)
            outcome = code_response(
                response.id, response.subject, response.text, automatic=response.automatic
            )
            coded.record_coding(session, outcome, now)
            owed += owe_decline(session, response, outcome, protocol=protocol, now=now)
            if outcome.category is None:
                left_open += 1
            else:
                counts[outcome.category.value] += 1
    return CodeCounts(
        coded=counts.total(), open=left_open, declines_owed=owed, categories=dict(sorted(counts.items()))
    )


def code_by_hand(
    store: Store,
    *,
    protocol: Protocol,
    response: str,
    category: Category,
    coder: str,
    positive: bool | None,
    now: datetime,
) -> Outcome:
    """Keep a person's coding; it counts before any by rule.

    Args:
        store: of the study.
        protocol: of the study.
        response: its id, or the beginning of it.
        category: what the person decided.
        coder: the person's code name.
        positive: whether a viewing is offered; None takes what the category says.
        now: when.

    Raises:
        Refused: no coder is named, or it passes for a rule.
        EvenhandError: no response begins so.
    """
    _person(coder)
    with store.begin() as session:
        found = responses.get(session, response)
        earlier = coded.codings(session).get(found.id, [])
        outcome = Outcome(
            response=found.id,
            category=category,
            positive=category in POSITIVE if positive is None else positive,
            automated=earlier[-1].automated if earlier else found.automatic,
            coder=coder,
            reason="by hand",
        )
        coded.record_coding(session, outcome, now)
        owe_decline(session, found, outcome, protocol=protocol, now=now)
    return outcome


def open_codings(store: Store) -> list[OpenCoding]:
    """List what the rules left open, blinded, in the order of receipt."""
    with store.read() as session:
        finals = coded.final_codings(session)
        found = []
        for response in responses.responses(session):
            outcome = finals.get(response.id)
            if outcome is None or outcome.category is not None or response.application is None:
                continue
            found.append(_shown(session, response, outcome.reason))
        return found


def second_codings(store: Store, *, protocol: Protocol, coder: str) -> list[OpenCoding]:
    """List what waits for a second coder, blinded and without the first coding, in the order of receipt.

    Args:
        store: of the study.
        protocol: of the study.
        coder: code name of the second; what they coded first is left out.

    Raises:
        Refused: no coder is named, or it passes for a rule.
    """
    _person(coder)
    with store.read() as session:
        seal = waves.seal_of(session, protocol.wave.name)
        own = frozenset(it.application for it in waves.places(session, seal)) if seal else frozenset()
        waiting = frozenset(double_coding(session, protocol=protocol, own=own).waiting)
        before = coded.codings(session)
        return [
            _shown(session, it, "")
            for it in responses.responses(session)
            if it.id in waiting and coder.strip().casefold() not in first_by_coder(before[it.id])
        ]


def _shown(session: Session, response: Response, reason: str) -> OpenCoding:
    """A response as a coder may see it."""
    assert response.application is not None
    identity = kept.get(session, response.application).application.identity
    text = blinded(response.text, identity)
    return OpenCoding(response=response.id, received_at=response.received_at, text=text, reason=reason)


def _person(coder: str) -> None:
    if not coder.strip() or coder.startswith(coded.RULES):
        raise Refused("say who codes, by a code name: --coder NAME")
