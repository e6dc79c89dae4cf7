"""What leaves: the table that a hand would write from the same answers, and nobody who could be found again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputInvalid
from analysis.outcomes import read_outcomes, write_outcomes
from testing.custody import release as room
from testing.custody.answers import Answer, came_of
from testing.custody.release import record_release
from testing.store import ledger
from testing.study.application import State
from testing.study.outcome import Category, Outcome

INVITED, GROUP, CONDITIONAL = (
    Category.VIEWING_INVITATION,
    Category.GROUP_VIEWING,
    Category.VIEWING_CONDITIONAL,
)
MACHINE, ASKED, REJECTED = (
    Category.AUTOMATIC_ACKNOWLEDGEMENT,
    Category.INFORMATION_REQUEST,
    Category.REJECTION,
)
SILENT = (True, None, 0, 0, 0)
NOBODY = (False, None, None, None, None)
OPEN = (True, None, None, None, None)


def test_each_pair_leaves_as_a_hand_would_write_it(wave_of: Any, pair: Any, came: Any) -> None:
    pairs = {number: pair(number, "private" if number % 2 else "agency") for number in range(1, 9)}
    wave = wave_of(list(pairs.values()))
    for number in range(1, 8):
        wave.sends(*pairs[number])
    both, reference, other, neither, late, machine, unclear, refused = pairs.values()
    wave.answers(both[0], INVITED, days=0.2)
    wave.answers(both[1], GROUP, days=3)
    wave.answers(reference[0], INVITED)
    wave.answers(other[0], REJECTED)
    wave.answers(other[1], INVITED, days=13.9)
    wave.answers(neither[1], ASKED)
    wave.closes()
    wave.answers(late[0], INVITED, days=14.1)
    wave.answers(late[1], CONDITIONAL)
    wave.answers(machine[0], MACHINE, days=0.01)
    wave.answers(machine[0], INVITED, days=5)
    wave.answers(machine[1], MACHINE, days=0.01)
    wave.answers(unclear[0], None)
    wave.mail(unclear[1], bounce=True)
    wave.moves(refused[0], wave.monday, State.CLAIMED, State.TRANSMITTING, State.REFUSED)
    wave.moves(refused[1], wave.monday, State.WITHHELD)
    # Delivered, category, positive, invitation, answered: of the reference applicant, of the other.
    by_hand = {
        1: ((True, "viewing_invitation", 1, 1, 1), (True, "group_viewing", 1, 1, 1)),
        2: ((True, "viewing_invitation", 1, 1, 1), SILENT),
        3: ((True, "rejection", 0, 0, 1), (True, "viewing_invitation", 1, 1, 1)),
        4: (SILENT, (True, "information_request", 0, 0, 1)),
        5: (SILENT, (True, "viewing_conditional", 1, 0, 1)),
        6: ((True, "viewing_invitation", 1, 1, 1), (True, "automatic_acknowledgement", 0, 0, 0)),
        7: ((True, None, None, None, 1), NOBODY),
        8: (NOBODY, NOBODY),
    }
    table = wave.released()
    assert {number: tuple(came(table, it) for it in pairs[number]) for number in pairs} == by_hand
    # Both, reference only, other only, neither; the seventh and eighth pair are not known.
    known = table.frame.dropna(subset="outcome_invitation")
    outcomes = known.sort_values("arm_origin").groupby("weight")["outcome_invitation"].apply(tuple)
    assert [(*outcomes,).count(kind) for kind in ((1, 1), (1, 0), (0, 1), (0, 0))] == [1, 2, 1, 2]
    types = dict(zip(table.frame["weight"], table.frame["landlord_type"], strict=True))
    assert types == {number: "private" if number % 2 else "agency" for number in pairs}
    notes = table.dictionary.notes
    assert (notes["interim"], notes["not_whole_because"]) == (False, [])
    assert notes["counts"] == {
        "applications": {"answered": 11, "silent": 2, "withheld": 1, "refused": 1, "undeliverable": 1},
        "responses": {"responses": 13, "unmatched": 0, "bounces": 1, "automatic": 0},
        "responses_after_the_window": 1,
        "codings_open": 1,
    }


def test_an_answer_counts_until_the_very_end_of_its_own_window(wave_of: Any, pair: Any, came: Any) -> None:
    first, mate = pair(1, gap=2)
    wave = wave_of([[first, mate]])
    wave.sends(first, mate)
    # The mate wrote two hours later, so its window of fourteen days closes two hours later.
    wave.answers(first, INVITED, days=14 + 1e-6)
    wave.answers(mate, INVITED, days=14)
    table = wave.released()
    assert came(table, first) == SILENT
    assert came(table, mate) == (True, "viewing_invitation", 1, 1, 1)


def test_the_time_of_the_answer_is_that_of_the_first_person_who_answered(
    wave_of: Any, pair: Any, row: Any
) -> None:
    first, mate = pair(1)
    wave = wave_of([[first, mate]])
    wave.sends(first, mate)
    wave.answers(first, MACHINE, days=0.5)
    wave.answers(first, ASKED, days=2)
    wave.answers(first, INVITED, days=3)
    wave.answers(mate, MACHINE, days=0.5)
    table = wave.released()
    assert row(table, first)["answered_at"] == first.due_at + timedelta(days=2)
    assert row(table, mate)["answered_at"] is None


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        (None, OPEN),
        (REJECTED, (True, "rejection", None, None, 1)),
        (MACHINE, (True, "automatic_acknowledgement", None, None, None)),
        (CONDITIONAL, (True, "viewing_conditional", 1, None, 1)),
        (INVITED, (True, "viewing_invitation", 1, 1, 1)),
    ],
)
def test_an_open_window_is_never_released_as_a_no(
    wave_of: Any, pair: Any, came: Any, category: Any, expected: Any
) -> None:
    first, mate = pair(1)
    wave = wave_of([[first, mate]])
    wave.sends(first, mate)
    if category is not None:
        wave.answers(first, category)
    table = wave.released(days=5, interim=True)
    assert came(table, first) == expected
    assert came(table, mate) == OPEN
    assert table.dictionary.notes["interim"] is True
    assert table.dictionary.notes["not_whole_because"] == [
        "2 response windows are open until 2026-03-16 10:00 UTC"
    ]


def test_a_release_that_took_every_window_for_closed_would_turn_waiting_into_a_no(
    wave_of: Any, pair: Any, came: Any, monkeypatch: Any
) -> None:
    first, mate = pair(1)
    wave = wave_of([[first, mate]])
    wave.sends(first, mate)
    monkeypatch.setattr(room, "came_of", lambda answers, settled: came_of(answers, settled=True))
    assert came(wave.released(days=5, interim=True), first) == SILENT


def test_a_window_without_end_would_count_a_late_answer(
    wave_of: Any, pair: Any, came: Any, monkeypatch: Any
) -> None:
    first, mate = pair(1)
    wave = wave_of([[first, mate]])
    wave.sends(first, mate)
    wave.closes()
    wave.answers(first, INVITED, days=15)
    assert came(wave.released(), first) == SILENT
    monkeypatch.setattr(room, "windows_closed_at", lambda _, sent_at: sent_at + timedelta(days=30))
    assert came(wave.released(), first) == (True, "viewing_invitation", 1, 1, 1)


def test_the_caller_cannot_unsay_that_a_release_is_interim(wave_of: Any, pair: Any) -> None:
    wave = wave_of([pair(1)])
    notes = wave.released(interim=True, notes={"interim": False, "rehearsal": True}).dictionary.notes
    assert (notes["interim"], notes["rehearsal"]) == (True, True)


def test_a_wave_that_is_closed_is_not_interim_though_asked_for(closed_wave: Any) -> None:
    assert closed_wave.released(interim=True).dictionary.notes["interim"] is False


def test_silence_is_no_answer_before_the_mailbox_was_read(wave_of: Any, pair: Any, came: Any) -> None:
    first, mate = pair(1)
    wave = wave_of([[first, mate]])
    wave.sends(first, mate)
    assert came(wave.released(interim=True), first) == OPEN
    wave.closes()
    assert came(wave.released(), first) == SILENT


def test_whatever_is_not_coded_yet_makes_the_interim_outcome_unknown(
    wave_of: Any, pair: Any, came: Any
) -> None:
    first, mate = pair(1)
    wave = wave_of([[first, mate]])
    wave.sends(first, mate)
    wave.answers(first, REJECTED)
    wave.mail(first, days=2)
    wave.answers(mate, None, automated=True)
    wave.closes()
    table = wave.released(interim=True)
    assert came(table, first) == (True, None, None, None, 1)
    assert came(table, mate) == OPEN, "what nobody understood is not even known to come from a machine"


def test_a_machines_word_is_a_machines_word_also_where_a_person_coded_it(
    wave_of: Any, pair: Any, came: Any
) -> None:
    first, mate = pair(1)
    wave = wave_of([[first, mate]])
    wave.sends(first, mate)
    wave.answers(first, MACHINE, automated=False, coder="Ada")
    wave.closes()
    assert came(wave.released(), first) == (True, "automatic_acknowledgement", 0, 0, 0)


def test_an_uncertain_or_unsent_application_is_nobodys_answer(wave_of: Any, pair: Any, row: Any) -> None:
    lost, waiting = pair(1), pair(2)
    wave = wave_of([lost, waiting])
    with wave.store.begin() as session:
        for before, after in (
            ("approved", "claimed"),
            ("claimed", "transmitting"),
            ("transmitting", "uncertain"),
        ):
            room.kept.transition(
                session, lost[0].id, State(before), State(after), wave.monday, sent_at=wave.monday
            )
    table = wave.released(interim=True)
    found = [row(table, it) for it in (lost[0], waiting[0])]
    assert [(it["delivered"], it["sent_at"], it["outcome_positive"]) for it in found] == [
        (False, None, None)
    ] * 2


codings = st.builds(
    lambda category, automated: (
        None
        if category == "uncoded"
        else Outcome(
            response="r",
            category=category,
            positive=None if category is None else category in (INVITED, GROUP, CONDITIONAL),
            automated=automated,
            coder="rules/1",
            reason="",
        )
    ),
    st.sampled_from([*Category, None, "uncoded"]),
    st.booleans(),
)


@given(st.lists(codings, max_size=6), st.integers(0, 6))
def test_what_is_known_early_is_never_taken_back(found: list[Outcome | None], until: int) -> None:
    answers = [Answer(received_at=None, outcome=it) for it in found]  # type: ignore[arg-type]
    early, late = came_of(answers[:until], settled=False), came_of(answers, settled=True)
    for outcome in ("positive", "invitation", "answered"):
        assert getattr(early, outcome) in (None, getattr(late, outcome))
    unclear = any(it is None or it.category is None for it in found)
    assert 0 not in (early.positive, early.invitation, early.answered)
    assert not unclear or 0 not in (late.positive, late.invitation, late.answered)


def test_the_same_store_and_key_give_the_same_bytes_and_another_key_other_keys(
    closed_wave: Any, tmp_path: Any
) -> None:
    for number, days in enumerate((40, 55)):
        written = write_outcomes(tmp_path / str(number), closed_wave.released(days=days))
        with closed_wave.store.begin() as session:
            record_release(session, written, closed_wave.monday)
    files = [sorted((tmp_path / number).iterdir()) for number in "01"]
    assert [[it.read_bytes() for it in files[0]]] == [[it.read_bytes() for it in files[1]]]
    back = read_outcomes(tmp_path / "0")
    assert back.frame.equals(closed_wave.released().frame)
    with closed_wave.store.read() as session:
        line = ledger.lines(session)[-1]
    assert (line.event, line.detail["sha256"], line.detail["interim"]) == (
        "released",
        dict(back.dictionary.sha256),
        False,
    )
    other = closed_wave.released(key=bytes(32))
    for column in ("pair", "listing", "landlord", "application"):
        assert not set(other.frame[column]) & set(back.frame[column])
    same = ["arm_origin", "weight", "outcome_positive"]
    assert sorted(map(str, other.frame[same].to_numpy())) == sorted(map(str, back.frame[same].to_numpy()))


def arms(protocol_with: Any, *names: str) -> Any:
    text = {"nl": "x", "fr": "x", "en": "x"}
    return protocol_with(grounds__origin__arms={name: {"labels": text} for name in names})


def test_an_arm_that_nobody_declared_or_nobody_wrote_with_is_refused(
    wave_of: Any, pair: Any, protocol_with: Any
) -> None:
    strangers = [replace(it, arms={"origin": "martian"}) for it in pair(1)[1:]]
    for pairs, declared, reason in (
        ([[pair(1)[0], *strangers]], ("belgian", "moroccan"), "unknown arm 'martian'"),
        ([pair(1)], ("belgian", "moroccan", "polish"), "the arm 'polish' is declared but has no application"),
    ):
        wave = wave_of(pairs, arms(protocol_with, *declared), reason[:4] + ".sqlite")
        for it in pairs[0]:
            wave.moves(it, wave.monday, State.WITHHELD)
        for interim in (False, True):
            with pytest.raises(InputInvalid, match=reason) as caught:
                wave.released(interim=interim)
            assert caught.value.exit_code == 3
