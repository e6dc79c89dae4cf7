"""Before an application leaves, its advert is looked at: a landlord whose dwelling is let is not written to."""

from datetime import timedelta
from typing import Any

import pytest

from desk.commands.crawl import crawl_study
from testing.store import applications, crawls, frame
from testing.store.engine import open_store
from testing.study.errors import Refused
from tests.crawler.conftest import Site, Study
from tests.crawler.test_manners import pages_asked, town


@pytest.fixture
def due(site: Site, study: Study, monkeypatch: pytest.MonkeyPatch) -> Study:
    """A crawled study in which the adverts a, b and c are to be answered soon, and d is not."""
    town(site, ["a", "b", "c", "d"])
    study.crawl()
    with open_store(study.folder.store) as store, store.read() as session:
        keys = [it.key for it in frame.listings(session) if it.listing_id in "abc"]
    monkeypatch.setattr(applications, "listings_due", lambda session, until: keys)
    site.asked.clear()
    study.now += timedelta(days=1)
    return study


def look(study: Study) -> Any:
    return crawl_study(study.folder, clock=lambda: study.now, delay=0.0, due=True)


def test_only_adverts_that_are_due_are_asked_for_and_the_frame_stays_whole(due: Study) -> None:
    assert look(due).listings == 3
    assert sorted(pages_asked(due.site)) == ["/advert/a", "/advert/b", "/advert/c"]
    assert due.frame() == ["a", "b", "c", "d"]
    with open_store(due.folder.store) as store, store.read() as session:
        assert crawls.require_whole_frame(session).id == "crawl-1", "it tells nothing of the whole frame"
        assert crawls.to_go_on(session, ["evenstad"], due.now) is None


def test_without_anything_due_nothing_is_asked(due: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applications, "listings_due", lambda session, until: [])
    with pytest.raises(Refused, match="no application is due soon"):
        look(due)
    assert due.site.asked == []


def standing_of(study: Study, number: str) -> Any:
    with open_store(study.folder.store) as store, store.read() as session:
        keys = {it.listing_id: it.key for it in frame.listings(session)}
        return frame.standing(session, keys[number])


def test_a_page_that_is_gone_keeps_its_applications_back_until_it_is_seen_again(due: Study) -> None:
    good = due.site.answers["/advert/b"]
    due.site.serve("/advert/b", b"gone", status=410)
    look(due)
    assert standing_of(due, "a").seen_at == due.now
    assert standing_of(due, "b").gone and not standing_of(due, "a").gone
    due.site.answers["/advert/b"] = good
    look(due)
    assert not standing_of(due, "b").gone
