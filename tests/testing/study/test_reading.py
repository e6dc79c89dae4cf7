"""A study file with faults: all of them are told at once, each with file, line, key and how to mend it."""

import hashlib
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import desk.templates
import testing.fieldwork
from testing.study.answer_sections import CodingSection
from testing.study.errors import Fault, StudyFileInvalid
from testing.study.lines import key_lines
from testing.study.reading import check_study, read_letters, read_names, read_protocol, study_inputs

Mend = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A fresh study from the template."""
    root = tmp_path / "brugge"
    shutil.copytree(Path(desk.templates.__file__).parent / "belgium", root)
    text = (root / "protocol.toml").read_text("utf-8")
    (root / "protocol.toml").write_text(
        text.replace("<name>", "brugge").replace("<place>", "Brugge"), "utf-8"
    )
    return root


@pytest.fixture
def change(folder: Path) -> Mend:
    """Replace text in a file of the study; the text must be there."""

    def replace(file: str, old: str, new: str) -> None:
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")

    return replace


def line_with(path: Path, text: str) -> int:
    """Line of the first occurrence, counted apart from the reader's own scan."""
    return next(n for n, line in enumerate(path.read_text("utf-8").splitlines(), start=1) if text in line)


def told(faults: list[Fault]) -> list[tuple[str, int | None, str]]:
    return [(Path(fault.file).name, fault.line, fault.key) for fault in faults]


def test_a_fresh_template_has_no_fault(folder: Path) -> None:
    assert check_study(folder) == []
    protocol = read_protocol(folder / "protocol.toml")
    assert {name: it.share for name, it in protocol.contrasts.items()} == {
        "origin": 0.4,
        "income": 0.3,
        "origin_income": 0.3,
    }
    assert protocol.design.income_amount == 1450  # Brugge 2021


def test_all_three_languages_of_the_template_hold(folder: Path, change: Mend) -> None:
    change("protocol.toml", 'languages = ["nl"]', 'languages = ["nl", "fr", "en"]')
    assert check_study(folder) == []


def test_six_faults_in_three_files_are_told_at_once_with_their_lines(folder: Path, change: Mend) -> None:
    change("protocol.toml", "per_agency = 3", "per_agancy = 3")
    change("protocol.toml", "income_amount = 1450", 'income_amount = "1450"')
    change("protocol.toml", "share = 0.4", "share = 0.5")
    change("protocol.toml", 'organisation = "Your organisation"', "")
    change(
        "letters/nl.toml",
        "{{ amount }} euro netto per maand, uit een",
        "{{ sum }} euro netto per maand, uit een",
    )
    change("names.csv", "Tim,Verhoeven,m,belgian", "Tim,Verhoeven,x,belgian")
    faults = check_study(folder)
    protocol, letters, names = folder / "protocol.toml", folder / "letters/nl.toml", folder / "names.csv"
    assert told(faults) == [
        ("protocol.toml", line_with(protocol, "[study]"), "study.organisation"),
        ("protocol.toml", line_with(protocol, "per_agancy"), "sample.per_agancy"),
        ("protocol.toml", line_with(protocol, "[contrasts.origin]"), "contrasts"),
        ("protocol.toml", line_with(protocol, "income_amount ="), "design.income_amount"),
        ("nl.toml", line_with(letters, "{{ sum }}"), "forms.b.income.benefit"),
        ("nl.toml", line_with(letters, "{{ sum }}"), "forms.b.income.benefit"),
        ("names.csv", line_with(names, "Tim,Verhoeven"), "sex"),
    ]
    texts = [str(fault) for fault in faults]
    assert "[study] has no organisation; add for example: organisation =" in texts[0]
    assert "did you mean 'per_agency'?" in texts[1]
    assert "the shares add up to 1.1; make them add up to 1" in texts[2]
    assert 'must be a whole number, not "1450"; write it without quotes' in texts[3]
    assert "slot 'sum' is not declared" in " ".join(texts[4:6])
    assert "does not state the amount" in " ".join(texts[4:6])
    assert "pydantic" not in " ".join(texts).lower()
    assert "Input should" not in " ".join(texts)


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("first_day = 2027-03-01", 'first_day = "2027-03-01"', "wave.first_day", "must be a date"),
        ("last_day = 2027-05-28", "last_day = 2027-02-01", "wave", "last_day lies before first_day"),
        ("opens = 09:00:00", "opens = 18:00:00", "sending", "opens must be earlier than closes"),
        ('mode = "academic"', 'mode = "akademic"', "wave.mode", "did you mean academic?"),
        ('"private", "agency"]', '"privat", "agency"]', "frame.landlord_types.0", "did you mean private?"),
        ('name = "brugge"', 'name = "Brugge 2026"', "study.name", "is not a short name"),
        ("study@example.org", "study at example.org", "study.contact", "is not an e-mail address"),
        ('"post.example.org"]', '"post_example"]', "sending.domains.0", "is not a mail domain"),
        ("rent_max = 870", "rent_max = 1200", "frame.rent_max", "a refusal would be lawful"),
        ("per_private_owner = 1", "per_private_owner = 2", "sample.per_private_owner", "use one of 1"),
        ("daily_cap = 40", "daily_cap = 4", "wave.last_day", "cannot hold 300 pairs"),
        ("share = 0.4", "share = 0", "contrasts.origin.share", "it must be more than 0"),
        ('treated = { origin = "moroccan" }', 'treated = { origin = "turkish" }', "contrasts.origin.treated.origin",
         "no arm is called 'turkish'"),
        ("share = 0.4", 'beside = "nobody"', "contrasts.origin.beside", "no contrast with a share is called 'nobody'"),
        ("share = 0.4", 'beside = "origin"', "contrasts.origin.beside", "use one of income, origin_income"),
        ("share = 0.4", 'share = 0.4\nbeside = "income"', "contrasts.origin", "and not both"),
        ("share = 0.4", 'beside = "income"', "contrasts", "the shares add up to 0.6"),
        ("share = 0.4", 'share = 0.4\nagainst = { income = "student" }', "contrasts.origin.against.income",
         "no arm is called 'student'"),
        ("share = 0.4", 'share = 0.4\nagainst = { origin = "moroccan" }', "contrasts.origin.treated.origin",
         "is the reference"),
        ("share = 0.4", 'beside = "income"\nagainst = { income = "benefit" }', "contrasts.origin.against",
         "another reference applicant than income has"),
        ('signal = "name"', 'signal = "sex"', "grounds.origin.arms", "call them f and m"),
        ('"Europe/Brussels"', '"Europe/Bruges"', "study.timezone", "there is no time zone"),
        ('profile = "generic"', 'profle = "generic"', "frame.portals.0.profle", "did you mean 'profile'?"),
        ("live = false", "live = 0", "sending.live", "must be true or false"),
        ("agency = 150 }", "agency = 150, notary = 3 }", "sample.pairs.notary", "not in frame.landlord_types"),
        ("per_agency = 3", "per_agency = 3\ndaily_cap = 9", "sample.daily_cap", "it belongs to [sending]"),
        ("response_days = 14", "response_days = 99", "wave.response_days", "it must be at most 60"),
    ],
)  # fmt: skip
def test_each_kind_of_fault_is_told_in_words_of_its_own(
    folder: Path, change: Mend, old: str, new: str, key: str, says: str
) -> None:
    change("protocol.toml", old, new)
    faults = [fault for fault in check_study(folder) if fault.key == key]
    assert any(says in str(fault) for fault in faults), check_study(folder)
    assert all(fault.line for fault in faults)
    with pytest.raises(StudyFileInvalid) as caught:
        read_protocol(folder / "protocol.toml")
    assert caught.value.exit_code == 3


def test_a_syntax_error_is_told_with_its_line(folder: Path, change: Mend) -> None:
    change("protocol.toml", "rent_max = 870", "rent_max = = 870")
    fault = check_study(folder)[0]
    assert fault.line == line_with(folder / "protocol.toml", "= = 870")
    assert fault.problem.startswith("not valid TOML at column")


def test_an_open_quote_at_the_end_is_told_with_the_last_line(tmp_path: Path) -> None:
    path = tmp_path / "protocol.toml"
    path.write_text('[study]\nname = """x\n', "utf-8")
    with pytest.raises(StudyFileInvalid) as caught:
        read_protocol(path)
    (fault,) = caught.value.faults
    assert (fault.line, fault.key) in {(2, ""), (3, "")}


def test_files_that_are_missing_or_not_utf8_are_told(folder: Path) -> None:
    (folder / "letters/nl.toml").unlink()
    (folder / "names.csv").write_bytes(b"first,last\nAn\xefs,Maes\n")
    texts = [str(fault) for fault in check_study(folder)]
    assert any("nl.toml" in it and "there is no such file" in it for it in texts)
    assert any("names.csv" in it and "not UTF-8" in it for it in texts)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Graag zou ik ze eens bezoeken.", "Ik heb interesse.", "does not ask for a viewing"),
        ("Met vriendelijke groet\n{{ name }}", "Met vriendelijke groet", "does not sign with {{ name }}"),
        ("Is dat mogelijk", "Bel mij op 0470 12 34 56. Is dat mogelijk", "holds a phone number"),
        ("Is dat mogelijk", "Zie www.example.org. Is dat mogelijk", "holds a web or mail address"),
        ("Is dat mogelijk", "{% if job %}Is{% endif %} dat mogelijk", "no conditions or loops"),
        ("Ik krijg een werkloosheidsuitkering van {{ amount }}", "Ik krijg een uitkering van 900",
         "writes a number itself"),
        ('benefit = "Ik krijg', 'pension = "Ik krijg', "no sentence for arm benefit"),
        ("Ik ben {{ household }}. {{ income }}", "Ik ben {{ household }}.", "has no place for the income sentence"),
        ('subject = "Bezichtiging mogelijk?"', 'subject = "Dag van {{ name }}"', "has a slot"),
        ("[decline]", "[declined]", "there is no [decline]"),
    ],
)  # fmt: skip
def test_each_fault_of_a_letter_form_is_told(
    folder: Path, change: Mend, old: str, new: str, says: str
) -> None:
    change("letters/nl.toml", old, new)
    faults = check_study(folder)
    assert any(says in fault.problem or says in fault.mend for fault in faults), faults


def test_three_applicants_to_a_listing_need_three_forms_three_jobs_and_hours_enough(
    folder: Path, change: Mend
) -> None:
    change("protocol.toml", "share = 0.4", 'beside = "income"')
    change(
        "protocol.toml",
        'treated = { income = "benefit" }\nshare = 0.3',
        'treated = { income = "benefit" }\nshare = 0.7',
    )
    assert check_study(folder) == []
    letters = folder / "letters/nl.toml"
    text = letters.read_text("utf-8")
    letters.write_text(text[: text.index("[forms.c]")] + text[text.index("[decline]") :], "utf-8")
    change("protocol.toml", "gap_hours = [2.0, 6.0]", "gap_hours = [5.0, 6.0]")
    change("protocol.toml", "daily_cap = 40", "daily_cap = 11")
    told = {fault.key: fault.problem for fault in check_study(folder)}
    assert told["forms"] == "2 letter forms; the 3 applicants to one listing must not share one"
    assert told["sending.closes"].endswith("too short for 3 applicants at 5 hours")
    assert told["wave.last_day"] == "65 days of 11 applications cannot hold 300 tests of 3"


def test_a_form_without_a_sentence_is_not_called_too_short_as_well(folder: Path) -> None:
    path = folder / "letters/nl.toml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(it for it in lines if not it.startswith("benefit =")), "utf-8")
    assert {fault.key for fault in check_study(folder)} == {f"forms.{form}.income.benefit" for form in "abc"}


def test_forms_that_are_twins_are_told(folder: Path) -> None:
    path = folder / "letters/nl.toml"
    forms = read_letters(folder / "letters", read_protocol(folder / "protocol.toml")).languages["nl"].forms
    twin = forms["a"].body.replace("woning", "flat")
    path.write_text(path.read_text("utf-8").replace(forms["b"].body, twin), "utf-8")
    (fault,) = [fault for fault in check_study(folder) if "form a and form b share" in fault.problem]
    assert fault.key == "forms.b.body"


def test_too_few_names_are_told_by_arm_and_sex(folder: Path) -> None:
    path = folder / "names.csv"
    rows = path.read_text("utf-8").splitlines()
    moroccan_men = [row for row in rows if ",m,moroccan," in row]
    path.write_text("\n".join(row for row in rows if row not in moroccan_men[4:]) + "\n", "utf-8")
    (fault,) = check_study(folder)
    assert fault.problem == "arm moroccan has 4 names of sex m"
    path.write_text("\n".join(row for row in rows if row not in moroccan_men[5:]) + "\n", "utf-8")
    assert check_study(folder) == []


def test_a_name_in_two_arms_an_unknown_arm_and_a_bad_score_are_told(folder: Path) -> None:
    path = folder / "names.csv"
    extra = "Sofie,Janssens,f,moroccan,,,x,CC0\nAn,Maes,f,maroccan,,,x,CC0\nEls,Bos,f,belgian,87,30,x,CC0\n"
    path.write_text(path.read_text("utf-8") + extra, "utf-8")
    texts = [str(fault) for fault in check_study(folder)]
    assert len(texts) == 3
    assert any(":44: perceived_share:" in it and "between 0 and 1" in it for it in texts)
    assert any(":42: first, last:" in it and "would signal nothing" in it for it in texts)
    assert any(":43: arm:" in it and "did you mean 'moroccan'?" in it for it in texts)


def test_scored_names_are_read_with_their_scores(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("first,last,sex,arm,perceived_share,raters\nAn,Maes,f,belgian,0.95,40\n", "utf-8")
    (name,) = read_names(path)
    assert (name.perceived_share, name.raters, name.scored) == (0.95, 40, True)


def test_inputs_are_hashed_so_that_sha256sum_can_repeat_it(folder: Path) -> None:
    # (cd letters && sha256sum *.toml) | sha256sum
    inputs = study_inputs(folder)
    listed = b""
    for name in ("de.toml", "en.toml", "fr.toml", "nl.toml"):
        listed += hashlib.sha256((folder / "letters" / name).read_bytes()).hexdigest().encode()
        listed += b"  " + name.encode() + b"\n"
    assert inputs["letters"] == hashlib.sha256(listed).hexdigest()
    assert inputs["names"] == hashlib.sha256((folder / "names.csv").read_bytes()).hexdigest()


TRICKY = '''a.b = 1 # [not.a.table]
"q k" = """x
[nor.this]
y = 2"""
d = { x = 1, y = ["a ]", "b"], z = 2026-01-01 07:00:00 }
e = [
  # c = 9
  { p = 1 },
  's]"',
]
[[f.p]]
n = 'lit\\'
[[f.p]]
n = 2
[f.p.sub]
k = true
['g'."h.i"]
j = "\\""
'''


def test_lines_are_found_in_every_shape_of_toml() -> None:
    tomllib.loads(TRICKY)
    lines = key_lines(TRICKY)
    expected = {
        ("a", "b"): 1,
        ("q k",): 2,
        ("d", "z"): 5,
        ("e", 0, "p"): 8,
        ("e", 1): 9,
        ("f", "p", 0, "n"): 12,
        ("f", "p", 1): 13,
        ("f", "p", 1, "n"): 14,
        ("f", "p", 1, "sub", "k"): 16,
        ("g", "h.i", "j"): 18,
    }
    assert {path: lines[path] for path in expected} == expected
    assert not any("not" in path or "nor" in path or "c" in path for path in lines)


scalars = st.one_of(st.integers(-99, 99), st.booleans(), st.sampled_from(['"s"', "'#]'", '"]}"', "1.5"]))


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3), scalars), max_size=12))
def test_every_key_of_made_up_tables_has_the_line_where_it_was_written(
    entries: list[tuple[str, int, object]],
) -> None:
    text, written, seen = "", {}, {}
    for table, blanks, value in entries:
        seen[table] = seen.get(table, -1) + 1
        text += "\n" * blanks + f"[[{table}]]\nkey = [\n {str(value).lower()},\n]\n"
        written[table, seen[table], "key", 0] = text.count("\n") - 1
    tomllib.loads(text)
    lines = key_lines(text)
    assert {path: lines[path] for path in written} == written


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('scheme = "evenhand-codebook/1"', 'scheme = "vub/3"', "coding.scheme", "evenhand-codebook/1"),
        ("double_share = 0.2 ", "double_share = 0.05 ", "coding.double_share", "0.1"),
        ("kappa_gate = 0.8 ", "kappa_gate = 1.2 ", "coding.kappa_gate", "1"),
        ("answers_days = 180", "answers_days = -1", "retention.answers_days", "0"),
        ("contacts_days = 365", "contacts_days = 300", "retention.contacts_days", "private_rest_days"),
        ('custodian = ""', "custodian = 3", "retention.custodian", ""),
        ("[retention]", "[retentoin]", "retentoin", ""),
    ],
)
def test_what_is_said_of_answers_is_checked_with_its_line(
    folder: Path, change: Mend, old: str, new: str, key: str, says: str
) -> None:
    change("protocol.toml", old, new)
    [fault] = check_study(folder)
    line = line_with(folder / "protocol.toml", new.split(" = ")[0])
    assert (fault.key, fault.line) == (key, line) and says in str(fault)


def test_a_study_file_of_before_these_tables_keeps_its_meaning_and_its_hash(folder: Path) -> None:
    path = folder / "protocol.toml"
    text = path.read_text("utf-8")
    path.write_text(text[: text.index("[coding]")], "utf-8")
    assert check_study(folder) == []
    old = read_protocol(path)
    assert (old.coding.double_share, old.coding.kappa_gate, old.retention.answers_days) == (0.2, 0.8, 180)
    assert study_inputs(folder)["protocol"] == hashlib.sha256(path.read_bytes()).hexdigest(), (
        "a plan commits to the bytes of the file, not to what a later version reads in it"
    )


def test_the_codebook_of_the_rules_is_the_one_that_a_study_names() -> None:
    rules = tomllib.loads((Path(testing.fieldwork.__file__).parent / "codebook.toml").read_text("utf-8"))
    assert rules["scheme"] == CodingSection().scheme
