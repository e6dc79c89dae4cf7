"""The parent's end of the pipe: gives the crawling process addresses to ask for, and keeps what they gave.

What came is kept while the crawling process reads the next page: a question is answered before it, as long as no more
is asked for and not yet kept than there are slots, which is all that a kill can have asked for in vain.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from crawler.frontier import Ask, Closure, Outcome, Pace, Sink
from crawler.permission import require_not_halted

CLAIMED = 16
"""Addresses taken from the frontier in one transaction; those that nobody asked for are given back after a kill."""


@dataclass(slots=True)
class Tally:
    """What this run gave so far; for progress, and how it ended."""

    listings: int = 0
    skipped: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)
    ended: bool = False


class Parent:
    """Answers the crawling process until it says that nothing more comes."""

    def __init__(
        self,
        sink: Sink,
        paces: Mapping[str, Pace],
        clock: Callable[[], datetime],
        tally: Tally,
        progress: Callable[[int, int], None] | None,
        halted: Callable[[], bool],
        slots: int = 1,
    ) -> None:
        """Answer for one crawl.

        Args:
            sink: keeps it.
            paces: by portal.
            clock: the study's.
            tally: what this run gave, counted on.
            progress: is told (rentals, skipped) now and then.
            halted: whether the study was halted.
            slots: how many addresses may be asked for and not yet kept.
        """
        self._sink, self._paces, self._clock = sink, paces, clock
        self.tally = tally
        self._progress, self._halted, self._slots = progress, halted, slots
        self._ready: deque[Ask] = deque()
        self._to_keep: deque[Outcome] = deque()
        self._in_flight = self._seen = 0
        self._claimed = False
        """The crawling process waits for an address."""

    def serve(self, pipe: Connection) -> None:
        """Serve one crawling process.

        Raises:
            Refused: the study was halted meanwhile.
        """
        try:
            while self._serve(pipe):
                pass
        except (EOFError, ConnectionError):
            pass  # the crawling process is gone, perhaps with answers unread: what it told is kept
        self._keep_all()

    def _serve(self, pipe: Connection) -> bool:
        """Give, keep or answer one thing; whether more may come."""
        if self._claimed and self._in_flight < self._slots:
            self._claimed = False
            pipe.send(("given", self._given()))
        if self._to_keep and not pipe.poll(0):
            self._keep()
            return True
        while not pipe.poll(0.5):
            require_not_halted(self._halted)
        message: tuple[Any, ...] = pipe.recv()
        match message:
            case ("end", refused, reason):
                self.tally.refused = refused
                self.tally.ended = reason == "finished"
                return False
            case ("claim",):
                self._claimed = True
            case ("more",):
                pipe.send(("answer", self._next() is not None))
            case ("take", portal):
                pipe.send(("answer", self._sink.take(portal)))
            case ("body", url):
                pipe.send(("answer", self._sink.body(url)))
            case ("slower", portal, seconds):
                self._sink.slow_down(portal, seconds)
            case ("closed", portal, why, seconds):
                self._close(portal, why, seconds)
            case ("page", outcome):
                self._to_keep.append(outcome)
        return True

    def _given(self) -> Ask | float | None:
        """An address to ask for; or after how many seconds there may be one; or None for today."""
        require_not_halted(self._halted)
        answer = self._next()
        if isinstance(answer, Ask):
            self._ready.popleft()
            self._in_flight += 1
        return answer

    def _next(self) -> Ask | float | None:
        if not self._ready:
            claimed = self._sink.claim(CLAIMED)
            if not claimed.asks and self._to_keep:
                self._keep_all()  # what came may lead to more
                claimed = self._sink.claim(CLAIMED)
            self._ready.extend(claimed.asks)
            if not claimed.asks:
                return claimed.wait
        return self._ready[0]

    def _close(self, portal: str, why: str, seconds: float | None) -> None:
        """Leave a portal alone for the rest of the day, and longer where it asks for that."""
        now = self._clock()
        until = self._paces[portal].end_of_day(now)
        if seconds is not None:
            until = max(until, now + timedelta(seconds=seconds))
        self._sink.close_portal(Closure(portal=portal, until=until, why=why))

    def _keep_all(self) -> None:
        while self._to_keep:
            self._keep()

    def _keep(self) -> None:
        require_not_halted(self._halted)
        outcome = self._to_keep.popleft()
        seen = tuple(replace(listing, seen_at=self._clock()) for listing in outcome.listings)
        self._sink.keep(replace(outcome, listings=seen))
        self._in_flight -= 1
        self.tally.listings += len(seen)
        self.tally.skipped += len(outcome.skipped)
        self._seen += 1
        if self._progress is not None and self._seen % 10 == 0:
            self._progress(self.tally.listings, self.tally.skipped)
