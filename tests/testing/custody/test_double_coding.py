"""The share and the gate of the protocol decide: what waits for a second coder, and what the release says of it."""

from datetime import timedelta
from typing import Any

import pytest

from testing.custody import closing
from testing.custody.closing import whats_open
from testing.fieldwork.coding_desk import code_by_hand, second_codings
from testing.fieldwork.double_coding import DoubleCoding, is_drawn
from testing.study.errors import Refused
from testing.study.outcome import Category

LET, REJECTED = Category.ALREADY_LET, Category.REJECTION
WAITS = "answers wait for a second coder (evenhand code --again --coder NAME)"


@pytest.fixture
def coded(wave_of: Any, pair: Any, protocol_with: Any) -> Any:
    """A live wave in which every answer is drawn: three of four are let, one refuses, all coded by the rules."""

    def make(**changes: Any) -> tuple[Any, list[str]]:
        protocol = protocol_with(**{"sending__live": True, "coding__double_share": 1.0, **changes})
        pairs = [pair(1), pair(2, "agency")]
        wave = wave_of(pairs, protocol)
        wave.sends(*pairs[0], *pairs[1])
        answered = [wave.answers(it, LET).id for it in (*pairs[0], pairs[1][0])]
        answered.append(wave.answers(pairs[1][1], REJECTED).id)
        wave.closes()
        return wave, answered

    return make


def again(wave: Any, response: str, category: Category, coder: str = "ben") -> None:
    code_by_hand(
        wave.store,
        protocol=wave.protocol,
        response=response,
        category=category,
        coder=coder,
        positive=None,
        now=wave.monday,
    )


def open_still(wave: Any) -> list[str]:
    with wave.store.read() as session:
        return whats_open(session, protocol=wave.protocol, now=wave.monday + timedelta(days=40))


def test_a_live_wave_is_open_until_the_drawn_answers_are_coded_twice(coded: Any) -> None:
    wave, answers = coded()
    assert open_still(wave) == [f"4 {WAITS}"]
    with pytest.raises(Refused, match="wait for a second coder"):
        wave.released()
    for response in answers[:3]:
        again(wave, response, LET)
    assert open_still(wave) == [f"1 {WAITS}"]
    again(wave, answers[3], REJECTED)
    assert open_still(wave) == []
    assert wave.released().dictionary.notes["coding"] == {
        "scheme": "evenhand-codebook/1",
        "double_share": 1.0,
        "kappa_gate": 0.8,
        "drawn": 4,
        "coded_twice": 4,
        "agreed": 4,
        "kappa": 1.0,
        "holds": True,
    }


def test_planted_closing_that_forgets_the_second_coder_is_found(
    coded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave, _ = coded()
    none = DoubleCoding(waiting=(), coded_twice=0, agreed=0, kappa=None, gate=0.8)
    monkeypatch.setattr(closing, "double_coding", lambda session, protocol, own: none)
    assert open_still(wave) == []


def test_the_gate_is_the_protocol_s(coded: Any) -> None:
    # Of four, one differs: observed 3/4. First 3 let and 1 rejected, second 2 and 2: chance 3/8 + 1/8; kappa 1/2.
    wave, answers = coded(coding__kappa_gate=0.75)
    for response, category in zip(answers, (LET, LET, REJECTED, REJECTED), strict=True):
        again(wave, response, category)
    said = wave.released().dictionary.notes["coding"]
    assert (said["kappa"], said["kappa_gate"], said["holds"]) == (0.5, 0.75, False)
    assert DoubleCoding(waiting=(), coded_twice=4, agreed=3, kappa=0.7, gate=0.6).holds is True
    assert DoubleCoding(waiting=(), coded_twice=4, agreed=3, kappa=0.7, gate=0.8).holds is False
    assert DoubleCoding(waiting=("r",), coded_twice=4, agreed=4, kappa=1.0, gate=0.8).holds is None
    assert DoubleCoding(waiting=(), coded_twice=4, agreed=4, kappa=None, gate=0.8).holds is True


def test_a_share_draws_as_many_as_it_says(coded: Any) -> None:
    wave, answers = coded(coding__double_share=0.5)
    drawn = [it for it in answers if is_drawn(it, 0.5)]
    assert 0 < len(drawn) < 4, "the mails of this test are as they are"
    assert open_still(wave) == [f"{len(drawn)} {WAITS}"]


def test_the_second_coder_sees_neither_the_first_coding_nor_their_own_answers(coded: Any) -> None:
    wave, answers = coded()
    again(wave, answers[0], LET, coder="ada")
    told = second_codings(wave.store, protocol=wave.protocol, coder="ben")
    assert sorted(it.response for it in told) == sorted(answers[1:]), "rules and ada are two"
    assert {it.reason for it in told} == {""}
    with pytest.raises(Refused, match="--coder NAME"):
        second_codings(wave.store, protocol=wave.protocol, coder="rules/1")


def test_who_coded_an_answer_first_is_not_its_second_coder(
    wave_of: Any, pair: Any, protocol_with: Any
) -> None:
    protocol = protocol_with(coding__double_share=1.0)
    first, mate = pair(1)
    wave = wave_of([[first, mate]], protocol)
    wave.sends(first, mate)
    response = wave.answers(first, None, automated=False)
    again(wave, response.id, LET, coder="ada")
    assert second_codings(wave.store, protocol=protocol, coder="Ada") == []
    assert [it.response for it in second_codings(wave.store, protocol=protocol, coder="ben")] == [response.id]


def test_a_wave_that_is_not_live_owes_nothing_and_its_release_says_what_is_not_known(
    coded: Any,
) -> None:
    wave, _ = coded(sending__live=False)
    assert open_still(wave) == []
    said = wave.released().dictionary.notes["coding"]
    assert (said["drawn"], said["coded_twice"], said["kappa"], said["holds"]) == (4, 0, None, None)
