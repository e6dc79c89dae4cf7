"""What an answer means: the codebook's ten categories, and the outcomes derived from them by rule."""

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """What the applicant can do next about the advertised dwelling (docs/reference/codebook.md)."""

    AUTOMATIC_ACKNOWLEDGEMENT = "automatic_acknowledgement"
    VIEWING_INVITATION = "viewing_invitation"
    GROUP_VIEWING = "group_viewing"
    VIEWING_CONDITIONAL = "viewing_conditional"
    INFORMATION_REQUEST = "information_request"
    WAITING_LIST = "waiting_list"
    ALREADY_LET = "already_let"
    REJECTION = "rejection"
    REFERRAL = "referral"
    OTHER = "other"


POSITIVE = frozenset({Category.VIEWING_INVITATION, Category.GROUP_VIEWING, Category.VIEWING_CONDITIONAL})
"""Categories in which a viewing of the advertised dwelling is offered in some form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One coding of one response."""

    response: str
    """``Response.id``."""
    category: Category | None
    """None: unclear, stays open until a person codes it."""
    positive: bool | None
    """Whether a viewing is offered in any form, of this or another dwelling; None while open."""
    automated: bool
    """Sent by a machine without a human answer."""
    coder: str
    """Who coded: ``rules/1`` or a person's code name."""
    reason: str
    """The rule or cue that decided, or why it stays open."""

    def __post_init__(self) -> None:
        if (self.category is None) != (self.positive is None):
            raise ValueError("an open coding has neither category nor positive; a coding has both")
        if self.category in POSITIVE and self.positive is False:
            raise ValueError(f"{self.category} offers a viewing, so positive cannot be false")


def combine(outcomes: list[Outcome]) -> tuple[Category | None, bool | None]:
    """Category and positive of an application from the outcomes of all its responses in the window.

    A viewing offered in any response counts; else the last response by a human, else the last. An open coding
    leaves the application open unless another response already offers a viewing.

    Args:
        outcomes: in the order of receipt, at least one.
    """
    offers = [outcome for outcome in outcomes if outcome.positive]
    if offers:
        return offers[0].category, True
    if any(outcome.category is None for outcome in outcomes):
        return None, None
    human = [outcome for outcome in outcomes if not outcome.automated]
    return (human or outcomes)[-1].category, False
