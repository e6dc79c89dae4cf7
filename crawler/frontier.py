"""What a crawl asks for and what each page gave: the records between a crawl's processes, and where they are kept."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from testing.study.asking import ADVERTS, FAILED, GONE, PAGE, Ask, Claimed, Closure, Pace
from testing.study.listing import Listing

__all__ = [
    "ADVERTS",
    "FAILED", "GONE", "PAGE", "Ask", "Claimed", "Closure", "Kept", "MemorySink", "Outcome", "Pace", "PageCounts",
    "Sink",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer as it is put by, so that it can be read again years later."""

    status: int
    """304 where the page had not changed; the body is then the one that was kept."""
    body: bytes | None
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    opt_outs: str | None = None
    """What it says against being indexed or mined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that asking for one address gave; it is kept whole or not at all."""

    portal: str
    url: str
    """As it was asked for."""
    asked: bool = True
    """Whether an answer came or all attempts failed; False where manners forbade the request."""
    ended: str = PAGE
    """``PAGE``, ``GONE`` or ``FAILED``."""
    revisit: bool = False
    """No list led to it."""
    answer: Kept | None = None
    listings: tuple[Listing, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    """Address and reason of each page or advert that did not come into the frame."""
    links: tuple[Ask, ...] = ()
    another_day: bool = False
    """The day's budget was spent before it was asked for: it stays in the frontier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCounts:
    """What a portal gave in one crawl."""

    pages: int = 0
    listings: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    left: int = 0
    """Addresses that wait for another day."""
    opt_outs: Mapping[str, int] = field(default_factory=dict)
    """Pages that speak against being indexed or mined, by their words."""


class Sink(Protocol):
    """Where a crawl keeps its place and what it found."""

    def begin(self, asks: Sequence[Ask], paces: Mapping[str, Pace]) -> None:
        """Begin with some addresses, or go on where a crawl was cut off; each portal at its pace."""

    def claim(self, most: int) -> Claimed:
        """Take addresses to ask for."""

    def take(self, portal: str) -> bool:
        """Take one more request out of a portal's day: robots.txt, a repeated attempt. False where none is left."""

    def slow_down(self, portal: str, seconds: float) -> None:
        """Ask a portal no faster than it wishes, in all programs."""

    def close_portal(self, closure: Closure) -> None:
        """Leave a portal alone until some moment, in all programs and later crawls."""

    def closed(self) -> Sequence[Closure]:
        """Portals that closed their door before and are still to be left alone."""

    def body(self, url: str) -> bytes | None:
        """The page that is kept of an address which says that it did not change."""

    def keep(self, outcome: Outcome) -> None:
        """Keep what an address gave, all of it at once."""

    def counts(self) -> Mapping[str, PageCounts]:
        """What each portal gave in this crawl, before a kill too."""

    def close(self) -> None:
        """Nothing more will come; what was taken and not asked for is given back."""


class MemorySink:
    """A sink for tests and benchmarks: one run, no memory of other days."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.listings: list[Listing] = []
        self.skipped: list[tuple[str, str, str]] = []
        self.closures: list[Closure] = []
        self.closed_now = False
        self._waiting: dict[int, list[Ask]] = {}
        self._known: set[str] = set()
        self._pages: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        self._left: Counter[str] = Counter()
        self._paces: dict[str, Pace] = {}
        self._begun: set[str] = set()

    def begin(self, asks: Sequence[Ask], paces: Mapping[str, Pace]) -> None:
        """Begin with some addresses."""
        self._paces = dict(paces)
        self._add(asks)

    def _add(self, asks: Sequence[Ask]) -> None:
        for it in asks:
            if it.url not in self._known:
                self._known.add(it.url)
                self._waiting.setdefault(it.priority, []).append(it)

    def claim(self, most: int) -> Claimed:
        """Take one address to ask for."""
        for priority in sorted(self._waiting):
            rest = self._waiting[priority]
            while rest:
                ask = rest.pop(0)
                if self._take(ask.portal, held_back=ask.portal not in self._begun):
                    return Claimed(asks=(ask,), wait=0.0)
                self._left[ask.portal] += 1
        return Claimed()

    def take(self, portal: str) -> bool:
        """Take one request out of a portal's day."""
        self._begun.add(portal)
        return self._take(portal, held_back=False)

    def _take(self, portal: str, *, held_back: bool) -> bool:
        pace = self._paces[portal]
        spent = pace.per_day is not None and self._asked[portal] + held_back >= pace.per_day
        if spent or not pace.is_open(self._clock()):
            return False
        self._asked[portal] += 1
        return True

    def slow_down(self, portal: str, seconds: float) -> None:
        """The crawling process keeps the pace by itself."""

    def close_portal(self, closure: Closure) -> None:
        """Note it."""
        self.closures.append(closure)

    def closed(self) -> Sequence[Closure]:
        """None from before."""
        return []

    def body(self, url: str) -> bytes | None:
        """Nothing is kept."""
        return None

    def keep(self, outcome: Outcome) -> None:
        """Keep what an address gave."""
        self.listings += outcome.listings
        self.skipped += [(outcome.portal, url, reason) for url, reason in outcome.skipped]
        self._pages[outcome.portal] += outcome.asked
        self._left[outcome.portal] += outcome.another_day
        self._add(outcome.links)

    def counts(self) -> Mapping[str, PageCounts]:
        """What each portal gave."""
        portals = {*self._pages, *self._left, *(portal for portal, _, _ in self.skipped)}
        return {
            portal: PageCounts(
                pages=self._pages[portal],
                listings=sum(it.portal == portal for it in self.listings),
                skipped=Counter(reason for name, _, reason in self.skipped if name == portal),
                left=self._left[portal],
            )
            for portal in portals
        }

    def close(self) -> None:
        """Nothing more will come."""
        self.closed_now = True
