"""The fixed letter forms of a study: takes what ``letters/<language>.toml`` declares, gives records.

A form's text may name slots as ``{{ slot }}`` and nothing else: no conditions, no loops, no free text.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import product

SLOT = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
"""A slot in a form."""
PROFILE_SLOTS = ("name", "household", "age", "job", "amount")
"""Slots that every form may use besides one for each ground that a sentence signals: the applicant's name,
household as the protocol words it, age in years, occupation, stated net income in euro per month."""
SENTENCE_SLOTS = ("amount", "job", "household", "age")
"""Slots that an arm's sentence may use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterForm:
    """One wording of the letter, equal for every applicant but for its slots."""

    name: str
    """Short name, for example ``a``."""
    subject: str
    body: str
    sentences: Mapping[str, Mapping[str, str]]
    """For each ground that a sentence signals: each arm's text, for the slot of the ground's name; empty in an arm
    that says nothing."""
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each phrase that is worded in several ways: its variants, for the slot of the phrase's name."""

    def phrases(self, chosen: Mapping[str, int]) -> dict[str, str]:
        """The text of each phrase, by the number of its variant, from 1.

        Raises:
            KeyError: a phrase without its number, or one that is not there.
        """
        found = {}
        for phrase, texts in self.variants.items():
            if not 1 <= chosen[phrase] <= len(texts):
                raise KeyError(f"{phrase} has no variant {chosen[phrase]}")
            found[phrase] = texts[chosen[phrase] - 1]
        return found

    def choices(self) -> list[dict[str, int]]:
        """Every way to choose one variant of each phrase; one empty way where nothing varies."""
        numbers = [range(1, 1 + len(texts)) for texts in self.variants.values()]
        return [dict(zip(self.variants, each, strict=True)) for each in product(*numbers)]

    def silent(self, cell: Mapping[str, str]) -> set[str]:
        """Grounds of which the letter says nothing in these arms."""
        return {
            name for name, texts in self.sentences.items() if name in cell and texts.get(cell[name]) == ""
        }

    def unsaid(self) -> set[str]:
        """Grounds of which the letter says nothing in some arm."""
        return {name for name, texts in self.sentences.items() if "" in texts.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageLetters:
    """Everything that is sent in one language."""

    language: str
    forms: Mapping[str, LetterForm]
    """Letter forms by name, at least two."""
    decline_subject: str
    decline_body: str
    """Text that turns an offered viewing down, the same for every applicant; may use ``{{ name }}``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The letter forms of a study in all its languages."""

    languages: Mapping[str, LanguageLetters]

    def form(self, language: str, name: str) -> LetterForm:
        """Return one form.

        Raises:
            KeyError: no such language or form.
        """
        return self.languages[language].forms[name]


def slots_of(text: str) -> set[str]:
    """Slots that a text names.

    >>> sorted(slots_of("Ik ben {{ name }}, {{household}}."))
    ['household', 'name']
    """
    return set(SLOT.findall(text))


def without(body: str, grounds: Collection[str]) -> str:
    r"""A form's body without the sentences of some grounds, as if their slots had never stood there.

    A slot that was a paragraph goes with the empty line before it, one that was a line with its line break, and
    any other with the blanks before it (at the start of a line, with those behind it). All else stays as it is.

    >>> without("I work. {{ support }}\n\nRegards", ["support"])
    'I work.\n\nRegards'
    >>> without("Hello\n\n{{ support }}\n\nRegards", ["support"])
    'Hello\n\nRegards'
    """
    for ground in sorted(grounds):
        slot = r"\{\{\s*" + re.escape(ground) + r"\s*\}\}"
        while found := re.search(slot, body):
            body = _cut(body, found.start(), found.end())
    return body


def laid_out(form: LetterForm, cell: Mapping[str, str], chosen: Mapping[str, int]) -> str:
    """A form's body with its sentences and variants in place, the applicant's own slots still open.

    Args:
        form: the letter form.
        cell: arm for each ground; a slot of a ground that is not in it stays open.
        chosen: number of the variant of each phrase.

    Raises:
        KeyError: an arm without a sentence, or a phrase without its variant.
    """
    texts = {name: arms[cell[name]] for name, arms in form.sentences.items() if name in cell}
    texts |= form.phrases(chosen)
    return SLOT.sub(lambda slot: texts.get(slot[1], slot[0]), without(form.body, form.silent(cell)))


def _cut(body: str, start: int, end: int) -> str:
    before, after = body[:start].rstrip(" \t"), body[end:].lstrip(" \t")
    line = before == "" or before.endswith("\n")
    if not (line and (after == "" or after.startswith("\n"))):
        return before + after if line or after.startswith("\n") else before + body[end:]
    if not before.strip():
        return after.lstrip("\n")
    above = re.sub(r"\n[ \t]*\n\Z", "\n", before)
    if above != before and re.match(r"\n[ \t]*(?:\n|\Z)|\Z", after):
        return above[:-1] + after
    return before[:-1] + after
