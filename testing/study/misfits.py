"""Where two tables of a study file contradict each other: takes the tables that can be read, gives misfits.

Each check names the tables that it needs, so that a fault in one table does not hide those between others.
"""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from testing.study import contrast_misfits
from testing.study.misfit import Check, Misfit, Unreadable
from testing.study.region_law import words_beyond

RENT_SHARE_MAX = 0.6
"""Highest rent as a share of the stated income; above it a refusal may be for the amount (our choice)."""
READERS = ("nl", "fr", "en")
"""Languages that readers choose among."""
SATURDAY = 5


def misfits(tables: Mapping[str, Any]) -> list[Misfit]:
    """Check tables against each other.

    Args:
        tables: the sections of a ``Protocol`` by name; one that could not be read is absent, and the checks
            that need it are left out. Sections may be any objects with the same attributes; one that raises
            ``Unreadable`` for an attribute ends the check that asked.
    """
    found: list[Misfit] = []
    for needs, check in _CHECKS:
        if all(need in tables for need in needs):
            with contextlib.suppress(Unreadable):
                found.extend(check(*(tables[need] for need in needs)))
    return found


def working_days(first: date, last: date, weekends: bool) -> list[date]:
    """Days on which may be sent, both ends included; public holidays are not known here."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if weekends or day.weekday() < SATURDAY]


def applicants_to_one(contrasts: Mapping[str, Any], design: Any) -> int:
    """Most applicants who write to one listing: two, three where a contrast goes beside another, or one.

    Args:
        contrasts: the protocol's, by name; one whose ``beside`` cannot be read counts as a pair.
        design: the protocol's; None where it cannot be read.
    """
    if getattr(design, "__dict__", {}).get("applicants") == "one":
        return 1
    beside = [getattr(it, "__dict__", {}).get("beside") for it in contrasts.values()]
    return 3 if any(beside) else 2


def _strata(frame: Any, sample: Any) -> Iterator[Misfit]:
    types = [str(kind) for kind in frame.landlord_types]
    for kind in sample.pairs:
        if kind not in types:
            yield Misfit(
                key=("sample", "pairs", kind),
                problem=f"landlord type {kind!r} is not in frame.landlord_types",
                mend=f"use one of {', '.join(types)}, or add it to the frame",
            )
    for kind in sorted(set(types) - set(sample.pairs)):
        yield Misfit(
            key=("sample", "pairs"),
            problem=f"no number of pairs for {kind}",
            mend=f"add for example: {kind} = 100",
        )


def _languages(study: Any, design: Any, contrasts: Any) -> Iterator[Misfit]:
    least = applicants_to_one(contrasts, design)
    for language in study.languages:
        if language not in design.household:
            yield Misfit(
                key=("design", "household"),
                problem=f"no text for {language}",
                mend=f'add for example: household.{language} = "single, without children"',
            )
        if language not in design.jobs:
            yield Misfit(
                key=("design", "jobs"),
                problem=f"no occupations for {language}",
                mend=f'add at least two, for example: {language} = ["receptionist", "florist"]',
            )
        elif len(design.jobs[language]) < least:
            yield Misfit(
                key=("design", "jobs", language),
                problem=f"{len(design.jobs[language])} occupations for {least} applicants to one listing",
                mend="add another",
            )


def _household_in_law(study: Any, design: Any) -> Iterator[Misfit]:
    if study.region is None:
        return
    for language in set(study.languages) & set(design.household):
        text = design.household[language]
        # That a form may state the household at all is checked where its slots are.
        for what, word in words_beyond(text, study.region, language).items():
            if what != "household":
                yield Misfit(
                    key=("design", "household", language),
                    problem=f"tells of {what} ({word!r}), more than a landlord in {study.region.capitalize()} may ask "
                    "before a viewing",
                    mend="leave it out; only the sentence of a ground that is tested may say more",
                )


def _rent(frame: Any, design: Any) -> Iterator[Misfit]:
    limit = design.income_amount * RENT_SHARE_MAX
    if frame.rent_max > limit:
        yield Misfit(
            key=("frame", "rent_max"),
            problem=f"{frame.rent_max:g} is more than {RENT_SHARE_MAX:.0%} of design.income_amount "
            f"({design.income_amount}), so a refusal would be lawful",
            mend=f"lower it to {limit:g} or raise the income",
        )
    if frame.rent_min > frame.rent_max:
        yield Misfit(key=("frame", "rent_min"), problem="above rent_max", mend="swap the two")


def _labels(key: tuple[str | int, ...], text: Mapping[str, str]) -> Iterator[Misfit]:
    for language in READERS:
        if language not in text:
            yield Misfit(
                key=key,
                problem=f"no text in {language}; readers choose among nl, fr and en",
                mend=f'add for example: {language} = "…"',
            )


def _title(study: Any) -> Iterator[Misfit]:
    yield from _labels(("study", "title"), study.title)


def _timezone(study: Any) -> Iterator[Misfit]:
    try:
        ZoneInfo(study.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Misfit(
            key=("study", "timezone"),
            problem=f"there is no time zone {study.timezone!r}",
            mend='use an IANA name, for example "Europe/Brussels"',
        )


def _contrast_labels(contrasts: Any) -> Iterator[Misfit]:
    for name, contrast in contrasts.items():
        yield from _labels(("contrasts", name, "labels"), contrast.labels)


def _arm_labels(grounds: Any) -> Iterator[Misfit]:
    for name, ground in grounds.items():
        for arm, declared in ground.arms.items():
            yield from _labels(("grounds", name, "arms", arm, "labels"), declared.labels)


def _opening_hours(design: Any, sending: Any, contrasts: Any) -> Iterator[Misfit]:
    number = applicants_to_one(contrasts, design)
    day = date(2000, 1, 3)
    hours = (
        datetime.combine(day, sending.closes) - datetime.combine(day, sending.opens)
    ).total_seconds() / 3600
    if design.gap_hours[0] * (number - 1) > hours:
        yield Misfit(
            key=("sending", "closes"),
            problem=f"the day has {hours:g} hours, too short for {number} applicants at "
            f"{design.gap_hours[0]:g} hours",
            mend="open longer or lower design.gap_hours",
        )


def _room_in_wave(wave: Any, sample: Any, sending: Any, contrasts: Any, design: Any) -> Iterator[Misfit]:
    pairs, number = sum(sample.pairs.values()), applicants_to_one(contrasts, design)
    days = len(working_days(wave.first_day, wave.last_day, sending.weekends))
    if days * (sending.daily_cap // number) < pairs:
        needed = -(-pairs // max(1, sending.daily_cap // number))
        what = "pairs" if number == 2 else f"tests of {number}"
        yield Misfit(
            key=("wave", "last_day"),
            problem=f"{days} days of {sending.daily_cap} applications cannot hold {pairs} {what}",
            mend=f"give the wave {needed} sending days, raise sending.daily_cap or draw fewer pairs",
        )


def _kept_while_they_rest(sample: Any, retention: Any) -> Iterator[Misfit]:
    rest, days = sample.private_rest_days, retention.contacts_days
    if days is not None and days < rest:
        yield Misfit(
            key=("retention", "contacts_days"),
            problem=f"after {days} days nobody could tell which private owners to leave alone for {rest} "
            "(sample.private_rest_days)",
            mend=f"raise it to {rest} or leave it out",
        )


_CHECKS: tuple[Check, ...] = (
    *contrast_misfits.CHECKS,
    (("study",), _title),
    (("study",), _timezone),
    (("contrasts",), _contrast_labels),
    (("grounds",), _arm_labels),
    (("frame", "sample"), _strata),
    (("frame", "design"), _rent),
    (("study", "design", "contrasts"), _languages),
    (("study", "design"), _household_in_law),
    (("design", "sending", "contrasts"), _opening_hours),
    (("wave", "sample", "sending", "contrasts", "design"), _room_in_wave),
    (("sample", "retention"), _kept_while_they_rest),
)
