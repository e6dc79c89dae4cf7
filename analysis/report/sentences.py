"""A finding goes in, the sentences that may be said of it come out, in nl, fr or en.

Each sentence names its denominator. A clear difference is only said where the interval of the gap leaves out
zero; elsewhere the sentence says that this study cannot tell. No sentence says «times more often», none turns
round a conditional rate, and «neither invited» is never called equal treatment.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.cells import DIFFERENCE
from analysis.disclosure import Why
from analysis.estimate import Estimate
from analysis.report.findings import Finding, Section, Verdict
from analysis.report.material import ContrastWords, Material
from analysis.report.vocabulary import VERDICTS, many_of, where_of
from analysis.report.words import Words, mark

WITHHELD: Mapping[Why, str] = {
    Why.FEW_LANDLORDS: mark(
        "{where}, no figures are shown: fewer than {landlords} different landlords were tested."
    ),
    Why.FEW_INFORMATIVE: mark(
        "{where}, there are too few tests to say: fewer than {informative} tests in which at least one of the two"
        " candidates was invited."
    ),
    Why.PROTECTS_ANOTHER: mark(
        "{where}, no figures are shown: together with the other figures they would give away a small group."
    ),
    Why.INDIVIDUAL: mark("{where}, no figures are shown: individual landlords are never reported."),
}
LEAD: Mapping[Verdict, str] = {
    Verdict.DISADVANTAGE: mark(
        "{where}, only the candidate with {reference} was invited in {b} of {n} tests, and only the candidate with"
        " {other} in {c}. In 100 tests that is a difference of {gap}, to the disadvantage of the candidate with"
        " {other} (margin: {lower} to {upper})."
    ),
    Verdict.ADVANTAGE: mark(
        "{where}, only the candidate with {reference} was invited in {b} of {n} tests, and only the candidate with"
        " {other} in {c}. In 100 tests that is a difference of {gap}, to the advantage of the candidate with"
        " {other} (margin: {lower} to {upper})."
    ),
    Verdict.UNCLEAR: mark(
        "{where}, only the candidate with {reference} was invited in {b} of {n} tests, and only the candidate with"
        " {other} in {c}. In 100 tests that is a difference of {gap}, but the margin runs from {lower} to {upper}:"
        " this study cannot tell whether the two candidates are treated differently."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Words of one language with the names of one contrast's candidates."""

    words: Words
    reference: str
    """What the reference candidate has, after «with»."""
    other: str
    """What the other candidate has, after «with»."""
    landlords: int
    """Distinct landlords that a cell needs to be shown."""
    informative: int
    """Informative pairs that a cell needs to be shown."""


def speech_of(material: Material, contrast: str, words: Words) -> Speech:
    """Take the words of one contrast in one language."""
    names: ContrastWords = material.words_of(contrast)
    return Speech(
        words=words,
        reference=names.reference[words.language],
        other=names.other[words.language],
        landlords=material.disclosed.min_landlords,
        informative=material.disclosed.min_informative,
    )


def answer(speech: Speech, finding: Finding) -> str:
    """The one sentence of a finding that answers the question, with natural frequencies."""
    words = speech.words
    where = where_of(words, finding.group, finding.level)
    if finding.why is not None:
        return words.t(
            WITHHELD[finding.why], where=where, landlords=speech.landlords, informative=speech.informative
        )
    counts, gap = finding.counts, finding.gap
    if counts is None or gap is None or gap.value is None:
        return words.t("{where}, no gap can be computed from these tests.", where=where)
    if not finding.of_pairs:
        return _shares(speech, finding, where)
    values = {
        "where": where,
        "reference": speech.reference,
        "other": speech.other,
        "b": words.number(counts.reference_only),
        "c": words.number(counts.other_only),
        "n": words.number(counts.pairs),
    }
    signed = gap.value if finding.verdict is Verdict.UNCLEAR else abs(gap.value)
    values["gap"] = whole(words, signed)
    if gap.lower is None or gap.upper is None:
        return words.t(
            "{where}, only the candidate with {reference} was invited in {b} of {n} tests, and only the candidate"
            " with {other} in {c}. In 100 tests that is a difference of {gap}; without a margin this study cannot"
            " tell whether the two candidates are treated differently.",
            **values,
        )
    low, high = gap.lower, gap.upper
    if finding.verdict is Verdict.ADVANTAGE:
        low, high = -gap.upper, -gap.lower
    margin = {"lower": words.per_hundred(low), "upper": words.per_hundred(high)}
    return words.t(LEAD[finding.verdict], **values, **margin)


def _shares(speech: Speech, finding: Finding, where: str) -> str:
    """The answer where a candidate wrote several times to one listing: shares of messages, not of tests."""
    words, gap = speech.words, finding.gap
    assert gap is not None and gap.value is not None
    values = {
        "where": where,
        "reference": speech.reference,
        "other": speech.other,
        "gap": words.per_hundred(gap.value),
    }
    if gap.lower is None or gap.upper is None:
        return words.t(
            "{where}, of 100 messages by the candidate with {reference}, {gap} more were answered with an invitation"
            " than of 100 by the candidate with {other}; no margin can be computed.",
            **values,
        )
    return words.t(
        "{where}, of 100 messages by the candidate with {reference}, {gap} more were answered with an invitation"
        " than of 100 by the candidate with {other} (margin: {lower} to {upper}; a minus means fewer).",
        lower=words.per_hundred(gap.lower),
        upper=words.per_hundred(gap.upper),
        **values,
    )


def net_sentence(speech: Speech, finding: Finding) -> str | None:
    """The Belgian convention: of the tests in which at least one of the two was invited."""
    net = finding.net
    if net is None or net.value is None or not finding.of_pairs:
        return None
    more, less = speech.reference, speech.other
    if net.value < 0:
        more, less = less, more
    if net.value == 0:
        return speech.words.t(
            "Of 100 tests in which at least one of the two was invited, both candidates were invited equally often."
        )
    values = {"more": more, "less": less, "rate": whole(speech.words, abs(net.value))}
    margin = _margin(speech.words, net, turned=net.value < 0)
    if margin is None or finding.counts is None:
        return speech.words.t(
            "Of 100 tests in which at least one of the two was invited, the candidate with {more} was invited in {rate}"
            " more than the candidate with {less}.",
            **values,
        )
    return speech.words.t(
        "Of 100 tests in which at least one of the two was invited, the candidate with {more} was invited in {rate}"
        " more than the candidate with {less} (margin: {lower} to {upper}, from {m} such tests).",
        m=speech.words.number(finding.counts.informative),
        **values,
        **margin,
    )


def _margin(words: Words, row: Estimate, *, turned: bool) -> dict[str, str] | None:
    """The interval out of 100, seen from the side that the sentence speaks for."""
    if row.lower is None or row.upper is None:
        return None
    low, high = (-row.upper, -row.lower) if turned else (row.lower, row.upper)
    return {"lower": words.per_hundred(low), "upper": words.per_hundred(high)}


def relative_sentence(speech: Speech, finding: Finding) -> str | None:
    """How many fewer invitations, with both counts and their denominator."""
    counts, relative = finding.counts, finding.relative
    if counts is None or relative is None or relative.value is None or not finding.of_pairs:
        return None
    values = {
        "reference": speech.reference,
        "other": speech.other,
        "with_reference": speech.words.number(counts.both + counts.reference_only),
        "with_other": speech.words.number(counts.both + counts.other_only),
        "n": speech.words.number(counts.pairs),
        "share": speech.words.percent(abs(relative.value), 0),
    }
    if counts.reference_only == counts.other_only:
        return speech.words.t(
            "Of {n} tests, the candidate with {reference} and the candidate with {other} were each invited in"
            " {with_other}.",
            **values,
        )
    margin = _margin(speech.words, relative, turned=relative.value < 0)
    if margin is None:
        return speech.words.t(
            "Of {n} tests, the candidate with {reference} was invited in {with_reference} and the candidate with"
            " {other} in {with_other}.",
            **values,
        )
    values |= margin
    if relative.value > 0:
        return speech.words.t(
            "Of {n} tests, the candidate with {reference} was invited in {with_reference} and the candidate with"
            " {other} in {with_other}: {share} fewer invitations (margin: {lower} to {upper} %).",
            **values,
        )
    return speech.words.t(
        "Of {n} tests, the candidate with {reference} was invited in {with_reference} and the candidate with"
        " {other} in {with_other}: {share} more invitations (margin: {lower} to {upper} %).",
        **values,
    )


def difference_sentence(words: Words, section: Section) -> str | None:
    """The gap of one landlord type minus that of another, with its own interval."""
    row = section.difference
    if row is None or row.level.count(DIFFERENCE) != 1:
        return None
    first, second = row.level.split(DIFFERENCE)
    values = {"first": many_of(words, row.group, first), "second": many_of(words, row.group, second)}
    if row.value is None:
        return words.t("The difference between {first} and {second} cannot be shown.", **values)
    values["gap"] = whole(words, row.value)
    if row.lower is None or row.upper is None:
        return words.t(
            "The gap with {first} minus the gap with {second} is {gap} in 100 tests; without a margin this study"
            " cannot tell with which of the two the gap is larger.",
            **values,
        )
    values |= {"lower": words.per_hundred(row.lower), "upper": words.per_hundred(row.upper)}
    if row.lower <= 0 <= row.upper:
        return words.t(
            "The gap with {first} minus the gap with {second} is {gap} in 100 tests (margin: {lower} to {upper}):"
            " this study cannot tell with which of the two the gap is larger.",
            **values,
        )
    larger = values["first"] if row.lower > 0 else values["second"]
    return words.t(
        "The gap with {first} minus the gap with {second} is {gap} in 100 tests (margin: {lower} to {upper}):"
        " the gap is clearly larger with {larger}.",
        larger=larger,
        **values,
    )


def difference_verdict(words: Words, row: Estimate) -> str:
    """What the interval of a difference of landlord types lets one say."""
    if row.value is None:
        return words.t(VERDICTS[Verdict.WITHHELD])
    if row.lower is None or row.upper is None or row.lower <= 0 <= row.upper:
        return words.t(VERDICTS[Verdict.UNCLEAR])
    larger = row.level.split(DIFFERENCE)[0 if row.lower > 0 else 1]
    return words.t("Clearly larger with {larger}", larger=many_of(words, row.group, larger))


def whole(words: Words, share: float) -> str:
    """A share as a whole number out of 100; small ones keep a decimal, so that they do not become 0 or 1."""
    return words.per_hundred(share, 0 if share == 0 or abs(share) >= 0.02 else 1)
