"""Addresses of the frontier in, one outcome each out: the one spider, which walks any portal."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, Self
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.frontier import FAILED, GONE, PAGE, Ask, Kept, Outcome
from crawler.manners import REFUSALS, AnotherDay
from crawler.portals.profile import load_profile
from crawler.readers.kinds import PageKind
from crawler.readers.links import is_detail
from crawler.readers.reading import PageReading, offered, read_page
from crawler.spiders.answers import TRUNCATED, failure_text, header, opt_outs
from testing.study.listing import Listing

_MOVED = frozenset((301, 302, 303, 307, 308))
_MAX_MOVES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One portal to walk."""

    profile: str
    start_urls: tuple[str, ...]


class Line(Protocol):
    """The way to the process that keeps the crawl."""

    given: deque[Any]
    """Answers to «claim»."""
    told: int
    """Outcomes that were handed over."""

    def listen(self, woken: Callable[[], None]) -> None:
        """Call back whenever something was given."""

    def deaf(self) -> None:
        """Listen no more."""

    def ask(self, question: tuple[Any, ...]) -> Any:
        """Ask, and wait for the answer."""

    def tell(self, outcome: Outcome) -> None:
        """Hand over what an address gave."""

    def say(self, message: tuple[Any, ...]) -> None:
        """Say something that needs no answer."""


@dataclass(slots=True)
class Work:
    """One address that was asked for, until all that it gave has gone through every step."""

    portal: str
    url: str
    revisit: bool = False
    asked: bool = True
    another_day: bool = False
    ended: str = PAGE
    answer: Kept | None = None
    listings: list[Listing] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    links: list[Ask] = field(default_factory=list)
    under_way: int = 0
    """Adverts that are still in the steps."""
    read: bool = False


class Listings(scrapy.Spider):
    """Reads what the frontier has it ask for; every address ends as one outcome, whatever became of it."""

    name = "listings"

    def __init__(
        self,
        walked: Sequence[Walked] = (),
        seen_at: datetime | None = None,
        line: Any = None,
        closed: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not walked or seen_at is None or line is None:
            raise ValueError(
                "this spider is started by crawler.run.crawl, which holds its guards; not by hand"
            )
        self.walked = walked
        self.seen_at = seen_at
        self.line: Line = line
        self.profiles = {it.profile: load_profile(it.profile) for it in walked}
        self.hosts = {
            it.profile: {urlsplit(url).netloc for url in it.start_urls}
            | set(self.profiles[it.profile].domains)
            for it in walked
        }
        self.closed_portals: dict[str, str] = dict(closed or {})
        self.in_hand: dict[str, Work] = {}
        """What was asked for and has not been handed over yet, by its address."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Built by Scrapy; told of each advert when it has been through the steps."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        for signal, receiver in (
            (signals.item_scraped, spider.kept),
            (signals.item_dropped, spider.dropped),
            (signals.item_error, spider.broken),
            (signals.spider_error, spider.unreadable),
        ):
            crawler.signals.connect(receiver, signal)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Nothing of its own: what is asked for stands in the frontier."""
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    def request_of(self, ask: Ask) -> Request:
        """The request for an address of the frontier."""
        self.in_hand[ask.url] = Work(ask.portal, ask.url, ask.revisit)
        unless = {"If-None-Match": ask.etag, "If-Modified-Since": ask.last_modified}
        return Request(
            ask.url, callback=self.parse, errback=self.failed, dont_filter=True,
            headers={name: value for name, value in unless.items() if value},
            meta={"portal": ask.portal, "moves": ask.moves, "asked": ask.url},
        )  # fmt: skip

    def _link(self, work: Work, url: str, moves: int = 0) -> None:
        # Detail pages before further lists: a crawl that is cut short has whole adverts.
        priority = 0 if is_detail(url, self.profiles[work.portal]) else 1
        work.links.append(
            Ask(portal=work.portal, url=url, moves=moves, priority=priority, revisit=work.revisit)
        )

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Listing]:
        """Read one answer: adverts and addresses, or one counted reason."""
        work = self.in_hand[response.meta["asked"]]
        charset = getattr(response, "_declared_encoding", lambda: None)()
        whole = 200 <= response.status < 300 and not {"partial", "dataloss"} & set(response.flags)
        body: bytes | None = response.body if whole else None
        if response.status == 304:
            body = self.line.ask(("body", work.url))
            whole = body is not None
        work.answer = Kept(
            status=response.status,
            body=body,
            charset=charset,
            etag=header(response, "ETag"),
            last_modified=header(response, "Last-Modified"),
            opt_outs=opt_outs(response),
        )
        work.ended = PAGE if whole else FAILED
        if response.status in _MOVED:
            self._moved(response, work)
        elif response.status in REFUSALS:
            self._close(work, response.url, f"refused: answer {response.status}")
        elif response.status in (404, 410):
            work.ended = GONE
            work.skipped.append((response.url, "gone"))
        elif not (200 <= response.status < 300 or response.status == 304):
            work.skipped.append((response.url, f"answer {response.status}"))
        elif body is None:
            work.skipped.append((response.url, TRUNCATED))
        else:
            profile = self.profiles[work.portal]
            reading = read_page(body, response.url, profile, self.seen_at, charset)
            yield from self._read(reading, work, response.url)
        work.read = True
        self._end(work)

    def _read(self, reading: PageReading, work: Work, url: str) -> Iterator[Listing]:
        if reading.page_kind is PageKind.BLOCKED:
            work.ended = FAILED
            self._close(work, url, f"refused: {reading.reason}")
            return
        if reading.page_kind is PageKind.GONE:
            work.ended = GONE
        for link in (*reading.links, *filter(None, [reading.next_link])):
            if self.inside(link, work.portal):
                self._link(work, link)
            else:
                work.skipped.append((link, "link leaves the portal"))
        for listing, reason in offered(reading, url):
            if listing is None or reason is not None:
                work.skipped.append((listing.url if listing else url, reason or "no advert"))
            else:
                work.under_way += 1
                yield listing

    def _moved(self, response: Response, work: Work) -> None:
        target = urljoin(response.url, header(response, "Location") or "")
        if target == response.url or not self.inside(target, work.portal):
            work.skipped.append((response.url, "redirect leaves the portal"))
        elif response.meta["moves"] >= _MAX_MOVES:
            work.skipped.append((response.url, "too many redirects"))
        elif work.revisit and not is_detail(target, self.profiles[work.portal]):
            # An advert that was taken off leads to a list.
            work.ended = GONE
            work.skipped.append((response.url, "gone"))
        else:
            work.ended = PAGE
            self._link(work, target, response.meta["moves"] + 1)

    def inside(self, url: str, portal: str) -> bool:
        """Whether an address is on a host of the portal."""
        parts = urlsplit(url)
        names = self.hosts[portal]
        return parts.netloc in names or any((parts.hostname or "").endswith("." + name) for name in names)

    def failed(self, failure: Failure) -> None:
        """Count a request that brought no answer, with its reason."""
        request: Request = failure.request  # type: ignore[attr-defined]
        work = self.in_hand[request.meta["asked"]]
        work.ended = FAILED
        if isinstance(failure.value, AnotherDay):
            work.asked, work.another_day = False, True
        elif isinstance(failure.value, IgnoreRequest):
            work.asked = False
            work.skipped.append((request.url, str(failure.value) or "dropped"))
        else:
            name = failure.type.__name__ if failure.type else "failure"
            work.skipped.append((request.url, failure_text(name)))
        work.read = True
        self._end(work)

    def kept(self, item: Listing, response: Response) -> None:
        """An advert has been through every step."""
        work = self.in_hand[response.meta["asked"]]
        work.listings.append(item)
        self._stepped(work)

    def dropped(self, item: Listing, response: Response, exception: Exception) -> None:
        """A step dropped an advert, with its reason."""
        work = self.in_hand[response.meta["asked"]]
        work.skipped.append((item.url, str(exception)))
        self._stepped(work)

    def broken(self, item: Listing, response: Response, failure: Failure) -> None:
        """A step failed: one advert is lost, with the reason, and not the crawl."""
        work = self.in_hand[response.meta["asked"]]
        work.skipped.append(
            (item.url, f"a step failed: {failure.type.__name__ if failure.type else failure}")
        )
        self._stepped(work)

    def unreadable(self, failure: Failure, response: Response) -> None:
        """The reading of a page failed: one page is lost, with the reason, and not the crawl."""
        work = self.in_hand.get(response.meta["asked"])
        if work is not None:
            work.skipped.append(
                (response.url, f"unreadable: {failure.type.__name__ if failure.type else failure}")
            )
            work.read = True
            self._end(work)

    def _stepped(self, work: Work) -> None:
        work.under_way -= 1
        self._end(work)

    def _end(self, work: Work) -> None:
        """Hand an address over as soon as nothing of it is under way."""
        if not work.read or work.under_way or self.in_hand.pop(work.url, None) is None:
            return
        outcome = Outcome(
            portal=work.portal,
            url=work.url,
            asked=work.asked,
            ended=work.ended,
            revisit=work.revisit,
            another_day=work.another_day,
            answer=work.answer,
            listings=tuple(work.listings),
            skipped=tuple(work.skipped),
            links=tuple(work.links),
        )
        self.line.tell(outcome)

    def _close(self, work: Work, url: str, reason: str) -> None:
        work.skipped.append((url, reason))
        self.close_portal(work.portal, reason)

    def close_portal(self, portal: str, reason: str, seconds: float | None = None) -> None:
        """Ask nothing more of a portal today, or for so many seconds if that is longer; the first reason stays."""
        self.closed_portals.setdefault(portal, reason)
        self.line.say(("closed", portal, self.closed_portals[portal], seconds))
