"""Portals to crawl in, rentals in a sink and counts per portal out; the guards stand before the first request."""

import multiprocessing.connection
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from urllib.parse import urlsplit

from crawler import process
from crawler.frontier import ADVERTS, Ask, Pace, PageCounts, Sink
from crawler.parent import Parent, Tally
from crawler.permission import (
    Permission,
    require_not_halted,
    require_open,
    require_permission,
    require_some_door,
)
from crawler.portals.profile import load_profile, profile_names
from crawler.settings import settings_for
from testing.study.errors import EvenhandError, Refused
from testing.study.frame_sections import POLITE_PAGES

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
    adverts: tuple[str, ...] = ()
    """Addresses of single adverts that an alert or a sitemap named; asked for before any list."""
    pages_per_day: int | None = None
    """Most requests of a day; 500, and no bound on loopback, unless the study says otherwise and why."""


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
    left: int = 0
    """Addresses that wait for another day."""
    opt_outs: Mapping[str, int] = field(default_factory=dict)
    """Pages that speak against being indexed or mined, by their words."""

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
            + (f"; {self.left} addresses wait for another day" if self.left else "")
            + "".join(f"; {count} pages say {words}" for words, count in sorted(self.opt_outs.items()))
            + (f"; CLOSED: {self.refused}" if self.refused else "")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlCounts:
    """What one crawl gave."""

    portals: tuple[PortalCounts, ...]
    loosened: str | None = None
    """The written reason where a polite default was loosened."""

    @property
    def left(self) -> int:
        """Addresses that wait for another day, over all portals."""
        return sum(portal.left for portal in self.portals)

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


def crawl(
    portals: Sequence[PortalToCrawl],
    *,
    sink: Callable[[], Sink],
    contact: str,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] | None = None,
    delay: float | None = None,
    halted: Callable[[], bool] = lambda: False,
    hours: tuple[time, time] | None = None,
    timezone: str = "UTC",
    only_adverts: bool = False,
) -> CrawlCounts:
    """Walk the portals until nothing is left to ask for today; nothing is left running.

    Args:
        portals: what to crawl, each with its permission.
        sink: opens what keeps the frontier and what each page gave, when no guard has refused; it is closed at the end,
            also after a failure. One that was begun before goes on where it stood.
        contact: mail address or web page for the user agent.
        clock: tells when an advert was seen, aware, UTC.
        progress: is told (rentals, skipped) so far, now and then.
        delay: seconds between two requests to one portal; under 2 s only on loopback.
        halted: is asked before the start and during the crawl; when it says yes, the crawl ends with ``Refused``.
        hours: local hours in which portals may be asked; None is at any time.
        timezone: zone of the hours and of the day of a portal's budget.
        only_adverts: ask for the adverts named, and for no list.

    Raises:
        Refused: no legal basis, no contact, halted, out of hours, every portal closed, or an impolite pace. Before the
            first request, except for a halt.
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
    settings = settings_for(contact=contact, delay=delay, loopback=hosts <= _LOOPBACK, domains=len(hosts))
    paces = {it.profile: _pace(it, settings, hours, timezone) for it in portals}
    require_open(next(iter(paces.values())), clock())
    kept = sink()
    tally = Tally()
    try:
        named = [Ask(portal=it.profile, url=url, priority=ADVERTS) for it in portals for url in it.adverts]
        lists = [Ask(portal=it.profile, url=url) for it in portals for url in it.start_urls]
        kept.begin(named if only_adverts else [*named, *lists], paces)
        closed = {it.portal: it for it in kept.closed()}
        require_some_door(list(paces), closed)
        job = process.Job(
            walked=tuple((it.profile, tuple(it.start_urls)) for it in portals),
            settings=settings,
            seen_at=clock(),
            closed={portal: it.why for portal, it in closed.items()},
        )
        slots = settings["CONCURRENT_REQUESTS"]
        _run(job, Parent(kept, paces, clock, tally, progress, halted, slots))
        found = kept.counts()
    finally:
        kept.close()
    return CrawlCounts(
        portals=tuple(
            _counts(it.profile, found.get(it.profile, PageCounts()), tally.refused) for it in portals
        ),
        loosened=settings["LOOSENED"],
    )


def _pace(
    portal: PortalToCrawl, settings: Mapping[str, Any], hours: tuple[time, time] | None, timezone: str
) -> Pace:
    loosened = settings["LOOSENED"] is not None
    wished = load_profile(portal.profile).pages_per_day
    per_day = portal.pages_per_day or wished or (None if loosened else POLITE_PAGES)
    seconds = 0.0 if loosened else settings["DOWNLOAD_DELAY"]
    return Pace(per_day=per_day, seconds=seconds, hours=hours, timezone=timezone)


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
    for url in (*portal.start_urls, *portal.adverts):
        host = urlsplit(url).hostname or ""
        if host not in _LOOPBACK and not any(host == name or host.endswith("." + name) for name in names):
            raise Refused(
                f"{url} is not on portal {portal.profile!r} ({', '.join(names)}); correct the start address"
            )


def _run(job: process.Job, parent: Parent) -> None:
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
            parent.serve(ours)
            child.wait(30)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            parent.tally.ended = False
        finally:
            ours.close()
            _end(child)
    if not parent.tally.ended:
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


def _counts(portal: str, found: PageCounts, refused: Mapping[str, str]) -> PortalCounts:
    return PortalCounts(
        portal=portal,
        pages=found.pages,
        listings=found.listings,
        skipped=dict(found.skipped),
        refused=refused.get(portal),
        left=found.left,
        opt_outs=dict(found.opt_outs),
    )
