"""Two programs crawl into one PostgreSQL store: no page twice, one day's budget, one pace, and one frame at the end."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk.commands.crawl import crawl_study
from desk.folder import StudyFolder
from testing.store import crawls, frame, frontier, portals
from testing.store.engine import open_store
from testing.store.lease import Runner
from testing.study.asking import Ask, Pace
from tests.crawler.test_killed_crawl import Town, crawling, study_of

pytestmark = pytest.mark.xdist_group("two crawlers")


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town(400)
    yield town
    town.server.shutdown()
    town.server.server_close()


@pytest.fixture
def study(
    town: Town, tmp_path: Path, postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> StudyFolder:
    monkeypatch.setenv("EVENHAND_DATABASE_URL", postgres())
    return study_of(tmp_path, town)


def pages_asked(town: Town) -> Counter[str]:
    return Counter({path: count for path, count in town.asked.items() if path != "/robots.txt"})


def test_two_crawlers_share_one_crawl_and_ask_for_no_page_twice(town: Town, study: StudyFolder) -> None:
    both = [crawling(study), crawling(study)]
    outs = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], outs
    assert set(pages_asked(town).values()) == {1}
    assert len(pages_asked(town)) == 408
    with open_store(study.store) as store, store.read() as session:
        assert crawls.require_whole_frame(session).id == "crawl-1"
        assert frame.count(session) == 400
    assert town.asked["/robots.txt"] == 2, "both took part"


def test_one_goes_on_with_what_the_other_had_in_hand_when_it_was_killed(
    town: Town, study: StudyFolder
) -> None:
    first, second = crawling(study), crawling(study)
    while sum(town.asked.values()) < 150:
        assert first.poll() is None and second.poll() is None
        time.sleep(0.001)
    first.kill()
    first.communicate()
    _, err = second.communicate()
    assert second.returncode == 0, err
    again = sum(pages_asked(town).values()) - len(pages_asked(town))
    assert len(pages_asked(town)) == 408 and again <= 4
    with open_store(study.store) as store, store.read() as session:
        assert crawls.require_whole_frame(session).id == "crawl-1" and frame.count(session) == 400


def test_planted_bug_a_crawler_that_thinks_it_is_alone_takes_pages_from_another(
    town: Town, study: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The twin: a runner that holds all others for dead gives their pages back while they are asked for.
    other = crawling(study)
    while not pages_asked(town):
        assert other.poll() is None
        time.sleep(0.001)
    monkeypatch.setattr(Runner, "is_dead", lambda *_: True)
    crawl_study(study, clock=lambda: datetime.now(UTC), delay=0.0)
    other.communicate()
    assert max(pages_asked(town).values()) > 1
    with open_store(study.store) as store, store.read() as session:
        assert [it.id for it in crawls.finished(session)] == ["crawl-1"], "it was one crawl all along"


def test_two_crawlers_keep_one_portal_s_budget(town: Town, study: StudyFolder) -> None:
    text = study.protocol.read_text("utf-8")
    study.protocol.write_text(text.replace("recorded_on", "pages_per_day = 60\nrecorded_on"), "utf-8")
    both = [crawling(study), crawling(study)]
    outs = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], outs
    assert sum(town.asked.values()) == 60, "robots.txt counts too"
    with open_store(study.store) as store, store.read() as session:
        assert frontier.counts(session, "crawl-1").get("claimed") is None
        assert crawls.last_is_unfinished(session)


def test_two_crawlers_keep_one_portal_s_pace(study: StudyFolder) -> None:
    # By the store alone: what one has taken, the other waits for.
    now = datetime(2026, 11, 2, tzinfo=UTC)
    paces = {"evenstad": Pace(per_day=None, seconds=2.0)}
    with open_store(study.store) as store:
        with store.begin() as session:
            crawls.start_crawl(session, crawl_id="c", portals=["evenstad"], now=now)
            portals.known(session, ["evenstad"])
            frontier.add(
                session,
                "c",
                [Ask(portal="evenstad", url=f"http://evenstad.example/{n}") for n in range(9)],
            )
        taken = []
        for seconds, runner in ((0.0, 1), (0.5, 2), (1.9, 1), (2.0, 2), (2.1, 1)):
            tick = datetime.fromtimestamp(1_800_000_000 + seconds, UTC)
            with store.begin() as session:
                claimed = frontier.claim(session, "c", 16, paces=paces, runner=runner, now=now, tick=tick)
                taken.append(len(claimed.asks))
                assert claimed.asks or 0 < (claimed.wait or 0) <= 2
    assert taken == [1, 0, 0, 1, 0]
