"""Two waves' protocols go in, what changed between them comes out, with what that does to a comparison of the two.

A city that measures again wants to know whether things changed. Whatever else changed between the waves is another
explanation, and stands here beside each change.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from testing.study.protocol import Protocol

SHOWN = 80
"""Letters of a value that are shown."""


class Effect(StrEnum):
    """What a change does to a comparison of two waves."""

    NONE = "none"
    """Nothing that touches an outcome."""
    PRECISION = "precision"
    """The numbers mean the same, with wider or narrower intervals."""
    LEVEL = "level"
    """Invitation rates move for both applicants; gaps may move with them."""
    GAP = "gap"
    """Another gap is measured: the two waves must not be put side by side without saying so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One key that differs."""

    key: str
    before: str
    after: str
    effect: Effect
    means: str


RULES: tuple[tuple[str, Effect, str], ...] = (
    ("study.place", Effect.GAP, "another market"),
    ("study.languages", Effect.GAP, "adverts in other languages are tested"),
    ("study.", Effect.NONE, "nothing that a landlord sees"),
    ("wave.mode", Effect.GAP, "data of one mode may not be used for another"),
    ("wave.response_days", Effect.LEVEL, "a longer window counts more late answers; recount both with the shorter one"),
    ("wave.first_day", Effect.LEVEL, "another season, where it falls in another part of the year"),
    ("wave.last_day", Effect.LEVEL, "another season, where it falls in another part of the year"),
    ("wave.", Effect.NONE, "nothing that a landlord sees"),
    ("frame.portals", Effect.GAP, "other portals have other landlords; compare what both waves have"),
    ("frame.sources", Effect.GAP, "other sources have other landlords; compare what both waves have"),
    ("frame.hours", Effect.NONE, "when portals are asked"),
    ("frame.", Effect.GAP, "other adverts belong to the frame; compare the part that both waves have"),
    ("sample.pairs", Effect.PRECISION, "other numbers of pairs"),
    ("sample.private_rest_days", Effect.LEVEL, "owners who were tested before come in sooner or later"),
    ("sample.agency_rest_days", Effect.LEVEL, "agencies that were tested before come in sooner or later"),
    ("sample.", Effect.LEVEL, "a landlord meets more or fewer tests, and may notice or tire"),
    ("grounds.*.labels", Effect.NONE, "words for readers"),
    ("grounds.*.law", Effect.NONE, "words for readers"),
    ("grounds.", Effect.GAP, "other signals or arms"),
    ("contrasts.*.labels", Effect.NONE, "words for readers"),
    ("contrasts.*.beside", Effect.GAP, "a landlord meets another number of applicants, who may crowd each other out"),
    ("contrasts.*.share", Effect.PRECISION, "other numbers of pairs"),
    ("contrasts.*.against", Effect.GAP, "another reference applicant"),
    ("contrasts.", Effect.GAP, "another contrast"),
    ("design.applicants", Effect.GAP, "pairs of one listing against applicants of different ones"),
    ("design.order", Effect.GAP, "who writes first changes the gap: the later message is answered less"),
    ("design.gap_hours", Effect.LEVEL, "the later message comes sooner or later after the first"),
    ("design.income_amount", Effect.GAP, "another income makes another applicant, above all for benefits"),
    ("design.", Effect.GAP, "other applicants"),
    ("sending.daily_cap", Effect.NONE, "how fast the wave goes"),
    ("sending.live", Effect.NONE, "whether anything is sent"),
    ("sending.domains", Effect.LEVEL, "other mail domains may land in other folders"),
    ("sending.", Effect.LEVEL, "messages arrive at other hours"),
    ("declining.", Effect.NONE, "after the outcome"),
    ("coding.scheme", Effect.GAP, "another codebook gives other outcomes"),
    ("coding.", Effect.NONE, "how well the coding is checked"),
    ("retention.", Effect.NONE, "after the outcome"),
    ("letters", Effect.GAP, "other words are answered otherwise"),
    ("names", Effect.GAP, "other names: a gap belongs to its names as much as to their origin"),
)  # fmt: skip
"""By the beginning of a key, the first that fits; a star stands for whatever lies between."""


def changes(
    before: Protocol, after: Protocol, *, inputs: tuple[Mapping[str, str], Mapping[str, str]] | None = None
) -> list[Change]:
    """Every key that differs, those that matter most first.

    Args:
        before: of the baseline.
        after: of the wave that is compared with it.
        inputs: hashes of letters and names of both, as ``study_inputs`` gives them.
    """
    old, new = dict(_flat(before.model_dump(mode="json"))), dict(_flat(after.model_dump(mode="json")))
    if inputs is not None:
        for name in ("letters", "names"):
            old[name], new[name] = (each[name][:12] for each in inputs)
    found = [
        _change(key, old.get(key), new.get(key))
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
    ]
    order = list(Effect)
    return sorted(found, key=lambda it: -order.index(it.effect))


def _change(key: str, before: Any, after: Any) -> Change:
    effect, means = next(
        ((effect, means) for start, effect, means in RULES if _fits(key, start)),
        (Effect.GAP, "not known to this program"),
    )
    return Change(key=key, before=_said(before), after=_said(after), effect=effect, means=means)


def _fits(key: str, start: str) -> bool:
    pattern = re.escape(start.rstrip(".")).replace(r"\*", ".+")
    return re.match(rf"{pattern}(?:\.|$)", key) is not None


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else name)
    else:
        yield key, value


def _said(value: Any) -> str:
    if value is None:
        return "(absent)"
    plain = isinstance(value, list) and not any(isinstance(it, dict) for it in value)
    text = ", ".join(map(str, value)) if plain else str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
