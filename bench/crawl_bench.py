"""Pages per second of our crawl against bare Scrapy: same pages, server, downloader settings, and run.

    python bench/crawl_bench.py [--pages 6000] [--rounds 3] [--kilobytes 180]

Our side is the crawl of a study: every page is read and kept with its bytes in a store on disk, a page to a
transaction, so that a kill loses nothing. The bare side asks for the same addresses and looks at nothing. Each run
has a process of its own, and so has the server; CPU is that of the run with its child processes.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from desk.rehearsal.pages import SHAPES, list_page, listing_page  # noqa: E402

ADVERT: dict[str, Any] = {
    "title": "Appartement", "language": "nl", "rent": 900, "charges": 50, "street": "Kaai", "house_number": "1",
    "postcode": "9990", "city": "Evenstad", "dwelling_type": "apartment", "area_m2": 90, "bedrooms": 2,
    "energy_label": "B", "posted_date": date(2026, 10, 28), "landlord_type": "agency", "landlord_name": "Kantoor",
    "licence_no": "512345", "email": "a@evenstad.example", "reference": "R",
}  # fmt: skip
_PER_LIST = 100


def pages(count: int, kilobytes: int) -> dict[str, bytes]:
    """Adverts in three shapes, padded with markup to the size of real pages, and the lists that lead to them."""
    # Six start tags a kilobyte, the median of 27 saved pages of 22 portals; the rest is script and attribute.
    row = '<li class="x"><a href="/over/{0}"><span>Woord {0}</span></a><img src="/i/{0}.png" alt="beeld"></li>\n'
    row += "<script>var q{0} = {{a: [" + "0.125, " * 72 + "1]}};</script>\n"
    filler = "".join(row.format(n) for n in range(kilobytes * 1024 // len(row)))
    found = {}
    for number in range(count):
        page = listing_page({**ADVERT, "id": f"b{number}"}, SHAPES[number % 3])
        found[f"/advert/b{number}"] = page.replace("</main>", f"<ul>{filler}</ul></main>").encode()
    paths = list(found)
    starts = range(0, count, _PER_LIST)
    for number, start in enumerate(starts):
        onward = f"/rent?page={number + 1}" if number + 1 < len(starts) else None
        found[f"/rent?page={number}"] = list_page(paths[start : start + _PER_LIST], onward).encode()
    return found


def serve(count: int, kilobytes: int) -> None:
    found = pages(count, kilobytes)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = found.get(self.path, b"")
            status = 200 if body else 404
            head = f"HTTP/1.1 {status} X\r\nContent-Type: text/html; charset=utf-8\r\n"
            self.wfile.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

        def log_message(self, format: str, *args: Any) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()


def run_ours(root: str) -> int:
    import tempfile

    from crawler.permission import Permission
    from crawler.pipelines.into_store import StoreSink
    from crawler.run import PortalToCrawl, crawl
    from testing.store.crawls import start_crawl
    from testing.store.engine import open_store

    basis = Permission(basis="a site of our own", recorded_by="the benchmark", recorded_on=date(2026, 11, 1))
    portal = PortalToCrawl(profile="evenstad", start_urls=(root + "/rent?page=0",), permission=basis)

    def clock() -> datetime:
        return datetime.now(UTC)

    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/study.sqlite") as store:
        with store.begin() as session:
            start_crawl(session, crawl_id="bench", portals=["evenstad"], now=clock())
        sink = StoreSink(store, "bench", clock)
        contact = "bench@university.example"
        counts = crawl([portal], sink=lambda: sink, contact=contact, clock=clock, delay=0.0)
    return counts.listings


def run_bare(root: str, settings: dict[str, Any], count: int) -> int:
    import scrapy
    from scrapy.crawler import CrawlerProcess

    seen = 0

    class Bare(scrapy.Spider):
        name = "bare"

        async def start(self) -> Any:
            for number in range(0, count, _PER_LIST):
                yield scrapy.Request(f"{root}/rent?page={number // _PER_LIST}")
            for number in range(count):
                yield scrapy.Request(f"{root}/advert/b{number}")

        def parse(self, response: Any) -> None:
            nonlocal seen
            seen += "/advert/" in response.url

    # What is ours is taken out: no steps, no frontier, no manners of ours; robots.txt and the rest are Scrapy's own.
    cookies = "scrapy.downloadermiddlewares.cookies.CookiesMiddleware"
    own: dict[str, Any] = {
        "ITEM_PIPELINES": {}, "SCHEDULER": "scrapy.core.scheduler.Scheduler", "EXTENSIONS": {},
        "DOWNLOADER_MIDDLEWARES": {cookies: None}, "SPIDER_MIDDLEWARES": {}, "DOWNLOADER_STATS": True,
        "CONCURRENT_ITEMS": 100,
    }  # fmt: skip
    process = CrawlerProcess({**settings, **own})
    process.crawl(Bare)
    process.start(install_signal_handlers=False)
    return seen


def one(side: str, root: str, count: int) -> None:
    """One crawl in this process; prints what it cost."""
    from crawler.settings import settings_for

    settings = settings_for(contact="bench@evenstad.example", delay=0, loopback=True)
    settings |= {"LOG_LEVEL": "ERROR", "LOOSENED": None}
    before, started = cpu_seconds(), time.perf_counter()
    got = run_ours(root) if side == "ours" else run_bare(root, settings, count)
    print(json.dumps({"got": got, "seconds": time.perf_counter() - started, "cpu": cpu_seconds() - before}))


def cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(it.ru_utime + it.ru_stime for it in used)


def measure(side: str, root: str, count: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "--one", side, "--root", root, "--pages", str(count)],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    if result["got"] != count:
        raise SystemExit(f"{side} got {result['got']} of {count} pages")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kilobytes", type=int, default=180)
    parser.add_argument("--one", choices=["ours", "bare"], help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--root", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.pages, asked.kilobytes)
    elif asked.one:
        one(asked.one, asked.root, asked.pages)
    else:
        compare(asked.pages, asked.rounds, asked.kilobytes)


def compare(count: int, rounds: int, kilobytes: int) -> None:
    command = [sys.executable, __file__, "--serve", "--pages", str(count), "--kilobytes", str(kilobytes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            root = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            both = {side: [measure(side, root, count) for _ in range(rounds)] for side in ("bare", "ours")}
        finally:
            server.terminate()
    rates = {}
    for side, runs in both.items():
        seconds = statistics.median(run["seconds"] for run in runs)
        cpu = statistics.median(run["cpu"] for run in runs)
        rates[side] = count / seconds
        print(
            f"{side:5s} {count} pages of {kilobytes} KB: {count / seconds:6.1f} pages/s, "
            f"{1000 * cpu / count:5.2f} ms CPU a page (start-up included), median of {rounds}"
        )
    print(f"ours / bare Scrapy: {rates['ours'] / rates['bare']:.2f} of its pages per second")


if __name__ == "__main__":
    main()
