"""What a crawl would ask for, before anything is asked for: pages, hours, megabytes, and on what legal basis."""

import math
from dataclasses import dataclass
from datetime import datetime

from desk.folder import StudyFolder

TYPICAL_BYTES = 150_000
"""A listings page as it comes, where nothing is known of the portal's own: the median of 27 real pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalPlan:
    """One portal's part of a crawl."""

    portal: str
    pages: int
    """Requests: as many as last time, with robots.txt; the day's bound where it was never crawled."""
    known: bool
    """Whether they are those of an earlier crawl."""
    per_day: int
    days: int
    hours: float
    megabytes: float
    basis: str
    unverified: bool
    """Its profile was never held against real pages."""
    closed_until: datetime | None
    closed_why: str | None

    def __str__(self) -> str:
        bound = (
            f"{self.pages} pages, as last time"
            if self.known
            else f"up to {self.pages} pages on the first day"
        )
        days = f" over {self.days} days (at most {self.per_day} a day)" if self.days > 1 else ""
        closed = (
            f"; CLOSED until {self.closed_until:%Y-%m-%d %H:%M} UTC: {self.closed_why}"
            if self.closed_until
            else ""
        )
        return (
            f"{self.portal}: {bound}{days}, {self.hours:.1f} h at one page in {SECONDS:g} s or slower, about "
            f"{self.megabytes:.0f} MB; basis: {self.basis}"
            + ("; profile UNVERIFIED: never held against real pages" if self.unverified else "")
            + closed
        )


SECONDS = 2.0
"""Least time between two pages of one portal, as ``crawler.settings`` has it."""


def crawl_plan(folder: StudyFolder, now: datetime) -> list[PortalPlan]:
    """Plan the next crawl; nothing is asked of any portal.

    Args:
        folder: the study's.
        now: by the study's clock.

    Raises:
        StudyFileInvalid: the study file is wrong.
    """
    from crawler.portals.profile import load_profile
    from testing.store import pages, portals
    from testing.store.engine import open_store
    from testing.study.frame_sections import POLITE_PAGES
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    names = [it.profile for it in protocol.frame.portals]
    with open_store(folder.store) as store, store.read() as session:
        asked = pages.last_crawl(session)
        closed = {it.portal: it for it in portals.closed(session, names, now)}
    found = []
    for it in protocol.frame.portals:
        per_day = it.pages_per_day or POLITE_PAGES
        count, size = asked.get(it.profile, (0, 0))
        wanted = count + 1 if count else per_day
        profile, door = load_profile(it.profile), closed.get(it.profile)
        found.append(
            PortalPlan(
                portal=it.profile,
                pages=wanted,
                known=bool(count),
                per_day=per_day,
                days=math.ceil(wanted / per_day),
                hours=wanted * SECONDS / 3600,
                megabytes=wanted * (size / count if count else TYPICAL_BYTES) / 1e6,
                basis=it.basis,
                unverified=profile.unverified,
                closed_until=door.until if door else None,
                closed_why=door.why if door else None,
            )
        )
    return found
