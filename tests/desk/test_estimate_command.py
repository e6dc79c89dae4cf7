"""``evenhand estimate``: what it prints, what it writes and how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from desk.commands.estimate import command

ROOT = Path(__file__).parents[2]
BM = ROOT / "tests" / "reference" / "bertrand_mullainathan_2004"


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "desk", "estimate", *arguments], cwd=ROOT, capture_output=True, text=True
    )


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study folder with a released outcomes table, made from published pattern counts."""
    from analysis.audit import read_audit
    from analysis.outcomes import write_outcomes

    folder = tmp_path / "study"
    write_outcomes(folder / "release", read_audit(BM / "ads.csv", BM / "mapping.toml"))
    return folder


def test_an_audit_prints_its_published_rates_and_pair_outcomes() -> None:
    found = CliRunner().invoke(command, [str(BM / "ads.csv"), "--map", str(BM / "mapping.toml")])
    assert found.exit_code == 0
    for text in ("9.65 %", "6.45 %", "3.20 points", "1.50", "1103", "111", "46", "exploratory"):
        assert text in found.stdout


def test_a_study_folder_is_estimated_by_its_plan_into_its_release(study: Path) -> None:
    plan = (
        'format = "evenhand-analysis/1"\n[primary]\ncontrast = "black"\nestimand = "gap"\n'
        '[[step]]\nestimator = "pairs"\n'
    )
    (study / "analysis.toml").write_text(plan)
    found = CliRunner().invoke(command, [str(study), "--json"])
    assert found.exit_code == 0
    assert (study / "release" / "results.json").read_text() == found.stdout
    assert [row["status"] for row in json.loads(found.stdout)["estimates"]].count("primary") == 1


def test_json_keys_are_sorted_and_numbers_have_eight_digits() -> None:
    found = CliRunner().invoke(command, [str(BM / "ads.csv"), "--map", str(BM / "mapping.toml"), "--json"])
    data = json.loads(found.stdout)
    assert list(data) == sorted(data)
    rate = next(row for row in data["estimates"] if row["estimand"] == "invitation_rate")
    assert rate["value"] == 0.09650924


def test_four_counts_give_the_headline_set() -> None:
    # Fagerland, Lydersen and Laake 2013, airway hyper-responsiveness: p 0.039 (mid-p) and 0.070 (exact).
    found = CliRunner().invoke(command, ["--counts", "1", "1", "7", "12"])
    assert found.exit_code == 0
    assert "0.0391 / 0.0703" in found.stdout and "-28.57 points" in found.stdout


def test_an_unknown_arm_ends_with_3_and_says_where(tmp_path: Path) -> None:
    (tmp_path / "audit.csv").write_text("flat,name,seen\n1,Jan,1\n1,Martian,0\n")
    (tmp_path / "mapping.toml").write_text(
        'format = "long"\nstudy = "s"\n[columns]\npair = "flat"\n[ground.origin]\ncolumn = "name"\n'
        'reference = "be"\narms = { Jan = "be", Ali = "ma" }\n'
        '[outcome.seen]\ncolumn = "seen"\npositive = [1]\nnegative = [0]\n'
    )
    found = run(str(tmp_path / "audit.csv"), "--map", str(tmp_path / "mapping.toml"))
    assert found.returncode == 3 and found.stdout == ""
    assert "audit.csv:3: column name: 'Martian' is no arm of the mapping" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_changed_release_ends_with_5_and_leaves_no_results(study: Path) -> None:
    with (study / "release" / "outcomes.csv").open("a") as file:
        file.write("\n")
    found = run(str(study))
    assert found.returncode == 5 and "sha256" in found.stderr and "Traceback" not in found.stderr
    assert not (study / "release" / "results.json").exists()


def test_a_file_that_is_not_there_ends_with_3(tmp_path: Path) -> None:
    found = run(str(tmp_path / "nothing.csv"))
    assert found.returncode == 3 and "no such file" in found.stderr


@pytest.mark.parametrize("arguments", [[], ["--counts", "1", "1", "1", "1", "table.csv"]])
def test_a_wrong_call_is_a_usage_error(arguments: list[str]) -> None:
    assert CliRunner().invoke(command, arguments).exit_code == 2


def test_negative_counts_are_refused() -> None:
    found = run("--counts", "1", "1", "-1", "1")
    assert found.returncode == 3 and "at least 0" in found.stderr


def test_the_analysis_alone_prints_the_same_as_the_command() -> None:
    arguments = [str(BM / "ads.csv"), "--map", str(BM / "mapping.toml")]
    alone = subprocess.run(
        [sys.executable, "-m", "analysis", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert alone.stdout == run(*arguments).stdout
