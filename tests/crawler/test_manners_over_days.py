"""What a portal asks for is obeyed over runs and days: each manner is read from the server's own log."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from testing.store import pages, portals
from testing.store.engine import open_store
from testing.study.errors import Refused, StudyFileInvalid
from testing.study.reading import read_protocol
from tests.crawler.test_manners import pages_asked, town

ROBOTS = b"""User-agent: *
Disallow: /*/secret*
Disallow: /advert/b$
Allow: /advert/
Crawl-delay: 0.4
"""


def test_wildcards_of_robots_txt_are_obeyed(site: Any) -> None:
    site.serve("/robots.txt", ROBOTS.replace(b"0.4", b"0"), "text/plain")
    town(site, ["a", "b", "ba", "secret1"])
    counts, sink = site.crawl("evenstad", "/rent")
    assert sorted(pages_asked(site)) == ["/advert/a", "/advert/ba", "/rent"]
    assert sorted(it.listing_id for it in sink.listings) == ["a", "ba"]
    assert counts.portals[0].skipped == {"forbidden by robots.txt": 2}


def test_crawl_delay_sets_the_pace_even_where_ours_is_faster(site: Any) -> None:
    site.serve("/robots.txt", ROBOTS, "text/plain")
    town(site, ["a", "c", "d"])
    site.crawl("evenstad", "/rent")
    between = [later - sooner for sooner, later in pairwise(moment for _, moment, _ in site.log)]
    assert len(between) == 4
    assert min(between) >= 0.39


def test_planted_bug_a_crawl_deaf_to_crawl_delay_is_seen_in_the_log(site: Any) -> None:
    # The twin: without the line, on loopback, the same detector must show no pause.
    site.serve("/robots.txt", ROBOTS.replace(b"Crawl-delay: 0.4\n", b""), "text/plain")
    town(site, ["a", "c", "d"])
    site.crawl("evenstad", "/rent")
    moments = [moment for _, moment, _ in site.log]
    assert min(later - sooner for sooner, later in pairwise(moments[1:])) < 0.39


@pytest.mark.parametrize("status", [500, 503])
def test_a_robots_txt_that_cannot_be_read_forbids_everything(site: Any, status: int) -> None:
    town(site, ["a"])
    site.serve("/robots.txt", b"oops", status=status)
    counts, sink = site.crawl("evenstad", "/rent")
    assert pages_asked(site) == [] and sink.listings == []
    assert f"robots.txt cannot be read (answer {status})" in str(counts.portals[0].refused)
    assert sink.closures[0].until == datetime(2026, 11, 3, tzinfo=UTC)


def test_a_robots_txt_that_has_moved_inside_the_portal_is_read_there(site: Any, second_site: Any) -> None:
    town(site, ["a", "b"])
    site.serve("/robots.txt", b"", status=301, headers={"Location": "/rules.txt"})
    site.serve("/rules.txt", b"User-agent: *\nDisallow: /advert/b\n", "text/plain")
    site.crawl("evenstad", "/rent")
    assert sorted(pages_asked(site)) == ["/advert/a", "/rent", "/rules.txt"]
    site.asked.clear()
    site.serve("/robots.txt", b"", status=301, headers={"Location": f"{second_site.root}/robots.txt"})
    counts, _ = site.crawl("evenstad", "/rent")
    assert pages_asked(site) == [] and second_site.asked == []
    assert "robots.txt cannot be read (answer 301)" in str(counts.portals[0].refused)


def test_a_portal_that_says_429_is_left_alone_as_long_as_it_asks(site: Any, study: Any) -> None:
    town(site, [f"a{n}" for n in range(20)])
    good = dict(site.answers)
    for n in range(20):
        site.serve(f"/advert/a{n}", b"slow down", status=429, headers={"Retry-After": "172800"})
    counts = study.crawl()
    assert counts.portals[0].refused == "refused: answer 429"
    asked = len(site.asked)
    assert asked <= 2 + 4, "what was under way at once on loopback, and nothing after the refusal"
    for hours in (1, 20, 47):
        study.now += timedelta(hours=hours) - (study.now - datetime(2026, 11, 2, 8, tzinfo=UTC))
        with pytest.raises(
            Refused, match=r"every portal closed its door.*refused: answer 429, until 2026-11-04 08:00"
        ):
            study.crawl()
    assert len(site.asked) == asked
    site.answers |= good
    study.now = datetime(2026, 11, 4, 8, 1, tzinfo=UTC)
    assert study.crawl().listings == 20


def test_planted_bug_a_portal_that_is_forgotten_to_be_closed_is_asked_again(
    site: Any, study: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    town(site, ["a"])
    site.serve("/advert/a", b"slow down", status=429, headers={"Retry-After": "172800"})
    study.crawl()
    asked = len(site.asked)
    monkeypatch.setattr(portals, "closed", lambda *_: [])
    study.crawl()
    assert len(site.asked) > asked


def test_a_refusal_without_a_time_holds_until_the_next_local_day(site: Any, study: Any) -> None:
    town(site, ["a"])
    site.serve("/advert/a", b"no", status=403)
    study.crawl()
    asked = len(site.asked)
    study.now = datetime(2026, 11, 2, 22, 59, tzinfo=UTC)  # 23:59 in Brussels
    with pytest.raises(Refused, match="until 2026-11-02 23:00 UTC"):
        study.crawl()
    assert len(site.asked) == asked
    study.now += timedelta(minutes=2)
    study.crawl()
    assert len(site.asked) > asked


def test_an_answer_503_is_waited_out_as_long_as_it_asks_if_that_is_short(site: Any) -> None:
    town(site, ["a"])
    good = site.answers["/advert/a"]
    turns = iter([type(good)(b"busy", status=503, headers={"Retry-After": "1"}), good])
    site.answers["/advert/a"] = lambda: next(turns)
    _, sink = site.crawl("evenstad", "/rent")
    moments = [moment for path, moment, _ in site.log if path == "/advert/a"]
    assert len(sink.listings) == 1 and len(moments) == 2
    assert moments[1] - moments[0] >= 0.99


def test_an_answer_503_that_asks_for_hours_closes_the_portal(site: Any) -> None:
    town(site, ["a", "b"])
    for name in "ab":
        site.serve(f"/advert/{name}", b"busy", status=503, headers={"Retry-After": "90000"})
    counts, sink = site.crawl("evenstad", "/rent")
    assert "come again in 90000 s" in str(counts.portals[0].refused)
    assert max(it.until for it in sink.closures) == datetime(2026, 11, 3, 9, tzinfo=UTC)
    assert len([it for it in site.asked if it.startswith("/advert")]) <= 2, "no second attempt"


def test_a_day_that_is_spent_goes_on_the_next_day_and_nothing_is_lost(site: Any, study: Any) -> None:
    town(site, [f"a{n}" for n in range(25)])
    study.configure("recorded_on", "pages_per_day = 10\nrecorded_on")
    left = []
    for day in range(3):
        study.now = datetime(2026, 11, 2 + day, 8, tzinfo=UTC)
        left.append(study.crawl().left)
        if day < 2:
            assert study.crawl().left == left[-1], "a second run of the day asks nothing more"
        assert len(site.asked) == min(10 * (day + 1), 29)
    assert left == [17, 8, 0]
    assert len(study.frame()) == 25
    assert len(set(pages_asked(site))) == len(pages_asked(site)) == 26


def test_portals_are_asked_in_the_study_s_hours_only(site: Any, study: Any) -> None:
    town(site, ["a"])
    study.configure("[frame]\n", "[frame]\nhours = [22:00:00, 06:30:00]\n")
    for hour, minute in ((8, 0), (20, 59), (5, 31)):  # UTC; Brussels is an hour ahead in November
        study.now = datetime(2026, 11, 3, hour, minute, tzinfo=UTC)
        with pytest.raises(Refused, match=r"between 22:00 and 06:30 only \(Europe/Brussels\)"):
            study.crawl()
    assert site.asked == []
    study.now = datetime(2026, 11, 3, 5, 29, tzinfo=UTC)
    assert study.crawl().listings == 1


def test_a_crawl_stops_when_the_hours_are_over_and_goes_on_the_next_night(site: Any, study: Any) -> None:
    town(site, [f"a{n}" for n in range(30)])
    study.configure("[frame]\n", "[frame]\nhours = [22:00:00, 06:30:00]\n")
    study.now = datetime(2026, 11, 3, 5, 29, 50, tzinfo=UTC)
    for path, answer in list(site.answers.items()):

        def slow(answer: Any = answer) -> Any:
            study.now += timedelta(seconds=1)
            return answer

        site.answers[path] = slow
    counts = study.crawl()
    assert 0 < counts.left < 31 and len(site.asked) < 31
    with pytest.raises(Refused, match="run this again then"):
        study.crawl()
    study.now = datetime(2026, 11, 3, 21, 0, tzinfo=UTC)
    assert study.crawl().left == 0
    assert len(study.frame()) == 30 and len(set(pages_asked(site))) == len(pages_asked(site))


def test_more_than_the_polite_day_needs_a_written_reason(study: Any) -> None:
    study.configure("recorded_on", "pages_per_day = 5000\nrecorded_on")
    with pytest.raises(StudyFileInvalid, match="needs loosened_because"):
        read_protocol(study.folder.protocol)
    study.configure("pages_per_day", 'loosened_because = "letter of 2 November"\npages_per_day')
    protocol = read_protocol(study.folder.protocol)
    assert protocol.frame.loosened() == ["evenstad: 5000 pages a day: letter of 2 November"]


def test_a_page_that_did_not_change_is_not_sent_again_and_read_from_the_store(site: Any, study: Any) -> None:
    town(site, ["a", "b"])
    for path in ("/rent", "/advert/a"):
        site.answers[path].headers["ETag"] = f'"{path}"'
    site.answers["/advert/b"].headers["Last-Modified"] = "Mon, 02 Nov 2026 07:00:00 GMT"
    assert study.crawl().listings == 2
    assert not any({"If-None-Match", "If-Modified-Since"} & set(headers) for _, _, headers in site.log)
    site.log.clear()
    study.now += timedelta(days=1)
    assert study.crawl().listings == 2
    asked = {path: headers for path, _, headers in site.log}
    assert asked["/rent"]["If-None-Match"] == '"/rent"'
    assert asked["/advert/b"]["If-Modified-Since"] == "Mon, 02 Nov 2026 07:00:00 GMT"
    with open_store(study.folder.store) as store, store.read() as session:
        assert pages.totals(session)["fetches"] == 6 and pages.totals(session)["pages"] == 3
    assert study.events() == []


def test_what_a_page_says_against_mining_is_recorded_and_shown(site: Any, study: Any) -> None:
    town(site, ["a", "b", "c"])
    site.answers["/advert/a"].headers["TDM-Reservation"] = "1"
    site.answers["/advert/b"].headers["X-Robots-Tag"] = "noindex, nofollow"
    body = site.answers["/advert/c"].body
    site.answers["/advert/c"].body = body.replace(b"<head>", b'<head><meta name="robots" content="noindex">')
    counts = study.crawl()
    assert counts.portals[0].opt_outs == {"tdm-reservation": 1, "noindex": 2}
    assert "2 pages say noindex; 1 pages say tdm-reservation" in str(counts.portals[0])
