"""How a language says things: takes values of a study file, gives them as readers of that language write them."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from importlib.resources import files
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from testing.study.section import Language

LOCALES = {"nl": "nl_BE", "fr": "fr_BE", "en": "en_GB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language."""

    language: Language
    terms: Mapping[str, str]
    """Words for values: landlord types, modes, headings of tables."""
    questions: Mapping[str, str]
    """What is asked where a file leaves a value empty, by the name of the value."""
    measures: Mapping[str, str]
    """What each measure does."""
    papers: Mapping[str, Any]
    """Each paper: its title, and its sections with key, heading and text."""

    def open(self, question: str) -> str:
        """An open question, marked so that nobody overlooks it."""
        return f"**{self.terms['open']}:** {question}"

    def ask(self, name: str) -> str:
        """The open question of a value that is not given."""
        return self.open(self.questions[name])

    def number(self, value: float, digits: int = 2) -> str:
        """A number, with as many decimals as it needs, at most ``digits``."""
        return str(
            format_decimal(
                round(value, digits), format=f"#,##0.{'#' * digits}", locale=LOCALES[self.language]
            )
        )

    def points(self, share: float) -> str:
        """A share as a percentage without its sign, one decimal at most."""
        return self.number(100 * share, 1)

    def day(self, value: date) -> str:
        """A day in full."""
        return str(format_date(value, format="long", locale=LOCALES[self.language]))

    def term(self, value: str) -> str:
        """The word for a value; the value itself where the language has none of its own."""
        return self.terms.get(value, value)

    def say(self, value: Any) -> str:
        """Any plain value of a study file."""
        if isinstance(value, bool):
            return self.terms["yes" if value else "no"]
        if isinstance(value, int | float):
            return self.number(value)
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, time):
            return f"{value:%H:%M}"
        if isinstance(value, str):
            return self.term(str(value))
        return ", ".join(map(self.say, value))


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def bullets(lines: Iterable[str]) -> str:
    """A list in Markdown."""
    return "\n".join(f"- {line}" for line in lines)


@cache
def words_of(language: Language) -> Words:
    """Read a language's words and papers."""
    raw = tomllib.loads(files(__package__).joinpath("texts", f"{language}.toml").read_text("utf-8"))
    return Words(
        language=language,
        terms=raw["terms"],
        questions=raw["questions"],
        measures=raw["measures"],
        papers={key: raw[key] for key in ("dpia", "ethics")},
    )
