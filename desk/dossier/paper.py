"""A study's material and a language go in, a paper for a committee comes out, with its open questions counted.

A text names a value of the study file by its key, as ``{wave.response_days}``, or a passage of its own, as ``{load}``.
A line that begins with ``? `` is a question for people, one that begins with ``! `` names a measure of the program.
"""

import re
from dataclasses import dataclass
from typing import Any

from desk.dossier.material import Material
from desk.dossier.measures import MEASURES
from desk.dossier.passages import PASSAGES
from desk.dossier.words import Words, words_of
from testing.study.protocol import Protocol
from testing.study.section import Language

PLACE = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)*)\}")
"""A value or passage that a text names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper in one language."""

    text: str
    """Markdown."""
    questions: int
    """Open questions in it."""


def write_paper(document: str, language: Language, material: Material) -> Paper:
    """Fill a paper.

    Args:
        document: dpia or ethics.
        language: nl, fr or en.
        material: of the study.
    """
    words = words_of(language)
    paper = words.papers[document]
    title = _filled(paper["title"], material, words)
    sections = [(it["heading"], _section(it["text"], material, words)) for it in paper["section"]]
    mark = f"**{words.terms['open']}:**"
    unanswered = [heading for heading, text in sections if mark in text]
    count = sum(text.count(mark) for _, text in sections)
    lines = [f"# {title}", ""]
    if unanswered:
        said = words.terms["unanswered"].replace("{count}", str(count))
        lines += [f"**{said}** {'; '.join(unanswered)}.", ""]
    lines += [words.terms["outline"], ""]
    for heading, text in sections:
        lines += [f"## {heading}", "", text, ""]
    return Paper(text="\n".join(lines), questions=count)


def value_at(protocol: Protocol, key: str) -> Any:
    """The value of the study file under a dotted key.

    Raises:
        AttributeError: there is no such key.
    """
    found: Any = protocol
    for part in key.split("."):
        found = getattr(found, part)
    return found


def _section(text: str, material: Material, words: Words) -> str:
    return "\n".join(_line(line, material, words) for line in text.strip().splitlines())


def _line(line: str, material: Material, words: Words) -> str:
    if line.startswith("? "):
        return f"- {words.open(_filled(line[2:], material, words))}"
    if line.startswith("! "):
        name = line[2:].strip()
        module, _, what = MEASURES[name].partition(":")
        where = f"`{module.replace('.', '/')}.py`, `{what}`"
        return f"- {_filled(words.measures[name], material, words)} ({words.terms['enforced']}: {where})"
    return _filled(line, material, words)


def _filled(text: str, material: Material, words: Words) -> str:
    def put(named: re.Match[str]) -> str:
        name = named[1]
        if name in PASSAGES:
            return PASSAGES[name](material, words)
        value = value_at(material.protocol, name)
        if isinstance(value, dict):
            value = value[words.language]
        if value is None or (isinstance(value, str) and not value.strip()):
            return words.ask(name)
        return words.say(value)

    return PLACE.sub(put, text)
