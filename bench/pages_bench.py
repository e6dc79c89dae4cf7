"""What a kept page costs: reading it anew against parsel and extruct, keeping it, its bytes, memory, and growth.

    python bench/pages_bench.py [--pages 300] [--kilobytes 180] [--adverts 20000]

Every line is of this run: the same pages for every reader, one core, CPU seconds. ``--adverts 1000000`` shows the
growth to a country's frame; it takes as long as it says for each step.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.crawl_bench import pages
from crawler.frontier import Ask, Kept, Outcome, Pace
from crawler.offline import read_again
from crawler.pipelines.into_store import StoreSink
from crawler.portals.profile import GENERIC, load_profile
from crawler.readers.reading import read_page
from testing.store import pages as kept_pages
from testing.store.crawls import start_crawl
from testing.store.engine import Store, open_store

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
XPATHS = (
    "//h1/text()", "//title/text()", "//*[contains(@class,'price')]//text()", "//dl/dt/text()", "//dl/dd/text()",
    "//*[@itemprop='price']/@content", "//meta[@property='og:title']/@content", "//meta[@name='description']/@content",
    "//a[contains(@href,'mailto:')]/@href", "//a[contains(@href,'tel:')]/@href", "//li/text()", "//table//td/text()",
    "//*[contains(@class,'address')]//text()", "//*[contains(@class,'agency')]//text()",
    "//script[@type='application/ld+json']/text()",
)  # fmt: skip


def timed(what: Callable[[bytes], object], bodies: list[bytes]) -> float:
    """Milliseconds of CPU a page."""
    begun = time.process_time()
    for body in bodies:
        what(body)
    return 1000 * (time.process_time() - begun) / len(bodies)


def readers(bodies: list[bytes]) -> None:
    import extruct
    from parsel import Selector

    def ours(name: str) -> Callable[[bytes], object]:
        profile = load_profile(name)
        return lambda body: read_page(body, "http://evenstad.example/advert/b1", profile, NOW)

    def fifteen(body: bytes) -> object:
        tree = Selector(body=body, encoding="utf-8")
        return [tree.xpath(path).getall() for path in XPATHS]

    sides: dict[str, Callable[[bytes], object]] = {
        "our readers, with a profile": ours("evenstad"),
        "our readers, without": ours(GENERIC),
        "parsel, 15 XPaths": fifteen,
        "extruct, JSON-LD only": lambda body: extruct.extract(body.decode(), syntaxes=["json-ld"]),
        "extruct, every syntax": lambda body: extruct.extract(
            body.decode(), base_url="http://evenstad.example/"
        ),
    }
    print(f"reading, {len(bodies[0]) // 1024} KB a page, one core:")
    for name, side in sides.items():
        cost = timed(side, bodies)
        print(f"  {name:28} {cost:7.2f} ms a page, {1000 / cost:7.0f} pages/s")


def store_with(folder: str, bodies: Iterable[bytes]) -> Store:
    store = open_store(f"sqlite:///{folder}/study.sqlite")
    with store.begin() as session:
        start_crawl(session, crawl_id="c", portals=["evenstad"], now=NOW)
    sink = StoreSink(store, "c", lambda: NOW)
    for number, body in enumerate(bodies):
        url = f"http://evenstad.example/advert/b{number}"
        sink.begin([Ask(portal="evenstad", url=url)], {"evenstad": Pace(per_day=None, seconds=0.0)})
        sink.keep(Outcome(portal="evenstad", url=url, answer=Kept(status=200, body=body)))
    return store


def offline(bodies: list[bytes]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        store_with(folder, bodies) as store,
        store.read() as session,
    ):
        totals = kept_pages.totals(session)
        begun = time.process_time()
        found = sum(len(it.listings) for it in read_again(kept_pages.latest(session)))
        cost = (time.process_time() - begun) / len(bodies)
        size = sum(path.stat().st_size for path in Path(folder).glob("study.sqlite*"))
    assert found == len(bodies)
    print(f"offline, store to record: {1 / cost:.0f} pages/s on one core ({1000 * cost:.2f} ms a page)")
    packed, plain, whole = (it / len(bodies) / 1024 for it in (totals["bytes_kept"], totals["bytes"], size))
    print(f"storage: {packed:.1f} KB a page of {plain:.0f} KB, {whole:.1f} KB with everything around it")


def memory(count: int) -> None:
    """Peak memory while small pages are kept and read anew, at some counts; flat is that it does not grow with them."""
    print("memory, keeping and reading anew (peak of the process):")
    page = next(iter(pages(3, 4).values()))
    for number in (count // 4, count // 2, count):
        bodies = (page.replace(b"b0", b"b%d" % n) for n in range(number))
        with (
            tempfile.TemporaryDirectory() as folder,
            store_with(folder, bodies) as store,
            store.read() as session,
        ):
            for _ in read_again(kept_pages.latest(session)):
                pass
        print(f"  {number:7,} pages: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def growth(most: int) -> None:
    """Milliseconds to claim and keep one advert, as the frame grows."""
    print("growth, claiming and keeping an advert (mean of the last 500):")
    listing = read_page(
        next(iter(pages(1, 1).values())), "http://evenstad.example/advert/b0", load_profile("evenstad"), NOW
    ).listings[0]
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/study.sqlite") as store:
        with store.begin() as session:
            start_crawl(session, crawl_id="c", portals=["evenstad"], now=NOW)
        sink = StoreSink(store, "c", lambda: NOW)
        sink.begin([], {"evenstad": Pace(per_day=None, seconds=0.0)})
        steps = [step for step in (1_000, 10_000, 100_000, 1_000_000) if step < most] + [most]
        done, spent = 0, 0.0
        while done < most:
            asks = [
                Ask(portal="evenstad", url=f"http://evenstad.example/{n}") for n in range(done, done + 500)
            ]
            sink.begin(asks, {"evenstad": Pace(per_day=None, seconds=0.0)})
            begun = time.perf_counter()
            for _ in range(0, 500, 16):
                for ask in sink.claim(16).asks:
                    advert = replace(listing, listing_id=ask.url, url=ask.url)
                    sink.keep(
                        Outcome(
                            portal="evenstad",
                            url=ask.url,
                            answer=Kept(status=200, body=os.urandom(99)),
                            listings=(advert,),
                        )
                    )
            spent, done = time.perf_counter() - begun, done + 500
            if done in steps:
                print(f"  at {done:9,} adverts: {1000 * spent / 500:.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--kilobytes", type=int, default=180)
    parser.add_argument("--kept", type=int, default=8000, help="Pages for the memory of the store.")
    parser.add_argument("--adverts", type=int, default=20_000)
    asked = parser.parse_args()
    memory(asked.kept)
    bodies = [body for path, body in pages(asked.pages, asked.kilobytes).items() if "/advert/" in path]
    readers(bodies)
    offline(bodies)
    growth(asked.adverts)


if __name__ == "__main__":
    main()
