"""``evenhand power`` as a researcher uses it: on a study, on the command line, and with input that is wrong."""

import json
from pathlib import Path

import pytest

from desk.design_groups import groups_of
from desk.folder import StudyFolder
from tests.desk.town import Run, crawl, edit


def test_a_new_study_is_told_what_it_can_detect(run: Run, tmp_path: Path) -> None:
    assert run("init", str(tmp_path / "s"))[0] == 0
    code, out, _ = run("power", str(tmp_path / "s"), "--margin", "0.05", "--svg", str(tmp_path / "p.svg"))
    assert code == 0
    for group in ("origin · private", "origin · agency", "income · private", "origin_income · agency"):
        assert group in out
    assert "published Belgian tables of origin" in out and "Brugge 2021 (income source" in out
    assert (tmp_path / "p.svg").read_text("utf-8").startswith("<svg")


def test_a_design_without_pairs_is_not_diagnosed_as_pairs(study: StudyFolder, run: Run) -> None:
    crawl(study)
    edit(study, {"[design]": '[design]\napplicants = "one"'})
    code, out, err = run("diagnose", study.root)
    assert (code, out) == (4, "")
    assert 'design.applicants = "one" gives no pairs' in err


def test_a_design_without_pairs_has_a_power_of_its_own(run: Run, tmp_path: Path) -> None:
    run("init", str(tmp_path / "s"))
    paired = json.loads(run("power", str(tmp_path / "s"), "--json")[1])["groups"]
    edit(StudyFolder(root=tmp_path / "s"), {"[design]": '[design]\napplicants = "one"'})
    rates = ("--rates", "0.4", "0.3", "--agreement", "0.7")
    code, out, _ = run("power", str(tmp_path / "s"), *rates, "--json")
    assert code == 0
    for it, pair in zip(json.loads(out), paired, strict=True):
        group = it["group"]
        assert group["contrast"] == pair["group"]["contrast"]
        assert group["applications"] == pair["group"]["pairs"] // 2
        assert group["rates"] == pytest.approx([0.4, 0.3])
        # Two rates of 40 and 30 %: 356 in each arm, by the textbook formula worked out by hand.
        assert it["needed"] == 356 and it["power"] < 0.5
    code, out, _ = run("power", str(tmp_path / "s"))
    assert code == 0 and "between listings" in out and "published Belgian tables of origin" in out
    assert run("power", str(tmp_path / "s"), "--shares", "0.1", "0.04")[0] == 2
    assert run("power", str(tmp_path / "s"), "--svg", str(tmp_path / "x.svg"))[0] == 2
    assert not (tmp_path / "x.svg").exists()


def test_pairs_of_private_owners_are_never_counted_as_fewer(run: Run, tmp_path: Path) -> None:
    run("init", str(tmp_path / "s"))
    _, out, _ = run("power", str(tmp_path / "s"), "--per-landlord", "3", "--correlation", "0.2", "--json")
    groups = {
        (it["group"]["contrast"], it["group"]["landlord_type"]): it["group"]
        for it in json.loads(out)["groups"]
    }
    assert groups["origin", "private"]["counted"] == groups["origin", "private"]["pairs"] == 60
    # 60 / (1 + 2 * 0.2) = 42.9
    assert groups["origin", "agency"]["counted"] == 42


def test_shares_on_the_command_line_give_the_sample_size_of_the_field_guide(run: Run) -> None:
    code, out, _ = run("power", "--pairs", "303", "--shares", "0.10", "0.04", "--json")
    [group] = json.loads(out)["groups"]
    # About 300 pairs for 80 %; the mid-p test needs a few fewer than the formula.
    assert code == 0 and 0.8 <= group["power"] < 0.83 and 285 < group["needed"] <= 303
    assert group["net_half_width"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "either a study folder or --pairs"),
        (["--pairs", "0"], "write a number"),
        (["--pairs", "=5"], "write a number"),
        (["--pairs", "5", "--ground", "age"], "no published table speaks of 'age'"),
        (["--pairs", "5", "--rates", "0.4", "0.3"], "go together"),
        (["--pairs", "5", "--rates", "0.9", "0.1", "--agreement", "0.8"], "allow an agreement from"),
        (["--pairs", "5", "--shares", "0.9", "0.4"], "add up to at most 1"),
        (["--pairs", "5", "--shares", "0.1", "0.1", "--rates", "0.1", "0.1", "--agreement", "0"], "not both"),
        (["--pairs", "5", "--alpha", "2"], "over 0 and under 1"),
        (["--pairs", "5", "--per-landlord", "0.5"], "at least 1"),
        (["--pairs", "5", "--pairs", "7"], "stands twice"),
        (["--pairs", "5", "--shares", "0.1", "0.05", "--precision", "5"], "--precision is a share"),
    ],
)
def test_input_that_is_wrong_is_told_with_how_to_mend_it(run: Run, arguments: list[str], said: str) -> None:
    code, _, err = run("power", *arguments)
    assert code == 2 and said in err


def test_a_study_file_that_is_wrong_is_told_with_its_line(run: Run, tmp_path: Path) -> None:
    run("init", str(tmp_path / "s"))
    path = tmp_path / "s" / "protocol.toml"
    path.write_text(path.read_text("utf-8").replace("agency = 150", "agency = 0"), "utf-8")
    code, _, err = run("power", str(tmp_path / "s"))
    assert code == 3 and "protocol.toml:" in err and "sample.pairs.agency" in err


def test_every_stratum_of_every_contrast_is_a_group(run: Run, tmp_path: Path) -> None:
    from testing.study.reading import read_protocol

    run("init", str(tmp_path / "s"))
    protocol = read_protocol(tmp_path / "s" / "protocol.toml")
    groups = groups_of(protocol)
    assert len(groups) == len(protocol.contrasts) * len(protocol.frame.landlord_types)
    assert sum(it.pairs for it in groups) == sum(protocol.sample.pairs.values())
