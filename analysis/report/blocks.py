"""Material goes in, the blocks around the results come out: quotes for the press, funnel, what is not shown."""

from typing import Any

from analysis.disclosure import Why
from analysis.estimate import Status
from analysis.report.findings import ALL, Section, Verdict
from analysis.report.material import Material
from analysis.report.sentences import WITHHELD, answer, difference_sentence, speech_of
from analysis.report.vocabulary import where_of
from analysis.report.words import Words, mark

DROPPED = {
    "no application in the reference cell": mark("no message of the reference candidate"),
    "no application in the other cell": mark("no message of the other candidate"),
    "not delivered": mark("a message did not arrive"),
    "outcome unknown": mark("an answer could not be judged"),
}
"""Why pairs are left out, in the words of ``analysis.estimators.pairs`` and of the page."""
OTHER_COMPARISON = "no application in the other cell"
"""The reason that also pairs of another comparison have."""
View = dict[str, Any]
"""What one template block prints."""


def quote_of(material: Material, section: Section, words: Words) -> View | None:
    """The sentences that may be quoted: planned contrasts only, and only what is shown."""
    if section.status is Status.EXPLORATORY:
        return None
    speech = speech_of(material, section.contrast, words)
    sentences = [
        answer(speech, finding)
        for finding in section.findings
        if finding.shown or finding.verdict is Verdict.TOO_FEW
    ]
    if section.difference is not None and section.difference.value is not None:
        sentences += [sentence for sentence in [difference_sentence(words, section)] if sentence]
    return {"label": material.words_of(section.contrast).labels[words.language], "sentences": sentences}


def funnel_of(material: Material, words: Words) -> list[View]:
    """Pairs in the table, used and left out; withheld where they would give away a hidden number of pairs."""
    # One withheld total is enough: the pairs that another comparison leaves out can be its pairs.
    secret = any(
        (hidden.outcome, hidden.group, hidden.level) == (material.outcome, ALL, ALL)
        and hidden.why is not Why.FEW_INFORMATIVE
        for hidden in material.disclosed.hidden
    )
    several = len({step.contrast for step in material.funnel}) > 1
    heads = funnel_heads(words)[1:]
    rows = []
    for step in material.funnel:
        # With one reference for several comparisons, the pairs of the others are no loss of this one.
        elsewhere = step.dropped.get(OTHER_COMPARISON, 0) if several else 0
        dropped = {
            key: n for key, n in step.dropped.items() if n and not (several and key == OTHER_COMPARISON)
        }
        reasons = [
            f"{words.t(DROPPED[key]) if key in DROPPED else key}: {words.number(n)}"
            for key, n in dropped.items()
        ]
        numbers = (step.pairs - elsewhere, step.used, sum(dropped.values()))
        cells: list[View] = [
            {"name": head, "value": words.t("not shown") if secret else words.number(number), "reasons": ""}
            for head, number in zip(heads, numbers, strict=True)
        ]
        cells[-1]["reasons"] = "" if secret else "; ".join(reasons)
        rows.append({"label": material.words_of(step.contrast).labels[words.language], "cells": cells})
    return rows


def funnel_heads(words: Words) -> list[str]:
    """Heads of the table from all tests to the figures."""
    return [
        words.t("Comparison"),
        words.t("Tests in the table"),
        words.t("Used"),
        words.t("Left out, and why"),
    ]


def hidden_of(material: Material, words: Words) -> list[str]:
    """One line for each cell that is not shown."""
    lines = []
    for hidden in material.disclosed.hidden:
        if hidden.outcome != material.outcome:
            continue
        finding_where = where_of(words, hidden.group, hidden.level)
        label = material.words_of(hidden.contrast).labels[words.language]
        lines.append(f"{label}. {_why(material, words, hidden.why, finding_where)}")
    return lines


def _why(material: Material, words: Words, why: Why, where: str) -> str:
    return words.t(
        WITHHELD[why],
        where=where,
        landlords=material.disclosed.min_landlords,
        informative=material.disclosed.min_informative,
    )
