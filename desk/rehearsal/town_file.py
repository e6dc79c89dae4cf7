"""The town's file: what is advertised and how landlords treat applicants, as strict records."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from testing.study.errors import StudyFileInvalid
from testing.study.section import Section
from testing.study.toml_file import load_toml

Share = Annotated[float, Field(ge=0, le=1)]
Weights = Annotated[dict[str, Share], Field(min_length=1)]
"""Shares by name; they add up to 1."""


class TownSection(Section):
    """Name and calendar."""

    name: str
    postcode: str
    first_day: date
    """Monday on which the first applications leave (virtual time)."""
    weeks: Annotated[int, Field(ge=1, le=12)]


class Agencies(Section):
    """How many agencies share the agencies' adverts."""

    count: Annotated[int, Field(ge=1)]


class Behaviour(Section):
    """How one kind of landlord treats applicants."""

    open: Share
    """Share of adverts whose landlord answers strangers at all; one draw per advert, shared by a pair."""
    invites: Share
    """Chance that an applicant is invited in an open advert, before anything is perceived."""
    turns_away: dict[str, Share] = Field(default_factory=dict)
    """For each perceived arm: the chance that an applicant who would be invited is turned away."""
    share_that_turns_away: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of landlords of this kind who turn away at all, (1 / share) times as often: their clustering."""

    @model_validator(mode="after")
    def _no_chance_above_one(self) -> "Behaviour":
        for arm, chance in self.turns_away.items():
            if chance / self.share_that_turns_away > 1:
                raise ValueError(f"turns_away.{arm}: divided by share_that_turns_away it exceeds 1; lower it")
        return self


class Answers(Section):
    """What applicants are told, and when."""

    not_invited: Weights
    invited: Weights
    acknowledged: Share
    """Share of mails to agencies that a machine acknowledges first."""
    unclear: Share
    """Share of answers to applicants who are not invited that no rule can code."""
    hours: Annotated[list[float], Field(min_length=2, max_length=2)]
    """Hours until an answer, least and most."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> "Answers":
        _add_up("not_invited", self.not_invited)
        _add_up("invited", self.invited)
        return self


class TownFile(Section):
    """The whole file."""

    town: TownSection
    adverts: dict[str, Annotated[int, Field(ge=0)]]
    """How many dwellings each kind of landlord advertises."""
    agencies: Agencies
    languages: Weights
    behaviour: dict[str, Behaviour]
    perceives: dict[str, list[str]] = Field(default_factory=dict)
    """Words of a letter by which a landlord perceives an arm."""
    answers: Answers

    @model_validator(mode="after")
    def _everybody_behaves(self) -> "TownFile":
        if missing := sorted(set(self.adverts) - set(self.behaviour)):
            raise ValueError(
                f"behaviour: none for {', '.join(missing)}; add a table for each kind in adverts"
            )
        _add_up("languages", self.languages)
        return self


def read_town(path: Path) -> TownFile:
    """Read a town's file.

    Raises:
        StudyFileInvalid: it does not hold what it must; carries every fault.
    """
    file = load_toml(path)
    if file.data is None:
        raise StudyFileInvalid(file.faults)
    try:
        return TownFile.model_validate(file.data)
    except ValidationError as error:
        raise StudyFileInvalid(
            [
                file.fault(
                    [part for part in item["loc"] if not str(part).startswith("function-")],
                    item["msg"].removeprefix("Value error, "),
                    "compare it with the town's file of another rehearsal (town/town.toml)",
                )
                for item in error.errors()
            ]
        ) from None


def _add_up(name: str, shares: Mapping[str, float]) -> None:
    if abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError(f"{name}: the shares add up to {sum(shares.values()):g}; make it 1")
