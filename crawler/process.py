"""One crawl's job in, its findings sent down a pipe: the child process in which Scrapy's reactor lives and ends.

A reactor starts once in a process; a process of its own lets a program crawl as often as it likes, keeps the program's
signal handlers and logging its own, and leaves nothing running.
"""

import asyncio
import logging
import os
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from crawler.frontier import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one crawl has to do."""

    walked: tuple[tuple[str, tuple[str, ...]], ...]
    """Profile name and start addresses of each portal."""
    settings: dict[str, Any]
    seen_at: datetime
    closed: Mapping[str, str] = field(default_factory=dict)
    """Portals that closed their door before, with the reason: nothing of them is asked for."""


class Line:
    """The child's end of the pipe: asks the parent for addresses and hands over what they gave."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._woken: Callable[[], None] = lambda: None
        self.given: deque[Any] = deque()
        """Answers to «claim», in the order in which they came."""
        self.told = 0
        """Outcomes that were handed over."""

    def listen(self, woken: Callable[[], None]) -> None:
        """Take what the parent gives as soon as it comes; call it in the running event loop."""
        self._woken = woken
        asyncio.get_running_loop().add_reader(self._pipe.fileno(), self._arrived)

    def deaf(self) -> None:
        """Listen no more."""
        asyncio.get_running_loop().remove_reader(self._pipe.fileno())

    def _arrived(self) -> None:
        while self._pipe.poll(0):
            self._received()

    def ask(self, question: tuple[Any, ...]) -> Any:
        """Ask, and wait for the answer."""
        self._send(question)
        while (message := self._received())[0] != "answer":
            pass
        return message[1]

    def _received(self) -> tuple[str, Any]:
        try:
            message: tuple[str, Any] = self._pipe.recv()
        except (OSError, EOFError):
            os._exit(1)  # the parent is gone: crawling on would be a crawl that nobody answers for
        if message[0] == "given":
            self.given.append(message[1])
            self._woken()
        return message

    def tell(self, outcome: Outcome) -> None:
        """Hand over what an address gave."""
        self.told += 1
        self._send(("page", outcome))
        self._woken()  # it may have led to more

    def say(self, message: tuple[Any, ...]) -> None:
        """Say something that needs no answer."""
        self._send(message)

    def end(self, refused: dict[str, str], reason: str) -> None:
        """Say that nothing more comes, and why."""
        self._send(("end", refused, reason))

    def _send(self, message: tuple[Any, ...]) -> None:
        try:
            self._pipe.send(message)
        except OSError:
            os._exit(1)


def walk(job: Job, line: Line) -> None:
    """Run Scrapy until the frontier is empty; call it once in a process."""
    from scrapy.crawler import CrawlerProcess

    from crawler.spiders.listings import Listings, Walked

    walked = tuple(Walked(profile=name, start_urls=urls) for name, urls in job.walked)
    process = CrawlerProcess(job.settings)
    crawler = process.create_crawler(Listings)
    process.crawl(crawler, walked=walked, seen_at=job.seen_at, line=line, closed=job.closed)
    if job.settings.get("LOOSENED"):
        logging.getLogger("crawler").warning("loosened: %s", job.settings["LOOSENED"])
        crawler.stats.set_value("evenhand/loosened", job.settings["LOOSENED"])
    process.start(install_signal_handlers=False)
    spider: Any = crawler.spider
    reason = crawler.stats.get_value("finish_reason") if spider is not None else "the spider did not start"
    line.end(dict(spider.closed_portals) if spider is not None else {}, str(reason))


def serve(pipe: Connection) -> None:
    """Entry of the child process: take the job, walk, hand over, and die with the parent."""
    walk(pipe.recv(), Line(pipe))
    pipe.close()


if __name__ == "__main__":
    from crawler.process import serve as serve_imported  # so that a Job is one class, not two

    serve_imported(Connection(int(sys.argv[1])))
