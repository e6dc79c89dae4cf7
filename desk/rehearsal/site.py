"""The town's listings site: a real web server on loopback that Scrapy crawls, with lists and robots.txt."""

import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from desk.rehearsal.pages import list_page, listing_page
from desk.rehearsal.town import Advert
from testing.study.errors import Refused

SHAPES = ("state", "jsonld", "labelled")
"""Shapes of page: adverts take turns, as portals differ."""
PER_PAGE = 30
ROBOTS = "User-agent: *\nDisallow: /contact/\n"


class _Server(ThreadingHTTPServer):
    """A server that keeps quiet when the crawl ends in the middle of a request: that is told by who ended it."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell what is wrong with the site itself, and nothing of connections that were cut."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Site:
    """The site of one rehearsal."""

    def __init__(self, adverts: Sequence[Advert], port: int) -> None:
        """Serve ``adverts`` on 127.0.0.1.

        Raises:
            Refused: another program holds the port.
        """
        self._pages = {f"/advert/{it.id}": _page(it, number) for number, it in enumerate(adverts)}
        paths = list(self._pages)
        starts = range(0, max(1, len(paths)), PER_PAGE)
        self._lists = [
            list_page(
                [f"http://127.0.0.1:{port}{path}" for path in paths[start : start + PER_PAGE]],
                f"http://127.0.0.1:{port}/rent?page={number + 2}" if number + 1 < len(starts) else None,
            )
            for number, start in enumerate(starts)
        ]
        try:
            self._server = _Server(("127.0.0.1", port), self._handler())
        except OSError as error:
            raise Refused(
                f"port {port} on 127.0.0.1 is taken ({error.strerror}), and the study file names it; close what "
                "uses it, then rehearse again: it goes on from here"
            ) from error
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        """Open the site."""
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the site."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, target: str) -> tuple[int, str, str]:
        """Return status, content type and text for a request's path and query."""
        parts = urlsplit(target)
        if parts.path == "/robots.txt":
            return 200, "text/plain", ROBOTS
        if parts.path == "/rent":
            number = int(parse_qs(parts.query).get("page", ["1"])[0]) - 1
            if 0 <= number < len(self._lists):
                return 200, "text/html", self._lists[number]
        if page := self._pages.get(parts.path):
            return 200, "text/html", page
        return 404, "text/plain", "not here"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                status, kind, text = answer(self.path)
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Stay quiet: the crawler keeps the record."""

        return Handler


def require_free(port: int) -> None:
    """Make sure that a site could be served on a port, before anything is written that names it.

    Raises:
        Refused: another program holds the port.
    """
    try:
        ThreadingHTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler).server_close()
    except OSError as error:
        raise Refused(
            f"port {port} on 127.0.0.1 is taken ({error.strerror}); nothing was done; close what uses it, or "
            f"choose another: evenhand rehearse --port {port + 1 if port < 65535 else port - 1}"
        ) from error


def _page(advert: Advert, number: int) -> str:
    return listing_page(advert.page(), SHAPES[number % len(SHAPES)])
