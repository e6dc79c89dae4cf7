"""Simulated studies: analysed by the formulas of a real one, with the shares and correlation that were asked for."""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from analysis import simulation
from analysis.estimate import Estimand
from analysis.estimation import estimate
from analysis.plan import AnalysisPlan
from analysis.power import paired_power
from analysis.shares import Shares
from analysis.simulated_outcomes import (
    BOTH,
    LOST,
    NEITHER,
    OTHER_ONLY,
    REFERENCE_ONLY,
    Assumed,
    Cell,
    Drawn,
    outcomes,
)
from analysis.simulation import CHUNK, Diagnosis, analyse, analysed, diagnose

CELLS = (
    Cell(
        contrast="moroccan",
        landlord_type="private",
        shares=Shares(both=0.15, reference_only=0.2, other_only=0.03),
    ),
    Cell(
        contrast="moroccan",
        landlord_type="agency",
        shares=Shares(both=0.3, reference_only=0.12, other_only=0.06),
    ),
)
PLAN = AnalysisPlan.model_validate({"step": [{"estimator": "pairs"}, {"estimator": "linear"}]})
ANSWERS = {BOTH: (1, 1), REFERENCE_ONLY: (1, 0), OTHER_ONLY: (0, 1), NEITHER: (0, 0), LOST: (0, 0)}


def sample(private: int, agency: int, per_agency: int = 3) -> Drawn:
    landlords = np.r_[np.arange(private), private + np.arange(agency) // per_agency]
    return Drawn(cell=np.r_[np.zeros(private, int), np.ones(agency, int)], landlord=landlords)


def of(found: list[Diagnosis], level: str, quantity: str) -> Diagnosis:
    return next(it for it in found if (it.level, it.quantity) == (level, quantity))


def tables_of(drawn: Drawn, outcome: Any, make_table: Callable[..., Any]) -> Any:
    types = ("private", "agency")
    pairs = []
    for k, kind in enumerate(outcome):
        reference, other = ANSWERS[int(kind)]
        pairs.append(
            {
                "responses": {"belgian": reference, "moroccan": other},
                "type": types[drawn.cell[k]],
                "landlord": f"w{drawn.landlord[k]}",
                "lost": ("moroccan",) if kind == LOST else (),
            }
        )
    return make_table(pairs)


@pytest.mark.parametrize("seed", range(6))
def test_a_simulated_study_is_analysed_as_a_real_one(
    seed: int, make_table: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, assumed = sample(24, 40), Assumed(correlation=0.2, lost=0.1)
    monkeypatch.setattr(simulation, "CHUNK", 1)
    [outcome] = outcomes(drawn, CELLS, assumed, np.random.default_rng([seed, 0]), 1)
    numbers = analyse(drawn, CELLS, outcome[None, :], assumed)
    assert {key: list(it.sums()) for key, it in numbers.items()} == {
        key: list(sums) for key, sums in analysed(drawn, CELLS, assumed, seed, 0).items()
    }
    real = estimate(tables_of(drawn, outcome, make_table), PLAN).estimates
    for (_, level, quantity), of_all in numbers.items():
        there, value, _, has, inside, away = of_all.sums()
        estimand = {
            "gap": Estimand.GAP, "net rate": Estimand.NET_RATE, "gap, clustered": Estimand.REGRESSION_GAP,
            "difference, clustered": Estimand.GAP_DIFFERENCE,
        }[quantity]  # fmt: skip
        [row] = [
            it for it in real if it.estimand is estimand and it.level == level and "redrawn" not in it.method
        ]
        assert (row.value is not None) == bool(there)
        assert math.isclose(row.value or 0.0, value, abs_tol=1e-12)
        assert (row.lower is not None) == bool(has)
        if row.lower is not None and row.upper is not None:
            if of_all.half is not None and max(abs(row.lower), abs(row.upper)) < 1:
                assert math.isclose((row.upper - row.lower) / 2, float(of_all.half[0]), rel_tol=1e-9)
            kinds = {it.landlord_type: it.shares for it in CELLS}
            one, dash, two = level.partition(" - ")
            truth = kinds[one].gap - kinds[two].gap if dash else kinds[level].gap
            truth = (kinds[level].net_rate or 0.0) if quantity == "net rate" else truth
            assert bool(inside) == (row.lower <= truth <= row.upper)
        if quantity == "gap":
            [p] = [
                it.p_value for it in real
                if it.estimand is Estimand.MCNEMAR and it.level == level and "mid-p" in it.method
            ]  # fmt: skip
            assert bool(away) == (p is not None and p <= 0.05)
        elif row.lower is not None and row.upper is not None:
            assert bool(away) == (row.lower > 0 or row.upper < 0)


def test_shares_and_correlation_are_those_that_were_asked_for() -> None:
    drawn, assumed = sample(0, 600, per_agency=2), Assumed(correlation=0.3, lost=0.0)
    outcome = outcomes(drawn, CELLS, assumed, np.random.default_rng(5), 400)
    shares = CELLS[1].shares
    for kind, share in (
        (BOTH, shares.both),
        (REFERENCE_ONLY, shares.reference_only),
        (OTHER_ONLY, shares.other_only),
    ):
        assert abs(float(np.mean(outcome == kind)) - share) < 0.004
    difference = (outcome == REFERENCE_ONLY).astype(float) - (outcome == OTHER_ONLY)
    one, two = difference[:, ::2].ravel(), difference[:, 1::2].ravel()
    assert abs(float(np.corrcoef(one, two)[0, 1]) - 0.3) < 0.02


def test_power_is_that_of_the_enumeration_where_pairs_are_independent() -> None:
    found = diagnose([sample(150, 0)], CELLS[:1], Assumed(correlation=0.0, lost=0.0), studies=8000, seed=3)
    gap = of(found, "private", "gap")
    assert gap.power is not None and gap.power_error is not None
    assert abs(gap.power - paired_power(150, CELLS[0].shares)) < 4 * gap.power_error
    assert gap.bias is not None and gap.bias_error is not None and abs(gap.bias) < 4 * gap.bias_error
    assert gap.coverage is not None and 0.94 < gap.coverage < 0.965


def test_pairs_of_one_agency_spoil_intervals_that_ignore_it_and_not_those_that_do_not() -> None:
    drawn = sample(0, 600, per_agency=6)
    found = diagnose([drawn], CELLS, Assumed(correlation=0.2, lost=0.05), studies=4000, seed=9)
    plain, clustered = of(found, "agency", "gap"), of(found, "agency", "gap, clustered")
    assert plain.coverage is not None and clustered.coverage is not None
    assert plain.coverage < 0.87  # the planted fault: six pairs of an agency are taken for six agencies
    assert 0.935 < clustered.coverage < 0.965


def test_the_same_seed_gives_the_same_numbers_wherever_they_are_computed() -> None:
    arguments: dict[str, Any] = {"studies": 4 * CHUNK, "seed": 7}
    drawn = [sample(30, 60), sample(40, 50)]
    here = diagnose(drawn, CELLS, Assumed(), **arguments)

    def elsewhere(calls: Any) -> Any:
        with ThreadPoolExecutor(3) as pool:
            futures = [pool.submit(function, *given) for function, given in calls]
            return [it.result() for it in futures]

    assert diagnose(drawn, CELLS, Assumed(), run=elsewhere, **arguments) == here
    assert diagnose(drawn, CELLS, Assumed(), studies=4 * CHUNK, seed=8) != here


def test_a_design_that_cannot_be_analysed_says_so_and_never_nan() -> None:
    nobody = Cell(
        contrast="moroccan", landlord_type="private", shares=Shares(both=0, reference_only=0, other_only=0)
    )
    found = diagnose([sample(1, 0)], [nobody], Assumed(lost=0.5), studies=CHUNK, seed=1)
    for it in found:
        numbers = (it.truth, it.mean, it.bias, it.coverage, it.power)
        assert all(number is None or math.isfinite(number) for number in numbers)
        assert it.power == 0.0
    assert of(found, "private", "gap, clustered").with_interval == 0
    assert all(it.quantity != "net rate" for it in found)
