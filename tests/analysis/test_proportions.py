"""Intervals and tests of four counts, pinned to published examples and to searches written here."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import binom

from analysis.estimators.proportions import (
    PairCounts,
    mcnemar_exact,
    mcnemar_midp,
    net_rate_error,
    relative_gap,
    tango,
    wilson,
)

AIRWAY = PairCounts(both=1, reference_only=1, other_only=7, neither=12)
"""Airway hyper-responsiveness before and after stem cell transplantation, Bentur et al. 2009, as tabulated by
Fagerland, Lydersen and Laake 2013."""


def counts(a: int, b: int, c: int, d: int) -> PairCounts:
    return PairCounts(both=a, reference_only=b, other_only=c, neither=d)


@pytest.mark.parametrize(
    ("positive", "n", "low", "high"),
    # Newcombe 1998, Two-sided confidence intervals for the single proportion, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_is_that_of_newcombe_1998(positive: int, n: int, low: float, high: float) -> None:
    assert wilson(positive, n, 0.95) == pytest.approx((low, high), abs=5e-5)


def test_tango_interval_is_that_of_fagerland_and_others_2014() -> None:
    # Fagerland, Lydersen, Laake 2014, Recommended tests and confidence intervals for paired binomial
    # proportions: the Tango interval of the airway table is -0.517 to -0.026.
    assert tango(AIRWAY, 0.95) == pytest.approx((-0.517, -0.026), abs=5e-4)


def test_tango_interval_is_that_of_the_r_package_propcis() -> None:
    # PropCIs::scoreci.mp(25, 28, 618, conf.level = 0.90), whose difference is (28 - 25) / 618.
    assert tango(counts(300, 28, 25, 265), 0.90) == pytest.approx((-0.0148, 0.0247), abs=5e-5)


def score(b: int, c: int, n: int, delta: float) -> float:
    """Tango's score statistic with the restricted estimate found by maximising the likelihood itself."""

    def loss(q: float) -> float:
        cells = ((b, q + delta), (c, q), (n - b - c, 1 - 2 * q - delta))
        return -sum(k * math.log(max(p, 1e-300)) for k, p in cells if k)

    low, high = max(0.0, -delta), (1 - delta) / 2
    q = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    return (b - c - n * delta) / math.sqrt(n * (2 * q + delta * (1 - delta)))


@pytest.mark.parametrize(("b", "c", "n"), [(12, 2, 50), (1, 7, 21), (3, 3, 40), (30, 10, 60), (5, 1, 200)])
def test_tango_borders_are_where_the_score_statistic_is_the_normal_quantile(b: int, c: int, n: int) -> None:
    low, high = tango(counts(0, b, c, n - b - c), 0.95)
    middle, z = (b - c) / n, 1.959963984540054
    assert low == pytest.approx(brentq(lambda d: score(b, c, n, d) - z, -0.999, middle), abs=1e-6)
    assert high == pytest.approx(brentq(lambda d: score(b, c, n, d) + z, middle, 0.999), abs=1e-6)


def test_tango_interval_turns_with_the_arms() -> None:
    low, high = tango(counts(5, 9, 3, 20), 0.95)
    assert tango(counts(5, 3, 9, 20), 0.95) == pytest.approx((-high, -low), abs=1e-12)


def test_mcnemar_tests_are_those_of_fagerland_and_others_2013() -> None:
    # Fagerland, Lydersen, Laake 2013, The McNemar test for binary matched-pairs data: exact 0.070, mid-p 0.039.
    assert mcnemar_exact(AIRWAY) == pytest.approx(0.070, abs=5e-4)
    assert mcnemar_midp(AIRWAY) == pytest.approx(0.039, abs=5e-4)


@pytest.mark.parametrize("m", [1, 2, 7, 20, 41])
def test_mcnemar_tests_are_binomial_sums(m: int) -> None:
    for b in range(m + 1):
        k, table = min(b, m - b), counts(3, b, m - b, 4)
        tail = sum(math.comb(m, i) for i in range(k + 1)) / 2**m
        point = math.comb(m, k) / 2**m
        exact = min(1.0, 2 * tail)
        assert mcnemar_exact(table) == pytest.approx(exact)
        assert mcnemar_midp(table) == pytest.approx(1 - point / 2 if 2 * b == m else 2 * tail - point)


def test_no_discordant_pair_gives_p_one() -> None:
    # statsmodels' asymptotic mcnemar prints 0 or nan here.
    assert mcnemar_exact(counts(5, 0, 0, 7)) == mcnemar_midp(counts(5, 0, 0, 7)) == 1


@pytest.mark.parametrize("n", [10, 25, 50])
def test_mid_p_rejects_a_true_null_in_at_most_five_percent_of_studies(n: int) -> None:
    # Up to half of the pairs discordant, far above any rental audit. It does not hold without bound: where
    # every one of 50 pairs is discordant the size is 6.5 %.
    for discordance in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5):
        size = 0.0
        for m in range(n + 1):
            inside = sum(
                binom.pmf(b, m, 0.5) for b in range(m + 1) if mcnemar_midp(counts(0, b, m - b, n - m)) <= 0.05
            )
            size += binom.pmf(m, n, discordance) * inside
        assert size <= 0.05


@pytest.mark.parametrize(("reference_only", "other_only"), [(0.15, 0.05), (0.3, 0.3), (0.1, 0.1)])
def test_tango_covers_the_truth_in_at_least_94_percent_of_studies(
    reference_only: float, other_only: float
) -> None:
    n, truth, coverage = 40, reference_only - other_only, 0.0
    for b, c in product(range(n + 1), repeat=2):
        if b + c <= n:
            chance = binom.pmf(b, n, reference_only) * binom.pmf(c, n - b, other_only / (1 - reference_only))
            if chance > 1e-9:
                low, high = tango(counts(0, b, c, n - b - c), 0.95)
                coverage += chance * (low <= truth <= high)
    assert coverage >= 0.94


# Field guide, section 3: b, c and n were solved there from the published rate, so that these pin the formula
# only and validate no study.
@pytest.mark.parametrize(
    ("place", "n", "b", "c", "rate", "low", "high"),
    [
        ("reconstructed: Brugge origin 2021", 516, 32, 4, 0.15, 0.09, 0.21),
        ("reconstructed: Brugge benefit 2021", 203, 22, 6, 0.18, 0.07, 0.29),
        ("reconstructed: Leuven Moroccan 2021", 278, 47, 8, 0.35, 0.24, 0.46),
        ("reconstructed: Kortrijk private 2022", 49, 11, 1, 0.67, 0.36, 0.97),
        ("reconstructed: Gent agents 2015", 327, 42, 26, 0.10, 0.00, 0.20),
    ],
)
def test_net_rate_formula_with_reconstructed_tables(
    place: str, n: int, b: int, c: int, rate: float, low: float, high: float
) -> None:
    informative = round((b - c) / rate)
    table = counts(informative - b - c, b, c, n - informative)
    value, half = (b - c) / table.informative, 1.959964 * net_rate_error(table)
    assert value == pytest.approx(rate, abs=0.005)
    assert (value - half, value + half) == pytest.approx((low, high), abs=0.012)


def test_relative_gap_interval_is_that_of_the_log_ratio() -> None:
    # Leuven, Moroccan names: 47 and 8 discordant pairs; ratio 73/112 with log variance 55 / (112 · 73).
    low, high = relative_gap(counts(65, 47, 8, 158), 0.95) or (0.0, 0.0)
    half = 1.959963984540054 * math.sqrt(55 / (112 * 73))
    assert np.log([1 - high, 1 - low]) == pytest.approx(
        [math.log(73 / 112) - half, math.log(73 / 112) + half]
    )


@pytest.mark.parametrize(
    "table", [counts(0, 0, 5, 3), counts(0, 5, 0, 3), counts(5, 0, 0, 3), counts(0, 0, 0, 3)]
)
def test_relative_gap_has_no_interval_where_its_variance_does_not_exist(table: PairCounts) -> None:
    assert relative_gap(table, 0.95) is None
