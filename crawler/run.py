"""Portals to crawl in, rentals in a sink and counts per portal out; the guards stand before the first request."""

import multiprocessing.connection
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit

from crawler import process
from crawler.frontier import Ask, Outcome, PageCounts, Sink
from crawler.permission import Permission, require_not_halted, require_permission
from crawler.portals.profile import load_profile, profile_names
from crawler.settings import settings_for
from testing.study.errors import EvenhandError, Refused

CLAIMED = 16
"""Addresses taken from the frontier in one transaction; those that nobody asked for are given back after a kill."""
_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalToCrawl:
    """One portal of a study."""

    profile: str
    """Name of a profile in ``crawler/portals``."""
    start_urls: tuple[str, ...]
    """List pages, or single adverts, to begin with."""
    permission: Permission | None
    """The recorded legal basis; without it the crawl is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalCounts:
    """What one portal gave."""

    portal: str
    pages: int
    """Answers received, of any kind, and requests that failed after all attempts."""
    listings: int
    """Rentals put into the frame."""
    skipped: Mapping[str, int]
    """Pages and adverts that were not, by reason."""
    refused: str | None = None
    """Why the portal was closed for this run, if it refused."""

    def __str__(self) -> str:
        what = (
            f"{self.listings} rentals of {self.pages} pages"
            if self.listings
            else f"no rental from {self.pages} pages"
        )
        why = "; ".join(f"{reason}: {count}" for reason, count in sorted(self.skipped.items()))
        return (
            f"{self.portal}: {what}"
            + (f" ({why})" if why else "")
            + (f"; CLOSED: {self.refused}" if self.refused else "")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlCounts:
    """What one crawl gave."""

    portals: tuple[PortalCounts, ...]
    loosened: str | None = None
    """The written reason where a polite default was loosened."""

    @property
    def listings(self) -> int:
        """Rentals put into the frame, over all portals."""
        return sum(portal.listings for portal in self.portals)

    def flat(self) -> dict[str, int]:
        """Counts by name: ``<portal>.pages``, ``<portal>.listings``, ``<portal>.skipped.<reason>``."""
        found: dict[str, int] = {}
        for it in self.portals:
            found |= {f"{it.portal}.pages": it.pages, f"{it.portal}.listings": it.listings}
            found |= {f"{it.portal}.skipped.{reason}": count for reason, count in it.skipped.items()}
        return found


@dataclass(slots=True)
class _Tally:
    """What this run gave so far; for progress, and how it ended."""

    listings: int = 0
    skipped: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)
    ended: bool = False


def crawl(
    portals: Sequence[PortalToCrawl],
    *,
    sink: Sink,
    contact: str,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] | None = None,
    delay: float | None = None,
    halted: Callable[[], bool] = lambda: False,
    pages_per_domain: int | None = None,
    begin: Callable[[], None] = lambda: None,
    asked_today: Mapping[str, int] | None = None,
) -> CrawlCounts:
    """Walk the portals once; returns when all are done and nothing is left running.

    Args:
        portals: what to crawl, each with its permission.
        sink: keeps the frontier and what each page gave; it is closed at the end, also after a failure. One that
            was begun before goes on where it stood.
        contact: mail address or web page for the user agent.
        clock: tells when an advert was seen, aware, UTC.
        progress: is told (rentals, skipped) so far, now and then.
        delay: seconds between two requests to one domain; under 2 s only on loopback.
        halted: is asked before the start and during the crawl; when it says yes, the crawl ends with ``Refused``.
        pages_per_domain: budget of a domain and day; 500, and none on loopback, unless told.
        asked_today: pages of the day's budget that earlier runs asked for, by host and port.
        begin: called when no guard has refused, before the first request.

    Raises:
        Refused: no legal basis, no contact, halted, or an impolite pace. Before the first request, except for a halt.
        StudyFileInvalid: a portal has no profile.
        EvenhandError: the crawling process died before its end; the sink holds what came before.
    """
    require_not_halted(halted)
    if not portals:
        raise Refused("no portal to crawl; name at least one in the study file")
    for it in portals:
        require_permission(it.profile, it.permission)
        load_profile(it.profile)
        _require_addresses(it)
    hosts = {urlsplit(url).hostname for it in portals for url in it.start_urls}
    settings = settings_for(
        contact=contact,
        delay=delay,
        loopback=hosts <= _LOOPBACK,
        domains=len(hosts),
        pages_per_domain=pages_per_domain,
        asked_today=asked_today,
    )
    job = process.Job(
        walked=tuple((it.profile, tuple(it.start_urls)) for it in portals), settings=settings, seen_at=clock()
    )
    tally = _Tally()
    begin()
    try:
        sink.begin([Ask(portal=it.profile, url=url) for it in portals for url in it.start_urls])
        _run(job, sink, tally, clock, progress, halted)
        found = sink.counts()
    finally:
        sink.close()
    return CrawlCounts(
        portals=tuple(
            _counts(it.profile, found.get(it.profile, PageCounts()), tally.refused) for it in portals
        ),
        loosened=settings["LOOSENED"],
    )


def _require_addresses(portal: PortalToCrawl) -> None:
    names = load_profile(portal.profile).domains
    if not portal.start_urls:
        raise Refused(
            f"portal {portal.profile!r} has no start address; give at least one list page in the study file"
        )
    if not names and any((urlsplit(url).hostname or "") not in _LOOPBACK for url in portal.start_urls):
        raise Refused(
            f"profile {portal.profile!r} names no portal, so nothing is crawled with it; name the portal's own "
            f"profile in frame.portals: {', '.join(profile_names())}"
        )
    for url in portal.start_urls:
        host = urlsplit(url).hostname or ""
        if host not in _LOOPBACK and not any(host == name or host.endswith("." + name) for name in names):
            raise Refused(
                f"{url} is not on portal {portal.profile!r} ({', '.join(names)}); correct the start address"
            )


def _run(
    job: process.Job,
    sink: Sink,
    tally: _Tally,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] | None,
    halted: Callable[[], bool],
) -> None:
    ours, theirs = multiprocessing.Pipe(duplex=True)
    # Not multiprocessing.Process: its helper processes would outlive the crawl.
    with subprocess.Popen(
        [sys.executable, "-m", "crawler.process", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as child:
        theirs.close()
        try:
            ours.send(job)
            _receive(ours, sink, tally, clock, progress, halted)
            child.wait(30)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            tally.ended = False
        finally:
            ours.close()
            _end(child)
    if not tally.ended:
        raise EvenhandError(
            f"the crawling process ended before its time (exit code {child.returncode}); "
            "the frame is not whole, crawl again"
        )


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()


def _receive(
    pipe: Connection,
    sink: Sink,
    tally: _Tally,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] | None,
    halted: Callable[[], bool],
) -> None:
    seen, ready = 0, deque[Ask]()
    while True:
        while not pipe.poll(0.5):
            require_not_halted(halted)
        try:
            message: tuple[Any, ...] = pipe.recv()
        except EOFError:
            return
        match message:
            case ("end", refused, reason):
                tally.refused = refused
                tally.ended = reason == "finished"
                return
            case ("claim",):
                require_not_halted(halted)
                if not ready:
                    ready.extend(sink.claim(CLAIMED))
                pipe.send(ready.popleft() if ready else None)
            case ("pending",):
                pipe.send(len(ready) + sink.pending())
            case ("page", outcome):
                require_not_halted(halted)
                _keep(outcome, sink, tally, clock)
                seen += 1
                if progress is not None and seen % 10 == 0:
                    progress(tally.listings, tally.skipped)


def _keep(outcome: Outcome, sink: Sink, tally: _Tally, clock: Callable[[], datetime]) -> None:
    seen = tuple(replace(listing, seen_at=clock()) for listing in outcome.listings)
    sink.keep(replace(outcome, listings=seen))
    tally.listings += len(seen)
    tally.skipped += len(outcome.skipped)


def _counts(portal: str, found: PageCounts, refused: Mapping[str, str]) -> PortalCounts:
    return PortalCounts(
        portal=portal,
        pages=found.pages,
        listings=found.listings,
        skipped=dict(found.skipped),
        refused=refused.get(portal),
    )
