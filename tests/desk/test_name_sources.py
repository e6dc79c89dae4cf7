"""Names from a starter set or a published table become rows of names.csv, with their source, or are refused by cell."""

import csv
import io
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import desk.templates
from desk.name_import import import_names
from desk.name_mapping import built_in, read_name_mapping
from desk.name_table import names_text
from desk.starter_names import starter_names
from testing.study.identity import LATER, Name
from testing.study.name_checks import without_marks
from testing.study.reading import read_names
from tests.desk.town import Run

STARTER = Path(desk.templates.__file__).parent / "starter_names"
GIVEN = {"source": "S", "licence": "CC0-1.0", "country": "BE", "year": 2025}
NAMES = """
rows = "names"
[columns]
first = "voornaam"
last = "naam"
sex = "geslacht"
origin = "herkomst"
perceived_share = "juist"
raters = "n"
perceived_class = "klasse"
[arms]
Turkije = "turkish"
[sex]
vrouw = "f"
man = "m"
onzijdig = ""
[scales]
perceived_share = [0, 100]
perceived_class = [7, 1]
"""
RATINGS = """
rows = "ratings"
missing = ["99"]
[columns]
name = "Name"
sex = "sex"
origin = "origin"
rater = "id"
seen = "seen"
sex_seen = "sex_seen"
perceived_religiosity = "pious"
[arms]
Turkey = "turkish"
Morocco = "moroccan"
[scales]
perceived_religiosity = [1, 5]
[only]
country = ["Belgium"]
"""
RATED = "id,country,Name,sex,origin,seen,sex_seen,pious"


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    run("init", tmp_path / "s")
    return tmp_path / "s"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def taken(tmp_path: Path, mapping: str, table: str, **more: float) -> list[Name]:
    (tmp_path / "m.toml").write_text(mapping, "utf-8")
    (tmp_path / "t.csv").write_text(table, "utf-8")
    read = read_name_mapping(str(tmp_path / "m.toml"), GIVEN)
    return list(import_names(tmp_path / "t.csv", read, **more).names)


def test_the_starter_set_has_ten_women_and_ten_men_of_each_group_and_no_part_of_a_name_twice_within_one() -> (
    None
):
    names = starter_names("belgium", {})
    assert set(Counter((it.arm, it.sex) for it in names).values()) == {10}
    assert sorted({it.arm for it in names}) == [
        "congolese", "majority_fr", "majority_nl", "moroccan", "polish", "syrian", "turkish"
    ]  # fmt: skip
    assert max(Counter(without_marks(it.full) for it in names).values()) == 1
    for part in ("first", "last"):
        assert max(Counter((it.arm, getattr(it, part)) for it in names).values()) == 1
    assert not any(it.scored or it.born for it in names)


def test_the_template_s_names_are_those_of_the_starter_set(run: Run, folder: Path) -> None:
    code, out, err = run("names", "starter", "--arm", "majority_nl=belgian", "--arm", "moroccan=moroccan")
    assert code == 0 and "Nobody has rated these names" in err
    assert out == (folder / "names.csv").read_text("utf-8")


def test_the_source_of_the_starter_set_is_told_for_each_group() -> None:
    said = (STARTER / "SOURCE.md").read_text("utf-8")
    groups = {row["group"] for row in rows_of((STARTER / "belgium.csv").read_text("utf-8"))}
    assert all(f"| `{group}` |" in said for group in groups) and "CC0-1.0" in said


def test_starter_names_go_into_a_study_that_has_the_arm_and_no_other(run: Run, folder: Path) -> None:
    before = (folder / "names.csv").read_bytes()
    code, _, err = run("names", "starter", "--arm", "syrian=syrian", "--into", folder)
    assert code == 3 and "arm: no arm signalled by name is called 'syrian'; use belgian, moroccan" in err
    assert (folder / "names.csv").read_bytes() == before
    arms = ("--arm", "majority_fr=belgian", "--arm", "moroccan=moroccan")
    code, _, err = run("names", "starter", *arms, "--into", folder)
    assert code == 0 and "20 names added, 20 were there" in err
    assert run("check", folder)[0] == 0
    assert Counter(it.arm for it in read_names(folder / "names.csv")) == {"belgian": 40, "moroccan": 20}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--arm", "dutch=belgian"), 1, "no group of names is called 'dutch'; use one of majority_nl"),
        (("--arm", "moroccan"), 2, "--arm takes GROUP=ARM, such as moroccan=moroccan, not 'moroccan'"),
        (("--country", "france"), 1, "there are no names for 'france'; use one of belgium"),
    ],
)
def test_a_starter_set_that_there_is_not_is_told(
    run: Run, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended, _, err = run("names", "starter", *arguments)
    assert ended == code and said in err


def test_a_table_with_a_row_per_name_is_taken_on_the_scale_from_0_to_1(tmp_path: Path) -> None:
    table = "naam,voornaam,geslacht,herkomst,juist,n,klasse\n"
    table += (
        "Çetin,Gülcan,vrouw,Turkije,92,40,5.5\nJanssens,Jo,onzijdig,Turkije,9,40,\nMaes,An,vrouw,Mars,9,40,\n"
    )
    assert taken(tmp_path, NAMES, table) == [
        # (7 − 5.5) / (7 − 1) of a scale on which 1 is the highest.
        Name(
            first="Gülcan", last="Çetin", sex="f", arm="turkish", perceived_share=0.92, raters=40,
            perceived_class=0.25, source="S", licence="CC0-1.0", rated_country="BE", rated_year=2025,
        )
    ]  # fmt: skip


def test_a_table_with_a_row_per_rating_is_added_up_by_name(tmp_path: Path) -> None:
    table = RATED + "\n"
    for rater, seen, sex, pious in (
        (1, "Turkey", "f", 5), (2, "Turkey", "m", 3), (3, "Morocco", "f", 99), (4, "Italy", "", 1), (5, "", "f", ""),
    ):  # fmt: skip
        table += f"{rater},Belgium,Emine Kaya,f,Turkey,{seen},{sex},{pious}\n"
    table += "6,Spain,Emine Kaya,f,Turkey,Morocco,m,1\n7,Belgium,Karim El Ouali,m,Morocco,Morocco,m,2\n"
    emine, karim = taken(tmp_path, RATINGS, table)
    # Two of the four who chose an origin; three of the four who were asked the sex; (1 + 0.5 + 0) / 3.
    assert (emine.perceived_share, emine.raters, emine.sex_clear, emine.perceived_religiosity) == (
        0.5,
        4,
        0.75,
        0.5,
    )
    assert (karim.first, karim.last, karim.perceived_share, karim.raters) == ("Karim", "El Ouali", 1.0, 1)
    assert [it.full for it in taken(tmp_path, RATINGS, table, at_least=0.8)] == ["Karim El Ouali"]


@given(seen=st.lists(st.sampled_from(["Turkey", "Morocco", "Italy", ""]), min_size=1, max_size=30))
def test_the_share_is_that_of_the_raters_who_said_something(
    tmp_path_factory: pytest.TempPathFactory, seen: list[str]
) -> None:
    lines = [f"{n},Belgium,Emine Kaya,f,Turkey,{it},f,1" for n, it in enumerate(seen)]
    found = taken(tmp_path_factory.mktemp("t"), RATINGS, "\n".join([RATED, *lines]) + "\n")
    said = [it for it in seen if it]
    assert [it.raters for it in found] == ([len(said)] if said else [])
    for it in found:
        assert it.perceived_share == round(said.count("Turkey") / len(said), 4)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,Belgium,Emine,f,Turkey,Turkey,f,1", ":3: Name: no first and last name"),
        ("1,Belgium,Emine Kaya,x,Turkey,Turkey,f,1", ":3: sex: 'x' is no sex that the mapping knows"),
        ("2,Belgium,Emine Kaya,f,Turkey,Turkey,f,6", ":3: pious: '6' is no number from 1 to 5"),
        ("2,Belgium,Emine Kaya,f,Turkey,Turkey,f,much", ":3: pious: 'much' is no number from 1 to 5"),
        ("1,Belgium,Emine Kaya,f,Turkey,Turkey,f,1", ":3: id: 1 rated Emine Kaya before"),
        ("2,Belgium,Emine Kaya,m,Turkey,Turkey,f,1", ":3: sex: Emine Kaya was 'f' in line 2 and is 'm' here"),
        ("2,Belgium,Emine Kaya,f,Morocco,Turkey,f,1", ":3: origin: Emine Kaya was 'turkish' in line 2 and is 'moro"),
        ("2,Belgium,Emine Kaya,f,Turkey", ":3: 5 cells where the header has 8"),
        ('2,Belgium,"Emine Kaya,f,Turkey,Turkey,f,1\n3,', ":3: Name: the cell holds a line break"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_taken_is_told_with_line_and_column(
    run: Run, tmp_path: Path, row: str, said: str
) -> None:
    (tmp_path / "m.toml").write_text(RATINGS, "utf-8")
    (tmp_path / "t.csv").write_text(f"{RATED}\n1,Belgium,Emine Kaya,f,Turkey,Turkey,f,1\n{row}\n", "utf-8")
    given = [it for key, value in GIVEN.items() for it in (f"--{key}", str(value))]
    code, out, err = run("names", "import", tmp_path / "t.csv", "--map", tmp_path / "m.toml", *given)
    assert (code, out) == (3, "") and f"t.csv{said}" in err


def test_of_thousands_of_wrong_cells_twenty_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(RATINGS, "utf-8")
    rows = "".join(f"{n},Belgium,Emine Kaya,?,Turkey,Turkey,f,1\n" for n in range(3000))
    (tmp_path / "t.csv").write_text(f"{RATED}\n{rows}", "utf-8")
    given = [it for key, value in GIVEN.items() for it in (f"--{key}", str(value))]
    code, _, err = run("names", "import", tmp_path / "t.csv", "--map", tmp_path / "m.toml", *given)
    assert code == 3 and err.count("t.csv:") == 21 and "2980 more cells are wrong" in err


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("", "rows: rows is None; write \"names\""),
        ('like = "nobody"', "m.toml:1: like: no mapping is called 'nobody'; use one of crabtree2023, europe2025"),
        (NAMES.replace("perceived_share = \"juist\"\n", ""), "no column is the share who saw the intended origin"),
        (NAMES.replace('first = "voornaam"\n', ""), "no column is the name"),
        (NAMES.replace('origin = "herkomst"\n', ""), "no column is the intended origin"),
        (NAMES.replace('raters = "n"', 'seen = "n"'), "columns.seen: nothing of that name is taken from names"),
        (RATINGS.replace('seen = "seen"\n', ""), "no column says what the raters saw"),
        (NAMES.replace('vrouw = "f"', 'vrouw = "v"'), "sex.vrouw: stands for 'v'; use f or m"),
        (NAMES.replace("[7, 1]", "[7, 7]"), "scales.perceived_class: must be two numbers"),
        (NAMES.replace("[7, 1]", '["low", "high"]'), "scales.perceived_class: must be two numbers"),
        (NAMES.replace('Turkije = "turkish"', ""), "arms: no origin of the table is an arm"),
        (RATINGS.replace('["Belgium"]', '"Belgium"'), "only.country: must be a list of words"),
        (RATINGS.replace('["99"]', "[99]"), "missing: must be a list of words"),
        ("colums = 1\n" + NAMES, "m.toml:1: colums: unknown key"),
        ('arms = "all"\nrows = "names"', "m.toml:1: arms: must be a table"),
        ("rows = = 1", "m.toml:1: not valid TOML"),
    ],
)  # fmt: skip
def test_a_mapping_that_is_wrong_is_told_with_its_key(
    run: Run, tmp_path: Path, mapping: str, said: str
) -> None:
    (tmp_path / "m.toml").write_text(mapping, "utf-8")
    (tmp_path / "t.csv").write_text("a\n1\n", "utf-8")
    code, _, err = run(
        "names", "import", tmp_path / "t.csv", "--map", tmp_path / "m.toml", "--licence", "CC0"
    )
    assert code == 3 and said in err


def test_scores_whose_source_licence_country_or_year_nobody_tells_are_refused(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "m.toml").write_text(NAMES, "utf-8")
    (tmp_path / "t.csv").write_text("a\n1\n", "utf-8")
    code, _, err = run(
        "names", "import", tmp_path / "t.csv", "--map", tmp_path / "m.toml", "--country", "Belgium"
    )
    assert code == 3
    for key in ("source", "licence", "country", "year"):
        assert f"{key}: nothing says" in err and f"give --{key}" in err


def test_a_column_that_is_not_there_and_a_mapping_that_takes_nothing_are_told(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "m.toml").write_text(NAMES, "utf-8")
    given = [it for key, value in GIVEN.items() for it in (f"--{key}", str(value))]
    importing = ["names", "import", tmp_path / "t.csv", "--map", tmp_path / "m.toml", *given]
    (tmp_path / "t.csv").write_text("naam,voornaam,geslacht,herkomst,juist,n\n", "utf-8")
    code, _, err = run(*importing)
    assert code == 3 and "t.csv:1: klasse: there is no such column; correct the mapping's [columns]" in err
    (tmp_path / "t.csv").write_text(
        "naam,voornaam,geslacht,herkomst,juist,n,klasse\nMaes,An,x,Mars,9,4,\n", "utf-8"
    )
    code, _, err = run(*importing)
    assert code == 1 and "1 rows of origins that are no arm" in err and "gave no name; look at [arms]" in err


def test_the_published_american_table_is_read_with_its_own_columns(run: Run, tmp_path: Path) -> None:
    # The columns of study-1-names.csv as published; the rows are made up.
    head = ",id,name,first,last,w.asian,identity,race,specific.race,citizen,education,education.ord,income"
    head += ",income.ord,correct"
    rows = [
        "1,R_1,Ann Example,Ann,Example,0,White,White,,1,High school,1,Low income,1,1",
        "2,R_2,Ann Example,Ann,Example,0,White,Hispanic,,1,Ph.D. degree,4,Middle income,2,0",
        "3,R_3,Max Example,Max,Example,0,White,White,,NA,NA,NA,NA,NA,1",
    ]
    (tmp_path / "t.csv").write_text("\n".join([head, *rows]) + "\n", "utf-8")
    mapping = (
        'like = "crabtree2023"\nlicence = "as published"\n[arms]\nWhite = "belgian"\n[sex_of]\nann = "f"\n'
    )
    (tmp_path / "m.toml").write_text(mapping, "utf-8")
    code, out, err = run("names", "import", tmp_path / "t.csv", "--map", tmp_path / "m.toml")
    assert code == 0, err
    (ann,) = rows_of(out)
    assert (ann["perceived_share"], ann["raters"], ann["rated_country"], ann["rated_year"]) == (
        "0.5",
        "2",
        "US",
        "2021",
    )
    assert (ann["perceived_class"], ann["perceived_education"]) == ("0.25", "0.5")
    assert "1 names; left out: 1 rows whose first name [sex_of] does not name" in err


def test_the_published_european_table_is_read_with_its_own_columns(tmp_path: Path) -> None:
    table = "id,Name,country_survey,country_name,sex,cong_sex,cong_region,ladder_adj\n"
    table += "BE1,Emine Kaya,Belgium,Turkey,2,1,1,0.2857142857\nBE2,Emine Kaya,Belgium,Turkey,2,0,1,\n"
    table += "ES1,Emine Kaya,Spain,Turkey,2,1,0,0\n"
    mapping = 'like = "europe2025"\n[arms]\nTurkey = "turkish"\n[sex]\n1 = "m"\n2 = "f"\n'
    mapping += '[only]\ncountry_survey = ["Belgium"]\n'
    (emine,) = taken(tmp_path, mapping, table)
    assert (emine.perceived_share, emine.raters, emine.sex_clear, emine.perceived_class) == (
        1.0,
        2,
        0.5,
        0.2857,
    )


def test_a_built_in_mapping_alone_says_what_is_still_to_be_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n", "utf-8")
    for name in built_in():
        code, _, err = run("names", "import", tmp_path / "t.csv", "--map", name)
        assert code == 3 and f"{name}: arms: no origin of the table is an arm" in err and "licence" in err


def test_imported_scores_take_the_place_of_none_and_what_a_person_wrote_stays(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    table = folder / "names.csv"
    text = table.read_text("utf-8").replace("source,licence\n", "source,licence,born\n")
    table.write_text(text.replace("CC0-1.0\n", "CC0-1.0,1950-2009\n"), "utf-8")
    mapping = NAMES.replace('Turkije = "turkish"', 'Turkije = "moroccan"')
    (tmp_path / "m.toml").write_text(mapping, "utf-8")
    rows = "Boutaleb,Fatima,vrouw,Turkije,92,40,4\nNieuw,Hind,vrouw,Turkije,85,31,4\n"
    (tmp_path / "t.csv").write_text(f"naam,voornaam,geslacht,herkomst,juist,n,klasse\n{rows}", "utf-8")
    given = [it for key, value in GIVEN.items() for it in (f"--{key}", str(value))]
    code, out, err = run(
        "names", "import", tmp_path / "t.csv", "--map", tmp_path / "m.toml", *given, "--into", folder
    )
    assert (code, out) == (0, "") and "1 names added, 1 were there" in err
    fatima = next(it for it in read_names(table) if it.first == "Fatima")
    assert (fatima.perceived_share, fatima.raters, fatima.source, fatima.born) == (0.92, 40, "S", "1950-2009")
    assert read_names(table)[-1].full == "Hind Nieuw"
    (tmp_path / "t.csv").write_text(
        "naam,voornaam,geslacht,herkomst,juist,n,klasse\nJanssens,Sofie,vrouw,Turkije,92,40,4\n", "utf-8"
    )
    code, _, err = run(
        "names", "import", tmp_path / "t.csv", "--map", tmp_path / "m.toml", *given, "--into", folder
    )
    assert code == 3 and "Sofie Janssens stands here as belgian, f, and would come as moroccan, f" in err


texts = st.text("abé -", min_size=1, max_size=8).map(str.strip).filter(bool)
shares = st.none() | st.floats(0, 1).map(lambda it: round(it, 4))


@given(
    st.builds(
        Name, first=texts, last=texts, sex=st.sampled_from("fm"), arm=st.just("any"), perceived_share=shares,
        raters=st.none() | st.integers(1, 999), source=texts, sex_clear=shares, perceived_class=shares,
        perceived_education=shares, perceived_religiosity=shares, born=st.sampled_from(["", "1975-1995"]),
        rated_country=st.sampled_from(["", "BE"]), rated_year=st.none() | st.integers(1900, 2100),
    )
)  # fmt: skip
def test_a_written_table_is_read_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, name: Name) -> None:
    path = tmp_path_factory.mktemp("names") / "names.csv"
    path.write_text(names_text([name]), "utf-8")
    assert read_names(path) == (name,)


def test_columns_that_no_name_states_are_not_written() -> None:
    plain = Name(first="An", last="Maes", sex="f", arm="any")
    assert not set(names_text([plain]).splitlines()[0].split(",")) & set(LATER)
