"""Which adverts a study looks at: the part of ``protocol.toml`` about portals, sources and the frame."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from testing.study.listing import LandlordType
from testing.study.section import Clock, Section

POLITE_PAGES = 500
"""Most requests to one portal on one day, unless the study says why it may ask more."""


class PortalSection(Section):
    """A portal to crawl, with the legal basis for it."""

    profile: str
    """Name of the portal profile."""
    start: Annotated[list[str], Field(min_length=1)]
    """Pages where the crawl starts: lists of rentals in the study's place."""
    basis: Annotated[str, Field(min_length=3)]
    """Legal basis or agreement under which it is crawled."""
    recorded_by: Annotated[str, Field(min_length=1)]
    recorded_on: date
    pages_per_day: Annotated[int, Field(ge=1, le=20_000)] | None = None
    """Most requests of a day; 500 where absent. More needs ``loosened_because``."""
    loosened_because: str = ""
    """Why more may be asked of this portal than the polite default, for example by its own leave."""

    @model_validator(mode="after")
    def _more_needs_a_reason(self) -> Self:
        if (self.pages_per_day or 0) > POLITE_PAGES and not self.loosened_because.strip():
            raise ValueError(
                f"pages_per_day over {POLITE_PAGES} needs loosened_because: who allowed it, and where that is written"
            )
        return self


class SourceSection(Section):
    """A source of adverts that is not crawled: a broker's feed, a city's list, saved pages; with its legal basis."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
    """Name of a mapping in the folder ``sources``, of a portal's profile, or of a feed format."""
    basis: Annotated[str, Field(min_length=3)]
    """Legal basis or agreement under which its adverts are used."""
    recorded_by: Annotated[str, Field(min_length=1)]
    recorded_on: date


class FrameSection(Section):
    """Which adverts belong to the frame, and why others do not."""

    portals: Annotated[list[PortalSection], Field(min_length=1)]
    sources: list[SourceSection] = []
    """Sources that are imported beside the crawl."""
    landlord_types: Annotated[list[Annotated[LandlordType, Field(strict=False)]], Field(min_length=1)]
    """Landlord types that are tested; each is a stratum. Others stay in the funnel with their reason."""
    dwelling_types: Annotated[list[str], Field(min_length=1)] = ["apartment", "house", "studio"]
    rent_min: Annotated[float, Field(ge=0)] = 300
    """Euro a month."""
    rent_max: Annotated[float, Field(gt=0)] = 1500
    """Euro a month: the fictitious applicants must be able to afford it."""
    bedrooms_max: Annotated[int, Field(ge=1)] = 3
    hours: Annotated[list[Clock], Field(min_length=2, max_length=2)] | None = None
    """Local hours in which portals may be asked: from, until; over midnight where the second is the smaller."""

    def loosened(self) -> list[str]:
        """Each polite default that the study loosens, with its reason."""
        return [
            f"{it.profile}: {it.pages_per_day} pages a day: {it.loosened_because}"
            for it in self.portals
            if (it.pages_per_day or 0) > POLITE_PAGES
        ]
