"""A design without pairs: one applicant to each listing, compared between listings."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.proportion import proportions_ztest

from analysis.estimate import Estimand
from analysis.estimation import estimate
from analysis.estimators.unpaired import is_apart
from analysis.unpaired_power import applications_needed, independent_power

quick = settings(max_examples=40, deadline=None)


def apart(make_table: Callable[..., Any], rows: list[tuple[str, int | None, str]]) -> Any:
    """A table in which each listing got one applicant: arm, answer and landlord."""
    return make_table([{"responses": {arm: answer}, "landlord": who} for arm, answer, who in rows])


ROWS = st.lists(
    st.tuples(st.sampled_from(["belgian", "moroccan"]), st.integers(0, 1), st.sampled_from("uvwxyz")),
    min_size=4,
    max_size=40,
).filter(lambda rows: len({arm for arm, _, _ in rows}) == 2)


@given(ROWS)
@quick
def test_the_error_is_that_of_a_linear_model_clustered_by_landlord(make_table: Any, rows: Any) -> None:
    found = estimate(apart(make_table, rows)).estimates
    row = next(it for it in found if it.estimand is Estimand.RATE_DIFFERENCE and it.level == "all")
    y = np.array([answer for _, answer, _ in rows], dtype=float)
    design = np.column_stack([np.ones(len(rows)), [arm == "belgian" for arm, _, _ in rows]]).astype(float)
    groups = np.unique([who for _, _, who in rows], return_inverse=True)[1]
    assert row.value == pytest.approx(np.linalg.lstsq(design, y, rcond=None)[0][1], abs=1e-9)
    if len(set(groups)) < 2:
        assert "two landlords" in str(row.reason)
        return
    fit = sm.OLS(y, design).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    if fit.bse[1] < 1e-9:
        assert row.standard_error is None or row.standard_error < 1e-9
        return
    assert row.standard_error == pytest.approx(fit.bse[1], rel=1e-8)
    assert row.p_value == pytest.approx(fit.pvalues[1], rel=1e-6, abs=1e-12)


def test_each_rate_is_over_the_delivered_applications_of_its_arm(make_table: Any) -> None:
    rows = [
        ("belgian", 1, "u"),
        ("belgian", 0, "v"),
        ("belgian", None, "w"),
        ("moroccan", 0, "x"),
        ("moroccan", 0, "y"),
    ]
    table = apart(make_table, rows)
    assert is_apart(table, "moroccan")
    found = [
        it
        for it in estimate(table).estimates
        if it.estimand is Estimand.INVITATION_RATE and it.level == "all"
    ]
    assert [(it.other, it.value, it.n_pairs) for it in found] == [("belgian", 0.5, 2), ("moroccan", 0.0, 2)]


def test_one_pair_with_both_makes_it_a_paired_table(make_table: Any, pairs_with: Any) -> None:
    assert not is_apart(make_table(pairs_with(1, 0, 0, 0)), "moroccan")


def test_a_cell_without_a_known_outcome_has_a_reason(make_table: Any) -> None:
    found = estimate(apart(make_table, [("belgian", 1, "u"), ("moroccan", None, "v")])).estimates
    row = next(it for it in found if it.estimand is Estimand.RATE_DIFFERENCE)
    assert row.value is None and "no delivered application" in str(row.reason)


SHARE = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.001, 0.999))


@given(st.integers(1, 14), SHARE, SHARE)
@quick
def test_the_power_is_the_sum_over_all_tables(n: int, one: float, two: float) -> None:
    wanted = 0.0
    for x in range(n + 1):
        for y in range(n + 1):
            if 0 < x + y < 2 * n and proportions_ztest([x, y], [n, n])[1] <= 0.05:
                wanted += float(binom.pmf(x, n, one) * binom.pmf(y, n, two))
    assert independent_power(n, (one, two)) == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize("rates", [(0.4, 0.3), (0.3, 0.2), (0.6, 0.45), (0.25, 0.15)])
def test_what_is_needed_by_the_formula_has_the_power_by_enumeration(rates: tuple[float, float]) -> None:
    n = applications_needed(rates)
    assert n is not None and independent_power(n, rates) == pytest.approx(0.8, abs=0.012)
    assert applications_needed((0.3, 0.3)) is None


def test_the_power_is_what_simulated_studies_find() -> None:
    rng, n, rates = np.random.default_rng(7), 150, (0.45, 0.30)
    x, y = rng.binomial(n, rates[0], 20_000), rng.binomial(n, rates[1], 20_000)
    pooled = (x + y) / (2 * n)
    found = float(np.mean(np.abs(x - y) / n / np.sqrt(pooled * (1 - pooled) * 2 / n) >= 1.959964))
    assert independent_power(n, rates) == pytest.approx(found, abs=4 * (found * (1 - found) / 20_000) ** 0.5)


def test_a_rate_next_to_nothing_is_no_crash() -> None:
    # A rate at the edge of the floating-point numbers; SciPy 1.17's own binomial overflows there.
    assert independent_power(2, (0.0, 1.1125369292536007e-308)) == 0.0
