"""What came of an application: takes the answers in its window, gives category and outcomes; the rest is empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from testing.study.outcome import Category, Outcome, combine

INVITED = frozenset({Category.VIEWING_INVITATION, Category.GROUP_VIEWING})
"""Categories in which a viewing is offered without anything to deliver first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One response to an application within its window."""

    received_at: datetime
    outcome: Outcome | None
    """The coding that counts; None while nobody and nothing has coded it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of an application; None is what nobody knows, or not yet."""

    category: Category | None = None
    answered_at: datetime | None = None
    """When a person first answered."""
    positive: int | None = None
    invitation: int | None = None
    answered: int | None = None


def came_of(answers: Sequence[Answer], *, settled: bool) -> Came:
    """Say what came of a delivered application.

    A 1 needs one answer that says so. A 0 needs more: that nothing else can come, and that every answer that
    came has been understood.

    Args:
        answers: in the order of receipt.
        settled: whether nothing else can come within the window.
    """
    codings = [it.outcome for it in answers if it.outcome is not None]
    category, offered = combine(codings) if codings else (None, None)
    if len(codings) < len(answers) and not offered:
        category = None
    clear = settled and all(it.outcome is not None and it.outcome.category is not None for it in answers)
    return Came(
        category=category,
        answered_at=_first_by_a_person(answers),
        positive=_known(bool(offered), clear),
        invitation=_known(any(it.category in INVITED for it in codings), clear),
        answered=_known(any(map(_by_a_person, codings)), clear),
    )


def _known(yes: bool, clear: bool) -> int | None:
    if yes:
        return 1
    return 0 if clear else None


def _by_a_person(outcome: Outcome) -> bool:
    # A person who codes an acknowledgement by hand says with the category that a machine wrote it.
    return not outcome.automated and outcome.category is not Category.AUTOMATIC_ACKNOWLEDGEMENT


def _first_by_a_person(answers: Sequence[Answer]) -> datetime | None:
    for it in answers:
        if it.outcome is None:
            return None
        if _by_a_person(it.outcome):
            return it.received_at
    return None
