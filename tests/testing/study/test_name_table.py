"""A table of names with faults: each is told with file, line, column and how to mend it; advice is none."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testing.study.csv_file import read_table
from testing.study.errors import Fault
from testing.study.identity import Name
from testing.study.name_checks import Needs, Placed, advice, faults_of_needs
from testing.study.reading_names import COLUMNS, names_of, placed_names

HEAD = "first,last,sex,arm"
NEEDS = Needs(arms=("a", "b"), sexes=("f",), ages=(30, 40), year=2027)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "names.csv"


def told(path: Path, text: str) -> list[str]:
    path.write_text(text, "utf-8")
    return [str(fault).removeprefix(str(path)) for fault in names_of(path, Needs())[1]]


def table(count: int = 5, arms: str = "ab", **more: object) -> list[Placed]:
    """So many women's names in each arm."""
    return [
        Placed(line=2 + n, name=Name(first=f"F{n}", last=f"{arm.upper()}{n}", sex="f", arm=arm, **more))  # type: ignore[arg-type]
        for arm in arms
        for n in range(count)
    ]


def needs(rows: list[Placed], asked: Needs = NEEDS) -> list[str]:
    return [f"{it.key}: {it.problem}" for it in faults_of_needs("names.csv", rows, asked)]


def test_a_table_with_every_column_is_read(path: Path) -> None:
    path.write_text(
        ",".join(COLUMNS) + "\nAn,Maes,f,a,0.95,40,pretest,CC0,0.9,0.4,0.5,0.1,1975-1995,BE,2026,\n"
        "Ann,Maes,f,a,,,,,,,,,,,,An Maes\n",
        "utf-8",
    )
    (one, two), faults = names_of(path, Needs())
    assert faults == []
    assert one == Name(
        first="An", last="Maes", sex="f", arm="a", perceived_share=0.95, raters=40, source="pretest", licence="CC0",
        sex_clear=0.9, perceived_class=0.4, perceived_education=0.5, perceived_religiosity=0.1, born="1975-1995",
        rated_country="BE", rated_year=2026,
    )  # fmt: skip
    assert two.root == one.root == "An Maes"


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("perceived_class", "3.5", ':2: perceived_class: "3.5" is not a share between 0 and 1'),
        ("perceived_class", "nan", ':2: perceived_class: "nan" is not a share between 0 and 1'),
        ("sex_clear", "87%", ':2: sex_clear: "87%" is not a share between 0 and 1'),
        ("born", "1995-1975", ':2: born: "1995-1975" is not two years in order; write for example 1975-1995'),
        ("born", "1980", ':2: born: "1980" is not two years in order'),
        ("rated_country", "Belgium", ':2: rated_country: "Belgium" is not a country code'),
        ("rated_year", "last", ':2: rated_year: "last" is not a count'),
        (
            "spelling_of",
            "An Mae",
            ":2: spelling_of: no row is called 'An Mae'; write first and last name of another",
        ),
        ("spelling_of", "An Maes", ":2: spelling_of: An Maes is itself a spelling of another"),
        ("spelling_off", "x", ":1: spelling_off: unknown column; did you mean 'spelling_of'?"),
    ],
)
def test_what_a_cell_must_not_hold_is_told(path: Path, column: str, value: str, said: str) -> None:
    (fault,) = told(path, f"{HEAD},{column}\nAn,Maes,f,a,{value}\n")
    assert fault.startswith(said)


def test_spellings_of_a_name_of_another_arm_or_of_a_spelling_are_told(path: Path) -> None:
    rows = "An,Maes,f,a,\nAnne,Maes,f,b,An Maes\nEls,Bos,f,a,\nElse,Bos,f,a,Els Bos\nElze,Bos,f,a,Else Bos\n"
    one, two = told(path, f"{HEAD},spelling_of\n{rows}")
    assert one.startswith(
        ":3: spelling_of: An Maes is of arm a and sex f, this of arm b and sex f; two spellings"
    )
    assert two.startswith(":6: spelling_of: Else Bos is itself a spelling of another")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'{HEAD}\nAn,Maes,f,a\nEls,"Bos,f,a\nMia,Vos,f,a\n', ":3: last: the cell holds a line break"),
        (
            f"{HEAD}\nAn,Ma\0es,f,a\n",
            ":2: last: the cell holds a line break or another character that is no text",
        ),
        (
            f'{HEAD}\nAn,"{"x" * 140_000}\n',
            ":2: cannot be read as CSV (field larger than field limit (131072))",
        ),
        (f"{HEAD}\nAn,Ma\res,f,a\n", ":2: "),
        (f"{HEAD}\nAn,Maes,f\n", ":2: 3 cells where the header has 4; fill the row"),
        (
            f"{HEAD}\nAn,Maes,f,a,x\n",
            ":2: 5 cells where the header has 4; put a cell that holds a comma in quotes",
        ),
        (f"{HEAD},sex\nAn,Maes,f,a,f\n", ":1: sex: the column stands there twice; rename one"),
        (
            "",
            ":1: first: there is no such column; let the first line read first,last,sex,arm,perceived_share",
        ),
    ],
    ids=["open quote", "zero", "too long", "bare return", "short", "long", "twice", "empty"],
)
def test_what_is_no_table_is_told_without_a_traceback(path: Path, text: str, said: str) -> None:
    assert told(path, text)[0].startswith(said)


@given(st.text(alphabet='fm,"\n\r\0 a', max_size=60))
def test_no_file_whatever_it_holds_is_more_than_faults(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("names") / "names.csv"
    path.write_bytes(f"{HEAD}\n{text}".encode())
    rows, faults = placed_names(path)
    assert all(isinstance(fault, Fault) and fault.mend for fault in faults)
    assert all(it.name.first and it.name.last for it in rows)


def test_spaces_around_cells_and_blank_or_longer_empty_rows_do_no_harm(path: Path) -> None:
    path.write_text(f"{HEAD}\n\n An , Maes ,f, a ,\n,,,\n", "utf-8")
    assert read_table(path).rows[0].cells == {"first": "An", "last": "Maes", "sex": "f", "arm": "a"}
    assert read_table(path).rows[0].line == 3


def test_spellings_do_not_make_names_more() -> None:
    rows = table(5)
    again = Name(first="Ef4", last="A4", sex="f", arm="a", spelling_of="F4 A4")
    rows[3] = Placed(line=5, name=again)
    assert needs(rows) == ["arm: arm a has 4 names of sex f"]


@pytest.mark.parametrize(("apart", "found"), [(0.1, 0), (0.1005, 1), (0.3, 1)])
def test_arms_whose_names_sound_of_another_class_are_a_fault(apart: float, found: int) -> None:
    rows = table(5, "a", perceived_class=0.5) + table(5, "b", perceived_class=0.5 - apart)
    told = needs(rows)
    assert len(told) == found
    assert all("names of sex f are perceived as of class 0.50 in arm a and 0." in it for it in told)


def test_the_fault_names_whom_to_drop_and_a_name_counts_once_however_it_is_spelt() -> None:
    rows = table(5, "a", perceived_class=0.5) + table(5, "b", perceived_class=0.5)
    rows[0] = Placed(line=2, name=Name(first="Top", last="A0", sex="f", arm="a", perceived_class=1.0))
    assert needs(rows) == []  # (4 × 0.5 + 1.0) / 5 = 0.6
    twice = Name(first="Topp", last="A0", sex="f", arm="a", perceived_class=1.0, spelling_of="Top A0")
    assert needs([*rows, Placed(line=12, name=twice)]) == []  # a row each would give 0.67
    rows[1] = Placed(line=3, name=Name(first="Tip", last="A1", sex="f", arm="a", perceived_class=0.9))
    (fault,) = faults_of_needs("names.csv", rows, NEEDS)
    assert "drop the names that are farthest out (Top A0 with 1.00; F0 B0 with 0.50)" in fault.mend


def test_a_name_that_nobody_of_the_study_s_ages_bears_is_told_with_its_line() -> None:
    rows = table(6)
    rows[1] = Placed(line=3, name=Name(first="Ria", last="A1", sex="f", arm="a", born="1930-1950"))
    (fault,) = faults_of_needs("names.csv", rows, NEEDS)
    assert (fault.line, fault.key) == (3, "born")
    assert fault.problem == "people born 1930-1950 are not 30 to 40 years old in 2027"


def test_too_few_names_at_one_age_are_told_at_the_worst_age() -> None:
    # Who is 36 in 2027 was born in 1990 or 1991.
    rows = table(5, "a", born="1991-2000") + table(5, "b")
    assert needs(rows) == ["born: arm a has 0 names of sex f for applicants of 37"]
    assert needs(rows, Needs(arms=("a", "b"), sexes=("f",), ages=(30, 36), year=2027)) == []


def test_without_ages_or_arms_nothing_is_asked_about_them() -> None:
    rows = table(5, born="1930-1931")
    assert needs(rows, Needs(arms=("a", "b"), sexes=("f",))) == []
    assert needs(rows, Needs()) == []


def test_fewer_than_ten_and_a_class_that_is_known_for_some_are_advice() -> None:
    rows = table(9, "a", perceived_class=0.5) + table(10, "b")
    first, second = advice("names.csv", rows)
    assert (first.key, first.problem) == ("arm", "arm a has 9 names of sex f")
    assert second.problem == "perceived class is known for arm a, and not for every name of b"
    assert needs(rows) == []
    assert advice("names.csv", table(10)) == []


def test_spellings_that_differ_in_marks_and_are_not_linked_are_advice() -> None:
    gulcan, plain = ("Gülcan", "Şahin"), ("Gulcan", "Sahin")
    rows = table(10)
    for line, (first, last) in ((30, gulcan), (31, plain)):
        rows.append(Placed(line=line, name=Name(first=first, last=last, sex="f", arm="a")))
    (said,) = advice("names.csv", rows)
    assert (said.line, said.key) == (31, "spelling_of")
    assert said.problem == "Gulcan Sahin differs from Gülcan Şahin of line 30 in its marks only"
    linked = Name(first=plain[0], last=plain[1], sex="f", arm="a", spelling_of="Gülcan Şahin")
    assert advice("names.csv", [*rows[:-1], Placed(line=31, name=linked)]) == []


@pytest.mark.parametrize(
    ("scores", "amiss"),
    [
        ({}, ["nobody has rated it"]),
        ({"perceived_share": 0.95, "raters": 30, "sex_clear": 0.8}, []),
        ({"perceived_share": 0.8, "raters": 30}, []),
        ({"perceived_share": 0.79, "raters": 29}, ["seen as intended by 79 %", "29 raters are few"]),
        ({"perceived_share": 0.95, "raters": 30, "sex_clear": 0.7}, ["its sex is clear to 70 % only"]),
    ],
)
def test_a_name_says_what_is_amiss_with_it(scores: dict[str, float], amiss: list[str]) -> None:
    assert Name(first="An", last="Maes", sex="f", arm="a", **scores).amiss == amiss  # type: ignore[arg-type]
