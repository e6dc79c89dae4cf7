"""The parent's end of the pipe: gives the crawling process addresses to ask for, and keeps what they gave."""

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
    ) -> None:
        self._sink, self._paces, self._clock = sink, paces, clock
        self.tally = tally
        self._progress, self._halted = progress, halted
        self._ready: deque[Ask] = deque()
        self._seen = 0

    def serve(self, pipe: Connection) -> None:
        """Serve one crawling process.

        Raises:
            Refused: the study was halted meanwhile.
        """
        while True:
            while not pipe.poll(0.5):
                require_not_halted(self._halted)
            try:
                message: tuple[Any, ...] = pipe.recv()
            except EOFError:
                return
            match message:
                case ("end", refused, reason):
                    self.tally.refused = refused
                    self.tally.ended = reason == "finished"
                    return
                case ("claim",):
                    require_not_halted(self._halted)
                    pipe.send(self._next())
                case ("more",):
                    answer = self._next()
                    if isinstance(answer, Ask):
                        self._ready.appendleft(answer)
                    pipe.send(answer is not None)
                case ("take", portal):
                    pipe.send(self._sink.take(portal))
                case ("body", url):
                    pipe.send(self._sink.body(url))
                case ("slower", portal, seconds):
                    self._sink.slow_down(portal, seconds)
                case ("closed", portal, why, seconds):
                    self._close(portal, why, seconds)
                case ("page", outcome):
                    require_not_halted(self._halted)
                    self._keep(outcome)

    def _next(self) -> Ask | float | None:
        """An address to ask for; or after how many seconds there may be one; or None for today."""
        if not self._ready:
            claimed = self._sink.claim(CLAIMED)
            self._ready.extend(claimed.asks)
            if not claimed.asks:
                return claimed.wait
        return self._ready.popleft()

    def _close(self, portal: str, why: str, seconds: float | None) -> None:
        """Leave a portal alone for the rest of the day, and longer where it asks for that."""
        now = self._clock()
        until = self._paces[portal].end_of_day(now)
        if seconds is not None:
            until = max(until, now + timedelta(seconds=seconds))
        self._sink.close_portal(Closure(portal=portal, until=until, why=why))

    def _keep(self, outcome: Outcome) -> None:
        seen = tuple(replace(listing, seen_at=self._clock()) for listing in outcome.listings)
        self._sink.keep(replace(outcome, listings=seen))
        self.tally.listings += len(seen)
        self.tally.skipped += len(outcome.skipped)
        self._seen += 1
        if self._progress is not None and self._seen % 10 == 0:
            self._progress(self.tally.listings, self.tally.skipped)
