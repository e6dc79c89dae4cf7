"""``evenhand names``: raters are asked evenly, and their answers become scores with intervals."""

import csv
import io
import json
from collections import Counter
from pathlib import Path

import pytest

from testing.study.errors import StudyFileInvalid
from testing.study.reading import read_names, read_protocol
from tests.desk.town import Run


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    run("init", tmp_path / "s")
    return tmp_path / "s"


def questions(run: Run, folder: Path, *more: str) -> list[dict[str, str]]:
    code, out, err = run("names", "questionnaire", folder, *more)
    assert code == 0, err
    return list(csv.DictReader(io.StringIO(out)))


def answers(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["rater", "number", "first", "last", "origin", "sex"])
        writer.writeheader()
        writer.writerows(rows)
    return path


def rated(
    count: int, right: int, name: tuple[str, str], arm: str, otherwise: str = "other"
) -> list[dict[str, str]]:
    row = {"number": "1", "first": name[0], "last": name[1], "sex": "f"}
    return [{**row, "rater": f"r{n}", "origin": arm if n < right else otherwise} for n in range(count)]


def test_every_name_is_asked_for_equally_often_and_no_rater_has_one_twice(run: Run, folder: Path) -> None:
    rows = questions(run, folder, "--raters", "50", "--each", "16")
    assert len(rows) == 800
    often = Counter((it["first"], it["last"]) for it in rows)
    # 800 questions about 40 names.
    assert set(often.values()) == {20}
    assert max(Counter((it["rater"], it["first"], it["last"]) for it in rows).values()) == 1
    orders = {rater: [it["first"] for it in rows if it["rater"] == rater] for rater in ("r001", "r002")}
    assert orders["r001"] != orders["r002"]
    assert rows == questions(run, folder, "--raters", "50", "--each", "16")
    assert rows != questions(run, folder, "--raters", "50", "--each", "16", "--seed", "2")


def test_more_names_than_there_are_cannot_be_asked_of_one(run: Run, folder: Path) -> None:
    rows = questions(run, folder, "--raters", "3", "--each", "500")
    assert len(rows) == 3 * 40


def test_answers_become_shares_with_their_interval(run: Run, folder: Path, tmp_path: Path) -> None:
    rows = rated(263, 81, ("Sofie", "Janssens"), "belgian", "moroccan")
    path = answers(tmp_path / "a.csv", rows + rated(40, 38, ("Fatima", "Boutaleb"), "moroccan"))
    code, out, err = run("names", "score", folder, path, "--json")
    assert code == 0, err
    sofie, fatima = json.loads(out)
    # Wilson 1927: 81 of 263 gives 0.2553 to 0.3662 (Newcombe 1998, table I).
    assert (round(sofie["lower"], 4), round(sofie["upper"], 4)) == (0.2553, 0.3662)
    assert sofie["taken_for"] == "moroccan" and any("seen as intended by 31 %" in it for it in sofie["amiss"])
    assert fatima["amiss"] == [] and fatima["share"] == 0.95 and fatima["clear_sex"] == 1.0


def test_scores_are_written_only_when_asked_and_make_names_scored(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    before = (folder / "names.csv").read_bytes()
    path = answers(tmp_path / "a.csv", rated(40, 36, ("Sofie", "Janssens"), "belgian"))
    run("names", "score", folder, path)
    assert (folder / "names.csv").read_bytes() == before
    code, _, err = run("names", "score", folder, path, "--write")
    assert code == 0 and "scores written" in err
    with (folder / "names.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["perceived_share"], rows[0]["raters"], rows[0]["source"]) == (
        "0.9",
        "40",
        "pretest: a.csv",
    )
    assert rows[1]["perceived_share"] == "" and len(rows) == 40
    code, _, err = run("check", folder)
    assert code == 0 and "39 names are unscored" in err


def test_few_raters_and_an_unclear_sex_are_amiss(run: Run, folder: Path, tmp_path: Path) -> None:
    rows = [{**it, "sex": "unclear"} for it in rated(9, 9, ("Sofie", "Janssens"), "belgian")]
    code, out, _ = run("names", "score", folder, answers(tmp_path / "a.csv", rows))
    assert code == 0 and "9 raters are few" in out and "its sex is clear to 0 % only" in out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"first": "Nobody"}, "a.csv:2: first: Nobody Janssens is no name of the study"),
        (
            {"origin": "martian"},
            "a.csv:2: origin: 'martian' is no origin that was asked for; use belgian, moroccan",
        ),
        ({"rater": "r1"}, "a.csv:3: rater: r1 rated Sofie Janssens twice"),
        ({"sex": "x"}, "a.csv:2: sex: 'x' is no sex"),
    ],
)
def test_answers_that_are_wrong_are_told_with_their_line(
    run: Run, folder: Path, tmp_path: Path, change: dict[str, str], said: str
) -> None:
    rows = rated(3, 3, ("Sofie", "Janssens"), "belgian")
    rows[0] |= change
    code, _, err = run("names", "score", folder, answers(tmp_path / "a.csv", rows))
    assert code == 3 and said in err


def test_a_file_without_the_columns_is_told(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,answer\nx,y\n", "utf-8")
    code, _, err = run("names", "score", folder, tmp_path / "a.csv")
    assert code == 3 and "a.csv:1: rater: there is no such column" in err
    code, _, err = run("names", "score", folder, tmp_path / "none.csv")
    assert code == 3 and "none.csv" in err


def test_check_warns_of_names_that_a_live_wave_refuses_with_their_line(run: Run, folder: Path) -> None:
    table = folder / "names.csv"
    text = table.read_text("utf-8")
    text = text.replace("Sofie,Janssens,f,belgian,,", "Sofie,Janssens,f,belgian,0.61,80")
    table.write_text(
        text.replace("Liesbeth,Peeters,f,belgian,,", "Liesbeth,Peeters,f,belgian,0.97,12"), "utf-8"
    )
    code, _, err = run("check", folder)
    assert code == 0
    assert f"warning: {table}: perceived_share: 38 names are unscored; a live wave refuses them" in err
    assert (
        f"{table}:2: perceived_share: Sofie Janssens: seen as intended by 61 %; a live wave refuses it" in err
    )
    assert f"{table}:3: raters: Liesbeth Peeters: 12 raters are few; a live wave refuses it" in err


def test_check_tells_arms_of_unequal_class_and_whoever_reads_the_study_s_names_is_refused(
    run: Run, folder: Path
) -> None:
    head, *rows = (folder / "names.csv").read_text("utf-8").splitlines()
    rows = [f"{row},{'0.7' if ',belgian,' in row else '0.5'}" for row in rows]
    (folder / "names.csv").write_text("\n".join([f"{head},perceived_class", *rows]) + "\n", "utf-8")
    code, out, _ = run("check", folder)
    assert code == 3
    said = "names of sex f are perceived as of class 0.70 in arm belgian and 0.50 in arm moroccan"
    assert f"names.csv: perceived_class: {said}" in out
    with pytest.raises(StudyFileInvalid, match=said):
        read_names(folder / "names.csv", read_protocol(folder / "protocol.toml"))


def test_the_scores_that_are_written_hold_how_clear_the_sex_is(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    rows = rated(40, 40, ("Sofie", "Janssens"), "belgian")
    rows[0] |= {"sex": "unclear"}
    assert run("names", "score", folder, answers(tmp_path / "a.csv", rows), "--write")[0] == 0
    with (folder / "names.csv").open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    assert (first["sex_clear"], "perceived_class" in first) == ("0.975", False)


def test_answers_that_are_no_table_are_told_without_a_traceback(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(
        'rater,first,last,origin\nr1,"Sofie,Janssens,belgian\nr2,x,y,z\n', "utf-8"
    )
    code, _, err = run("names", "score", folder, tmp_path / "a.csv")
    assert code == 3 and "a.csv:2: first: the cell holds a line break" in err


def test_check_holds_the_years_of_birth_against_the_study_s_ages(run: Run, folder: Path) -> None:
    head, first, *rows = (folder / "names.csv").read_text("utf-8").splitlines()
    table = [f"{head},born", f"{first},1930-1950", *(f"{row},1950-2009" for row in rows)]
    (folder / "names.csv").write_text("\n".join(table) + "\n", "utf-8")
    code, out, _ = run("check", folder)
    assert code == 3
    assert (
        "names.csv:2: born: people born 1930-1950 are not 30 to 40 years old in 2027; take a name of" in out
    )
    protocol = folder / "protocol.toml"
    text = protocol.read_text("utf-8")
    protocol.write_text(text.replace("age = [30, 40]", "age = [80, 83]"), "utf-8")
    code, out, _ = run("check", folder)
    assert code == 3 and "1930-1950" not in out and out.count("people born 1950-2009 are not 80 to 83") == 39
    protocol.write_text(text.replace("age = [30, 40]", "age = [40, 30]"), "utf-8")
    code, out, _ = run("check", folder)
    assert code == 3 and "least first" in out and "born" not in out
