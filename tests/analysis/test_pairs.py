"""From applications to pairs: which pairs count, and what the headline set says of them."""

from typing import Any

import numpy as np
import pytest

from analysis.estimate import Estimand, Estimate
from analysis.estimation import estimate
from analysis.estimators.bootstrap import Bootstrap, ratio_interval
from analysis.estimators.paired import headline, headline_of_counts
from analysis.estimators.pairs import by_landlord_type, counts_of, pairs_of
from analysis.estimators.proportions import PairCounts

REDRAWS = Bootstrap(draws=500, seed="test")


def one(rows: list[Estimate], estimand: Estimand, method: str = "") -> Estimate:
    (found,) = [row for row in rows if row.estimand is estimand and method in row.method]
    return found


def test_a_pair_counts_only_when_both_were_delivered_and_both_outcomes_are_known(make_table: Any) -> None:
    table = make_table(
        [
            {"responses": {"belgian": 1, "moroccan": 0}},
            {"responses": {"belgian": 1, "moroccan": 0}, "lost": ["moroccan"]},
            {"responses": {"belgian": None, "moroccan": 0}},
            {"responses": {"belgian": 1}},
            {"responses": {"moroccan": 1}},
            {"responses": {"belgian": None, "moroccan": None}, "lost": ["belgian"]},
        ]
    )
    pairs, funnel = pairs_of(table, "moroccan", "invited")
    assert counts_of(pairs) == PairCounts(both=0, reference_only=1, other_only=0, neither=0)
    assert (funnel.pairs, funnel.used) == (6, 1)
    assert funnel.dropped == {
        "no application in the reference cell": 1,
        "no application in the other cell": 1,
        "not delivered": 2,
        "outcome unknown": 1,
    }


def test_the_four_pair_outcomes_are_counted_by_landlord_type(make_table: Any, pairs_with: Any) -> None:
    table = make_table([*pairs_with(4, 3, 2, 1), *pairs_with(1, 0, 5, 2, type="agency")])
    pairs, _ = pairs_of(table, "moroccan", "invited")
    private, agency = by_landlord_type(pairs, table.dictionary.landlord_types)
    assert counts_of(private) == PairCounts(both=4, reference_only=3, other_only=2, neither=1)
    assert counts_of(agency) == PairCounts(both=1, reference_only=0, other_only=5, neither=2)
    assert counts_of(pairs).n == 18


def test_headline_names_each_share_by_its_own_denominator(make_table: Any, pairs_with: Any) -> None:
    # Leuven, Moroccan names (field guide, reconstructed): three percentages from the same 278 pairs.
    pairs, _ = pairs_of(make_table(pairs_with(56, 47, 8, 167)), "moroccan", "invited")
    rows = headline(pairs, confidence=0.95, bootstrap=REDRAWS)
    assert one(rows, Estimand.GAP).value == pytest.approx(39 / 278)
    assert one(rows, Estimand.RELATIVE_GAP).value == pytest.approx(39 / 103)
    assert one(rows, Estimand.NET_RATE, "redrawn").value == pytest.approx(39 / 111)
    assert one(rows, Estimand.GROSS_RATE_REFERENCE).value == pytest.approx(47 / 278)
    assert one(rows, Estimand.GROSS_RATE_OTHER).value == pytest.approx(8 / 278)
    assert {row.n_informative for row in rows} == {111}


def test_two_applications_per_arm_count_the_favoured_arm(make_table: Any) -> None:
    table = make_table(
        [
            {"responses": {"belgian": [1, 1], "moroccan": [1, 0]}},
            {"responses": {"belgian": [1, 0], "moroccan": [1, 0]}},
            {"responses": {"belgian": [1, 1], "moroccan": [1, 1]}},
            {"responses": {"belgian": [0, 0], "moroccan": [0, 1]}},
            {"responses": {"belgian": [0, 0], "moroccan": [0, 0]}},
        ]
    )
    pairs, _ = pairs_of(table, "moroccan", "invited")
    assert counts_of(pairs) == PairCounts(both=2, reference_only=1, other_only=1, neither=1)
    rows = headline(pairs, confidence=0.95, bootstrap=REDRAWS)
    kinds = {row.level: row.value for row in rows if row.group == "positives"}
    assert kinds == {"1 and 1": 1, "2 and 2": 1}


def test_redrawn_landlords_widen_the_interval_when_landlords_cluster(
    make_table: Any, pairs_with: Any
) -> None:
    alone = pairs_with(10, 30, 10, 50)
    grouped = [{**pair, "landlord": f"w{index // 10}"} for index, pair in enumerate(alone)]
    widths = []
    for pairs in (alone, grouped):
        rows = headline(
            pairs_of(make_table(pairs), "moroccan", "invited")[0], confidence=0.95, bootstrap=REDRAWS
        )
        found = one(rows, Estimand.NET_RATE, "redrawn")
        assert found.lower is not None and found.upper is not None
        widths.append(found.upper - found.lower)
    assert widths[1] > 1.5 * widths[0]


def test_redrawn_landlords_agree_with_a_plain_bootstrap() -> None:
    rng = np.random.default_rng(5)
    below = rng.integers(0, 6, 300)
    above = rng.integers(-below, below + 1)
    plain = []
    for _ in range(4000):
        index = rng.integers(0, 300, 300)
        plain.append(above[index].sum() / below[index].sum())
    ours = ratio_interval(above, below, bootstrap=Bootstrap(draws=4000, seed="s"), key="k", confidence=0.95)
    assert ours == pytest.approx(tuple(np.quantile(plain, [0.025, 0.975])), abs=0.012)


def test_the_redrawing_stream_is_philox_and_stays_what_it_is() -> None:
    # The indices of the first landlords drawn, from numpy's raw Philox words by plain Python arithmetic.
    import hashlib

    key = int.from_bytes(hashlib.sha256(b"s|k").digest()[:16], "big")
    words = [int(word) for word in np.random.Philox(key=key).random_raw(200)]
    halves = [half for word in words for half in (word & 0xFFFFFFFF, word >> 32)]
    above, below = np.array([1, -1, 2, 0, -2]), np.array([1, 1, 2, 3, 2])
    drawn = [[(half * 5) >> 32 for half in halves[5 * draw : 5 * draw + 5]] for draw in range(80)]
    ratios = sorted(above[index].sum() / below[index].sum() for index in drawn)
    found = ratio_interval(above, below, bootstrap=Bootstrap(draws=80, seed="s"), key="k", confidence=0.95)
    assert found == pytest.approx((ratios[1], ratios[-2]))


def test_four_counts_alone_say_why_landlords_cannot_be_redrawn() -> None:
    table = PairCounts(both=5, reference_only=4, other_only=1, neither=9)
    rows = headline_of_counts(table, confidence=0.95, reference="reference", other="other")
    found = one(rows, Estimand.NET_RATE, "redrawn")
    assert found.value == pytest.approx(0.3)
    assert found.lower is None and "landlord" in (found.reason or "")


@pytest.mark.parametrize(
    ("both", "reference_only", "other_only", "neither", "estimand", "reason"),
    [
        (0, 0, 0, 4, Estimand.NET_RATE, "nobody was invited"),
        (0, 0, 3, 4, Estimand.RELATIVE_GAP, "reference was never invited"),
        (3, 0, 0, 0, Estimand.MCNEMAR, "no pair is discordant"),
        (0, 0, 0, 0, Estimand.GAP, "no usable pair"),
    ],
)
def test_what_cannot_be_computed_says_why(
    both: int, reference_only: int, other_only: int, neither: int, estimand: Estimand, reason: str
) -> None:
    table = PairCounts(both=both, reference_only=reference_only, other_only=other_only, neither=neither)
    rows = headline_of_counts(table, confidence=0.95, reference="reference", other="other")
    found = [row for row in rows if row.estimand is estimand]
    assert found and all(row.value is None and reason in (row.reason or "") for row in found)


def test_a_net_rate_whose_every_redraw_is_the_same_has_no_interval(make_table: Any, pairs_with: Any) -> None:
    """Three landlords, each favouring the reference: the redrawn rate is always 1, which is not certainty."""
    results = estimate(make_table(pairs_with(0, 3, 0, 6)))
    rates = [row for row in results.estimates if row.estimand == Estimand.NET_RATE and row.level == "all"]
    assert len(rates) == 2
    for row in rates:
        assert (row.value, row.lower, row.upper) == (1.0, None, None)
        assert row.reason is not None and "same outcome" in row.reason
