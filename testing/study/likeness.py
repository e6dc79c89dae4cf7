"""Two letters to one landlord go in, how alike they are comes out: one hand must not be recognised, nor two manners.

The opposite check, that two letters of one form differ in nothing but the signal, stands in
``testing.pairing.letters``. The limits are this house's own; no study of what landlords notice is known.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from testing.study.letter_forms import SLOT, LetterForm, laid_out, without

GRAMS_MAX = 0.35
"""Most of their character 5-grams that two letters may share (Jaccard index)."""
RATIO_MAX = 75.0
"""Most that two letters may be alike in percent: twice their longest common subsequence over both lengths."""
RUNS_MAX = 6
"""Most runs of four words that both may have."""
LENGTHS = (0.8, 1.25)
"""Length of the one over the length of the other."""
SENTENCES_MAX = 1
"""Most sentences that one may have more than the other."""
FORMAL = {
    "nl": r"\b(?:u|uw)\b",
    "fr": r"\b(?:vous|votre|vos)\b",
    # In small letters these are «she», «her» and «their».
    "de": r"(?-i:\b(?:Sie|Ihnen|Ihre?[mnrs]?)\b)",
}
FAMILIAR = {
    "nl": r"\b(?:je|jij|jou|jouw|jullie|ge|gij)\b",
    "fr": r"\b(?:tu|toi|ton|ta|tes)\b",
    "de": r"\b(?:du|dich|dir|dein(?:e[mnrs]?)?|euch|euer|eure[mnrs]?)\b",
}
"""Words by which a letter addresses its reader; English has one form for both."""
PROVOKING = {
    "nl": r"discrimin|racis|vreemdeling|buitenland|allochto|nationaliteit|afkomst|moslim|hoofddoek|liever geen"
    r"|liever niet",
    "fr": r"discrimin|racis|étrang|immigr|nationalité|origine|musulman|voile|plutôt pas",
    "en": r"discriminat|racis|foreign|immigra|nationality|ethnic|muslim|headscarf|rather not",
    "de": r"diskrimin|rassis|ausländ|fremde|migrant|zuwander|nationalität|staatsangehör|herkunft|muslim|kopftuch"
    r"|lieber nicht|lieber kein",
}
"""Words that bring up what is tested: a letter that asks for discrimination provokes it, which no law allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How alike two letters are."""

    grams: float
    ratio: float
    runs: int
    length: float
    sentences: int
    """How many more the one has."""
    manners: tuple[str, str]
    """How each addresses its reader: formal, familiar, both or neither."""

    def faults(self) -> list[str]:
        """Each limit that is broken, in words; empty where the two may go to one landlord."""
        found = []
        if self.grams > GRAMS_MAX:
            found.append(f"share {self.grams:.2f} of their 5-grams, at most {GRAMS_MAX}")
        if self.ratio > RATIO_MAX:
            found.append(f"are {self.ratio:.0f} % alike, at most {RATIO_MAX:.0f} %")
        if self.runs > RUNS_MAX:
            found.append(f"share {self.runs} runs of four words, at most {RUNS_MAX}")
        if not LENGTHS[0] <= self.length <= LENGTHS[1]:
            found.append(
                f"differ in length by a factor of {self.length:.2f}, from {LENGTHS[0]} to {LENGTHS[1]}"
            )
        if self.sentences > SENTENCES_MAX:
            found.append(f"differ by {self.sentences} sentences, at most {SENTENCES_MAX}")
        # A form that addresses nobody is as polite as its neighbour.
        if {"formal", "familiar"} <= set(self.manners) or "both" in self.manners:
            found.append(f"address the reader in two ways ({self.manners[0]} and {self.manners[1]})")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A form as one applicant would send it."""

    form: LetterForm
    cell: Mapping[str, str]
    """Arm for each ground that a sentence signals."""
    values: Mapping[str, str]
    """What stands in the applicant's own slots; a slot without a value stays open."""
    chosen: Mapping[str, int]
    """Number of the variant of each phrase."""

    def body(self, leaving_out: Collection[str] = ()) -> str:
        """What a landlord reads, without the sentences of some grounds if asked."""
        form = replace(self.form, body=without(self.form.body, leaving_out))
        return SLOT.sub(
            lambda slot: self.values.get(slot[1], slot[0]), laid_out(form, self.cell, self.chosen)
        )


def held_together(first: Wording, second: Wording, language: str) -> Likeness:
    """Hold two letters of one test against each other, as they would be sent.

    Length and sentences are counted without the sentence of a ground that some arm leaves unsaid: there two letters
    differ by design, and that sentence is what is tested. One hand is looked for in all that is sent.

    Args:
        first: the one.
        second: the other.
        language: nl, fr, en or de.
    """
    unsaid = first.form.unsaid() | second.form.unsaid()
    sent = compare(first.body(), second.body(), language)
    if not unsaid:
        return sent
    equal = compare(first.body(unsaid), second.body(unsaid), language)
    return replace(sent, length=equal.length, sentences=equal.sentences)


def compare(first: str, second: str, language: str) -> Likeness:
    """Hold two letters, as a landlord reads them, against each other.

    Args:
        first: body of the one, its slots filled or open.
        second: of the other.
        language: nl, fr, en or de.
    """
    one, two = _features(first, language), _features(second, language)
    return Likeness(
        grams=_jaccard(one.grams, two.grams),
        ratio=100 * similarity(one.words, two.words),
        runs=len(one.runs & two.runs),
        length=max(1, len(first)) / max(1, len(second)),
        sentences=abs(one.sentences - two.sentences),
        manners=(one.manner, two.manner),
    )


def shared_grams(first: str, second: str, size: int = 5) -> float:
    """Jaccard index of the character ``size``-grams of two texts, 0 (nothing shared) to 1.

    Case, punctuation and slots are left aside, so that only the wording counts.

    >>> shared_grams("Mag ik komen kijken?", "mag ik komen kijken")
    1.0
    """
    return _jaccard(*(_grams(" ".join(_words(text)), size) for text in (first, second)))


def similarity(first: str, second: str) -> float:
    """Twice the longest common subsequence of two texts over both their lengths, 0 to 1.

    Bit-parallel (Hyyrö 2004): a bit of ``rows`` falls where the subsequence grows.

    >>> similarity("abcdef", "abxdef"), similarity("", "")
    (0.8333333333333334, 1.0)
    """
    if not first and not second:
        return 1.0
    places: dict[str, int] = {}
    for at, sign in enumerate(first):
        places[sign] = places.get(sign, 0) | 1 << at
    whole = (1 << len(first)) - 1
    rows = whole
    for sign in second:
        met = rows & places.get(sign, 0)
        rows = ((rows + met) | (rows - met)) & whole
    longest = len(first) - rows.bit_count()
    return 2 * longest / (len(first) + len(second))


def provocation(text: str, language: str) -> str | None:
    """The word by which a text brings up what is tested; None where none does."""
    found = re.search(PROVOKING.get(language, r"(?!)"), text, re.IGNORECASE)
    return found[0] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Features:
    """What two letters are compared by."""

    words: str
    grams: frozenset[str]
    runs: frozenset[tuple[str, ...]]
    sentences: int
    manner: str


@lru_cache(maxsize=4096)
def _features(text: str, language: str) -> _Features:
    words = _words(text)
    return _Features(
        words=" ".join(words),
        grams=_grams(" ".join(words), 5),
        runs=frozenset(tuple(words[n : n + 4]) for n in range(len(words) - 3)),
        sentences=len(re.findall(r"[^.!?\n]{3,}[.!?]", text)),
        manner=_manner(text, language),
    )


def _grams(words: str, size: int) -> frozenset[str]:
    return frozenset(words[n : n + size] for n in range(max(1, len(words) - size + 1)))


def _jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    union = first | second
    return len(first & second) / len(union) if union else 1.0


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", SLOT.sub(" ", text).casefold())


def _manner(text: str, language: str) -> str:
    formal = bool(re.search(FORMAL.get(language, r"(?!)"), text, re.IGNORECASE))
    familiar = bool(re.search(FAMILIAR.get(language, r"(?!)"), text, re.IGNORECASE))
    return "both" if formal and familiar else "formal" if formal else "familiar" if familiar else "neither"
