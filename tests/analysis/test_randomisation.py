"""The randomisation test replays the draw: exact McNemar in the simple design, all redraws in the real one."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from analysis.errors import InputInvalid
from analysis.estimate import Estimand, Estimate
from analysis.estimation import estimate
from analysis.estimators.pairs import pairs_of
from analysis.estimators.randomisation import randomisation, sign_test
from analysis.outcomes import OutcomesTable, outcomes_table
from analysis.plan import AnalysisPlan, Step

quick = settings(max_examples=60, deadline=None)


def replayed(table: OutcomesTable) -> Estimate:
    pairs, _ = pairs_of(table, "moroccan", "invited")
    (row,) = randomisation(pairs, table, confidence=0.95)
    return row


def blocked(table: OutcomesTable, blocks: Sequence[str], reference_first: Sequence[bool]) -> OutcomesTable:
    """The table as a wave releases it whose orders were drawn in these blocks."""
    frame = table.frame.copy()
    place = frame["pair"].str[1:].astype(int)
    frame["block"] = [blocks[at] for at in place]
    is_reference = frame["arm_origin"] == "belgian"
    frame["order"] = [
        1 if reference == reference_first[at] else 2
        for reference, at in zip(is_reference, place, strict=True)
    ]
    return outcomes_table(frame, replace(table.dictionary, assignment="blocks"))


@given(st.tuples(*[st.integers(0, 25)] * 4).filter(lambda counts: sum(counts) > 0))
@quick
def test_in_the_simple_design_it_is_the_exact_mcnemar_test(
    make_table: Any, pairs_with: Any, counts: tuple[int, int, int, int]
) -> None:
    a, b, c, d = counts
    row = replayed(make_table(pairs_with(a, b, c, d)))
    if b + c:
        wanted = mcnemar([[a, b], [c, d]], exact=True).pvalue
        assert row.p_value == pytest.approx(min(1.0, wanted), abs=1e-12)
        assert row.p_value == pytest.approx(stats.binomtest(b, b + c).pvalue, abs=1e-12)
    else:
        assert row.p_value == 1.0
    assert row.value == pytest.approx((b - c) / (a + b + c + d))


@given(st.lists(st.integers(-2, 2), max_size=11))
@quick
def test_its_null_distribution_is_that_of_every_possible_draw(sums: list[int]) -> None:
    every = [
        abs(sum(s * x for s, x in zip(signs, sums, strict=True)))
        for signs in product((1, -1), repeat=len(sums))
    ]
    wanted = np.mean([one >= abs(sum(sums)) for one in every])
    assert sign_test(np.array(sums, dtype=np.int64)) == pytest.approx(wanted, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.booleans()), min_size=1, max_size=11))
@quick
def test_pairs_of_one_block_change_together_and_a_pair_left_alone_by_itself(
    make_table: Any, found: list[tuple[int, int, bool]]
) -> None:
    # Answers to the first and to the second message, and for each block which of its two orders came first.
    first = [found[at - at % 2][2] == (at % 2 == 0) for at in range(len(found))]
    pairs = [
        {
            "responses": dict(
                zip(("belgian", "moroccan") if ahead else ("moroccan", "belgian"), (x, y), strict=True)
            )
        }
        for (x, y, _), ahead in zip(found, first, strict=True)
    ]
    blocks = [f"b{at // 2}" for at in range(len(found))]
    row = replayed(blocked(make_table(pairs), blocks, first))

    def statistic(flips: Sequence[int]) -> int:
        ahead = [one != bool(flips[at // 2]) for at, one in enumerate(first)]
        return sum((x - y) * (1 if it else -1) for (x, y, _), it in zip(found, ahead, strict=True))

    number = (len(found) + 1) // 2
    seen = abs(statistic([0] * number))
    wanted = np.mean([abs(statistic(flips)) >= seen for flips in product((0, 1), repeat=number)])
    assert row.p_value == pytest.approx(wanted, abs=1e-12)


def test_a_replay_that_forgot_the_blocks_would_give_another_p(make_table: Any, pairs_with: Any) -> None:
    # Planted: four blocks in which the reference led once in each place. Together they cancel or double.
    table = make_table(pairs_with(0, 8, 0, 0))
    first = [at % 2 == 0 for at in range(8)]
    right = replayed(blocked(table, [f"b{at // 2}" for at in range(8)], first))
    forgetful = replayed(table)
    assert right.p_value == pytest.approx(2 / 2**4)
    assert forgetful.p_value == pytest.approx(2 / 2**8)
    assert right.method != forgetful.method


def test_where_there_is_no_draw_to_replay_it_says_why(make_table: Any, pairs_with: Any) -> None:
    table = make_table(pairs_with(1, 3, 1, 1))
    fixed = OutcomesTable(frame=table.frame, dictionary=replace(table.dictionary, assignment="fixed"))
    assert "was not drawn" in str(replayed(fixed).reason)
    twice = blocked(table, ["b0", "b0", "b1", "b1", "b2", "b2"], [True] * 6)
    assert "same order twice" in str(replayed(twice).reason)
    several = make_table([{"responses": {"belgian": [1, 0], "moroccan": [0, 0]}}])
    assert "several applications" in str(replayed(several).reason)
    none = make_table([{"responses": {"belgian": 1, "moroccan": None}}])
    assert replayed(none).reason == "there is no usable pair"
    for row in (replayed(fixed), replayed(twice), replayed(several), replayed(none)):
        assert row.value is None and row.p_value is None


def test_an_order_that_is_not_known_cannot_be_replayed(make_table: Any, pairs_with: Any) -> None:
    table = blocked(make_table(pairs_with(0, 2, 0, 0)), ["b0", "b0"], [True, False])
    frame = table.frame.copy()
    frame["order"] = None
    assert "order of the applications is not known" in str(
        replayed(outcomes_table(frame, table.dictionary)).reason
    )


def test_a_table_that_speaks_of_blocks_without_having_them_is_refused(
    make_table: Any, pairs_with: Any
) -> None:
    table = make_table(pairs_with(1, 1, 1, 1))
    with pytest.raises(InputInvalid, match="block"):
        outcomes_table(table.frame, replace(table.dictionary, assignment="blocks"))


def test_a_plan_asks_for_it_for_all_landlords_and_each_type(make_table: Any, pairs_with: Any) -> None:
    table = make_table([*pairs_with(4, 9, 1, 3), *pairs_with(2, 3, 3, 1, type="agency")])
    found = estimate(table, AnalysisPlan(step=[Step(estimator="randomisation")])).estimates
    assert [row.level for row in found] == ["all", "private", "agency"]
    assert {row.estimand for row in found} == {Estimand.RANDOMISATION}
    assert found[1].p_value == pytest.approx(stats.binomtest(9, 10).pvalue)
