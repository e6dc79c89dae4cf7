"""Results go in, what a report is made of comes out: disclosed estimates, words of contrasts, and provenance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.dictionary import Contrast, Dictionary
from analysis.disclosure import MIN_LANDLORDS, Disclosed, disclose
from analysis.results import Funnel, Results

LANGUAGES = ("nl", "fr", "en")
AND = {"nl": " en ", "fr": " et ", "en": " and "}
"""Joins the features of a candidate that differs in two grounds."""
NOT_FACTS = ("rehearsal", "truth", "plan")
"""Notes that the page says in its own words."""
TITLES = ("titles", "title")
"""Notes of the dictionary in which the study's title per language may stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastWords:
    """How readers see one contrast; each text by language."""

    labels: Mapping[str, str]
    """The contrast: «Moroccan name against Belgian name»."""
    reference: Mapping[str, str]
    """What the reference candidate has: «a Belgian name»."""
    other: Mapping[str, str]
    """What the other candidate has: «a Moroccan name»."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything a page prints; nothing is read from the clock, the machine or the network."""

    study: str
    wave: str
    titles: Mapping[str, str]
    """Title of the study by language."""
    disclosed: Disclosed
    contrasts: Mapping[str, ContrastWords]
    landlord_types: tuple[str, ...]
    """Levels in the order of the study; private owners and agencies always come first."""
    outcome: str
    """The outcome that the study was designed for; only that is reported."""
    funnel: tuple[Funnel, ...]
    """Pairs in the table, used and dropped, of that outcome."""
    outcomes_sha256: str
    plan_sha256: str | None
    """Hash of the analysis plan; None where there was none before the data."""
    software: str
    """Program that computed the numbers."""
    rehearsal: bool = False
    """Whether the data are made up."""
    truth: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Contrast and level, then the true gap that a rehearsal built in."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Short facts of the release and the run, printed as they stand (such as the date of the release)."""

    def words_of(self, contrast: str) -> ContrastWords:
        """The words of a contrast; its bare name where the study has none."""
        if contrast in self.contrasts:
            return self.contrasts[contrast]
        name = dict.fromkeys(LANGUAGES, contrast)
        return ContrastWords(labels=name, reference=name, other=name)


def material_of(results: Results, *, min_landlords: int = MIN_LANDLORDS) -> Material:
    """Take what a report needs from results, with small cells hidden.

    Args:
        results: One estimation, as ``read_results`` reads it.
        min_landlords: Distinct landlords that a cell needs to be shown.

    Raises:
        ValueError: ``min_landlords`` is below ``analysis.disclosure.FLOOR``.
    """
    dictionary = results.dictionary
    notes: dict[str, Any] = {**dictionary.notes, **results.notes}
    titles: Mapping[str, Any] = next(
        (notes[key] for key in TITLES if isinstance(notes.get(key), Mapping)), {}
    )
    return Material(
        study=results.study,
        wave=results.wave,
        titles={language: str(titles.get(language, results.study)) for language in LANGUAGES},
        disclosed=disclose(results.estimates, min_landlords=min_landlords),
        contrasts={name: _words(dictionary, contrast) for name, contrast in dictionary.contrasts.items()},
        landlord_types=dictionary.landlord_types,
        outcome=dictionary.primary,
        funnel=tuple(step for step in results.funnel if step.outcome == dictionary.primary),
        outcomes_sha256=results.outcomes_sha256,
        plan_sha256=results.plan_sha256,
        software=results.software,
        rehearsal=str(notes.get("rehearsal", "false")).lower() == "true",
        truth=_truth(notes.get("truth")),
        facts={
            key: value
            for key, value in sorted(notes.items())
            if isinstance(value, str) and key not in {*TITLES, *NOT_FACTS}
        },
    )


def _words(dictionary: Dictionary, contrast: Contrast) -> ContrastWords:
    """Name both cells by the grounds in which they differ; what they share goes without saying."""
    differ = [ground for ground in dictionary.grounds if contrast.reference[ground] != contrast.other[ground]]

    def name(arms: Mapping[str, str], language: str) -> str:
        labels = {ground: dictionary.grounds[ground].labels.get(language, {}) for ground in differ}
        return AND[language].join(labels[ground].get(arms[ground], arms[ground]) for ground in differ)

    reference = {language: name(contrast.reference, language) for language in LANGUAGES}
    other = {language: name(contrast.other, language) for language in LANGUAGES}
    return ContrastWords(
        labels={
            language: _capital(contrast.labels.get(language, f"{other[language]} / {reference[language]}"))
            for language in LANGUAGES
        },
        reference=reference,
        other=other,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _truth(note: Any) -> dict[tuple[str, str], float]:
    """Read the built-in truth: contrast, then level, then the gap or a table that holds it."""
    return {
        (contrast, level): float(value["gap"] if isinstance(value, Mapping) else value)
        for contrast, levels in (note or {}).items()
        for level, value in levels.items()
    }
