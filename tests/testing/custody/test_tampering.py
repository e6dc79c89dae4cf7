"""Whoever edits the store behind the program's back is found before anything leaves."""

from typing import Any

import pytest
from sqlalchemy import text

from testing.custody import release as room
from testing.custody import tampering as guard
from testing.store import ledger, waves
from testing.study.errors import LockMismatch
from testing.study.outcome import Category

LAST = "(SELECT max(number) FROM ledger)"
LEDGER = {
    "a subject": ("UPDATE ledger SET subject = 'somebody' WHERE number = 2", "line 2 .* was changed"),
    "a moment": (
        "UPDATE ledger SET at = '2026-03-01 09:00:00.000000' WHERE number = 3",
        "line 3 .* was changed",
    ),
    "a detail": ("UPDATE ledger SET detail = '{}' WHERE number = 1", "line 1 .* was changed"),
    "a hash": (f"UPDATE ledger SET sha256 = '{'0' * 64}' WHERE number = 1", "line 1 .* was changed"),
    "a line taken out": ("DELETE FROM ledger WHERE number = 4", "line 4 is missing"),
    "the first line taken out": ("DELETE FROM ledger WHERE number = 1", "line 1 is missing"),
    "a moment that is none": ("UPDATE ledger SET at = 'yesterday' WHERE number = 3", "never writes"),
    "a name in bytes": ("UPDATE ledger SET event = X'00ff' WHERE number = 3", "ledger"),
    "every line taken out": ("DELETE FROM ledger", "cut off"),
}
PLAN = {
    "an address": "UPDATE application SET payload = replace(payload, 'owner1@', 'owner9@')",
    "a weight": "UPDATE application SET payload = replace(payload, '\"weight\":2.0', '\"weight\":20.0')",
    "a weight that cannot be": "UPDATE application SET payload = replace(payload, ':2.0', ':0.5')",
    "an arm": "UPDATE application SET payload = replace(payload, '\"moroccan\"', '\"belgian\"')",
    "no JSON": "UPDATE application SET payload = 'x' WHERE position = 0",
    "the order": "UPDATE application SET position = 9 WHERE position = 0",
    "the head": "UPDATE plan SET head = replace(head, 'toytown', 'ghent')",
    "no head": "UPDATE plan SET head = 'x'",
    "replaced": "UPDATE plan SET replaced_at = '2026-03-02 09:00:00.000000'",
}
ROWS = {
    "silent made of answered": (
        "UPDATE application SET state = 'silent' WHERE state = 'answered'",
        "is silent, but answered by the ledger",
    ),
    "withheld made of silent": (
        "UPDATE application SET state = 'withheld' WHERE state = 'silent'",
        "is withheld, but silent by the ledger",
    ),
    "an answer moved behind its window": (
        "UPDATE response SET received_at = '2026-04-01 09:00:00.000000'",
        "came at another time",
    ),
    "an answer given to another": (
        "UPDATE response SET application = (SELECT id FROM application WHERE state = 'silent' LIMIT 1)",
        "belongs elsewhere",
    ),
    "an answer given to nobody": ("UPDATE response SET application = NULL", "belongs elsewhere"),
    "a coding taken out": ("DELETE FROM coding WHERE id = 1", "was coded otherwise"),
    "a coding turned round": (
        "UPDATE coding SET category = 'rejection', positive = 0 WHERE id = 1",
        "was coded otherwise",
    ),
    "a coding of a machine's word": ("UPDATE coding SET automated = 1 WHERE id = 1", "was coded otherwise"),
    "a coder renamed": ("UPDATE coding SET coder = 'Ada' WHERE id = 1", "was coded otherwise"),
    "a coding put in": (
        "INSERT INTO coding (response, category, positive, automated, coder, reason, at) "
        "SELECT response, 'rejection', 0, 0, 'Eve', '', at FROM coding WHERE id = 1",
        "was coded otherwise",
    ),
}


def edit(wave: Any, *statements: str) -> None:
    with wave.store.begin() as session:
        for statement in statements:
            # Straight to the driver: a colon in a text would be taken for a bound parameter.
            changed: Any = session.connection().exec_driver_sql(statement)
            assert changed.rowcount, f"nothing was planted by: {statement}"


@pytest.mark.parametrize("kind", LEDGER)
def test_a_release_from_an_edited_ledger_is_refused(closed_wave: Any, kind: str) -> None:
    statement, sign = LEDGER[kind]
    edit(closed_wave, statement)
    for interim in (False, True):
        with pytest.raises(LockMismatch, match=sign) as caught:
            closed_wave.released(interim=interim)
        assert caught.value.exit_code == 5


@pytest.mark.parametrize("kind", PLAN)
def test_a_release_from_an_edited_plan_is_refused(closed_wave: Any, kind: str) -> None:
    edit(closed_wave, PLAN[kind])
    with pytest.raises(LockMismatch, match="not the plan that was sealed") as caught:
        closed_wave.released()
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("kind", [it for it in PLAN if it != "replaced"])
def test_an_edited_plan_is_refused_before_anybody_reads_it(closed_wave: Any, kind: str) -> None:
    edit(closed_wave, PLAN[kind])
    with (
        closed_wave.store.read() as session,
        pytest.raises(LockMismatch, match="changed after it was sealed"),
    ):
        waves.plan_of(session, "spring")


@pytest.mark.parametrize("kind", ROWS)
def test_a_row_that_no_longer_says_what_the_ledger_says_is_refused(closed_wave: Any, kind: str) -> None:
    statement, sign = ROWS[kind]
    edit(closed_wave, statement)
    with pytest.raises(LockMismatch, match=sign) as caught:
        closed_wave.released()
    assert caught.value.exit_code == 5


def test_an_answer_that_was_taken_out_or_put_in_is_found(closed_wave: Any) -> None:
    with closed_wave.store.read() as session:
        kept = session.execute(text("SELECT * FROM response LIMIT 1")).mappings().one()
    columns = ", ".join(name if name != "id" else "'" + "f" * 64 + "'" for name in kept)
    edit(closed_wave, f"INSERT INTO response SELECT {columns} FROM response WHERE id = '{kept['id']}'")
    with pytest.raises(LockMismatch, match="ffffffffffff never came in by the ledger"):
        closed_wave.released()
    edit(closed_wave, "DELETE FROM decline", "DELETE FROM coding", "DELETE FROM response")
    with pytest.raises(LockMismatch, match="came in by the ledger and is gone"):
        closed_wave.released()


def test_a_store_that_nobody_edited_is_taken_at_its_word(closed_wave: Any, pair: Any, wave_of: Any) -> None:
    with closed_wave.store.read() as session:
        assert guard.tampering(session, closed_wave.plan) == []
    approved = wave_of([pair(5)], name="approved.sqlite")
    with approved.store.read() as session:
        assert guard.tampering(session, approved.plan) == []


def test_without_the_guard_an_edited_weight_and_a_hidden_answer_would_leave(
    closed_wave: Any, came: Any, row: Any, monkeypatch: Any
) -> None:
    invited = next(
        it
        for it in closed_wave.plan.applications
        if came(closed_wave.released(), it)[1] == "viewing_invitation"
    )
    edit(closed_wave, PLAN["a weight"], ROWS["an answer moved behind its window"][0], LEDGER["a subject"][0])
    with pytest.raises(LockMismatch):
        closed_wave.released()
    monkeypatch.setattr(room, "tampering", lambda session, plan: [])
    table = closed_wave.released()
    assert sorted(set(table.frame["weight"])) == [1.0, 20.0]
    assert came(table, invited) == (True, None, 0, 0, 0)


@pytest.mark.parametrize(
    ("part", "blind", "statement"),
    [
        ("verify", lambda session: [], LEDGER["a subject"][0]),
        ("intact", lambda session, seal: True, PLAN["an address"]),
        ("_states", lambda session, plan, lines: [], ROWS["silent made of answered"][0]),
        ("_responses", lambda session, lines: [], ROWS["an answer moved behind its window"][0]),
        ("_codings", lambda session, lines: [], ROWS["a coder renamed"][0]),
    ],
)
def test_each_part_of_the_guard_sees_what_no_other_part_sees(
    closed_wave: Any, part: str, blind: Any, statement: str, monkeypatch: Any
) -> None:
    edit(closed_wave, statement)
    monkeypatch.setattr({"verify": ledger, "intact": waves}.get(part, guard), part, blind)
    with closed_wave.store.read() as session:
        assert guard.tampering(session, closed_wave.plan) == []


def test_the_ledgers_end_cut_off_together_with_what_it_told_is_found_with_a_noted_head_only(
    closed_wave: Any,
) -> None:
    with closed_wave.store.read() as session:
        noted = ledger.head(session)
    closed_wave.answers(closed_wave.plan.applications[0], Category.REJECTION, days=2)
    with closed_wave.store.read() as session:
        after = ledger.head(session)
    undo = (
        "DELETE FROM coding WHERE id = 3",
        "DELETE FROM response WHERE id = (SELECT subject FROM ledger "
        f"WHERE event = 'received' AND number > {noted[0]})",
    )
    edit(closed_wave, *undo, f"DELETE FROM ledger WHERE number > {noted[0]}")
    with closed_wave.store.read() as session:
        assert ledger.verify(session) == []
        assert ledger.verify(session, noted) == []
        assert "lines were cut off or rewritten" in ledger.verify(session, after)[0]
