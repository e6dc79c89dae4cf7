"""The fixed letter forms of a study: takes what ``letters/<language>.toml`` declares, gives records.

A form's text may name slots as ``{{ slot }}`` and nothing else: no conditions, no loops, no free text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

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
    """For each ground that a sentence signals: each arm's text, for the slot of the ground's name."""


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
