"""One crawl's job in, its findings sent down a pipe: the child process in which Scrapy's reactor lives and ends.

A reactor starts once in a process; a process of its own lets a program crawl as often as it likes, keeps the program's
signal handlers and logging its own, and leaves nothing running.
"""

import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from testing.study.listing import Listing

Message = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one crawl has to do."""

    walked: tuple[tuple[str, tuple[str, ...]], ...]
    """Profile name and start addresses of each portal."""
    settings: dict[str, Any]
    seen_at: datetime


class _Sender:
    """The sink of the child: hands everything to the parent."""

    def __init__(self, emit: Callable[[Message], None]) -> None:
        self._emit = emit

    def record_listing(self, listing: Listing) -> None:
        self._emit(("listing", listing))

    def record_skipped(self, portal: str, url: str, reason: str) -> None:
        self._emit(("skipped", portal, url, reason))

    def close(self) -> None:
        """Nothing is held back."""


def walk(job: Job, emit: Callable[[Message], None]) -> None:
    """Run Scrapy until every portal is walked; call it once in a process.

    Args:
        job: what to do.
        emit: takes ("listing", Listing), ("skipped", portal, url, reason) and at the end
            ("end", pages per portal, refusals per portal, finish reason).
    """
    from scrapy.crawler import CrawlerProcess

    from crawler.spiders.listings import Listings, Walked

    walked = tuple(Walked(profile=name, start_urls=urls) for name, urls in job.walked)
    process = CrawlerProcess(job.settings)
    crawler = process.create_crawler(Listings)
    process.crawl(crawler, walked=walked, seen_at=job.seen_at, sink=_Sender(emit))
    if job.settings.get("LOOSENED"):
        logging.getLogger("crawler").warning("loosened: %s", job.settings["LOOSENED"])
        crawler.stats.set_value("evenhand/loosened", job.settings["LOOSENED"])
    process.start(install_signal_handlers=False)
    spider: Any = crawler.spider
    reason = crawler.stats.get_value("finish_reason") if spider is not None else "the spider did not start"
    pages = dict(spider.pages) if spider is not None else {}
    emit(("end", pages, dict(spider.closed_portals) if spider is not None else {}, reason))


def serve(pipe: Connection) -> None:
    """Entry of the child process: take the job, walk, send, and die with the parent."""

    def emit(message: Message) -> None:
        try:
            pipe.send(message)
        except OSError:
            os._exit(1)  # the parent is gone: crawling on would be a crawl that nobody answers for

    walk(pipe.recv(), emit)
    pipe.close()


if __name__ == "__main__":
    from crawler.process import serve as serve_imported  # so that a Job is one class, not two

    serve_imported(Connection(int(sys.argv[1])))
