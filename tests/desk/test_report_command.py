"""``evenhand report``: from a study or its results to pages, with errors that say how to go on."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from analysis.dictionary import Contrast, Dictionary, Ground
from analysis.errors import InputChanged, InputInvalid
from analysis.estimate import Estimand, Estimate
from analysis.results import Results, write_results
from desk.commands.report import FLOOR, MIN_LANDLORDS, command


@pytest.fixture
def results() -> Results:
    common = {
        "contrast": "name",
        "reference": "belgian",
        "other": "moroccan",
        "outcome": "invitation",
        "n_pairs": 100,
        "n_informative": 60,
        "n_landlords": 100,
        "method": "counted",
        "convention": "all pairs",
    }
    counts = {
        "pairs_both": 30.0,
        "pairs_reference_only": 20.0,
        "pairs_other_only": 10.0,
        "pairs_neither": 40.0,
    }
    rows = [Estimate(estimand=Estimand(one), value=value, **common) for one, value in counts.items()]
    rows.append(
        Estimate(estimand=Estimand.GAP, value=0.1, lower=-0.01, upper=0.21, confidence=0.95, **common)
    )
    return Results(
        study="evenstad",
        wave="1",
        outcomes_sha256="0c" * 32,
        plan_sha256=None,
        software="evenhand 0.1.0",
        dictionary=Dictionary(
            study="evenstad",
            wave="1",
            grounds={"origin": Ground(arms=("belgian", "moroccan"), reference="belgian")},
            contrasts={"name": Contrast(reference={"origin": "belgian"}, other={"origin": "moroccan"})},
            outcomes=("invitation",),
            primary="invitation",
            landlord_types=("private",),
            sha256={"csv": "0c" * 32},
        ),
        applications=200,
        funnel=(),
        estimates=tuple(rows),
    )


@pytest.fixture
def study(results: Results, tmp_path: Path) -> Path:
    from analysis.dictionary import to_json

    write_results(tmp_path / "town" / "release" / "results.json", results)
    (tmp_path / "town" / "release" / "outcomes.dictionary.json").write_text(
        to_json(results.dictionary), encoding="utf-8"
    )
    return tmp_path / "town"


def run(*arguments: object):
    return CliRunner().invoke(command, [str(one) for one in arguments])


def test_a_study_gets_its_report_in_three_languages_and_a_table(study: Path):
    done = run(study)
    assert done.exit_code == 0, done.output
    written = [Path(line) for line in done.stdout.splitlines()]
    assert [path.name for path in written] == [
        "report-nl.html",
        "report-fr.html",
        "report-en.html",
        "results.csv",
    ]
    assert all(path.parent == study / "report" and path.stat().st_size for path in written)
    assert sorted(path.name for path in (study / "report").iterdir()) == sorted(path.name for path in written)


def test_a_results_file_goes_where_it_is_told_in_the_languages_asked_for(study: Path, tmp_path: Path):
    done = run(study / "release" / "results.json", "--out", tmp_path / "out", "--lang", "en", "--json")
    assert done.exit_code == 0, done.output
    assert [Path(path).name for path in json.loads(done.stdout)["written"]] == [
        "report-en.html",
        "results.csv",
    ]
    assert not (tmp_path / "out" / "report-nl.html").exists()
    assert "report-nl.html" not in (tmp_path / "out" / "report-en.html").read_text(encoding="utf-8")


def test_a_second_run_writes_the_same_bytes(study: Path):
    run(study)
    first = {path.name: path.read_bytes() for path in (study / "report").iterdir()}
    run(study)
    assert {path.name: path.read_bytes() for path in (study / "report").iterdir()} == first


def test_a_study_without_results_is_told_to_estimate_first(tmp_path: Path):
    (tmp_path / "town" / "release").mkdir(parents=True)
    done = run(tmp_path / "town")
    assert isinstance(done.exception, InputInvalid)
    assert done.exception.exit_code == 3
    assert f"run `evenhand estimate {tmp_path / 'town'}` first" in str(done.exception)
    assert not (tmp_path / "town" / "report").exists()


def test_results_that_are_no_results_are_refused(tmp_path: Path):
    (tmp_path / "results.json").write_text('{"study": 3}', encoding="utf-8")
    done = run(tmp_path / "results.json")
    assert isinstance(done.exception, InputInvalid)
    assert not (tmp_path / "report").exists()


def test_results_of_another_outcomes_table_are_refused(study: Path, results: Results):
    write_results(study / "release" / "results.json", replace(results, outcomes_sha256="ff" * 32))
    done = run(study)
    assert isinstance(done.exception, InputChanged)
    assert done.exception.exit_code == 5
    assert "run `evenhand estimate` again" in str(done.exception)
    assert not (study / "report").exists()


def test_the_threshold_of_landlords_cannot_go_under_the_floor(study: Path):
    done = run(study, "--min-landlords", FLOOR - 1)
    assert done.exit_code == 2
    assert "--min-landlords" in done.stderr


def test_the_command_and_disclosure_agree_on_their_thresholds():
    from analysis import disclosure

    assert (MIN_LANDLORDS, FLOOR) == (disclosure.MIN_LANDLORDS, disclosure.FLOOR)


def test_a_design_without_pairs_gets_no_page_that_speaks_of_pairs(results: Results, tmp_path: Path):
    # Its page would say that fewer than ten landlords were tested, which is untrue.
    rate = replace(results.estimates[-1], estimand=Estimand.RATE_DIFFERENCE)
    none = [replace(it, used=0) for it in results.funnel]
    write_results(tmp_path / "results.json", replace(results, estimates=(rate,), funnel=tuple(none)))
    run = CliRunner().invoke(command, [str(tmp_path / "results.json"), "--out", str(tmp_path / "report")])
    assert isinstance(run.exception, InputInvalid) and "speaks of pairs only" in str(run.exception)
    assert not (tmp_path / "report").exists()
