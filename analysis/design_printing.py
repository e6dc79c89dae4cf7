"""What a design can detect goes in, tables and one paragraph of assumptions for a terminal come out."""

import textwrap
from collections.abc import Sequence

from analysis.design import Design, Detection, Question
from analysis.printing import table

COLUMNS = 118
AT = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Multiples of the planned pairs at which the power is printed."""


def printed_design(design: Design) -> str:
    """Everything that is known of a design, as text."""
    question = design.question
    head = (
        f"What this design can detect: two-sided level {_percent(question.alpha)}, "
        f"wanted power {_percent(question.power)}, McNemar {question.test}"
    )
    lines = [
        head,
        "─" * len(head),
        *_groups(design.groups, question),
        *_precision(design.groups, question),
        *_differences(design),
        *_changes(design.groups, question),
        *_equivalence(design.groups, question),
        *_curve(design),
        "",
        *assumptions(design),
    ]
    return "\n".join(lines) + "\n"


def _groups(groups: Sequence[Detection], question: Question) -> list[str]:
    body = [
        [
            it.group.name,
            _pairs(it),
            f"{_points(it.group.shares.reference_only)} / {_points(it.group.shares.other_only)}",
            _points(it.group.shares.gap),
            _percent(it.power),
            _points(it.smallest_gap),
            "–" if it.needed is None else f"{it.needed:,}",
        ]
        for it in groups
    ]
    wanted = _percent(question.power)
    head = [
        "the paired test", "pairs", "reference / other only", "gap", "power", f"gap found with {wanted}",
        f"pairs for {wanted}",
    ]  # fmt: skip
    return table(head, body)


def _precision(groups: Sequence[Detection], question: Question) -> list[str]:
    body = [
        [
            it.group.name,
            _with_margin(it.group.shares.gap, it.half_width, "points"),
            _with_margin(it.group.shares.net_rate, it.net_half_width, "%"),
            str(round(it.group.counted * it.group.shares.informative)) if it.group.both_known else "–",
            str(round(it.group.counted * it.group.shares.discordant)),
        ]
        for it in groups
    ]
    head = [
        f"precision ({_percent(question.confidence)} interval)", "gap (b−c)/n", "net rate (b−c)/(a+b+c)",
        "informative pairs", "discordant pairs",
    ]  # fmt: skip
    return table(head, body)


def _differences(design: Design) -> list[str]:
    body = [
        [
            f"{it.contrast} · {it.one} − {it.two}",
            _points(it.assumed),
            _percent(it.power),
            _points(it.smallest),
            it.method,
        ]
        for it in design.differences
    ]
    wanted = _percent(design.question.power)
    return table(
        ["landlord types against each other", "difference", "power", f"found with {wanted}", "by"], body
    )


def _changes(groups: Sequence[Detection], question: Question) -> list[str]:
    body = [
        [
            it.group.name,
            _points(it.change_called),
            _points(it.change_found),
            _points(it.net_change_called),
            _points(it.net_change_found),
        ]
        for it in groups
    ]
    wanted = _percent(question.power)
    head = [
        "a next wave of equal size", "gap: change called significant", f"found with {wanted}",
        "net rate: called significant", f"found with {wanted}",
    ]  # fmt: skip
    return table(head, body)


def _equivalence(groups: Sequence[Detection], question: Question) -> list[str]:
    if question.margin is None:
        return []
    body = [[it.group.name, _percent(it.equivalence)] for it in groups]
    margin = _points(question.margin)
    return table([f"shown to be none within ± {margin}, if there is none", "probability"], body)


def _curve(design: Design) -> list[str]:
    body = []
    for it in design.groups:
        points = dict(design.curve.get(it.group.name, []))
        row = [it.group.name]
        for multiple in AT:
            near = min(points, key=lambda n: abs(n - multiple * it.group.counted), default=None)
            row.append("–" if near is None else f"{near}: {_percent(points[near])}")
        body.append(row)
    return table(["power by pairs", *(f"× {multiple:g}" for multiple in AT)], body)


def assumptions(design: Design) -> list[str]:
    """One paragraph: what all these numbers rest on."""
    sources: dict[str, list[str]] = {}
    for it in design.groups:
        sources.setdefault(it.group.assumed_from, []).append(it.group.name)
    effect = [it for it in design.groups if it.group.counted < it.group.pairs]
    said = (
        "Assumed. The power of a paired test hangs on the pairs in which only one of the two is invited, not on the "
        "invitation rates; a study that expects other shares has another power. Pairs count as independent"
        + (
            ", after those of one landlord were counted as fewer (" + _effects(effect) + ")"
            if effect
            else ", which several pairs with one agency are not"
        )
        + ". The numbers for the paired test"
        + (" and for landlord types" if any(it.method == "all tables" for it in design.differences) else "")
        + " are sums over all tables that can occur; precision and changes are normal approximations. Bounced or lost "
        "messages, and landlords that are gone, take pairs away: plan for more than are needed."
    )
    wrapped = textwrap.wrap(said, COLUMNS)
    for source, names in sources.items():
        listed = f"{', '.join(names)}: {source}"
        wrapped += textwrap.wrap(listed, COLUMNS, initial_indent="  – ", subsequent_indent="    ")
    return wrapped


def _effects(groups: Sequence[Detection]) -> str:
    return ", ".join(f"{it.group.name} {it.group.pairs} as {it.group.counted}" for it in groups)


def _pairs(it: Detection) -> str:
    group = it.group
    return str(group.pairs) if group.counted == group.pairs else f"{group.pairs} (as {group.counted})"


def _percent(share: float | None) -> str:
    if share is None:
        return "–"
    return "< 0.1 %" if 0 <= share < 0.001 else f"{100 * share:.1f} %".replace(".0 %", " %")


def _points(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _with_margin(share: float | None, half: float | None, unit: str) -> str:
    if share is None or half is None:
        return "–"
    return f"{100 * share:.1f} ± {100 * half:.1f} {unit}"
