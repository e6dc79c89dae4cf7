"""A letter states no more than a region's landlords may ask before a viewing, but for the ground under test."""

import re
from pathlib import Path

import pytest

from testing.study.errors import Fault
from testing.study.reading import check_study
from testing.study.region_law import BRUSSELS, EVERYWHERE, SLOTS, words_beyond

BODY = "de woning spreekt mij aan."


def faults(
    root: Path, region: str, *, said: str = "", household: bool = True, change: tuple[str, str] = ("", "")
) -> list[Fault]:
    """The faults of the template in a region, with something said in form a, with or without its household."""
    from desk.commands.init import write_study

    write_study(root / "s")
    protocol, letters = root / "s" / "protocol.toml", root / "s" / "letters" / "nl.toml"
    text = protocol.read_text("utf-8").replace('# region = "flanders" ', f'region = "{region}" ')
    assert f'region = "{region}"' in text and change[0] in text
    protocol.write_text(text.replace(*change) if change[0] else text, "utf-8")
    text = letters.read_text("utf-8")
    assert BODY in text
    text = text.replace(BODY, f"{BODY} {said}".strip())
    if not household:
        text = re.sub(r"[^\n.]*\{\{ household \}\}\. ", "", text)
        assert "household }}" not in text
    letters.write_text(text, "utf-8")
    return check_study(root / "s")


@pytest.mark.parametrize("region", ["flanders", "wallonia"])
def test_a_household_may_be_stated_where_landlords_may_ask_for_it(tmp_path: Path, region: str) -> None:
    assert faults(tmp_path, region) == []


def test_in_brussels_a_letter_states_a_name_and_what_is_tested_only(tmp_path: Path) -> None:
    found = faults(tmp_path / "1", "brussels")
    assert {fault.key for fault in found} == {f"forms.{form}.body" for form in "abc"}
    assert all("states {{ household }}" in fault.problem and fault.line is not None for fault in found)
    # The sentence on the income stays: income is a ground of this study.
    bare = faults(tmp_path / "2", "brussels", household=False)
    assert [fault for fault in bare if "may ask" in fault.problem] == []


@pytest.mark.parametrize(
    ("region", "said", "what"),
    [
        ("flanders", "Mijn gezondheid is goed.", "health"),
        ("flanders", "Ik heb geen strafblad.", "criminal record"),
        ("wallonia", "Ik ben geboren in Gent.", "origin"),
        ("wallonia", "Ik ben katholiek.", "religion"),
        ("brussels", "Ik heb twee kinderen.", "household"),
        ("brussels", "Ik werk in de stad.", "income"),
    ],
)
def test_planted_bug_what_no_landlord_may_ask_is_told_with_its_word(
    tmp_path: Path, region: str, said: str, what: str
) -> None:
    found = [
        it for it in faults(tmp_path, region, said=said, household=False) if f"tells of {what}" in it.problem
    ]
    assert found and found[0].line is not None
    assert region.capitalize() in found[0].problem


@pytest.mark.parametrize("region", sorted(SLOTS))
def test_work_is_stated_in_the_sentence_of_a_ground_only(tmp_path: Path, region: str) -> None:
    found = faults(tmp_path, region, said="Mijn vak: {{ job }}.", household=False)
    assert any("states {{ job }}" in fault.problem for fault in found)


def test_without_a_region_nothing_is_checked(tmp_path: Path) -> None:
    from desk.commands.init import write_study

    write_study(tmp_path / "s")
    letters = tmp_path / "s" / "letters" / "nl.toml"
    letters.write_text(letters.read_text("utf-8").replace(BODY, BODY[:-1] + ", ik ben katholiek."), "utf-8")
    assert check_study(tmp_path / "s") == []


def test_a_household_that_tells_of_more_is_found_in_the_protocol(tmp_path: Path) -> None:
    change = ("alleenstaand, zonder kinderen", "alleenstaand, in een rolstoel")
    [fault] = [it for it in faults(tmp_path, "flanders", change=change) if "tells of health" in it.problem]
    assert fault.key == "design.household.nl" and fault.line is not None


def test_a_region_that_is_none_is_told_with_those_that_are(tmp_path: Path) -> None:
    [fault] = [it for it in faults(tmp_path, "limburg") if it.key == "study.region"]
    assert "flanders" in fault.mend and "wallonia" in fault.mend


SAID = {
    "nl": "Mijn gezin is groot; mijn inkomen is laag; mijn nationaliteit; een handicap; gelovig; een strafblad",
    "fr": "Ma famille; mon salaire; ma nationalité; une maladie; croyant; un casier judiciaire",
    "en": "My family; my salary; my nationality; a disability; religious; a criminal record",
    "de": "Meine Familie; mein Gehalt; meine Nationalität; eine Krankheit; gläubig; eine Vorstrafe",
}


@pytest.mark.parametrize("language", ["nl", "fr", "en", "de"])
def test_every_language_knows_the_words_of_every_thing(language: str) -> None:
    told = set(EVERYWHERE[language])
    assert told == set(EVERYWHERE["nl"])
    assert set(words_beyond(SAID[language], "wallonia", language)) == told
    assert set(words_beyond(SAID[language], "brussels", language)) == told | set(BRUSSELS[language])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nl", "Is de woning dicht bij de kerk? Na het werk kan ik komen kijken."),
        ("fr", "Bonjour, le bien est-il libre ? Je peux le visiter en semaine."),
        ("en", "Kind regards, I would like to view the single bedroom flat."),
        ("de", "Die Wohnung gefällt mir. Darf ich sie ansehen?"),
    ],
)
def test_ordinary_words_are_left_alone(language: str, text: str) -> None:
    assert words_beyond(text, "brussels", language) == {}
