"""Material and a language go in, everything that the page's templates print comes out, ready and in order."""

from collections.abc import Sequence
from typing import Any

from analysis.cells import DIFFERENCE
from analysis.estimate import Estimate, Status
from analysis.report.blocks import funnel_heads, funnel_of, hidden_of, quote_of
from analysis.report.drawing import Scale, icons_of, out_of_hundred, scale_of
from analysis.report.findings import ALL, FIRST, Finding, Section, sections_of
from analysis.report.material import Material
from analysis.report.numbers import measures_of, method_heads, methods_of, model_heads, models_of
from analysis.report.sentences import (
    Speech,
    answer,
    difference_sentence,
    difference_verdict,
    net_sentence,
    relative_sentence,
    speech_of,
)
from analysis.report.texts import glossary_of, limits_of, objections_of, provenance_of
from analysis.report.vocabulary import STATUSES, VERDICTS, name_of
from analysis.report.words import ENDONYMS, Words

View = dict[str, Any]
"""What one template block prints; keys are named as in the template."""


def page_of(material: Material, words: Words, languages: Sequence[str]) -> View:
    """Gather what the page prints in one language.

    Args:
        material: Disclosed estimates with their words.
        words: Language of the page.
        languages: Languages that are written, linked to one another.
    """
    sections = sections_of(material)
    return {
        "language": words.language,
        "t": words.t,
        "title": material.titles[words.language],
        "languages": [
            {"code": code, "name": ENDONYMS[code], "file": f"report-{code}.html"}
            for code in ENDONYMS
            if code in languages
        ],
        "rehearsal": material.rehearsal,
        "sections": [
            _section(material, section, words, number) for number, section in enumerate(sections, 1)
        ],
        "quotes": [quote for section in sections if (quote := quote_of(material, section, words))],
        "limits": limits_of(words),
        "objections": objections_of(words),
        "funnel_heads": funnel_heads(words),
        "funnel": funnel_of(material, words),
        "hidden": hidden_of(material, words),
        "min_landlords": material.disclosed.min_landlords,
        "min_informative": material.disclosed.min_informative,
        "provenance": provenance_of(material, words),
        "glossary": glossary_of(words),
    }


def _section(material: Material, section: Section, words: Words, number: int) -> View:
    speech = speech_of(material, section.contrast, words)
    shown = [finding for finding in section.findings if finding.shown]
    difference = section.difference if section.difference and section.difference.value is not None else None
    bars = [finding.gap for finding in shown if finding.gap] + ([difference] if difference else [])
    truth = {level: value for (name, level), value in material.truth.items() if name == section.contrast}
    scale = scale_of(
        number for row in bars for number in (row.value, row.lower, row.upper, truth.get(row.level))
    )
    by_type = section.group in ("landlord_type", ALL)
    return {
        "number": number,
        "label": material.words_of(section.contrast).labels[words.language],
        "status": words.t(STATUSES[section.status]),
        "exploratory": section.status is Status.EXPLORATORY,
        "by_type": by_type,
        "has_truth": bool(truth),
        "reading": words.t(
            "Right of the dashed line: more often only the candidate with {reference}. Left of it: more often only the"
            " candidate with {other}. Margin: {confidence} % interval.",
            reference=speech.reference,
            other=speech.other,
            confidence=words.number(100 * next((row.confidence for row in bars if row.confidence), 0.95)),
        ),
        "ticks": [{"at": scale.at(tick), "text": words.per_hundred(tick, 0)} for tick in scale.ticks],
        "rows": [_row(speech, finding, scale, truth.get(finding.level)) for finding in section.findings],
        "difference_title": words.t("Difference between landlord types"),
        "difference_sentence": difference_sentence(words, section),
        "difference_rows": [_difference(words, section.difference, scale, truth)]
        if section.difference
        else [],
        "icons": [_icons(speech, finding) for finding in shown if finding.level in FIRST or len(shown) == 1],
        "measured": [name_of(words, finding.group, finding.level) for finding in shown],
        "measures": measures_of(speech, shown) if shown else [],
        "models": models_of(words, section),
        "model_heads": model_heads(words),
        "methods": methods_of(words, section),
        "method_heads": method_heads(words),
    }


def _row(speech: Speech, finding: Finding, scale: Scale, truth: float | None) -> View:
    """One landlord type: its answer in words and its row in the table."""
    words = speech.words
    row: View = {
        "name": name_of(words, finding.group, finding.level),
        "shown": finding.shown,
        "answer": answer(speech, finding),
        "also": [],
        "tests": words.t("{n} tests", n=words.number(finding.pairs)) if finding.pairs else "",
        "value": "",
        "verdict": words.t(VERDICTS[finding.verdict]),
        "diamond": finding.level == ALL,
        "css": "all" if finding.level == ALL else "",
        "truth": "",
        "truth_at": "",
    }
    if finding.shown and finding.gap is not None:
        row["also"] = [
            sentence
            for sentence in (net_sentence(speech, finding), relative_sentence(speech, finding))
            if sentence
        ]
        row |= _bar(words, finding.gap, scale, row["name"])
        row |= _truth(words, truth, scale)
    return row


def _difference(words: Words, gap: Estimate | None, scale: Scale, truth: dict[str, float]) -> View:
    """The row of one landlord type minus another."""
    assert gap is not None
    first, second = gap.level.split(DIFFERENCE)
    row: View = {
        "name": words.t(
            "{first} minus {second}",
            first=name_of(words, gap.group, first),
            second=_inside(name_of(words, gap.group, second)),
        ),
        "tests": "",
        "value": "",
        "verdict": difference_verdict(words, gap),
        "diamond": False,
        "css": "difference",
        "truth": "",
        "truth_at": "",
    }
    built_in = truth.get(gap.level)
    if built_in is None and first in truth and second in truth:
        built_in = truth[first] - truth[second]
    if gap.value is not None:
        row |= _bar(words, gap, scale, row["name"])
        row |= _truth(words, built_in, scale)
    return row


def _inside(name: str) -> str:
    """A name as it stands inside a phrase, without its capital."""
    return name[:1].lower() + name[1:]


def _bar(words: Words, gap: Estimate, scale: Scale, name: str) -> View:
    assert gap.value is not None
    value = words.per_hundred(gap.value)
    bar: View = {
        "value": value,
        "margin": "",
        "zero": scale.at(0),
        "point": scale.at(gap.value),
        "low": "",
        "high": "",
        "alt": words.t("{name}: gap {value} in 100 tests; no margin.", name=name, value=value),
    }
    if gap.lower is not None and gap.upper is not None:
        limits = {"lower": words.per_hundred(gap.lower), "upper": words.per_hundred(gap.upper)}
        bar |= {
            "margin": words.t("{lower} to {upper}", **limits),
            "low": scale.at(gap.lower),
            "high": scale.at(gap.upper),
            "alt": words.t(
                "{name}: gap {value} in 100 tests, margin {lower} to {upper}.",
                name=name,
                value=value,
                **limits,
            ),
        }
    return bar


def _truth(words: Words, truth: float | None, scale: Scale) -> View:
    return {} if truth is None else {"truth": words.per_hundred(truth), "truth_at": scale.at(truth)}


def _icons(speech: Speech, finding: Finding) -> View:
    """A hundred icons for one landlord type, with their legend and their words."""
    words, counts = speech.words, finding.counts
    assert counts is not None
    hundred = out_of_hundred(counts)
    texts = {
        "both": words.t("both invited"),
        "reference": words.t("only the candidate with {label}", label=speech.reference),
        "other": words.t("only the candidate with {label}", label=speech.other),
        "neither": words.t("neither invited"),
    }
    legend = [
        {"kind": kind, "count": words.number(count), "text": texts[kind]} for kind, count in hundred.items()
    ]
    parts = words.listing([f"{line['count']} {line['text']}" for line in legend])
    name = name_of(words, finding.group, finding.level)
    return {
        "name": name,
        "icons": icons_of(counts),
        "legend": legend,
        "alt": words.t("{name}, out of 100 tests: {parts}.", name=name, parts=parts),
    }
