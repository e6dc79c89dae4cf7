"""Asking portals: which address, how an answer ended, how fast and when a portal may be asked, and a door it closed.

The records that the crawler and the store share; the crawling process reads them without a database.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PAGE, GONE, FAILED = "page", "gone", "failed"
"""How an address ended."""
ADVERTS, LISTS, REVISITS = 0, 1, 2
"""Priorities: adverts before further lists, so that a crawl cut short has whole adverts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One address to ask for."""

    portal: str
    url: str
    moves: int = 0
    """Redirects that led to it."""
    priority: int = LISTS
    """The lower the sooner."""
    revisit: bool = False
    """No list led to it: it is an advert of before, asked for to see whether it is still there."""
    etag: str | None = None
    """Of the page that is kept from before, so that it need not be sent again."""
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What was taken, and whether it is worth to come again."""

    asks: tuple[Ask, ...] = ()
    wait: float | None = None
    """Seconds after which there may be more; None where nothing more comes today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast, how often and when one portal may be asked."""

    per_day: int | None = 500
    """Most requests of one day; None is no bound."""
    seconds: float = 2.0
    """Least time between two requests, over all programs that crawl it; 0 is none."""
    hours: tuple[time, time] | None = None
    """From when until when on a local day; the second may lie on the day after. None is at any time."""
    timezone: str = "UTC"
    """Zone of the day and of the hours."""

    def day(self, now: datetime) -> date:
        """The local day."""
        return now.astimezone(ZoneInfo(self.timezone)).date()

    def end_of_day(self, now: datetime) -> datetime:
        """When the next local day begins, UTC."""
        zone = ZoneInfo(self.timezone)
        morrow = self.day(now) + timedelta(days=1)
        return datetime.combine(morrow, time(), zone).astimezone(UTC)

    def is_open(self, now: datetime) -> bool:
        """Whether now lies in the hours."""
        if self.hours is None:
            return True
        first, last = self.hours
        local = now.astimezone(ZoneInfo(self.timezone)).time()
        return first <= local < last if first <= last else local >= first or local < last


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A door that a portal closed."""

    portal: str
    until: datetime
    why: str
