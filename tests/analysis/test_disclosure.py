"""Small cells are hidden, and neither totals, differences nor words give them away."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.disclosure import FLOOR, Disclosed, Why, disclose
from analysis.estimate import Estimand, Estimate

TYPES = ("private", "agency", "social_rental_agency", "unknown")
CITIES = ("north", "south", "east")
Sizes = dict[tuple[str, str], tuple[int, int]]
"""Landlord type and city, then landlords and pairs with the reference only (each landlord has one pair)."""


def row(estimand: Estimand, group: str, level: str, **given_: object) -> Estimate:
    values: dict[str, object] = {
        "estimand": estimand,
        "contrast": "origin",
        "reference": "belgian",
        "other": "moroccan",
        "group": group,
        "level": level,
        "value": 0.1,
        "n_pairs": 40,
        "n_informative": 30,
        "n_landlords": 40,
        "method": "counted",
        "convention": "all pairs",
    }
    return Estimate(**(values | given_))  # type: ignore[arg-type]


def cell(group: str, level: str, landlords: int, b: int, informative: int | None = None) -> list[Estimate]:
    size = {"n_pairs": landlords, "n_informative": landlords if informative is None else informative}
    return [
        row(Estimand.PAIRS_REFERENCE_ONLY, group, level, value=float(b), n_landlords=landlords, **size),
        row(Estimand.GAP, group, level, value=b / max(landlords, 1), n_landlords=landlords, **size),
    ]


def table(sizes: Sizes, groups: int) -> list[Estimate]:
    """Rows of one contrast: the total, then each landlord type, then (with two groups) each city."""
    rows = cell("all", "all", sum(n for n, _ in sizes.values()), sum(b for _, b in sizes.values()))
    for axis, (group, levels) in enumerate((("landlord_type", TYPES), ("city", CITIES))[:groups]):
        for level in levels:
            mine = [size for place, size in sizes.items() if place[axis] == level]
            rows += cell(group, level, sum(n for n, _ in mine), sum(b for _, b in mine))
    return rows


def recovered(disclosed: Disclosed, sizes: Sizes, groups: int) -> set[tuple[str, str]]:
    """The hidden cells whose count an attacker solves for, who knows which levels are empty."""
    counts = {
        (one.group, one.level): one.value
        for one in disclosed.estimates
        if one.estimand is Estimand.PAIRS_REFERENCE_ONLY
    }
    for axis, (group, levels) in enumerate((("landlord_type", TYPES), ("city", CITIES))[:groups]):
        for level in levels:
            if not any(n for place, (n, _) in sizes.items() if place[axis] == level):
                counts[group, level] = 0.0
    unknown = [place for place, count in counts.items() if count is None]
    if not unknown:
        return set()
    equations = np.array(
        [
            [float(place == ("all", "all")) - float(place[0] == group) for place in unknown]
            for group in ("landlord_type", "city")[:groups]
        ]
    )
    rank = np.linalg.matrix_rank(equations)
    solved = set()
    for index, place in enumerate(unknown):
        unit = np.eye(len(unknown))[index]
        if np.linalg.matrix_rank(np.vstack([equations, unit])) == rank:
            solved.add(place)
    return solved


@st.composite
def town(draw: st.DrawFn) -> Sizes:
    sizes = {}
    for kind in TYPES:
        for city in CITIES:
            landlords = draw(st.sampled_from([0, 0, 1, 3, 8, 12, 40]))
            sizes[kind, city] = (landlords, draw(st.integers(0, landlords)))
    return sizes


@settings(max_examples=300, deadline=None)
@given(town(), st.sampled_from([1, 2]), st.sampled_from([("private", "agency"), ()]))
def test_no_total_gives_away_a_hidden_cell(sizes: Sizes, groups: int, keep: tuple[str, ...]):
    assume(any(landlords for landlords, _ in sizes.values()))
    disclosed = disclose(table(sizes, groups), keep=keep)
    assert recovered(disclosed, sizes, groups) == set()


@settings(max_examples=300, deadline=None)
@given(town())
def test_where_the_total_is_shown_the_hidden_levels_are_together_ten_landlords(sizes: Sizes):
    disclosed = disclose(table(sizes, 1))
    hidden = {one.level for one in disclosed.hidden if one.group == "landlord_type"}
    landlords = sum(n for (kind, _), (n, _) in sizes.items() if kind in hidden)
    if landlords and not any(one.group == "all" for one in disclosed.hidden):
        assert landlords >= 10


ONE_SMALL: Sizes = {
    ("private", "north"): (60, 20),
    ("agency", "north"): (40, 9),
    ("social_rental_agency", "north"): (4, 3),
    ("unknown", "north"): (25, 2),
}


def test_planted_bug_without_secondary_suppression_the_attacker_reads_the_hidden_count():
    leaky = disclose(table(ONE_SMALL, 1), secondary=False)
    assert recovered(leaky, ONE_SMALL, 1) == {("landlord_type", "social_rental_agency")}
    counts = {
        one.level: one.value for one in leaky.estimates if one.estimand is Estimand.PAIRS_REFERENCE_ONLY
    }
    assert counts["social_rental_agency"] is None
    shown = [counts[kind] for kind in TYPES if counts[kind] is not None]
    assert counts["all"] - sum(shown) == 3, "the attacker subtracts"
    assert recovered(disclose(table(ONE_SMALL, 1)), ONE_SMALL, 1) == set()


def test_the_next_smallest_level_is_hidden_beside_a_single_small_one():
    hidden = {one.level: one.why for one in disclose(table(ONE_SMALL, 1)).hidden}
    assert hidden == {"social_rental_agency": Why.FEW_LANDLORDS, "unknown": Why.PROTECTS_ANOTHER}


def test_private_owners_and_agencies_stay_and_the_total_goes_where_only_they_are_left():
    sizes = {place: size for place, size in ONE_SMALL.items() if place[0] != "unknown"}
    hidden = {one.level: one.why for one in disclose(table(sizes, 1)).hidden if one.level != "unknown"}
    assert hidden == {"social_rental_agency": Why.FEW_LANDLORDS, "all": Why.PROTECTS_ANOTHER}
    strict = {
        one.level: one.why for one in disclose(table(sizes, 1), keep=()).hidden if one.level != "unknown"
    }
    assert strict == {"social_rental_agency": Why.FEW_LANDLORDS, "agency": Why.PROTECTS_ANOTHER}


def test_a_hidden_estimate_keeps_its_place_and_has_a_reason_instead_of_numbers():
    rows = table(ONE_SMALL, 1)
    shown = disclose(rows).estimates
    assert [(one.estimand, one.group, one.level) for one in shown] == [
        (one.estimand, one.group, one.level) for one in rows
    ]
    small = [one for one in shown if one.level == "social_rental_agency"]
    assert all(
        one.value is None and one.n_pairs == 0 and one.n_landlords is None and one.reason for one in small
    )
    assert [one for one in shown if one.level == "private"] == [one for one in rows if one.level == "private"]


@pytest.mark.parametrize(("landlords", "shown"), [(9, False), (10, True)])
def test_ten_distinct_landlords_are_enough_and_nine_are_not(landlords: int, shown: bool):
    rows = cell("all", "all", 90, 30)
    rows = [replace(one, n_landlords=landlords) for one in rows]
    assert all((one.value is not None) is shown for one in disclose(rows).estimates)


@pytest.mark.parametrize(("informative", "shown"), [(9, False), (10, True)])
def test_with_nine_informative_pairs_only_the_number_of_pairs_is_shown(informative: int, shown: bool):
    disclosed = disclose(cell("all", "all", 30, 4, informative))
    gap = disclosed.estimates[1]
    assert (gap.value is not None) is shown
    assert gap.n_pairs == 30
    assert [one.why for one in disclosed.hidden] == ([] if shown else [Why.FEW_INFORMATIVE])


def test_the_pairs_of_a_cell_with_too_few_tests_go_where_they_would_tell_those_of_a_smaller_one():
    rows = [
        *cell("all", "all", 99, 20),
        *cell("landlord_type", "private", 60, 20),
        *cell("landlord_type", "agency", 36, 2, informative=4),
        *cell("landlord_type", "unknown", 3, 1),
    ]
    agency = [one for one in disclose(rows).estimates if one.level == "agency"]
    assert {one.n_pairs for one in agency} == {0}


def test_a_difference_of_two_levels_is_hidden_with_either_of_them():
    rows = [
        *table(ONE_SMALL, 1),
        row(Estimand.GAP_DIFFERENCE, "landlord_type", "private - social_rental_agency"),
    ]
    rows.append(row(Estimand.GAP_DIFFERENCE, "landlord_type", "private - agency"))
    shown = disclose(rows).estimates
    assert [one.value is None for one in shown[-2:]] == [True, False]


def test_a_number_pooled_over_contrasts_is_hidden_where_one_of_them_is():
    pooled = row(Estimand.CONDITIONAL_ODDS_RATIO, "landlord_type", "private", value=0.6)
    rows = [
        *cell("landlord_type", "private", 60, 20),
        pooled,
        *[replace(one, contrast="income") for one in cell("landlord_type", "private", 4, 2)],
    ]
    assert disclose(rows).estimates[2].value is None
    assert disclose(rows[:3]).estimates[2].value == 0.6


def test_a_level_is_sized_by_its_pairs_and_not_by_the_fewer_landlords_of_a_model():
    fewer = row(Estimand.CONDITIONAL_ODDS_RATIO, "all", "all", n_landlords=7, n_informative=7)
    assert disclose([*cell("all", "all", 40, 10), fewer]).hidden == ()


def test_the_wording_of_a_method_tells_no_sizes_where_something_is_hidden():
    model = row(
        Estimand.REGRESSION_GAP,
        "landlord_type",
        "private",
        convention="factor G/(G−1), G = 129 landlords, N = 1,290 pairs, K = 3 columns",
    )
    told = disclose([*table(ONE_SMALL, 1), model]).estimates[-1].convention
    assert told == "factor G/(G−1), G = withheld landlords, N = withheld pairs, K = withheld columns"
    assert disclose([model]).estimates[0].convention == model.convention


def test_single_landlords_are_never_shown_however_many_tests_they_got():
    disclosed = disclose(cell("landlord", "agency-7", 400, 100))
    assert [one.why for one in disclosed.hidden] == [Why.INDIVIDUAL]
    assert all(one.value is None for one in disclosed.estimates)


def test_a_cell_that_does_not_know_its_landlords_is_hidden():
    assert [one.why for one in disclose([row(Estimand.GAP, "all", "all", n_landlords=None)]).hidden] == [
        Why.FEW_LANDLORDS
    ]


def test_a_level_with_a_dash_in_its_name_is_a_level_and_is_hidden_when_small():
    shown = disclose(cell("city", "Brussels - Etterbeek", 3, 2)).estimates
    assert all(one.value is None for one in shown)


def test_nobody_can_lower_the_threshold_under_the_floor():
    with pytest.raises(ValueError, match="may not be below 5"):
        disclose([], min_landlords=FLOOR - 1)
