"""Tampering: takes the store of a wave, finds where its rows no longer say what the ledger and the seal say."""

from collections.abc import Iterator, Sequence

from testing.pairing.plan import Plan
from testing.store import codings as coded
from testing.store import ledger, responses, waves
from testing.store.engine import Session
from testing.store.ledger import Line
from testing.study.application import State
from testing.study.outcome import Outcome

UNTOUCHED = frozenset({State.PLANNED, State.APPROVED})
"""An approval moves all of a plan at once, with one line for the plan and none for each application."""
STATES = frozenset(state.value for state in State)


def tampering(session: Session, plan: Plan) -> list[str]:
    """Find what was changed behind the program's back; one sentence each, empty where all is as it was written.

    The chain of the ledger is looked at first. Only a whole one can say what the rows should be: the state of
    each application of the plan, each response with its application, each coding.
    """
    faults = ledger.verify(session)
    if faults:
        return [f"the ledger was tampered with: {fault}" for fault in faults]
    if waves.seal_of(session, plan.wave) != plan.seal or not waves.intact(session, plan.seal):
        return ["the plan in the store is not the plan that was sealed"]
    lines = ledger.lines(session)
    if not any(it.event == "plan-sealed" and it.subject == plan.seal for it in lines):
        return ["the ledger was cut off: no line says that the plan was sealed"]
    return [*_states(session, plan, lines), *_responses(session, lines), *_codings(session, lines)]


def _states(session: Session, plan: Plan, lines: Sequence[Line]) -> Iterator[str]:
    said = {it.subject: State(it.event) for it in lines if it.event in STATES}
    for it in waves.places(session, plan.seal):
        last = said.get(it.application, State.PLANNED)
        if it.state is not last and not {it.state, last} <= UNTOUCHED:
            yield f"application {it.application} is {it.state.value}, but {last.value} by the ledger"


def _responses(session: Session, lines: Sequence[Line]) -> Iterator[str]:
    said = {it.subject: dict(it.detail) for it in lines if it.event == "received"}
    for it in lines:
        if it.event == "matched" and it.subject in said:
            said[it.subject]["application"] = it.detail["application"]
    kept = responses.receipts(session)
    for response in sorted(said.keys() - kept.keys()):
        yield f"response {response[:12]} came in by the ledger and is gone"
    for response, receipt in kept.items():
        line = said.get(response)
        if line is None:
            yield f"response {response[:12]} never came in by the ledger"
        elif line != {**line, **receipt}:
            yield f"response {response[:12]} belongs elsewhere, or came at another time, by the ledger"


def _codings(session: Session, lines: Sequence[Line]) -> Iterator[str]:
    said: dict[str, list[dict[str, object]]] = {}
    for it in lines:
        if it.event == "coded":
            said.setdefault(it.subject, []).append(dict(it.detail))
    kept = coded.codings(session)
    for response in sorted(said.keys() | kept.keys()):
        if not _same(said.get(response, []), kept.get(response, [])):
            yield f"response {response[:12]} was coded otherwise by the ledger"


def _same(said: Sequence[dict[str, object]], kept: Sequence[Outcome]) -> bool:
    return len(said) == len(kept) and all(
        line == {**line, **{key: value for key, value in coded.said_of(it).items() if key in line}}
        for line, it in zip(said, kept, strict=True)
    )
