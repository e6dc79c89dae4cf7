"""An application moves only along the table of states, once, and the ledger says so."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from testing.store import applications, ledger, waves
from testing.store.engine import open_store
from testing.study.application import State
from testing.study.errors import EvenhandError, IllegalTransition, LockMismatch, Refused


def test_a_plan_comes_back_from_the_store_with_the_same_seal(
    store_url: str, pair_of: Any, plan_with: Any, monday: Any
) -> None:
    plan = plan_with([pair_of(number) for number in range(5)])
    with open_store(store_url) as store:
        with store.begin() as session:
            assert waves.record_plan(session, plan, monday) == plan.seal
            assert waves.record_plan(session, plan, monday) == plan.seal, "the same plan twice is no fault"
        with store.read() as session:
            back = waves.plan_of(session, "spring")
            assert back == plan
            assert back is not None and back.canonical() == plan.canonical()
            assert waves.intact(session, plan.seal)
            assert waves.plan_of(session, "autumn") is None


def test_an_application_edited_in_the_store_no_longer_fits_its_plans_seal(
    approved: Any, pair_of: Any, plan_with: Any
) -> None:
    pairs = [pair_of(number) for number in range(3)]
    seal = plan_with(pairs).seal
    with approved(pairs) as store:
        with store.begin() as session:
            session.execute(text("UPDATE application SET payload = replace(payload, 'owner1@', 'owner2@')"))
        with store.read() as session:
            assert not waves.intact(session, seal)
            with pytest.raises(LockMismatch, match="changed after it was sealed"):
                waves.plan_of(session, "spring")


def test_a_wave_has_one_plan_until_it_is_replaced_on_purpose(
    approved: Any, pair_of: Any, plan_with: Any, monday: Any
) -> None:
    first, other = [pair_of(1)], [pair_of(2)]
    with approved(first) as store:
        with store.begin() as session, pytest.raises(Refused, match="already has another plan"):
            waves.record_plan(session, plan_with(other), monday)
        with store.begin() as session:
            waves.record_plan(session, plan_with(other), monday, replace=True)
            assert waves.seal_of(session, "spring") == plan_with(other).seal
            assert applications.counts_by_state(session) == {State.PLANNED: 2}
            with pytest.raises(Refused, match="no plan in force"):
                waves.record_approval(
                    session, seal=plan_with(first).seal, by="Ada", now=monday, until=date(2026, 4, 1)
                )


def test_a_wave_of_which_something_left_keeps_its_plan(
    approved: Any, pair_of: Any, plan_with: Any, monday: Any
) -> None:
    first = [pair_of(1)]
    with approved(first) as store, store.begin() as session:
        applications.transition(session, first[0][0].id, State.APPROVED, State.CLAIMED, monday)
        with pytest.raises(Refused, match="no longer untouched"):
            waves.record_plan(session, plan_with([pair_of(2)]), monday, replace=True)


def test_an_application_moves_once_even_when_two_programs_try(
    approved: Any, pair_of: Any, monday: Any
) -> None:
    pair = pair_of(1)
    with approved([pair]) as store:
        with store.begin() as session:
            before = ledger.head(session)[0]
            applications.transition(session, pair[0].id, State.APPROVED, State.CLAIMED, monday, "mine")
        with store.begin() as session:
            with pytest.raises(IllegalTransition, match="is claimed, not approved"):
                applications.transition(session, pair[0].id, State.APPROVED, State.CLAIMED, monday)
            with pytest.raises(IllegalTransition, match="does not exist"):
                applications.transition(session, "nobody", State.APPROVED, State.CLAIMED, monday)
            with pytest.raises(EvenhandError):
                applications.get(session, "nobody")
        with store.read() as session:
            assert ledger.head(session)[0] == before + 1, "one move, one line"
            assert applications.get(session, pair[0].id).note == "mine"
            assert ledger.verify(session) == []


@pytest.mark.parametrize("after", [State.APPROVED, State.CLAIMED, State.PLANNED, State.TRANSMITTING])
def test_nothing_leads_from_transmitting_back_to_where_it_may_be_sent(
    approved: Any, pair_of: Any, monday: Any, after: State
) -> None:
    pair = pair_of(1)
    with approved([pair]) as store, store.begin() as session:
        applications.transition(session, pair[0].id, State.APPROVED, State.CLAIMED, monday)
        applications.transition(session, pair[0].id, State.CLAIMED, State.TRANSMITTING, monday)
        with pytest.raises(IllegalTransition):
            applications.transition(session, pair[0].id, State.TRANSMITTING, after, monday)


def test_a_state_that_does_not_exist_is_refused_by_the_database_itself(approved: Any, pair_of: Any) -> None:
    with (
        approved([pair_of(1)]) as store,
        pytest.raises(Exception, match="ck_application_state"),
        store.begin() as session,
    ):
        session.execute(text("UPDATE application SET state = 'sent_again'"))


def test_due_gives_what_is_approved_and_whose_moment_has_come(
    approved: Any, pair_of: Any, monday: Any
) -> None:
    pairs = [pair_of(number, due=monday + timedelta(hours=number)) for number in range(3)]
    with approved(pairs) as store, store.read() as session:
        found = applications.due(session, monday + timedelta(hours=1))
        assert [it.application.id for it in found] == [pairs[0][0].id, pairs[1][0].id]
        assert len(applications.due(session, monday + timedelta(days=1), limit=4)) == 4
        before = applications.one_before(session, pairs[0][1])
        assert before is not None and before.application == pairs[0][0]
        assert applications.one_before(session, pairs[0][0]) is None


def test_caps_count_what_has_begun(approved: Any, pair_of: Any, monday: Any) -> None:
    pairs = [pair_of(number, landlord="agency-1", kind="agency") for number in range(3)]
    day = date(2026, 3, 2)
    with approved(pairs) as store, store.begin() as session:
        for pair in pairs[:2]:
            applications.transition(session, pair[0].id, State.APPROVED, State.CLAIMED, monday, day=day)
        applications.transition(session, pairs[0][0].id, State.CLAIMED, State.APPROVED, monday, day=None)
        assert applications.begun_on(session, day) == 1
        assert applications.begun_by_day(session) == {day: 1}
        assert applications.other_pairs_begun(session, pairs[2][0]) == 1
        assert applications.other_pairs_begun(session, pairs[1][1]) == 0


def test_halts_stand_until_a_person_ends_them(approved: Any, pair_of: Any, monday: Any) -> None:
    with approved([pair_of(1)]) as store, store.begin() as session:
        assert waves.halted(session) is None
        with pytest.raises(Refused):
            waves.halt(session, by="Ada", reason=" ", now=monday)
        waves.halt(session, by="Ada", reason="a landlord recognised the test", now=monday)
        standing = waves.halted(session)
        assert standing is not None and standing.reason == "a landlord recognised the test"
        assert waves.resume_after_halt(session, by="Ada", now=monday) == 1
        assert waves.halted(session) is None
        with pytest.raises(EvenhandError, match="nothing is halted"):
            waves.resume_after_halt(session, by="Ada", now=monday)


def test_an_approval_that_is_over_before_it_begins_is_refused(
    approved: Any, pair_of: Any, plan_with: Any, monday: Any
) -> None:
    with approved([pair_of(1)]) as store, store.begin() as session:
        seal = plan_with([pair_of(1)]).seal
        with pytest.raises(Refused, match="before today"):
            waves.record_approval(session, seal=seal, by="Ada", now=monday, until=date(2026, 3, 1))
        found = waves.approval(session, seal)
        assert found is not None and found.by == "Ada" and found.until == date(2026, 12, 31)


def test_ten_thousand_applications_are_kept_and_approved_within_seconds(
    store_url: str, pair_of: Callable[..., Any], plan_with: Any, monday: Any
) -> None:
    pair = pair_of(0)
    plan = plan_with(
        [
            [
                replace(it, id=f"{it.id}{n}", pair=f"p{n}", message_id=f"<{n}.{it.order}@postvak.example>")
                for it in pair
            ]
            for n in range(5000)
        ]
    )
    with open_store(store_url) as store:
        began = time.perf_counter()
        with store.begin() as session:
            waves.record_plan(session, plan, monday)
            assert (
                waves.record_approval(session, seal=plan.seal, by="Ada", now=monday, until=date(2026, 4, 1))
                == 10_000
            )
        assert time.perf_counter() - began < 10
