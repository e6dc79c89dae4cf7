"""A crawl that is killed goes on where it stood: no page lost, only those in hand asked for again, none kept twice."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from desk.folder import StudyFolder
from desk.templates import template_files
from testing.store import crawls, frame, frontier, pages
from testing.store.engine import open_store
from testing.study.errors import StoreUnusable
from tests.crawler.conftest import NOW

pytestmark = pytest.mark.xdist_group("killed crawl")
SLOTS = 4
"""Requests under way at once on loopback, as ``crawler.settings`` says."""
ADVERT = """<html lang="nl"><head><title>Huis {n} te huur</title></head><body>
<h1 data-advert="{n}">Huis {n} te huur</h1>
<dl><dt>Huurprijs</dt><dd>€ {rent} per maand</dd><dt>Type woning</dt><dd>huis</dd></dl>
<p>{filler}</p></body></html>"""


class Town:
    """A listings site of many adverts behind list pages, with a log of what it was asked."""

    def __init__(self, adverts: int, a_list: int = 50) -> None:
        self.asked: Counter[str] = Counter()
        self.adverts, self.a_list = adverts, a_list
        town, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with lock:
                    town.asked[self.path] += 1
                body = town.page(self.path)
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def page(self, path: str) -> bytes:
        kind, _, number = path.strip("/").partition("/")
        if kind == "advert":
            return ADVERT.format(n=number, rent=600 + int(number) % 300, filler="woord " * 200).encode()
        if kind != "rent":
            return b""
        first = int(number or 0) * self.a_list
        rows = "".join(
            f'<li><a href="/advert/{n}">x</a></li>'
            for n in range(first, min(first + self.a_list, self.adverts))
        )
        more = (
            f'<a rel="next" href="/rent/{int(number or 0) + 1}">more</a>'
            if first + self.a_list < self.adverts
            else ""
        )
        return f"<html><body><ul>{rows}</ul>{more}</body></html>".encode()


@pytest.fixture
def town(request: pytest.FixtureRequest) -> Iterator[Town]:
    town = Town(request.param)
    yield town
    town.server.shutdown()
    town.server.server_close()


def study_of(folder: Path, town: Town) -> StudyFolder:
    """A study whose only portal is the town, at no pace."""
    for name, text in template_files("belgium", {"name": "killed", "place": "Town"}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            text.replace('profile = "generic"', 'profile = "evenstad"')
            .replace("https://www.example.org/te-huur", town.root + "/rent")
            .replace("study@example.org", "study@university.example"),
            "utf-8",
        )
    return StudyFolder(root=folder)


CRAWL = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from desk.commands.crawl import crawl_study
from desk.folder import StudyFolder
counts = crawl_study(StudyFolder(root=Path(sys.argv[1])), clock=lambda: datetime.now(UTC), delay=0.0)
print(counts.portals[0])
"""


def crawling(study: StudyFolder) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CRAWL, str(study.root)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}, cwd=Path(__file__).parents[2],
    )  # fmt: skip


@pytest.fixture
def either_store(store_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The studies of a test keep all in this store, on either database."""
    monkeypatch.setenv("EVENHAND_DATABASE_URL", store_url)
    return store_url


def killed_crawl(study: StudyFolder, town: Town, kills: int) -> int:
    """Crawl to the end, killed at random some times; returns how often it was really killed."""
    chance, killed = random.Random(7), 0
    whole = town.adverts + town.adverts // town.a_list
    for number in range(kills):
        process = crawling(study)
        goal = sum(town.asked.values()) + chance.randint(1, 2 * whole // (kills + 1))
        while sum(town.asked.values()) < goal and process.poll() is None:
            time.sleep(0.001)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        _, err = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), err
        if process.returncode == 0:
            assert number, "it ended before it could be killed once"
            return killed
    process = crawling(study)
    _, err = process.communicate()
    assert process.returncode == 0, err
    return killed


@pytest.mark.parametrize("town", [300], indirect=True)
def test_a_crawl_killed_four_times_has_every_page_once(town: Town, tmp_path: Path, either_store: str) -> None:
    check(town, study_of(tmp_path, town), kills=4)


@pytest.mark.drill
@pytest.mark.parametrize("town", [3000], indirect=True)
def test_a_crawl_of_3000_adverts_killed_twenty_times_has_every_page_once(
    town: Town, tmp_path: Path, either_store: str
) -> None:
    check(town, study_of(tmp_path, town), kills=20)


def check(town: Town, study: StudyFolder, kills: int) -> None:
    killed = killed_crawl(study, town, kills)
    asked = {path: count for path, count in town.asked.items() if path.startswith(("/advert", "/rent"))}
    addresses = {f"/advert/{n}" for n in range(town.adverts)}
    assert addresses <= set(asked), "no advert is lost"
    again = sum(asked.values()) - len(asked)
    assert killed >= kills // 2 and again <= killed * SLOTS, (killed, again)
    with open_store(study.store) as store, store.read() as session:
        found = frame.listings(session)
        assert {it.listing_id for it in found} == {str(n) for n in range(town.adverts)}
        assert all(len(frame.observations(session, it.key)) == 1 for it in found), "none is kept twice"
        last = crawls.require_whole_frame(session)
        assert last.id == "crawl-1" and last.counts["evenstad.listings"] == town.adverts
        assert set(frontier.counts(session, "crawl-1")) == {"done"}
        kept = list(pages.latest(session))
        assert {it.url.removeprefix(town.root) for it in kept} == set(asked)
        assert all(it.body == town.page(it.url.removeprefix(town.root)) for it in kept)


@pytest.mark.parametrize("town", [120], indirect=True)
def test_planted_a_frontier_that_forgets_what_was_in_hand_loses_pages(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = study_of(tmp_path, town)
    process = crawling(study)
    while sum(town.asked.values()) < 40:
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    process.communicate()
    monkeypatch.setattr(frontier, "give_back", lambda *_: 0)
    from datetime import UTC, datetime

    from desk.commands.crawl import crawl_study

    crawl_study(study, clock=lambda: datetime.now(UTC), delay=0.0)
    with open_store(study.store) as store, store.read() as session:
        assert 20 < frame.count(session) < town.adverts
        assert frontier.counts(session, "crawl-1").get("claimed", 0) > 0


@pytest.mark.parametrize("town", [2000], indirect=True)
def test_two_programs_never_crawl_into_one_store(town: Town, tmp_path: Path) -> None:
    study = study_of(tmp_path, town)
    first = crawling(study)
    while not town.asked:
        assert first.poll() is None
        time.sleep(0.001)
    second = crawling(study)
    _, err = second.communicate()
    running = first.poll() is None
    first.kill()
    first.communicate()
    assert running and second.returncode != 0 and "another program is crawling into" in err


@pytest.mark.parametrize("town", [8], indirect=True)
def test_a_crawl_that_finished_is_not_gone_on_with(town: Town, tmp_path: Path) -> None:
    study = study_of(tmp_path, town)
    for _ in range(2):
        assert crawling(study).communicate()[1].count("Traceback") == 0
    assert town.asked["/advert/3"] == 2
    with open_store(study.store) as store, store.read() as session:
        assert crawls.require_whole_frame(session).id == "crawl-2"
        assert json.dumps(pages.totals(session)["pages"]) == "9", "unchanged pages are kept once"


@pytest.mark.parametrize("town", [20], indirect=True)
def test_kept_pages_read_anew_give_the_same_adverts_and_ask_nothing(town: Town, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from desk.commands.crawl import crawl_study, read_kept_pages

    study = study_of(tmp_path, town)

    def clock() -> datetime:
        return datetime.now(UTC)

    with pytest.raises(StoreUnusable, match="there is no store"):
        read_kept_pages(study, clock=clock)
    crawl_study(study, clock=clock, delay=0.0)
    before = dict(town.asked)
    with open_store(study.store) as store, store.read() as session:
        first = frame.listings(session)
    counts = read_kept_pages(study, clock=clock)
    assert dict(town.asked) == before
    assert counts.listings == len(first) == 20
    with open_store(study.store) as store, store.read() as session:
        assert [replace(it, seen_at=NOW) for it in frame.listings(session)] == [
            replace(it, seen_at=NOW) for it in first
        ]
        assert crawls.require_whole_frame(session).id == "crawl-2"
        assert len({sha for key in first for _, sha in frame.observations(session, key.key)}) == 20
