"""A crawl is polite by construction: each manner is read from the server's own log."""

import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

import crawler.run
from crawler.frontier import MemorySink
from crawler.permission import Permission
from crawler.run import PortalToCrawl, crawl
from crawler.settings import settings_for
from desk.rehearsal.pages import listing_page
from testing.study.errors import Refused
from testing.study.frame_sections import POLITE_PAGES
from testing.study.listing import LandlordType

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
ADVERT: dict[str, Any] = {
    "id": "a", "title": "Woning", "language": "nl", "rent": 900, "charges": None, "street": "Kaai", "house_number": "1",
    "postcode": "9990", "city": "Evenstad", "dwelling_type": "house", "area_m2": 90, "bedrooms": 2, "energy_label": "B",
    "posted_date": date(2026, 10, 28), "landlord_type": "private", "landlord_name": "An", "licence_no": None,
    "email": "a@evenstad.example", "reference": "R",
}  # fmt: skip


def advert(name: str) -> bytes:
    return listing_page({**ADVERT, "id": name}, "state").encode()


def town(site: Any, names: list[str]) -> None:
    """A list page with adverts of the made-up town."""
    site.links("/rent", [f"/advert/{name}" for name in names])
    for name in names:
        site.serve(f"/advert/{name}", advert(name))


def pages_asked(site: Any) -> list[str]:
    return [path for path in site.asked if path != "/robots.txt"]


def to_crawl(site: Any, permission: Permission | None) -> list[PortalToCrawl]:
    return [PortalToCrawl(profile="evenstad", start_urls=(site.root + "/rent",), permission=permission)]


def test_a_town_is_crawled_with_the_contact_in_the_user_agent(site: Any) -> None:
    town(site, ["a", "b", "c"])
    counts, sink = site.crawl("evenstad", "/rent")
    assert sorted(it.listing_id for it in sink.listings) == ["a", "b", "c"]
    assert {it.landlord.type for it in sink.listings} == {LandlordType.PRIVATE}
    assert {it.seen_at for it in sink.listings} == {NOW}
    assert (counts.portals[0].pages, counts.portals[0].listings, counts.listings) == (4, 3, 3)
    assert all("crawl@university.example" in agent for agent in site.agents)
    assert "127.0.0.1" not in str(counts.loosened) and "loopback" in str(counts.loosened)
    assert sink.closed_now


def test_list_pages_lead_to_the_next_list_page(site: Any) -> None:
    site.links("/rent", ["/advert/a"], "/rent?page=2")
    site.links("/rent?page=2", ["/advert/b", "/advert/a"])
    site.serve("/advert/a", advert("a"))
    site.serve("/advert/b", advert("b"))
    _, sink = site.crawl("evenstad", "/rent")
    assert sorted(it.listing_id for it in sink.listings) == ["a", "b"]
    assert sorted(pages_asked(site)) == ["/advert/a", "/advert/b", "/rent", "/rent?page=2"]


def test_without_a_legal_basis_nothing_is_asked(site: Any) -> None:
    town(site, ["a"])
    with pytest.raises(Refused, match="'evenstad' has no recorded legal basis") as refusal:
        crawl(to_crawl(site, None), sink=MemorySink, contact="a@b.example", clock=lambda: NOW, delay=0)
    assert refusal.value.exit_code == 4
    assert site.asked == []


def test_planted_bug_a_crawl_without_the_legal_guard_is_seen_in_the_log(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The twin of the test above: with the guard taken out, its detector (the server's log) must go off.
    monkeypatch.setattr(crawler.run, "require_permission", lambda portal, permission: None)
    town(site, ["a"])
    crawl(to_crawl(site, None), sink=MemorySink, contact="a@b.example", clock=lambda: NOW, delay=0)
    assert site.asked != []


def test_a_blank_legal_basis_is_none(site: Any) -> None:
    blank = Permission(basis=" ", recorded_by="", recorded_on=date(2026, 1, 1))
    with pytest.raises(Refused, match="lacks basis and recorded_by"):
        crawl(to_crawl(site, blank), sink=MemorySink, contact="a@b.example", clock=lambda: NOW, delay=0)
    assert site.asked == []


@pytest.mark.parametrize("contact", ["", "   ", "nobody", "a@b.example\r\nX-Evil: 1"])
def test_without_a_contact_nothing_is_asked(site: Any, contact: str) -> None:
    town(site, ["a"])
    with pytest.raises(Refused, match="contact"):
        site.crawl("evenstad", "/rent", contact=contact)
    assert site.asked == []


def test_while_the_study_is_halted_nothing_is_asked(site: Any) -> None:
    town(site, ["a"])
    with pytest.raises(Refused, match="halted"):
        site.crawl("evenstad", "/rent", halted=lambda: True)
    assert site.asked == []


def test_a_halt_ends_a_running_crawl_and_leaves_nothing_running(site: Any) -> None:
    town(site, [f"a{n}" for n in range(300)])
    answers = iter([False] * 5)
    with pytest.raises(Refused, match="halted"):
        site.crawl("evenstad", "/rent", halted=lambda: next(answers, True))
    assert len(pages_asked(site)) < 300
    assert psutil.Process().children() == []


def test_robots_txt_is_obeyed(site: Any) -> None:
    town(site, ["a", "b"])
    site.serve("/robots.txt", b"User-agent: *\nDisallow: /advert/b\n", "text/plain")
    counts, sink = site.crawl("evenstad", "/rent")
    assert [it.listing_id for it in sink.listings] == ["a"]
    assert "/advert/b" not in site.asked
    assert counts.portals[0].skipped == {"forbidden by robots.txt": 1}


def test_robots_txt_that_names_us_is_obeyed(site: Any) -> None:
    town(site, ["a"])
    site.serve("/robots.txt", b"User-agent: evenhand\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "text/plain")
    site.crawl("evenstad", "/rent")
    assert pages_asked(site) == []


def test_an_answer_500_is_tried_three_times_and_then_counted(site: Any) -> None:
    town(site, ["a", "b"])
    site.serve("/advert/b", b"<html>oops</html>", status=500)
    counts, sink = site.crawl("evenstad", "/rent")
    assert site.asked.count("/advert/b") == 3
    assert [it.listing_id for it in sink.listings] == ["a"]
    assert counts.portals[0].skipped == {"answer 500": 1}


def test_a_portal_that_only_answers_500_says_that_it_gave_nothing(site: Any) -> None:
    site.serve("/rent", b"", status=500)
    counts, sink = site.crawl("evenstad", "/rent")
    assert sink.listings == []
    assert str(counts.portals[0]) == "evenstad: no rental from 1 pages (answer 500: 1)"


def test_a_passing_500_costs_nothing(site: Any) -> None:
    town(site, ["a"])
    good = site.answers["/advert/a"]
    bad = type(good)(b"oops", status=503)
    turns = iter([bad, good])
    site.answers["/advert/a"] = lambda: next(turns)
    _, sink = site.crawl("evenstad", "/rent")
    assert [it.listing_id for it in sink.listings] == ["a"]


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_refusal_closes_the_portal_for_the_run(site: Any, status: int) -> None:
    town(site, [f"a{n}" for n in range(60)])
    for n in range(60):
        site.serve(f"/advert/a{n}", b"go away", status=status)
    counts, _ = site.crawl("evenstad", "/rent")
    assert counts.portals[0].refused == f"refused: answer {status}"
    # A few may be on their way already; no refusal is asked again, and nothing new is asked.
    assert len(pages_asked(site)) <= 10
    assert len(set(pages_asked(site))) == len(pages_asked(site))
    assert counts.portals[0].skipped["portal closed after a refusal"] >= 50


def test_a_challenge_page_closes_the_portal_for_the_run(site: Any) -> None:
    town(site, [f"a{n}" for n in range(60)])
    wall = (
        b"<html><head><title>Just a moment...</title></head><body><p>Checking your browser</p></body></html>"
    )
    for n in range(60):
        site.serve(f"/advert/a{n}", wall)
    counts, sink = site.crawl("evenstad", "/rent")
    assert sink.listings == []
    assert "blocked" in str(counts.portals[0].refused)
    assert len(pages_asked(site)) <= 10


def test_truncated_pages_are_counted_and_give_no_advert(site: Any) -> None:
    town(site, ["cut", "short", "whole"])
    whole = advert("x")
    site.serve("/advert/cut", whole[: len(whole) // 2])
    site.serve("/advert/short", whole[: len(whole) // 2], announced=len(whole))
    counts, sink = site.crawl("evenstad", "/rent")
    assert [it.listing_id for it in sink.listings] == ["whole"]
    assert counts.portals[0].skipped == {
        "truncated page: its closing tag is missing": 1,
        "truncated page: fewer bytes than announced": 1,
    }


def test_a_gone_page_and_an_empty_one_are_counted(site: Any) -> None:
    town(site, ["a", "b"])
    site.serve("/advert/a", b"gone", status=410)
    site.serve("/advert/b", b"")
    counts, _ = site.crawl("evenstad", "/rent")
    assert counts.portals[0].skipped == {"gone": 1, "empty page": 1}


def test_links_and_redirects_off_the_portal_are_not_followed(site: Any, second_site: Any) -> None:
    site.links("/rent", ["/advert/a", "/advert/in", f"{second_site.root}/advert/away"])
    site.serve("/advert/a", b"", status=302, headers={"Location": f"{second_site.root}/advert/away"})
    site.serve("/advert/in", b"", status=301, headers={"Location": "/advert/b"})
    site.serve("/advert/b", advert("b"))
    counts, sink = site.crawl("evenstad", "/rent")
    assert second_site.asked == []
    assert [it.listing_id for it in sink.listings] == ["b"]
    assert counts.portals[0].skipped == {"link leaves the portal": 1, "redirect leaves the portal": 1}


def test_the_daily_budget_of_a_domain_is_kept(site: Any) -> None:
    town(site, [f"a{n}" for n in range(40)])
    counts, sink = site.crawl("evenstad", "/rent", pages_per_day=11)
    assert len(site.asked) == 11, "robots.txt counts too"
    assert counts.portals[0].left == counts.left == 40 - len(sink.listings) == 31
    assert "31 addresses wait for another day" in str(counts.portals[0])


def test_the_pace_is_one_request_in_two_seconds_unless_loosened(site: Any) -> None:
    town(site, ["a"])
    times: list[float] = []
    for path, answer in list(site.answers.items()):
        site.answers[path] = lambda answer=answer: (times.append(time.monotonic()), answer)[1]
    counts, sink = site.crawl("evenstad", "/rent", delay=None)
    assert len(sink.listings) == 1
    assert counts.loosened is None
    assert times[1] - times[0] >= 1.95


def test_the_pace_cannot_be_loosened_on_the_domains_of_others() -> None:
    with pytest.raises(Refused, match="under the floor of 2 s"):
        settings_for(contact="a@b.example", delay=0.5, loopback=False)
    portal = PortalToCrawl(
        profile="immoweb",
        start_urls=("https://www.immoweb.be/nl/zoeken",),
        permission=Permission(basis="b", recorded_by="r", recorded_on=date(2026, 1, 1)),
    )
    with pytest.raises(Refused, match="under the floor"):
        crawl([portal], sink=MemorySink, contact="a@b.example", clock=lambda: NOW, delay=0.5)


def test_a_start_address_of_another_site_is_refused() -> None:
    portal = PortalToCrawl(
        profile="immoweb",
        start_urls=("https://immoweb.be.evil.example/x",),
        permission=Permission(basis="b", recorded_by="r", recorded_on=date(2026, 1, 1)),
    )
    with pytest.raises(Refused, match="is not on portal 'immoweb'"):
        crawl([portal], sink=MemorySink, contact="a@b.example", clock=lambda: NOW)


def test_polite_defaults_stand() -> None:
    made = settings_for(contact="crawl@university.example")
    assert made["ROBOTSTXT_OBEY"] and made["DOWNLOAD_VERIFY_CERTIFICATES"] and made["AUTOTHROTTLE_ENABLED"]
    assert not made["COOKIES_ENABLED"] and not made["TELNETCONSOLE_ENABLED"] and not made["REDIRECT_ENABLED"]
    assert made["CONCURRENT_REQUESTS_PER_DOMAIN"] == 1
    assert made["DOWNLOAD_DELAY"] == 2.0
    assert POLITE_PAGES == 500
    assert not {401, 403, 429} & set(made["RETRY_HTTP_CODES"])


def test_a_second_crawl_in_one_program_works_and_nothing_is_left_running(site: Any) -> None:
    town(site, ["a"])
    for _ in range(2):
        _, sink = site.crawl("evenstad", "/rent")
        assert len(sink.listings) == 1
    assert psutil.Process().children() == []


_WATCHED = """
import sys
seen = []
def watch(event, args):
    if event in ("socket.connect", "socket.sendto"):
        seen.append(str(args[1]))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        seen.append(str(args[0]))
sys.addaudithook(watch)
from collections import deque
from datetime import datetime, UTC
from crawler import process
from crawler.settings import settings_for
from crawler.frontier import Ask, MemorySink, Pace
sink, ends = MemorySink(), []
class Line:
    given, told = deque(), 0
    def listen(self, woken):
        self.woken = woken
    def deaf(self):
        pass
    def ask(self, question):
        return question[0] == "take"
    def say(self, message):
        assert message == ("claim",), message
        self.given.append(next(iter(sink.claim(1).asks), None))
        self.woken()
    def tell(self, outcome):
        self.told += 1
        sink.keep(outcome)
    def end(self, refused, reason):
        ends.append(reason)
settings = settings_for(contact="a@b.example", delay=0, loopback=True)
job = process.Job(walked=(("evenstad", (sys.argv[1] + "/rent",)),), settings=settings, seen_at=datetime.now(UTC))
sink.begin([Ask(portal="evenstad", url=sys.argv[1] + "/rent")], {"evenstad": Pace(per_day=None, seconds=0.0)})
process.walk(job, Line())
assert ends == ["finished"] and len(sink.listings) == 1, (ends, sink.skipped)
assert seen, "the watch saw nothing, not even loopback"
print("AWAY", [it for it in seen if "127.0.0.1" not in it and it != "127.0.0.1"])
if len(sys.argv) > 2:
    import socket
    socket.getaddrinfo(sys.argv[2], 80)
    print("PLANTED", seen[-1])
"""


def test_no_socket_leaves_loopback(site: Any) -> None:
    town(site, ["a"])
    # The second argument plants a look-up of a foreign name, which the watch must see (it never leaves: localhost).
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _WATCHED, site.root, "localhost"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "AWAY []" in done.stdout
    assert "PLANTED localhost" in done.stdout


_PARENT = """
import sys
from datetime import date, datetime, UTC
from crawler.permission import Permission
from crawler.frontier import MemorySink
from crawler.run import PortalToCrawl, crawl
basis = Permission(basis="b", recorded_by="r", recorded_on=date(2026, 1, 1))
portal = PortalToCrawl(profile="evenstad", start_urls=(sys.argv[1] + "/rent",), permission=basis)
crawl([portal], sink=MemorySink, contact="a@b.example", clock=lambda: datetime.now(UTC), delay=0.05)
"""


def test_a_crawl_dies_with_the_program_that_started_it(site: Any) -> None:
    town(site, [f"a{n}" for n in range(400)])
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, site.root],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while len(site.asked) < 10 and time.monotonic() < deadline:
        time.sleep(0.05)
    children = psutil.Process(parent.pid).children()
    assert len(children) == 1
    parent.kill()
    parent.wait()
    _gone, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
    asked = len(site.asked)
    time.sleep(0.5)
    assert len(site.asked) == asked < 400
