"""What a crawl asks for and what each page gave: the records between a crawl's processes, and where they are kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from testing.store.frontier import Ask
from testing.study.listing import Listing

__all__ = ["Ask", "Kept", "MemorySink", "Outcome", "PageCounts", "Sink"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer as it is put by, so that it can be read again years later."""

    status: int
    body: bytes | None
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that asking for one address gave; it is kept whole or not at all."""

    portal: str
    url: str
    """As it was asked for."""
    asked: bool = True
    """Whether an answer came or all attempts failed; False where manners forbade the request."""
    answer: Kept | None = None
    listings: tuple[Listing, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    """Address and reason of each page or advert that did not come into the frame."""
    links: tuple[Ask, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCounts:
    """What a portal gave in one crawl."""

    pages: int = 0
    listings: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)


class Sink(Protocol):
    """Where a crawl keeps its place and what it found."""

    def begin(self, asks: Sequence[Ask]) -> None:
        """Begin with some addresses, or go on where a crawl was killed."""

    def claim(self, most: int) -> list[Ask]:
        """Take addresses to ask for."""

    def pending(self) -> int:
        """How many addresses nobody has taken yet."""

    def keep(self, outcome: Outcome) -> None:
        """Keep what an address gave, all of it at once."""

    def counts(self) -> Mapping[str, PageCounts]:
        """What each portal gave in this crawl, before a kill too."""

    def close(self) -> None:
        """Nothing more will come."""


class MemorySink:
    """A sink for tests and benchmarks."""

    def __init__(self) -> None:
        self.listings: list[Listing] = []
        self.skipped: list[tuple[str, str, str]] = []
        self.closed = False
        self._waiting: dict[int, list[Ask]] = {}
        self._known: set[str] = set()
        self._pages: Counter[str] = Counter()

    def begin(self, asks: Sequence[Ask]) -> None:
        """Begin with some addresses."""
        for it in asks:
            if it.url not in self._known:
                self._known.add(it.url)
                self._waiting.setdefault(it.priority, []).append(it)

    def claim(self, most: int) -> list[Ask]:
        """Take addresses to ask for."""
        taken: list[Ask] = []
        for priority in sorted(self._waiting):
            rest = self._waiting[priority]
            count = most - len(taken)
            taken += rest[:count]
            self._waiting[priority] = rest[count:]
        return taken

    def pending(self) -> int:
        """How many addresses nobody has taken yet."""
        return sum(map(len, self._waiting.values()))

    def keep(self, outcome: Outcome) -> None:
        """Keep what an address gave."""
        self.listings += outcome.listings
        self.skipped += [(outcome.portal, url, reason) for url, reason in outcome.skipped]
        self._pages[outcome.portal] += outcome.asked
        self.begin(outcome.links)

    def counts(self) -> Mapping[str, PageCounts]:
        """What each portal gave."""
        portals = {*self._pages, *(portal for portal, _, _ in self.skipped)}
        return {
            portal: PageCounts(
                pages=self._pages[portal],
                listings=sum(it.portal == portal for it in self.listings),
                skipped=Counter(reason for name, _, reason in self.skipped if name == portal),
            )
            for portal in portals
        }

    def close(self) -> None:
        """Nothing more will come."""
        self.closed = True
