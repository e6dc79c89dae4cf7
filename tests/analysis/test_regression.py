"""Regressions: identities of paired data, clustering by landlord, and statsmodels as an independent fit."""

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.discrete.conditional_models import ConditionalLogit

from analysis.errors import InputInvalid
from analysis.estimate import Estimand, Estimate
from analysis.estimators.conditional import conditional
from analysis.estimators.conditional_fit import NoFit, fit_conditional
from analysis.estimators.linear import linear
from analysis.estimators.logit import logit
from analysis.estimators.pairs import pairs_of


@pytest.fixture(scope="module")
def town(make_table: Any) -> Any:
    """300 pairs of 60 agencies and 120 private owners, clustered, with a gender that varies in the pair."""
    rng = np.random.default_rng(11)
    pairs = []
    for index in range(300):
        kind = "agency" if index % 5 < 3 else "private"
        landlord = f"{kind}{index % 60 if kind == 'agency' else index}"
        mood = (hash_of(landlord) - 0.5) * 0.4
        gender = {arm: ("woman", "man")[int(rng.integers(2))] for arm in ("belgian", "moroccan")}
        chances = {"belgian": 0.55 + mood, "moroccan": 0.35 + mood + (0.1 if kind == "agency" else 0)}
        responses = {arm: int(rng.random() < chance) for arm, chance in chances.items()}
        pairs.append({"responses": responses, "landlord": landlord, "type": kind, "gender": gender})
    return make_table(pairs)


def hash_of(name: str) -> float:
    return (sum(ord(letter) * 31**place for place, letter in enumerate(name)) % 997) / 997


def rows_of(estimates: list[Estimate], estimand: Estimand) -> dict[str, Estimate]:
    return {row.level: row for row in estimates if row.estimand is estimand}


def applications(table: Any) -> pd.DataFrame:
    frame = table.frame
    return pd.DataFrame(
        {
            "y": frame["outcome_invited"].astype(float),
            "other": (frame["arm_origin"] == "moroccan").astype(float),
            "man": (frame["x_gender"] == "man").astype(float),
            "pair": frame["pair"].astype(str),
            "type": frame["landlord_type"].astype(str),
            "landlord": pd.factorize(frame["landlord"])[0],
        }
    )


def test_linear_model_on_differences_gives_the_estimate_of_pair_fixed_effects(town: Any) -> None:
    data = applications(town)
    pairs, _ = pairs_of(town, "moroccan", "invited")
    ours = linear(pairs, town, by="all", covariates=["gender"], confidence=0.95)[0]
    fixed = smf.ols("y ~ other + man + C(pair)", data).fit()
    assert ours.value == pytest.approx(-fixed.params["other"], abs=1e-9)


def test_private_minus_agency_is_the_interaction_with_its_own_clustered_interval(town: Any) -> None:
    pairs, _ = pairs_of(town, "moroccan", "invited")
    rows = linear(pairs, town, by="landlord_type", covariates=[], confidence=0.95)
    found = rows_of(rows, Estimand.GAP_DIFFERENCE)["private - agency"]
    wide = applications(town).pivot(index="pair", columns="other", values="y")
    info = applications(town).drop_duplicates("pair").set_index("pair")
    private = (info["type"] == "private").to_numpy()
    difference = (wide[0.0] - wide[1.0]).to_numpy()
    gaps = {True: difference[private].mean(), False: difference[~private].mean()}
    assert found.value == pytest.approx(gaps[True] - gaps[False])
    # CR1 by hand: sum of squared landlord scores of the two means, small-sample factor, t with G - 1.
    score = np.where(
        private, (difference - gaps[True]) / private.sum(), -(difference - gaps[False]) / (~private).sum()
    )
    clusters = info["landlord"].to_numpy()
    sums = np.array([score[clusters == landlord].sum() for landlord in np.unique(clusters)])
    g, n = len(sums), len(score)
    error = math.sqrt((sums**2).sum() * g / (g - 1) * (n - 1) / (n - 2))
    assert found.standard_error == pytest.approx(error)
    from scipy.stats import t

    half = t.ppf(0.975, g - 1) * error
    assert (found.lower, found.upper) == pytest.approx((found.value - half, found.value + half))
    assert found.n_landlords == g


def test_other_landlord_types_are_compared_with_the_first_of_the_dictionary(
    make_table: Any, pairs_with: Any
) -> None:
    types = ("social", "agency", "private")
    pairs = [pair for kind in types for pair in pairs_with(2, 3, 1, 2, type=kind)]
    table = make_table(pairs, types=types)
    rows = linear(
        pairs_of(table, "moroccan", "invited")[0], table, by="landlord_type", covariates=[], confidence=0.9
    )
    assert set(rows_of(rows, Estimand.GAP_DIFFERENCE)) == {
        "agency - social",
        "private - social",
        "private - agency",
    }


@pytest.mark.parametrize("estimator", ["linear", "logit", "conditional"])
def test_clustering_by_landlord_changes_the_standard_error(
    make_table: Any, pairs_with: Any, estimator: str
) -> None:
    alone = pairs_with(20, 40, 15, 40)
    grouped = [{**pair, "landlord": f"w{index // 8}"} for index, pair in enumerate(alone)]
    errors = []
    for pairs in (alone, grouped):
        table = make_table(pairs)
        reduced, _ = pairs_of(table, "moroccan", "invited")
        if estimator == "conditional":
            rows = conditional(table, ["moroccan"], "invited", by="all", covariates=[], confidence=0.95)
        else:
            model = linear if estimator == "linear" else logit
            rows = model(reduced, table, by="all", covariates=[], confidence=0.95)
        assert rows[0].standard_error is not None
        errors.append(rows[0].standard_error)
    assert errors[1] > 1.5 * errors[0]


def test_logit_with_landlord_type_is_that_of_the_formula_interface(town: Any) -> None:
    data = applications(town)
    pairs, _ = pairs_of(town, "moroccan", "invited")
    rows = logit(pairs, town, by="landlord_type", covariates=["gender"], confidence=0.95)
    fitted = smf.logit("y ~ other * C(type, Treatment('agency')) + man", data).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": data["landlord"]}
    )
    name = "other:C(type, Treatment('agency'))[T.private]"
    ratio = rows_of(rows, Estimand.LOGIT_RATIO_OF_ODDS_RATIOS)["private - agency"]
    assert math.log(ratio.value or 0) == pytest.approx(fitted.params[name], abs=1e-6)
    assert ratio.standard_error == pytest.approx(fitted.bse[name], rel=1e-5)
    agency = rows_of(rows, Estimand.LOGIT_ODDS_RATIO)["agency"]
    assert math.log(agency.value or 0) == pytest.approx(fitted.params["other"], abs=1e-6)


def test_an_arm_that_is_never_invited_has_a_reason_and_the_other_type_its_odds_ratio(
    make_table: Any, pairs_with: Any
) -> None:
    table = make_table([*pairs_with(3, 4, 2, 3), *pairs_with(0, 6, 0, 5, type="agency")])
    rows = logit(
        pairs_of(table, "moroccan", "invited")[0], table, by="landlord_type", covariates=[], confidence=0.95
    )
    types = rows_of(rows, Estimand.LOGIT_ODDS_RATIO)
    assert types["agency"].value is None and "never invited" in (types["agency"].reason or "")
    assert types["private"].value == pytest.approx((5 / 7) / (7 / 5))
    assert rows_of(rows, Estimand.LOGIT_RATIO_OF_ODDS_RATIOS)["private - agency"].value is None


@pytest.mark.parametrize(("b", "c"), [(3, 1), (40, 25), (7, 7)])
def test_conditional_logit_on_pairs_is_the_log_of_b_over_c(b: int, c: int) -> None:
    outcomes = [(1, 0)] * b + [(0, 1)] * c + [(1, 1)] * 5
    positive = np.array(outcomes).ravel() == 1
    design = np.tile([1.0, 0.0], len(outcomes))[:, None]
    fit = fit_conditional(positive, design, np.repeat(np.arange(len(outcomes)), 2))
    assert fit.coefficients[0] == pytest.approx(math.log(b / c), abs=1e-9)
    assert 1 / fit.information[0, 0] == pytest.approx(1 / b + 1 / c)


def test_conditional_logit_agrees_with_statsmodels_for_strata_of_any_size() -> None:
    rng = np.random.default_rng(3)
    stratum = np.repeat(np.arange(150), rng.integers(2, 7, 150))
    design = rng.normal(size=(len(stratum), 3))
    chance = 1 / (1 + np.exp(-(design @ [0.8, -0.5, 0.2] + rng.normal(size=150)[stratum])))
    positive = rng.random(len(stratum)) < chance
    fit = fit_conditional(positive, design, stratum)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ConditionalLogit(positive.astype(float), design, groups=stratum).fit(method="newton", disp=0)
    assert fit.coefficients == pytest.approx(theirs.params, abs=1e-6)
    assert np.sqrt(np.diag(np.linalg.inv(fit.information))) == pytest.approx(theirs.bse, rel=1e-4)
    assert fit.scores.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-7)


def test_conditional_sandwich_with_one_pair_per_landlord_is_the_model_variance(
    make_table: Any, pairs_with: Any
) -> None:
    # Pairs only: the score of a pair is ±1 times a share, so both variances are 1/b + 1/c, but for G/(G-1).
    rows = conditional(
        make_table(pairs_with(5, 12, 6, 5)), ["moroccan"], "invited", by="all", covariates=[], confidence=0.95
    )
    assert rows[0].value == pytest.approx(6 / 12)
    assert rows[0].standard_error == pytest.approx(math.sqrt((1 / 12 + 1 / 6) * 18 / 17))
    assert (rows[0].n_pairs, rows[0].n_discordant, rows[0].n_landlords) == (28, 18, 18)


def test_three_arms_enter_one_model(make_table: Any) -> None:
    rng = np.random.default_rng(8)
    arms = ("belgian", "moroccan", "congolese")
    pairs = [
        {"responses": {arm: int(rng.random() < p) for arm, p in zip(arms, (0.6, 0.4, 0.5), strict=True)}}
        for _ in range(200)
    ]
    table = make_table(pairs, arms=arms)
    rows = conditional(table, ["moroccan", "congolese"], "invited", by="all", covariates=[], confidence=0.95)
    frame = table.frame
    design = np.stack([(frame["arm_origin"] == arm).astype(float) for arm in arms[1:]], axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ConditionalLogit(
            frame["outcome_invited"].astype(float), design, groups=pd.factorize(frame["pair"])[0]
        ).fit(method="newton", disp=0)
    assert [row.value for row in rows] == pytest.approx(np.exp(theirs.params), rel=1e-6)


def test_an_empty_arm_leaves_the_others_in_the_model(make_table: Any, pairs_with: Any) -> None:
    table = make_table(pairs_with(5, 12, 6, 5), arms=("belgian", "moroccan", "congolese"))
    rows = conditional(table, ["moroccan", "congolese"], "invited", by="all", covariates=[], confidence=0.95)
    assert rows[0].value == pytest.approx(0.5)
    assert rows[1].value is None and "no usable application" in (rows[1].reason or "")


def test_separated_responses_have_no_fit() -> None:
    positive = np.array([True, False] * 10)
    with pytest.raises(NoFit):
        fit_conditional(positive, np.tile([1.0, 0.0], 10)[:, None], np.repeat(np.arange(10), 2))


def test_statsmodels_still_ignores_the_clusters_of_a_conditional_logit() -> None:
    # The reason for a sandwich of our own: if this fails, statsmodels has learnt it.
    rng = np.random.default_rng(2)
    y, x, groups = (
        (rng.random(400) < 0.5).astype(float),
        rng.normal(size=(400, 1)),
        np.repeat(np.arange(200), 2),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ConditionalLogit(y, x, groups=groups)
        plain = model.fit(method="newton", disp=0)
        asked = model.fit(method="newton", disp=0, cov_type="cluster", cov_kwds={"groups": groups // 20})
    assert asked.bse == pytest.approx(plain.bse)


def test_a_covariate_that_the_table_lacks_is_refused_by_name(town: Any) -> None:
    with pytest.raises(InputInvalid, match="'age': not in the table"):
        conditional(town, ["moroccan"], "invited", by="all", covariates=["age"], confidence=0.95)


def test_a_single_landlord_has_a_gap_but_no_clustered_interval(make_table: Any, pairs_with: Any) -> None:
    table = make_table(pairs_with(2, 3, 1, 2, landlord="only"))
    pairs, _ = pairs_of(table, "moroccan", "invited")
    found = linear(pairs, table, by="all", covariates=[], confidence=0.95)[0]
    assert found.value == pytest.approx(0.25) and found.lower is None
    assert "fewer than two landlords" in (found.reason or "")


def test_statsmodels_counts_pair_dummies_as_parameters_and_we_do_not(town: Any) -> None:
    data = applications(town)
    pairs, _ = pairs_of(town, "moroccan", "invited")
    ours = linear(pairs, town, by="all", covariates=[], confidence=0.95)[0]
    dummies = pd.get_dummies(data["pair"], dtype=float)
    theirs = sm.OLS(data["y"], dummies.assign(other=data["other"])).fit(
        cov_type="cluster", cov_kwds={"groups": data["landlord"]}
    )
    n, k = len(data), dummies.shape[1] + 1
    factor = math.sqrt(((n - 1) / (n - k)) / ((n / 2 - 1) / (n / 2 - 1)))
    assert theirs.bse["other"] / (ours.standard_error or 0) == pytest.approx(factor, rel=1e-6)
