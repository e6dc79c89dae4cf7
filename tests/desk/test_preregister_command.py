"""``evenhand preregister``: the forms are filled in their order, and what is not known stands there as open."""

import re
from pathlib import Path

import pytest

from tests.desk.town import Run

# The headings of the OSF standard pre-registration form and of AsPredicted, as the two services number and name them.
OSF = (
    "Title", "Description", "Hypotheses", "Study type", "Blinding", "Study design", "Randomization", "Existing data",
    "Data collection procedures", "Sample size", "Sample size rationale", "Stopping rule", "Manipulated variables",
    "Measured variables", "Indices", "Statistical models", "Transformations", "Inference criteria", "Data exclusion",
    "Missing data", "Exploratory analysis", "Other",
)  # fmt: skip


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    run("init", tmp_path / "s")
    return tmp_path / "s"


def test_the_osf_form_is_filled_in_its_order_from_the_study_s_files(run: Run, folder: Path) -> None:
    code, out, err = run("preregister", folder)
    assert code == 0
    assert tuple(re.findall(r"^## (.+)$", out, re.M)) == OSF
    assert "300 pairs: 150 private, 150 agency" in out
    assert "1,450 euro net a month" in out and "2 to 6 hours apart" in out
    assert "Moroccan name against Belgian name (40.0 % of the pairs)" in out
    assert "rates by landlord type; pairs by landlord type; linear by landlord type adjusted for order" in out
    assert f"{out.count('OPEN: ')} open questions" in err


def test_aspredicted_has_its_nine_questions(run: Run, folder: Path) -> None:
    code, out, _ = run("preregister", folder, "--form", "aspredicted")
    assert code == 0
    assert [it[0] for it in re.findall(r"^## (\d)\) ", out, re.M)] == list("123456789")


def test_what_the_files_do_not_say_is_open_and_listed_first(run: Run, folder: Path) -> None:
    _, out, _ = run("preregister", folder)
    first = out.splitlines()[2]
    for heading in ("Hypotheses", "Blinding", "Existing data", "Inference criteria", "Other"):
        assert heading in first
    assert "OPEN: reference of the ethics committee's approval" in out
    path = folder / "protocol.toml"
    path.write_text(path.read_text("utf-8").replace('ethics = ""', 'ethics = "SMEC G-2027-01"'), "utf-8")
    _, out, _ = run("preregister", folder)
    assert "Ethics: SMEC G-2027-01." in out and "OPEN: reference of the ethics" not in out


def test_a_plan_without_a_primary_question_is_an_open_question(run: Run, folder: Path) -> None:
    path = folder / "analysis.toml"
    path.write_text(re.sub(r"\[primary\]\n(?:.+\n)+", "", path.read_text("utf-8")), "utf-8")
    code, out, _ = run("preregister", folder)
    assert code == 0 and "OPEN: the analysis plan declares no primary question" in out


def test_a_study_that_is_not_whole_is_not_registered(run: Run, folder: Path) -> None:
    path = folder / "analysis.toml"
    path.write_text(path.read_text("utf-8").replace('contrast = "origin"', 'contrast = "orgin"'), "utf-8")
    code, out, err = run("preregister", folder)
    assert code == 3 and out == "" and "no contrast 'orgin'" in err


def test_the_margin_of_the_analysis_plan_is_registered_and_its_absence_is_open(
    run: Run, folder: Path
) -> None:
    _, out, _ = run("preregister", folder)
    assert "Equivalence margin, declared in advance: 5 points of all pairs." in out
    assert "Inference criteria" in out.splitlines()[2], "how contrasts are corrected is open anyway"
    before = out.count("OPEN: ")
    path = folder / "analysis.toml"
    path.write_text(path.read_text("utf-8").replace("\nequivalence_margin = 0.05", ""), "utf-8")
    _, out, _ = run("preregister", folder)
    assert "OPEN: which gap is too small to matter" in out and out.count("OPEN: ") == before + 1


def test_how_answers_are_coded_is_registered(run: Run, folder: Path) -> None:
    path = folder / "protocol.toml"
    path.write_text(path.read_text("utf-8").replace("double_share = 0.2 ", "double_share = 0.3 "), "utf-8")
    _, out, _ = run("preregister", folder)
    assert "evenhand-codebook/1; 30 % of the answers are coded by a second coder" in out
    assert "kappa is to reach 0.8" in out


@pytest.mark.parametrize("margin", ["0", "0.5", "5", '"5 points"'])
def test_a_margin_that_is_no_share_is_a_fault_with_its_line(run: Run, folder: Path, margin: str) -> None:
    path = folder / "analysis.toml"
    text = path.read_text("utf-8").replace("equivalence_margin = 0.05", f"equivalence_margin = {margin}")
    path.write_text(text, "utf-8")
    line = next(n for n, it in enumerate(text.splitlines(), start=1) if it.startswith("equivalence_margin"))
    code, out, _ = run("check", folder)
    assert code == 3 and f"analysis.toml:{line}: equivalence_margin" in out


def test_power_takes_the_margin_of_the_analysis_plan_unless_told_another(run: Run, folder: Path) -> None:
    said = "shown to be none within ± {}"
    _, out, _ = run("power", folder)
    assert said.format("5.0") in out
    _, out, _ = run("power", folder, "--margin", "0.07")
    assert said.format("7.0") in out
    path = folder / "analysis.toml"
    path.write_text(path.read_text("utf-8").replace("\nequivalence_margin = 0.05", ""), "utf-8")
    _, out, _ = run("power", folder)
    assert "shown to be none" not in out


def test_a_design_without_pairs_is_registered_as_one(run: Run, folder: Path) -> None:
    file = folder / "protocol.toml"
    file.write_text(file.read_text("utf-8").replace("[design]", '[design]\napplicants = "one"'), "utf-8")
    code, out, _ = run("preregister", folder)
    assert code == 0 and "300 listings with one applicant each" in out
    assert "pooled z test between listings" in out and "applications of each arm find a gap" in out
    assert "McNemar" not in out.split("## Sample size rationale")[1].split("##")[0]
