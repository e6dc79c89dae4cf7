"""The protocol: what a study declares in ``protocol.toml`` before a message leaves, as frozen records.

``testing.study.reading`` reads it from a file and reports every fault with its line.
"""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from testing.study.answer_sections import CodingSection, RetentionSection
from testing.study.frame_sections import FrameSection
from testing.study.misfits import misfits
from testing.study.section import Clock, Domain, Language, Region, Section, Text, Token


class Mode(StrEnum):
    """What the wave is for; fixed, because data gathered for one may not be used for another."""

    ACADEMIC = "academic"
    SENSITISING = "sensitising"
    JURIDICAL = "juridical"


class StudySection(Section):
    """Who does the study, where, and in which languages."""

    name: Token
    """Short name, used in file names and in the outcomes table."""
    title: Text
    """Title that readers see; nl, fr and en."""
    place: str
    """Where the dwellings are."""
    region: Region | None = None
    """Whose law says what a landlord may ask before a viewing: a letter form may then state no more than that besides
    the sentence of a ground under test. Absent: nothing is checked, as outside Belgium."""
    organisation: str
    """Who answers for the study."""
    contact: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
    """Address that the crawler states in its user agent and where questions go."""
    timezone: str = "Europe/Brussels"
    """IANA name; opening hours and days are counted in it."""
    languages: Annotated[list[Language], Field(min_length=1)]
    """Languages that letters exist in; an advert in another language is not tested."""


class Wave(Section):
    """One round of fieldwork."""

    name: Token
    mode: Annotated[Mode, Field(strict=False)] = Mode.ACADEMIC
    first_day: date
    """First day on which applications may be sent."""
    last_day: date
    """Last day on which applications may be sent."""
    response_days: Annotated[int, Field(ge=3, le=60)] = 14
    """Days after its own sending in which a response counts, equal for both of a pair."""
    ethics: str = ""
    """Reference of the ethics committee's approval; a live wave needs it."""
    dpia: str = ""
    """Reference of the data protection impact assessment; a live wave needs it."""

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("last_day lies before first_day; swap them")
        return self


class SampleSection(Section):
    """How many pairs per landlord type."""

    pairs: Annotated[dict[str, Annotated[int, Field(ge=1)]], Field(min_length=1)]
    """Wanted pairs for each landlord type."""
    per_agency: Annotated[int, Field(ge=1, le=10)] = 3
    """Most pairs with one agency (or other professional) in the wave."""
    per_private_owner: Literal[1] = 1
    """Most pairs with one private owner in the wave: one, and never more."""
    private_rest_days: Annotated[int, Field(ge=365)] = 365
    """Days after a test of another wave in which a private owner, and the dwelling, are left alone: a year or more."""
    agency_rest_days: Annotated[int, Field(ge=7)] = 7
    """Days after a test of another wave in which an agency is left alone: a week or more."""


class Arm(Section):
    """One level of a ground, as signalled."""

    labels: Text
    """How readers see it: «Moroccan name»."""


class Ground(Section):
    """A protected characteristic in law, with the arms that signal it."""

    law: str
    """Name of the protected characteristic and the law."""
    signal: Literal["name", "sentence", "sex"]
    """What carries it: the applicant's name, a sentence of the letter, or the sex that the first name tells (arms
    ``f`` and ``m``)."""
    reference: Token
    """The reference arm."""
    arms: Annotated[dict[Token, Arm], Field(min_length=2)]

    @model_validator(mode="after")
    def _reference_is_an_arm(self) -> Self:
        if self.reference not in self.arms:
            raise ValueError(
                f"reference is {self.reference!r}; make it one of {', '.join(sorted(self.arms))}"
            )
        return self


class Contrast(Section):
    """What is compared: the reference applicant with one that differs in the grounds named here."""

    treated: Annotated[dict[Token, Token], Field(min_length=1)]
    """Arm of the treated applicant for each ground that differs from the reference applicant."""
    against: dict[Token, Token] = {}
    """Arm of the reference applicant for each ground where it is not the ground's reference: with
    ``{ income = "benefit" }`` a contrast can ask what a rent guarantee does for an applicant on benefit."""
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share of the tests of each stratum; none in a contrast that goes ``beside`` another."""
    beside: Token | None = None
    """Contrast to whose listings this treated applicant writes too: three applicants to one listing (a triad), of
    whom the reference applicant serves both contrasts (Flanders 2021: one control, two test names)."""
    labels: Text
    """How readers see it: «Moroccan name against Belgian name»."""

    @model_validator(mode="after")
    def _share_or_beside(self) -> Self:
        if (self.share is None) == (self.beside is None):
            raise ValueError("give share, or beside with the name of another contrast, and not both")
        return self


class Design(Section):
    """How tests are drawn up and timed."""

    applicants: Literal["all", "one"] = "all"
    """Who writes to a listing: all applicants of its test (a pair or triad), or one of them, so that the comparison is
    between listings. One is harder to notice and asks half as much of landlords, and needs far more listings."""
    order: Literal["random", "test_first"] = "random"
    """Who writes first: balanced at random, or always the treated, the reference applicant last."""
    gap_hours: Annotated[list[float], Field(min_length=2, max_length=2)] = [2.0, 6.0]
    """Least and most hours from one to the next, same working day (Belgian practice: morning and afternoon)."""
    income_amount: Annotated[int, Field(ge=500, le=10000)]
    """Stated net income in euro per month, equal in every arm (Brugge 2021: 1,450)."""
    age: Annotated[list[int], Field(min_length=2, max_length=2)] = [30, 40]
    household: Text
    """How the letter states the household, in each language of the letters."""
    jobs: dict[Language, Annotated[list[str], Field(min_length=2)]]
    """Occupations of applicants who work, for each language of the letters."""
    sex: Literal["f", "m", "both"] = "both"
    """Sex of the applicants; those of one test are always of one sex."""

    @model_validator(mode="after")
    def _ranges_in_order(self) -> Self:
        low, high = self.gap_hours
        if not 1 <= low <= high <= 8:
            raise ValueError("gap_hours must lie between 1 and 8 hours, least first")
        if not 18 <= self.age[0] <= self.age[1] <= 90:
            raise ValueError("age must lie between 18 and 90, least first")
        return self


class SendingSection(Section):
    """When, how fast and from where applications are sent."""

    domains: Annotated[list[Domain], Field(min_length=1)]
    """Mail domains that the study owns: applicants have addresses at these and nowhere else."""
    opens: Clock = time(9, 0)
    closes: Clock = time(17, 30)
    weekends: bool = False
    daily_cap: Annotated[int, Field(ge=1, le=1000)] = 60
    """Most applications a day."""
    seen_within_hours: Annotated[int, Field(ge=1, le=24 * 14)] | None = None
    """So recently an advert must have been seen before it is answered; absent: it must not be known to be gone."""
    live: bool = False
    """Whether this study may ever send beyond this machine; ``evenhand send --live`` asks again."""

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("opens must be earlier than closes")
        return self


class DecliningSection(Section):
    """How soon an offered viewing is turned down."""

    within_hours: Annotated[int, Field(ge=1, le=72)] = 24
    """Hours after receipt, on working days, in which a decline must have left."""
    not_before_hours: Annotated[float, Field(ge=0, le=24)] = 2.0
    """Hours to wait at least, so that the two declines of a pair do not unmask it."""


class Protocol(Section):
    """The whole study file."""

    study: StudySection
    wave: Wave
    frame: FrameSection
    sample: SampleSection
    grounds: Annotated[dict[Token, Ground], Field(min_length=1, max_length=3)]
    contrasts: Annotated[dict[Token, Contrast], Field(min_length=1)]
    design: Design
    sending: SendingSection
    declining: DecliningSection = DecliningSection()
    coding: CodingSection = CodingSection()
    retention: RetentionSection = RetentionSection()

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        faults = misfits({name: getattr(self, name) for name in type(self).model_fields})
        if faults:
            raise ValueError("\n".join(map(str, faults)))
        return self

    def reference_cell(self, contrast: str) -> dict[str, str]:
        """Arm for each ground of the reference applicant of a contrast."""
        references = {name: ground.reference for name, ground in self.grounds.items()}
        return references | self.contrasts[contrast].against

    def cell(self, contrast: str) -> dict[str, str]:
        """Arm for each ground of the treated applicant of a contrast."""
        return self.reference_cell(contrast) | self.contrasts[contrast].treated

    def signalled_by(self, signal: str) -> str | None:
        """The ground that a name, or the sex, carries; None where it carries none."""
        return next((name for name, ground in self.grounds.items() if ground.signal == signal), None)

    def tests(self) -> dict[str, tuple[str, ...]]:
        """What a listing can get: for each contrast with a share, it and the one beside it, if any."""
        return {
            name: (name, *(other for other, it in self.contrasts.items() if it.beside == name))
            for name, contrast in self.contrasts.items()
            if contrast.share is not None
        }

    def share(self, contrast: str) -> float:
        """Share of the tests that serve a contrast: its own, or that of the contrast beside which it goes."""
        declared = self.contrasts[contrast]
        return declared.share if declared.share is not None else self.share(str(declared.beside))

    def label(self, cell: dict[str, str], language: Language) -> str:
        """Name a cell for readers, from the labels of its arms."""
        return " + ".join(self.grounds[name].arms[arm].labels[language] for name, arm in cell.items())
