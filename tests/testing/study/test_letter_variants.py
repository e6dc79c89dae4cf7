"""A form may word a phrase in several ways and an arm may say nothing: what is wrong with either is told."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from testing.study.errors import Fault
from testing.study.letter_forms import LetterForm, laid_out, without
from testing.study.likeness import Wording, held_together
from testing.study.one_hand import MOST_MEETINGS
from testing.study.reading import check_study

GREETED = """subject = "Bezichtiging mogelijk?"
body = \"\"\"
Geachte heer, mevrouw
"""
SUPPORT = """
[grounds.support]
law = "financial means"
signal = "sentence"
reference = "none"
[grounds.support.arms.none]
labels = { nl = "geen waarborg", fr = "sans garantie", en = "no guarantee" }
[grounds.support.arms.guarantee]
labels = { nl = "waarborg", fr = "garantie", en = "guarantee" }

[contrasts.origin]"""
SAID = {
    "a": "Het OCMW stelt zich borg.",
    "b": "Voor de waarborg zorgt het OCMW.",
    "c": "Er is een huurwaarborg van het OCMW.",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from desk.commands.init import write_study

    write_study(tmp_path / "s")
    return tmp_path / "s"


def changed(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")


def varied(folder: Path, variants: str) -> list[Fault]:
    """The faults of the template whose form a greets in these variants."""
    greeted = GREETED.replace("Geachte heer, mevrouw", "{{ greeting }}")
    table = f"[forms.a.variants]\n{variants}\n\n[forms.a.income]"
    changed(folder / "letters" / "nl.toml", (GREETED, greeted), ("[forms.a.income]", table))
    return check_study(folder)


def supported(
    folder: Path, none: str = "", said: dict[str, str] = SAID, place: str = " {{ support }}"
) -> list[Fault]:
    """The faults of the template with a ground whose reference arm has the sentence ``none``."""
    changed(folder / "protocol.toml", ("[contrasts.origin]", SUPPORT))
    text = (folder / "letters" / "nl.toml").read_text("utf-8").replace("{{ income }}", "{{ income }}" + place)
    for form, sentence in said.items():
        table = f'[forms.{form}.support]\nnone = "{none}"\nguarantee = "{sentence}"\n\n[forms.{form}.income]'
        text = text.replace(f"[forms.{form}.income]", table)
    (folder / "letters" / "nl.toml").write_text(text, "utf-8")
    return check_study(folder)


def test_a_phrase_in_variants_is_a_study_without_faults(folder: Path) -> None:
    assert varied(folder, 'greeting = ["Geachte heer, mevrouw", "Geachte mevrouw, meneer"]') == []


@pytest.mark.parametrize(
    ("variants", "said"),
    [
        ('greeting = ["Geachte heer, mevrouw"]', "two or more different texts"),
        ('greeting = ["Dag", "Dag"]', "two or more different texts"),
        ('greeting = ["Dag", ""]', "two or more different texts"),
        ('greeting = "Dag"', "two or more different texts"),
        ('greeting = ["Dag", "Dag {{ name }}"]', "holds a slot or a number"),
        ('greeting = ["Dag", "Dag, 2 vragen"]', "holds a slot or a number"),
        ('greeting = ["Dag", "Bel 0470 12 34 56"]', "holds a phone number"),
        ('greeting = ["Dag", "Dag, ik ben van hier van afkomst"]', "may not provoke"),
        ('greeting = ["Dag", "Dag jij daar"]', "in two ways"),
        ('greeting = ["Dag", "Hallo"]\nclosing = ["Groet", "Tot dan"]', "the body has no place for it"),
        ('greeting = ["Dag", "Hallo"]\nname = ["An", "Bo"]', "is a slot of its own"),
        ('hello = ["Dag", "Hallo"]', "slot 'greeting' is not declared"),
    ],
)
def test_what_is_wrong_with_variants_is_told_with_its_line(folder: Path, variants: str, said: str) -> None:
    found = [fault for fault in varied(folder, variants) if said in fault.problem]
    assert found and found[0].line is not None and found[0].mend


def test_variants_that_are_no_table_are_told(folder: Path) -> None:
    path = folder / "letters" / "nl.toml"
    changed(path, ("[forms.a]\n", '[forms.a]\nvariants = ["Dag", "Hallo"]\n'))
    assert any("must be a table of phrases" in fault.problem for fault in check_study(folder))


def test_planted_bug_forms_that_are_twins_in_one_variant_only_are_told(folder: Path) -> None:
    forms = tomllib.loads((folder / "letters" / "nl.toml").read_text("utf-8"))["forms"]
    honest, other = (forms[name]["body"].split("\n\n")[1] for name in "ab")
    path = folder / "letters" / "nl.toml"
    table = f'[forms.a.variants]\nquestion = ["{honest}", "{other}"]\n\n[forms.a.income]'
    changed(path, (honest, "Mag ik de woning bezoeken? {{ question }}"), ("[forms.a.income]", table))
    problems = [fault.problem for fault in check_study(folder)]
    assert any("form a and form b" in it and "runs of four words" in it for it in problems)


def test_more_ways_to_meet_than_can_be_looked_at_are_told(folder: Path) -> None:
    many = ", ".join(f'"Geachte {"zeer " * n}heer"' for n in range(MOST_MEETINGS // 24 + 1))
    changed(
        folder / "letters" / "nl.toml",
        ("Beste\n", "Beste {{ you }}\n"),
        ("[forms.b.income]", '[forms.b.variants]\nyou = ["heer", "mevrouw", "eigenaar"]\n\n[forms.b.income]'),
    )
    found = [
        fault for fault in varied(folder, f"greeting = [{many}]") if "too many to look at" in fault.problem
    ]
    assert found and "use fewer variants" in found[0].mend


def test_an_arm_may_say_nothing_where_it_is_written_so(folder: Path) -> None:
    assert supported(folder) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"none": " "}, "holds blanks only"),
        ({"said": {**SAID, "a": ""}}, "nothing sets the two apart"),
        ({"said": {**SAID, "a": "Het OCMW stelt zich borg. Dat is al jaren zo."}}, "must be one sentence"),
        ({"said": {**SAID, "a": "Het OCMW stelt zich borg"}}, "must be one sentence"),
        ({"place": " Daarbij {{ support }}"}, "stands inside another"),
        ({"place": " {{ support }}, en dat blijft zo."}, "stands inside another"),
        ({"said": {**SAID, "a": "Het OCMW stelt zich borg voor {{ amount }} euro."}}, "does not state the amount"),
    ],
)  # fmt: skip
def test_what_an_arm_that_says_nothing_asks_of_a_form_is_told(
    folder: Path, changes: dict[str, str], said: str
) -> None:
    found = [fault for fault in supported(folder, **changes) if said in fault.problem]  # type: ignore[arg-type]
    assert found and found[0].line is not None


def test_the_income_of_no_arm_may_be_left_unsaid(folder: Path) -> None:
    path = folder / "letters" / "nl.toml"
    changed(
        path,
        (
            'benefit = "Ik krijg een werkloosheidsuitkering van {{ amount }} euro netto per maand."',
            'benefit = ""',
        ),
    )
    assert any("does not state the amount" in fault.problem for fault in check_study(folder))


def test_a_missing_arm_is_told_with_how_to_say_nothing(folder: Path) -> None:
    path = folder / "letters" / "nl.toml"
    changed(
        path, ('benefit = "Ik krijg een werkloosheidsuitkering van {{ amount }} euro netto per maand."\n', "")
    )
    [fault] = [it for it in check_study(folder) if "no sentence for arm benefit" in it.problem]
    assert '""' in fault.mend


BODY = some.lists(some.sampled_from(["A b.", "{{ s }}", "{{ t }}", "\n", "\n\n", " ", "Cd e."]), max_size=12)


def tidy(pieces: list[str]) -> str:
    """A body as a person writes one: no doubled spaces, no spaces at the end of a line, single empty lines."""
    text = re.sub(r"(?<=[.}])(?=[A-Z{])", " ", "".join(pieces))
    text = re.sub(r" *\n *", "\n", re.sub(" +", " ", text))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


@given(BODY)
def test_what_is_left_unsaid_leaves_no_doubled_blanks_nor_empty_lines(pieces: list[str]) -> None:
    left = without(tidy(pieces), ["s", "t"])
    assert "{{" not in left
    assert "  " not in left and "\n\n\n" not in left
    assert left == left.strip() and " \n" not in left and "\n " not in left


@given(BODY)
def test_all_that_is_said_stays_in_its_order(pieces: list[str]) -> None:
    body = tidy(pieces)
    assert re.findall(r"\S+", without(body, ["s", "t"])) == re.findall(
        r"\S+", re.sub(r"\{\{ [st] \}\}", " ", body)
    )
    assert without(body, []) == body


def test_planted_bug_cutting_the_slot_alone_leaves_doubled_blanks() -> None:
    body = "I work. {{ s }} I am quiet.\n\n{{ t }}\n\nRegards"
    planted = re.sub(r"\{\{ [st] \}\}", "", body)
    assert "  " in planted and "\n\n\n" in planted
    assert without(body, ["s", "t"]) == "I work. I am quiet.\n\nRegards"


def test_length_is_held_together_without_the_sentence_that_an_arm_leaves_unsaid() -> None:
    long = "The public centre for social welfare stands surety for the rent and for whatever else may come to be owed."
    support = {"none": "", "guarantee": long}
    one = LetterForm(
        name="a", subject="x", body="May I see your flat? {{ support }}", sentences={"support": support}
    )
    two = LetterForm(
        name="b", subject="y", body="Could we view the place? {{ support }}", sentences={"support": support}
    )
    first, second = (
        Wording(form=form, cell={"support": arm}, values={}, chosen={})
        for form, arm in ((one, "guarantee"), (two, "none"))
    )
    like = held_together(first, second, "en")
    assert like.faults() == [] and like.sentences == 0
    assert like.length == len("May I see your flat?") / len("Could we view the place?")
    # What is sent is looked at for one hand: the same sentence in both letters is seen.
    both = [Wording(form=form, cell={"support": "guarantee"}, values={}, chosen={}) for form in (one, two)]
    assert any("runs of four words" in fault for fault in held_together(*both, "en").faults())


def test_the_variants_of_a_form_are_numbered_from_one() -> None:
    form = LetterForm(
        name="a",
        subject="x",
        body="{{ hi }} {{ name }}",
        sentences={},
        variants={"hi": ("Hello", "Good day")},
    )
    assert [laid_out(form, {}, chosen) for chosen in form.choices()] == [
        "Hello {{ name }}",
        "Good day {{ name }}",
    ]
    for wrong in ({}, {"hi": 0}, {"hi": 3}):
        with pytest.raises(KeyError):
            form.phrases(wrong)


@pytest.mark.parametrize("crossed", [True, False])
def test_planted_bug_forms_that_are_twins_where_two_grounds_cross_only_are_told(
    folder: Path, crossed: bool
) -> None:
    # Neither half is enough: only on benefit does the sentence of the guarantee follow the same words in both.
    said = dict.fromkeys("ab", "Het OCMW staat borg voor de huur.") | {"c": SAID["c"]}
    if crossed:
        changed(
            folder / "letters" / "nl.toml",
            (
                "Ik krijg een werkloosheidsuitkering van {{ amount }} euro netto per maand.",
                "Mijn werkloosheidsuitkering bedraagt elke maand {{ amount }} euro netto.",
            ),
            (
                "Mijn inkomen bedraagt {{ amount }} euro netto per maand, uit een werkloosheidsuitkering.",
                "Als werkzoekende krijg ik maandelijks {{ amount }} euro netto.",
            ),
        )
        assert check_study(folder) == []
    problems = [fault.problem for fault in supported(folder, said=said)]
    twins = any("form a and form b" in it and "runs of four words" in it for it in problems)
    assert twins == crossed, problems


def test_forms_are_held_together_with_the_household_and_the_longest_occupation_of_the_study(
    folder: Path,
) -> None:
    assert check_study(folder) == []
    long = "administratief medewerker bij de dienst voor ruimtelijke ordening en stedenbouw van de provincie"
    changed(folder / "protocol.toml", ('nl = ["winkelmedewerker", ', f'nl = ["{long}", '))
    assert any("differ in length" in fault.problem for fault in check_study(folder))
    changed(folder / "protocol.toml", (long, "kok"))
    crowd = "samen met mijn twee kinderen, van wie het ene naar school gaat en het andere nog niet"
    changed(folder / "protocol.toml", ("alleenstaand, zonder kinderen", crowd))
    assert any("runs of four words" in fault.problem for fault in check_study(folder))
