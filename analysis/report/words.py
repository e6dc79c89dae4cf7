"""A language and a sentence known to the catalogues go in, that sentence in that language comes out.

Catalogues are gettext ``.po`` files, compiled in memory by Babel. Only whole sentences stand in them. A sentence
without translation is an error: English never slips into a Dutch page.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations

LOCALES = {"nl": "nl_BE", "fr": "fr_BE", "en": "en_GB"}
"""Language of a page, then the locale of its words and numbers, in the order in which they are offered."""
ENDONYMS = {"nl": "Nederlands", "fr": "Français", "en": "English"}
"""What each language calls itself."""
CATALOGUES = Path(__file__).parent / "locales"
MINUS = "−"
"""The real minus sign (U+2212)."""


class MissingTranslation(LookupError):
    """A sentence has no translation in the language asked for."""


class _Nothing(NullTranslations):
    """Stands behind a catalogue, so that a gap is an error and not English."""

    def gettext(self, message: str) -> str:
        raise MissingTranslation(message)


@cache
def catalogue(language: str, folder: Path = CATALOGUES, domain: str = "report") -> NullTranslations:
    """Read and compile the catalogue of ``nl``, ``fr`` or ``en``; another page has a folder and a domain of its own."""
    locale = LOCALES[language]
    with (folder / locale / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        po = read_po(file, locale=locale, abort_invalid=True)
    mo = BytesIO()
    write_mo(mo, po)
    mo.seek(0)
    translations = Translations(mo)
    translations.add_fallback(_Nothing())
    return translations


def mark(sentence: str) -> str:
    """Mark a sentence that is translated later, so that the test of completeness sees it."""
    return sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Sentences and numbers in one language."""

    language: str
    """``nl``, ``fr`` or ``en``."""
    folder: Path = CATALOGUES
    """Where the page's catalogues lie."""
    domain: str = "report"
    """Their name."""

    @property
    def locale(self) -> str:
        """Locale of words and numbers."""
        return LOCALES[self.language]

    def t(self, sentence: str, **values: Any) -> str:
        """Translate a whole sentence and fill in its named places.

        Raises:
            MissingTranslation: the catalogue does not have it.
        """
        text = catalogue(self.language, self.folder, self.domain).gettext(sentence)
        return text.format(**values) if values else text

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number as the language does, for example ``18,2`` and ``−9,5``; zero has no sign."""
        rounded = round(Decimal(repr(float(value))), decimals)
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text: str = format_decimal(abs(rounded), format=pattern, locale=self.locale)
        return MINUS + text if rounded < 0 else text

    def per_hundred(self, share: float, decimals: int = 1) -> str:
        """Write a share (0.182) as a number out of 100 (18,2)."""
        return self.number(100 * share, decimals)

    def percent(self, share: float, decimals: int = 1) -> str:
        """Write a share as a percentage, with the space that the language wants."""
        space = "" if self.language == "en" else "\N{NO-BREAK SPACE}"
        return f"{self.per_hundred(share, decimals)}{space}%"

    def p_value(self, p: float) -> str:
        """Write a p-value with three decimals, or that it lies below 0.001."""
        return f"< {self.number(0.001, 3)}" if p < 0.001 else self.number(p, 3)

    def listing(self, parts: list[str]) -> str:
        """Join words as the language lists them: «a, b and c»."""
        return format_list(parts, locale=self.locale)
