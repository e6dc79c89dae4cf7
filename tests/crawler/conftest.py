"""A web server on loopback that answers what a test tells it and keeps a log of what it was asked."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from crawler.frontier import MemorySink
from crawler.permission import Permission
from crawler.run import CrawlCounts, PortalToCrawl, crawl
from desk.commands.crawl import crawl_study
from desk.folder import StudyFolder
from desk.templates import template_files
from testing.store import changes, frame
from testing.store.engine import open_store

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
PERMISSION = Permission(basis="site of our own", recorded_by="the tests", recorded_on=date(2026, 11, 1))


@dataclass
class Answer:
    """What the server says at one path."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    announced: int | None = None
    """Content length to announce, where it is a lie."""


class Site:
    """Paths with their answers, and the log."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[], Answer]] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.log: list[tuple[str, float, dict[str, str]]] = []
        """Path, moment and headers of each request, in order."""
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.log.append((self.path, time.monotonic(), dict(self.headers)))
                site.agents.add(self.headers.get("User-Agent", ""))
                found = site.answers.get(self.path, Answer(status=404, body=b"not here"))
                answer = found() if callable(found) else found
                tag = answer.headers.get("ETag")
                if tag is not None and self.headers.get("If-None-Match") == tag:
                    answer = Answer(status=304, headers={"ETag": tag})
                length = len(answer.body) if answer.announced is None else answer.announced
                head = {"Content-Type": answer.kind, "Content-Length": str(length), **answer.headers}
                lines = [f"HTTP/1.1 {answer.status} X", *(f"{k}: {v}" for k, v in head.items())]
                self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body)
                self.close_connection = answer.announced is not None

            def log_message(self, format: str, *args: Any) -> None:
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @staticmethod
    def page(body: bytes, **more: Any) -> Answer:
        """An answer to put under a path."""
        return Answer(body, **more)

    def serve(self, path: str, body: bytes, kind: str = "text/html; charset=utf-8", **more: Any) -> None:
        """Answer a path with a body."""
        self.answers[path] = Answer(body, kind=kind, **more)

    def links(self, path: str, targets: list[str], onward: str | None = None) -> None:
        """A list page with links."""
        rows = "".join(f'<li><a href="{target}">advert</a></li>' for target in targets)
        more = f'<a rel="next" href="{onward}">next</a>' if onward else ""
        self.answers[path] = Answer(f"<html><body><ul>{rows}</ul>{more}</body></html>".encode())

    def crawl(self, portal: str, *starts: str, **options: Any) -> tuple[CrawlCounts, MemorySink]:
        """Crawl one portal from paths of this site."""
        return self.crawl_all({portal: starts}, **options)

    def crawl_all(
        self, starts: dict[str, tuple[str, ...]], pages_per_day: int | None = None, **options: Any
    ) -> tuple[CrawlCounts, MemorySink]:
        """Crawl several portals that all live on this site."""
        sink = MemorySink()
        portals = [
            PortalToCrawl(
                profile=name,
                start_urls=tuple(self.root + path for path in paths),
                permission=PERMISSION,
                pages_per_day=pages_per_day,
            )
            for name, paths in starts.items()
        ]
        given = {"contact": "crawl@university.example", "clock": lambda: NOW, "delay": 0.0, **options}
        return crawl(portals, sink=lambda: sink, **given), sink


class Study:
    """A study of one portal on a site, with a clock that a test moves."""

    def __init__(self, root: Path, site: Site) -> None:
        self.folder, self.site, self.now = StudyFolder(root=root), site, NOW
        for name, text in template_files("belgium", {"name": "crawled", "place": "Town"}).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                text.replace('profile = "generic"', 'profile = "evenstad"')
                .replace("https://www.example.org/te-huur", site.root + "/rent")
                .replace("study@example.org", "study@university.example"),
                "utf-8",
            )

    def configure(self, before: str, after: str) -> None:
        """Change the study file."""
        text = self.folder.protocol.read_text("utf-8")
        assert before in text
        self.folder.protocol.write_text(text.replace(before, after), "utf-8")

    def crawl(self, *, delay: float | None = 0.0, afresh: bool = False) -> CrawlCounts:
        """Crawl once, now by the study's clock."""
        return crawl_study(self.folder, clock=lambda: self.now, delay=delay, afresh=afresh)

    def events(self) -> list[changes.Event]:
        """Every change that was seen."""
        with open_store(self.folder.store) as store, store.read() as session:
            return changes.events(session)

    def frame(self) -> list[str]:
        """Numbers of the adverts that stand, sorted."""
        with open_store(self.folder.store) as store, store.read() as session:
            return sorted(it.listing_id for it in frame.listings(session))


@pytest.fixture
def study(site: Site, tmp_path: Path) -> Study:
    """A study whose only portal is the site."""
    return Study(tmp_path / "study", site)


def _open() -> Iterator[Site]:
    site = Site()
    Thread(target=site.server.serve_forever, daemon=True).start()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    """A site for one test."""
    yield from _open()


@pytest.fixture(scope="module")
def shared_site() -> Iterator[Site]:
    """A site for all tests of a file."""
    yield from _open()


@pytest.fixture(scope="module")
def second_site() -> Iterator[Site]:
    """Another one."""
    yield from _open()
