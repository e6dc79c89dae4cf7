"""A wave is closed when nobody waits for anything any more; each thing that is open is named, and stops a release."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from testing.custody import release as room
from testing.custody.closing import whats_open
from testing.fieldwork.coding_desk import code_by_hand
from testing.fieldwork.declining import settle_decline
from testing.store import waves
from testing.store.declines import DeclineState
from testing.store.responses import match_by_hand
from testing.study.application import State
from testing.study.errors import Refused
from testing.study.outcome import Category

INVITED = Category.VIEWING_INVITATION
BY_HAND = (
    "1 offered viewings could not be declined by mail, or nobody knows whether they were (decline them in "
    "another way, then: evenhand send --declined APPLICATION --by NAME)"
)


def sentences(wave: Any, *, days: float = 40) -> list[str]:
    with wave.store.read() as session:
        return whats_open(session, protocol=wave.protocol, now=wave.monday + timedelta(days=days))


def goes_out_late(wave: Any, it: Any) -> None:
    """Sent five days before the release: its window is the only one that is open."""
    wave.moves(it, wave.monday + timedelta(days=35), State.CLAIMED, State.TRANSMITTING, State.SENT)


def gets_lost(wave: Any, it: Any) -> None:
    wave.moves(it, it.due_at, State.CLAIMED, State.TRANSMITTING, State.UNCERTAIN)


def is_answered(wave: Any, it: Any, category: Category | None = INVITED, **said: Any) -> None:
    wave.sends(it)
    response = wave.mail(it)
    if said:
        wave.codes(response, category, **said)


OPEN: dict[str, tuple[Callable[[Any, Any], None], str]] = {
    "approved": (
        lambda wave, it: None,
        "1 applications have not been sent or withheld (evenhand send)",
    ),
    "claimed": (
        lambda wave, it: wave.moves(it, it.due_at, State.CLAIMED),
        "1 applications have not been sent or withheld (evenhand send)",
    ),
    "transmitting": (
        lambda wave, it: wave.moves(it, it.due_at, State.CLAIMED, State.TRANSMITTING),
        "1 applications have not been sent or withheld (evenhand send)",
    ),
    # 2026-03-02 08:00 UTC, 35 days until it was sent and 14 days of its window.
    "window": (goes_out_late, "1 response windows are open until 2026-04-20 08:00 UTC"),
    "unread": (
        lambda wave, it: wave.sends(it),
        "1 windows have closed but the mailbox was not read (receive)",
    ),
    "uncertain": (
        gets_lost,
        "1 applications are uncertain (evenhand send --reconcile APPLICATION)",
    ),
    "uncoded": (is_answered, "1 responses were not coded (evenhand code)"),
    "undeclined": (
        lambda wave, it: is_answered(wave, it, declined=DeclineState.PENDING),
        "1 offered viewings have not been declined (evenhand send)",
    ),
    "decline refused": (lambda wave, it: is_answered(wave, it, declined=DeclineState.REFUSED), BY_HAND),
    "decline uncertain": (lambda wave, it: is_answered(wave, it, declined=DeclineState.UNCERTAIN), BY_HAND),
    "declining": (lambda wave, it: is_answered(wave, it, declined=DeclineState.TRANSMITTING), BY_HAND),
}
"""What leaves a wave open, alone, and the sentence that says so."""


@pytest.fixture
def all_but_one(wave_of: Any, pair: Any) -> tuple[Any, Any]:
    """A wave in which everything is settled except one application that was not sent, and that application."""
    first, mate = pair(1)
    other = pair(2, "agency")
    wave = wave_of([[first, mate], other])
    wave.sends(first, *other)
    wave.answers(first, INVITED)
    wave.closes()
    return wave, mate


@pytest.mark.parametrize("case", OPEN)
def test_each_open_thing_alone_keeps_a_wave_open_and_is_named(all_but_one: Any, case: str) -> None:
    (wave, it), (happens, sentence) = all_but_one, OPEN[case]
    happens(wave, it)
    assert sentences(wave) == [sentence]
    with pytest.raises(Refused) as caught:
        wave.released()
    assert str(caught.value) == f"wave spring is not closed: {sentence}; or release --interim"
    assert caught.value.exit_code == 4
    notes = wave.released(interim=True).dictionary.notes
    assert (notes["interim"], notes["not_whole_because"]) == (True, [sentence])


@pytest.mark.parametrize("case", OPEN)
def test_without_the_question_an_open_wave_would_leave_as_if_it_were_whole(
    all_but_one: Any, case: str, monkeypatch: Any
) -> None:
    wave, it = all_but_one
    OPEN[case][0](wave, it)
    monkeypatch.setattr(room, "whats_open", lambda session, protocol, now: [])
    assert wave.released().dictionary.notes["interim"] is False


def test_everything_that_is_open_is_named_at_once(wave_of: Any, pair: Any) -> None:
    first, second, third = pair(1), pair(2, "agency"), pair(3)
    wave = wave_of([first, second, third])
    gets_lost(wave, first[0])
    goes_out_late(wave, second[0])
    is_answered(wave, second[1], declined=DeclineState.PENDING)
    is_answered(wave, third[0], declined=DeclineState.REFUSED)
    is_answered(wave, third[1])
    assert [it.split(" (")[0].split(" until")[0] for it in sentences(wave)] == [
        "1 applications have not been sent or withheld",
        "1 response windows are open",
        "1 applications are uncertain",
        "1 responses were not coded",
        "1 offered viewings have not been declined",
        "1 offered viewings could not be declined by mail, or nobody knows whether they were",
    ]


def test_a_wave_is_closed_when_the_last_of_its_windows_has_closed(wave_of: Any, pair: Any) -> None:
    first, mate = pair(1, gap=2)
    wave = wave_of([[first, mate]])
    wave.sends(first, mate)
    # The mate wrote at 10:00 UTC on 2026-03-02; fourteen days later its window closes.
    open_still = ["2 response windows are open until 2026-03-16 10:00 UTC"]
    assert sentences(wave, days=14) == open_still
    assert sentences(wave, days=14 + 2 / 24) == ["1" + open_still[0][1:]]
    wave.answers(first, Category.REJECTION)
    wave.answers(mate, Category.REJECTION)
    assert sentences(wave, days=14 + 2 / 24) == ["1" + open_still[0][1:]], "a better answer may still come"
    assert sentences(wave, days=14 + 2 / 24 + 1e-6) == []


def test_what_a_person_settled_no_longer_keeps_a_wave_open(all_but_one: Any) -> None:
    wave, it = all_but_one
    is_answered(wave, it, declined=DeclineState.UNCERTAIN)
    with wave.store.begin() as session:
        settle_decline(session, it.id, by="Ada", now=wave.monday)
    assert sentences(wave) == []
    assert wave.released().dictionary.notes["interim"] is False


def test_an_answer_nobody_understood_waits_for_nobody(all_but_one: Any) -> None:
    wave, it = all_but_one
    is_answered(wave, it, None, automated=False)
    assert sentences(wave) == []
    assert wave.released().dictionary.notes["counts"]["codings_open"] == 1


def test_a_viewing_that_was_coded_before_anybody_knew_whose_it_was_is_not_forgotten(all_but_one: Any) -> None:
    wave, it = all_but_one
    wave.sends(it)
    wave.closes()
    stray = wave.mail(it, matched=False)
    assert sentences(wave) == []

    def code() -> None:
        code_by_hand(
            wave.store,
            protocol=wave.protocol,
            response=stray.id,
            category=INVITED,
            coder="Ada",
            positive=None,
            now=wave.monday,
        )

    code()
    with wave.store.begin() as session:
        match_by_hand(session, stray.id, it.id, by="Ada", now=wave.monday)
    assert sentences(wave) == [
        "1 offered viewings were never put down to be declined (code them again: "
        "evenhand code --set RESPONSE CATEGORY --coder NAME)"
    ]
    code()
    assert sentences(wave) == ["1 offered viewings have not been declined (evenhand send)"]


def test_another_wave_in_the_same_store_keeps_nothing_open_and_does_not_leave(
    closed_wave: Any, pair: Any, plan_with: Any
) -> None:
    before = closed_wave.released().frame
    autumn = replace(plan_with([pair(3)]), wave="autumn")
    with closed_wave.store.begin() as session:
        waves.record_plan(session, autumn, closed_wave.monday)
        waves.record_approval(
            session, seal=autumn.seal, by="Ada", now=closed_wave.monday, until=date(2026, 12, 31)
        )
    for it in autumn.applications:
        closed_wave.sends(it)
        closed_wave.mail(it)
    assert sentences(closed_wave) == []
    assert closed_wave.released().frame.equals(before)
    assert closed_wave.released().dictionary.notes["counts"]["responses"]["responses"] == 2


def test_a_wave_without_a_plan_is_not_closed(closed_wave: Any, protocol_with: Any) -> None:
    with closed_wave.store.read() as session:
        found = whats_open(session, protocol=protocol_with(wave__name="autumn"), now=closed_wave.monday)
    assert found == ["the wave has no sealed plan (evenhand plan)"]
