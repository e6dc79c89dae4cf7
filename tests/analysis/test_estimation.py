"""A plan on a table: what was promised is stamped, no table crashes it, and its bytes do not move."""

import math
import os
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import InputInvalid
from analysis.estimate import Estimand, Status
from analysis.estimation import estimate
from analysis.outcomes import write_outcomes
from analysis.plan import read_plan
from analysis.printing import printed
from analysis.results import read_results, results_json, write_results

ROOT = Path(__file__).parents[2]
PLAN = """format = "evenhand-analysis/1"
confidence = 0.9

[primary]
contrast = "moroccan"
estimand = "net_rate"
group = "landlord_type"
level = "agency"

[bootstrap]
draws = 300
seed = "wave 1"

[[step]]
estimator = "pairs"

[[step]]
estimator = "linear"
by = "all"
"""


@pytest.fixture
def table(make_table: Any, pairs_with: Any) -> Any:
    return make_table([*pairs_with(5, 6, 2, 4), *pairs_with(3, 4, 2, 6, type="agency")])


def plan_file(folder: Path, text: str = PLAN) -> Path:
    (folder / "analysis.toml").write_text(text)
    return folder / "analysis.toml"


def test_the_primary_estimate_bears_its_stamp_and_the_rest_is_planned(table: Any, tmp_path: Path) -> None:
    results = estimate(table, read_plan(plan_file(tmp_path)))
    (primary,) = [row for row in results.estimates if row.status is Status.PRIMARY]
    assert (primary.estimand, primary.level, primary.confidence) == (Estimand.NET_RATE, "agency", 0.9)
    assert "redrawn" in primary.method
    assert {row.status for row in results.estimates} == {Status.PRIMARY, Status.PLANNED}
    assert results.plan_sha256 is not None


def test_without_a_plan_everything_is_exploratory(table: Any) -> None:
    results = estimate(table)
    assert {row.status for row in results.estimates} == {Status.EXPLORATORY}
    assert results.plan_sha256 is None and "exploratory" in results.notes["plan"]


def test_every_fault_of_a_plan_has_file_line_and_key(tmp_path: Path) -> None:
    text = PLAN.replace("confidence = 0.9", "confidence = 9.0").replace('"linear"', '"linnear"')
    text = text.replace("draws = 300", 'draws = "many"').replace('estimand = "net_rate"', 'estimand = "nett"')
    with pytest.raises(InputInvalid) as caught:
        read_plan(plan_file(tmp_path, text + "extra = 1\n"))
    found = str(caught.value).replace(f"{tmp_path}/", "")
    for start in (
        "analysis.toml:2: confidence: ",
        "analysis.toml:6: primary.estimand: ",
        "analysis.toml:11: bootstrap.draws: ",
        "analysis.toml:18: step.1.estimator: ",
        "analysis.toml:20: step.1.extra: unknown key",
    ):
        assert start in found


def test_a_plan_that_names_what_the_table_lacks_is_refused_with_its_line(table: Any, tmp_path: Path) -> None:
    text = PLAN.replace('"moroccan"', '"martian"').replace('level = "agency"', 'level = "castle"')
    with pytest.raises(InputInvalid) as caught:
        estimate(table, read_plan(plan_file(tmp_path, text)))
    assert "analysis.toml:5: primary.contrast: 'martian'" in str(caught.value)
    assert "analysis.toml:8: primary.level: 'castle'" in str(caught.value)


def test_a_primary_that_no_step_gives_is_refused(table: Any, tmp_path: Path) -> None:
    text = PLAN.replace('"net_rate"', '"logit_odds_ratio"')
    with pytest.raises(InputInvalid, match=r"analysis\.toml:4: primary: no step gives logit_odds_ratio"):
        estimate(table, read_plan(plan_file(tmp_path, text)))


def test_results_are_read_as_they_were_written(table: Any, tmp_path: Path) -> None:
    results = estimate(table)
    write_results(tmp_path / "results.json", results)
    found = read_results(tmp_path / "results.json")
    assert results_json(found) == results_json(results)
    assert found.dictionary.contrasts.keys() == table.dictionary.contrasts.keys()
    assert len(found.estimates) == len(results.estimates)
    assert (tmp_path / "results.json").read_bytes().endswith(b"\n")


def test_broken_results_are_refused(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('{"study": 1}')
    with pytest.raises(InputInvalid, match=r"results.json: study"):
        read_results(tmp_path / "results.json")


def test_results_have_the_same_bytes_at_one_and_two_threads(make_table: Any, tmp_path: Path) -> None:
    pairs = [
        {
            "responses": {"belgian": int(index % 7 < 4), "moroccan": int(index % 11 < 4)},
            "landlord": f"w{index % 90}",
            "type": ("private", "agency")[index % 90 % 2],
            "gender": {
                "belgian": ("woman", "man")[index % 3 % 2],
                "moroccan": ("woman", "man")[index % 5 % 2],
            },
        }
        for index in range(3000)
    ]
    write_outcomes(tmp_path / "release", make_table(pairs))
    found = set()
    for threads in ("1", "2"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        run = subprocess.run(
            [sys.executable, "-m", "analysis", str(tmp_path / "release"), "--json"],
            cwd=ROOT,
            env={**os.environ, **dict.fromkeys(names, threads)},
            capture_output=True,
            check=True,
        )
        found.add(run.stdout)
    assert len(found) == 1
    assert b"conditional_odds_ratio" in found.pop()


responses = st.one_of(st.none(), st.integers(0, 1))
small_pairs = st.lists(
    st.fixed_dictionaries(
        {
            "responses": st.dictionaries(
                st.sampled_from(["belgian", "moroccan", "congolese"]),
                st.one_of(responses, st.lists(responses, min_size=1, max_size=3)),
                min_size=1,
            ),
            "landlord_number": st.integers(0, 3),
            "lost": st.lists(st.sampled_from(["belgian", "moroccan"]), max_size=1),
            "gender": st.dictionaries(
                st.sampled_from(["belgian", "moroccan", "congolese"]), st.sampled_from(["woman", "man", None])
            ),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(pairs=small_pairs, merged=st.booleans())
def test_no_small_table_crashes_the_estimation_or_prints_nan(
    make_table: Any, pairs: Any, merged: bool
) -> None:
    for pair in pairs:
        kind = ("private", "agency", "agency", "social")[pair["landlord_number"]]
        pair |= {
            "type": kind,
            "landlord": "only" if merged and kind == "agency" else f"w{pair['landlord_number']}",
        }
    table = make_table(
        pairs, arms=("belgian", "moroccan", "congolese"), types=("private", "agency", "social", "unknown")
    )
    results = estimate(table)
    for row in results.estimates:
        numbers = [value for value in astuple(row) if isinstance(value, float)]
        assert all(math.isfinite(number) for number in numbers)
        assert row.value is not None or row.reason
        if row.lower is not None and row.upper is not None and row.value is not None:
            assert row.lower <= row.value + 1e-9 and row.value <= row.upper + 1e-9
    assert "nan" not in results_json(results).lower().replace("finance", "")
    assert printed(results)


EDGES = {
    "everybody answers": [{"responses": {"belgian": 1, "moroccan": 1}}] * 6,
    "nobody answers": [{"responses": {"belgian": 0, "moroccan": 0}}] * 6,
    "no discordant pair": [{"responses": {"belgian": k, "moroccan": k}} for k in (0, 1, 1, 0)],
    "one landlord": [{"responses": {"belgian": k, "moroccan": 1 - k}, "landlord": "w"} for k in (0, 1, 1)],
    "one candidate missing everywhere": [{"responses": {"belgian": k}} for k in (0, 1, 1)],
    "all outcomes unknown": [{"responses": {"belgian": None, "moroccan": None}}] * 3,
    "one pair": [{"responses": {"belgian": 1, "moroccan": 0}}],
}


@pytest.mark.parametrize("name", EDGES)
def test_an_edge_case_gives_reasons_instead_of_numbers(make_table: Any, name: str) -> None:
    pairs = [
        {**pair, "landlord": pair.get("landlord", f"w{index}")} for index, pair in enumerate(EDGES[name])
    ]
    results = estimate(make_table(pairs))
    assert any(row.reason for row in results.estimates)
    assert "nan" not in results_json(results)


def test_a_duplicated_applicant_makes_a_pair_of_three(make_table: Any) -> None:
    results = estimate(make_table([{"responses": {"belgian": [1, 0], "moroccan": k}} for k in (0, 1, 0, 1)]))
    gap = next(row for row in results.estimates if row.estimand is Estimand.GAP)
    assert gap.value == pytest.approx(0.5 - 0.5) and gap.n_pairs == 4
