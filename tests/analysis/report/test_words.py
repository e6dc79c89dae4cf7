"""Every sentence of the page stands in three languages, with the same named places."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

import analysis.report
from analysis.report.words import CATALOGUES, LOCALES, MissingTranslation, Words

HERE = Path(analysis.report.__file__).parent
PLACES = re.compile(r"\{(\w+)\}")


@cache
def used() -> frozenset[str]:
    """Sentences that the code and the templates ask for."""
    found = set()
    for path in HERE.glob("*.py"):
        with path.open("rb") as file:
            found |= {message for _, message, _, _ in extract("python", file, {"t": None, "mark": None})}
    for path in HERE.glob("templates/*.j2"):
        with path.open("rb") as file:
            options = {"trim_blocks": "true", "lstrip_blocks": "true"}
            found |= {message for _, _, message, _ in babel_extract(file, ["t"], [], options)}
    return frozenset(one[0] if isinstance(one, tuple) else one for one in found)


@cache
def translated(locale: str) -> dict[str, str]:
    with (CATALOGUES / locale / "LC_MESSAGES" / "report.po").open("rb") as file:
        return {message.id: message.string for message in read_po(file, locale=locale) if message.id}


@pytest.mark.parametrize("locale", LOCALES.values())
def test_every_sentence_that_is_used_is_translated_and_no_other_is_kept(locale: str):
    catalogue = translated(locale)
    assert len(used()) > 150, "the sentences were not found"
    assert used() - {one for one, text in catalogue.items() if text} == set()
    assert catalogue.keys() - used() == set()


@pytest.mark.parametrize("locale", LOCALES.values())
def test_a_translation_has_the_named_places_of_its_sentence(locale: str):
    wrong = {
        one: text
        for one, text in translated(locale).items()
        if set(PLACES.findall(one)) != set(PLACES.findall(text))
    }
    assert wrong == {}


@pytest.mark.parametrize("locale", ["nl_BE", "fr_BE"])
def test_no_english_slips_in(locale: str):
    alike = {one for one, text in translated(locale).items() if one == text}
    assert alike <= {"Test", "Tests", "{n} tests", "Convention", "Provenance", "Status", "Estimation"}


def test_a_sentence_without_translation_is_an_error():
    with pytest.raises(MissingTranslation, match="Never written"):
        Words(language="nl").t("Never written")


def test_french_sets_no_break_spaces_before_double_punctuation():
    loose = [
        text for text in translated("fr_BE").values() if re.search(r"(?<![\u00a0\u202f])[:;?!»%](\s|$)", text)
    ]
    assert [text for text in loose if " %" in text or " :" in text or " ;" in text or " ?" in text] == []


@pytest.mark.parametrize(
    ("language", "value", "decimals", "written"),
    [
        ("nl", 18.2, 1, "18,2"),
        ("nl", -9.5, 1, "−9,5"),
        ("nl", 1234.5, 1, "1.234,5"),
        ("fr", 1234.0, 0, "1\u202f234"),
        ("en", -1234.5, 1, "−1,234.5"),
        ("en", -0.04, 1, "0.0"),
    ],
)
def test_numbers_are_written_as_the_language_does(language: str, value: float, decimals: int, written: str):
    assert Words(language=language).number(value, decimals) == written


def test_a_percentage_has_the_space_that_the_language_wants():
    assert [Words(language=one).percent(0.182) for one in ("nl", "fr", "en")] == [
        "18,2\u00a0%",
        "18,2\u00a0%",
        "18.2%",
    ]


def test_a_p_value_is_never_zero():
    assert [Words(language="nl").p_value(p) for p in (0.0, 0.0009, 0.0031)] == ["< 0,001", "< 0,001", "0,003"]
