"""What happens to answers: the parts of ``protocol.toml`` about how they are coded and how long anything is kept."""

from typing import Annotated, Literal

from pydantic import Field

from testing.study.section import Section


class CodingSection(Section):
    """How answers are coded, and how well two coders must agree."""

    scheme: Literal["evenhand-codebook/1"] = "evenhand-codebook/1"
    """Codebook by name and version: the one that this version of Evenhand codes by, and no other."""
    double_share: Annotated[float, Field(ge=0.1, le=1)] = 0.2
    """Share of the answers that a second coder codes, blind to the first; drawn by their content, so that nobody can
    choose them. A fifth is our choice: no housing study that we read tells how many of its answers were coded twice."""
    kappa_gate: Annotated[float, Field(ge=0.6, le=1)] = 0.8
    """Least agreement of the two, as Cohen's kappa; 0.8 is where Landis and Koch (1977) begin to call it almost
    perfect. A release under it says so."""


class RetentionSection(Section):
    """How long what leads back to landlords is kept, and by whom.

    Days count from the last day on which an answer may still count. No law fixes their number: the GDPR (article
    5(1)(e)) asks for no longer than is needed, and an ethics committee may ask for less. Evenhand says when they are
    over; it does not erase yet.
    """

    answers_days: Annotated[int, Field(ge=0, le=3650)] = 180
    """Days for answers as they came, mails and texts: time to code, to settle doubts and to answer objections (our
    choice)."""
    contacts_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    """Days for adverts and landlords' addresses, in the store and beside the plan; absent: as long as a private owner
    must be left alone (``sample.private_rest_days``), because without them nobody could tell whom to leave alone."""
    key_days: Annotated[int, Field(ge=0, le=3650)] = 180
    """Days for the wave's secret key, which ties released rows to landlords; a check of the draw needs it (our
    choice)."""
    custodian: str = ""
    """Who holds the key, and codes and analyses nothing; for example a colleague of another service."""
