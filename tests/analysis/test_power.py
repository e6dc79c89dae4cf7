"""What a design can detect: held against full enumeration, published sample sizes and simulation."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multinomial

from analysis.contrast_power import (
    cochran_power,
    contrast_power,
    contrast_power_normal,
    detectable_difference,
    equivalence_power,
    equivalence_power_normal,
)
from analysis.estimators.proportions import PairCounts, mcnemar_exact, mcnemar_midp, tango
from analysis.evidence import base_of, grounds, tables
from analysis.power import (
    Test as Kind,
)
from analysis.power import (
    detectable_gap,
    effective_pairs,
    half_width,
    net_rate_error,
    paired_power,
    pairs_for_precision,
    pairs_needed,
    pairs_needed_normal,
)
from analysis.shares import Shares, shares_of_rates

TESTS: dict[Kind, Callable[[PairCounts], float]] = {"mid-p": mcnemar_midp, "exact": mcnemar_exact}


def shares(reference_only: float, other_only: float, both: float = 0.0) -> Shares:
    return Shares(both=both, reference_only=reference_only, other_only=other_only)


def every_table(n: int, of: Shares) -> Iterator[tuple[PairCounts, float]]:
    """Each table of n pairs with its probability, by scipy's multinomial."""
    law = multinomial(n, [of.reference_only, of.other_only, 1 - of.discordant])
    for b in range(n + 1):
        for c in range(n - b + 1):
            counts = PairCounts(both=0, reference_only=b, other_only=c, neither=n - b - c)
            yield counts, float(law.pmf([b, c, n - b - c]))


@pytest.mark.parametrize("test", ["mid-p", "exact"])
@given(
    n=st.integers(1, 28),
    reference_only=st.floats(0.01, 0.6),
    other_only=st.floats(0.01, 0.39),
    alpha=st.sampled_from([0.01, 0.05, 0.1]),
)
@settings(max_examples=40, deadline=None)
def test_the_power_of_the_paired_test_is_the_sum_over_all_tables(
    test: Kind, n: int, reference_only: float, other_only: float, alpha: float
) -> None:
    of = shares(reference_only, other_only)
    summed = sum(weight for counts, weight in every_table(n, of) if TESTS[test](counts) <= alpha)
    assert math.isclose(paired_power(n, of, alpha=alpha, test=test), summed, abs_tol=1e-8)


def test_the_midp_test_keeps_its_size_up_to_three_discordant_pairs_in_four() -> None:
    # Often said: at most 5.0 % unconditionally for n <= 200. That holds as long as not nearly every pair is discordant,
    # which no audit comes near.
    for discordant in (0.05, 0.2, 0.4, 0.6, 0.75):
        assert all(paired_power(n, shares(discordant / 2, discordant / 2)) <= 0.05 for n in range(1, 201))
    # Where all are, sixteen pairs reject at 4 or fewer: 2 * (1 + 16 + 120 + 560 + 1820) / 2**16.
    assert math.isclose(paired_power(16, shares(0.5, 0.5)), 5034 / 65536)


def test_sample_sizes_are_those_of_connor() -> None:
    # Connor 1987, Biometrics 43, p. 209, as public calculators cite it: 0.45 against 0.05, power 80 %, level 5 %.
    assert pairs_needed_normal(shares(0.45, 0.05)) == 23


@pytest.mark.parametrize(
    ("reference_only", "other_only", "published"),
    [(0.10, 0.04, 300), (0.08, 0.02, 216), (0.12, 0.06, 390), (0.15, 0.05, 155), (0.06, 0.03, 780)],
)
def test_sample_sizes_are_those_of_the_field_guide(
    reference_only: float, other_only: float, published: int
) -> None:
    # Rounded there; computed by others from the formula of Miettinen 1968.
    assert abs(pairs_needed_normal(shares(reference_only, other_only)) - published) <= 3


def test_the_normal_power_of_one_gap_is_that_of_statpsych() -> None:
    # R package statpsych, help of power.prop.ps: rates 0.5 and 0.5, phi 0.4, effect 0.2, 45 pairs: power 0.6877704 in
    # one direction. Its variance per pair, 0.25 + 0.25 - 2 * 0.4 * 0.25 = 0.3, is that of b = c = 0.15.
    of = shares_of_rates(0.5, 0.5, 0.4)
    assert math.isclose(of.gap_variance, 0.3)
    least = detectable_difference([math.sqrt(0.3 / 45)], power=0.6877704)
    assert math.isclose(least, 0.2, abs_tol=2e-6)


@pytest.mark.parametrize("test", ["mid-p", "exact"])
def test_the_fewest_pairs_have_the_power_and_so_have_all_larger_numbers(test: Kind) -> None:
    of = shares(0.15, 0.05)
    n = pairs_needed(of, test=test)
    assert paired_power(n - 1, of, test=test) < 0.8
    assert all(paired_power(more, of, test=test) >= 0.8 for more in range(n, 3 * n))


def test_the_smallest_gap_that_is_found_is_found_with_just_the_power() -> None:
    gap = detectable_gap(150, 0.03)
    assert gap is not None
    assert math.isclose(paired_power(150, shares(0.03 + gap, 0.03)), 0.8, abs_tol=1e-6)
    assert paired_power(150, shares(0.03 + 0.95 * gap, 0.03)) < 0.8
    # Four pairs cannot have a p under 5 %, whatever they do.
    assert detectable_gap(4, 0.0) is None


def test_precision_is_what_the_gap_s_interval_gives() -> None:
    of = shares(0.15, 0.05)
    n = pairs_for_precision(of, 0.05)
    # 0.2 - 0.1² = 0.19; 0.19 * (1.959964 / 0.05)² = 291.96.
    assert n == 292
    width = half_width(n, of)
    assert width is not None and width <= 0.05 < (half_width(n - 1, of) or 0)
    assert half_width(0, of) is None and net_rate_error(0, of) is None


@pytest.mark.parametrize(("n", "m"), [(9, 7), (14, 10)])
def test_the_power_of_private_against_agency_is_the_sum_over_both_tables(n: int, m: int) -> None:
    one, two = shares(0.35, 0.05), shares(0.1, 0.08)
    z, summed = 1.959963984540054, 0.0
    second = [
        ((counts.reference_only - counts.other_only) / m, counts.discordant / m, weight)
        for counts, weight in every_table(m, two)
    ]
    for counts, weight in every_table(n, one):
        gap = (counts.reference_only - counts.other_only) / n
        variance = (counts.discordant / n - gap**2) / n
        for other_gap, discordant, other_weight in second:
            other_variance = (discordant - other_gap**2) / m
            if (gap - other_gap) ** 2 > z * z * (variance + other_variance) + 1e-12:
                summed += weight * other_weight
    assert math.isclose(contrast_power((n, one), (m, two)), summed, abs_tol=1e-8)


def test_with_many_pairs_the_contrast_is_near_its_normal_approximation() -> None:
    groups = (400, shares(0.2, 0.03)), (600, shares(0.12, 0.05))
    assert abs(contrast_power(*groups) - contrast_power_normal(*groups)) < 0.01
    same = (300, shares(0.12, 0.05)), (300, shares(0.12, 0.05))
    assert contrast_power_normal(*same) == pytest.approx(0.05)
    assert 0.04 < contrast_power(*same) < 0.06
    assert contrast_power((0, shares(0.1, 0.1)), (5, shares(0.1, 0.1))) == 0.0


def test_equivalence_is_the_sum_over_tables_whose_interval_lies_inside() -> None:
    of, n, margin = shares(0.06, 0.05), 45, 0.15
    summed = 0.0
    for counts, weight in every_table(n, of):
        low, high = tango(counts, 0.90)
        summed += weight * (-margin < low and high < margin)
    assert math.isclose(equivalence_power(n, of, margin), summed, abs_tol=1e-8)
    assert equivalence_power(4000, shares(0.05, 0.05), 0.05) > 0.99
    for n in (400, 1500):
        assert abs(equivalence_power_normal(n, of, 0.05) - equivalence_power(n, of, 0.05)) < 0.02
    assert equivalence_power(0, of, margin) == 0.0


def test_minimum_detectable_changes_are_those_of_the_field_guide() -> None:
    # Brugge 2021, benefits: 203 pairs, net rate 18 % with an interval of 7 to 29: a repeat of equal size tells a change
    # of about 16 points from none, and of about 22 with 80 % power.
    table = next(it for it in tables() if it.place == "Brugge" and it.ground == "income")
    error = net_rate_error(table.pairs, table.shares)
    assert error is not None
    assert round(100 * detectable_difference([error, error], power=0.5)) == 16
    assert round(100 * detectable_difference([error, error])) in (22, 23)


def test_triads_are_as_powerful_as_a_simulation_says() -> None:
    rng = np.random.default_rng(11)
    patterns = np.array([0.45, 0.02, 0.02, 0.02, 0.12, 0.05, 0.06, 0.26])
    answers = np.array([[k >> 2 & 1, k >> 1 & 1, k & 1] for k in range(8)])
    n, studies = 150, 4000
    drawn = rng.multinomial(n, patterns, size=studies)
    columns, rows = drawn @ answers, drawn @ answers.sum(axis=1) ** 2
    total = columns.sum(axis=1)
    spread = 3 * total - rows
    q = 2 * (3 * (columns**2).sum(axis=1) - total**2) / np.where(spread > 0, spread, 1)
    found = float(np.mean(q > 5.991464547107979))  # chi-square of two degrees at 5 %
    assert abs(cochran_power(n, list(patterns)) - found) < 0.03
    equal = [0.4, 0.1, 0.1, 0.05, 0.1, 0.05, 0.05, 0.15]
    assert cochran_power(n, equal) == pytest.approx(0.05)
    with pytest.raises(ValueError, match="eight answers"):
        cochran_power(n, [0.5, 0.5])


def test_pairs_of_one_agency_count_for_less() -> None:
    # Three pairs an agency, correlated by 0.1: design effect 1 + 2 * 0.1 = 1.2.
    assert effective_pairs(300, per_landlord=3, correlation=0.1) == 250
    assert effective_pairs(300, per_landlord=1, correlation=0.9) == 300
    assert effective_pairs(300, per_landlord=3, variation=1.0, correlation=0.1) == 200


def test_shares_come_from_rates_and_impossible_ones_are_refused() -> None:
    of = shares_of_rates(0.40, 0.30, 0.7)
    assert of.gap == pytest.approx(0.10)
    phi = (of.both - 0.12) / math.sqrt(0.4 * 0.6 * 0.3 * 0.7)
    assert phi == pytest.approx(0.7)
    with pytest.raises(ValueError, match="allow an agreement from"):
        shares_of_rates(0.9, 0.1, 0.8)
    with pytest.raises(ValueError, match="add up to at most 1"):
        Shares(both=0.9, reference_only=0.1, other_only=0.1)
    with pytest.raises(ValueError, match="nothing to detect"):
        pairs_needed(shares(0.1, 0.1))
    with pytest.raises(ValueError, match="too small"):
        pairs_needed(shares(0.1001, 0.1))


def test_published_tables_give_what_their_studies_say() -> None:
    # Kortrijk 2022, private owners: 49 pairs, 15 of them informative, net rate 67 %.
    table = next(
        it for it in tables() if (it.place, it.year, it.landlord_type) == ("Kortrijk", "2022", "private")
    )
    assert (table.pairs, round(table.pairs * table.shares.informative)) == (49, 15)
    assert round(100 * (table.shares.net_rate or 0)) == 67
    for it in tables():
        # Each was solved to meet the net rate that its study reports, within rounding.
        assert abs(100 * (it.shares.net_rate or 0) - it.net_rate_percent) <= 1.0, it
    assert grounds() == ("disability", "income", "origin")


def test_private_owners_are_assumed_from_tables_of_private_owners() -> None:
    base = base_of("origin", "private")
    assert base is not None
    assert {it.landlord_type for it in base.tables} == {"private"}
    assert base.gaps[0] <= base.shares.gap <= base.gaps[1]
    income = base_of("income", "private")
    assert income is not None and {it.landlord_type for it in income.tables} == {"all"}
    brugge = base_of("origin", "agency", place="brugge")
    assert brugge is not None and len(brugge.tables) > 5  # none of Brugge tells agencies apart
    assert base_of("age", "private") is None
