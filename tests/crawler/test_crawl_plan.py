"""What a crawl would ask for is said before; what an alert names is asked for too; a portal that changed is noticed."""

from pathlib import Path
from typing import Any

from desk.commands.crawl import crawl_study, drift_alarms
from desk.crawl_plan import crawl_plan
from testing.store import coverage, crawls
from testing.store.engine import open_store
from tests.crawler.test_manners import advert, pages_asked, town


def test_a_crawl_is_planned_from_the_last_one_and_asks_nothing(site: Any, study: Any) -> None:
    town(site, [f"a{n}" for n in range(9)])
    study.configure("recorded_on", "pages_per_day = 5\nrecorded_on")
    (plan,) = crawl_plan(study.folder, study.now)
    assert (plan.pages, plan.known, plan.days) == (5, False, 1)
    assert "up to 5 pages on the first day" in str(plan) and site.asked == []
    study.configure("pages_per_day = 5\n", "")
    study.crawl()
    asked = len(site.asked)
    (plan,) = crawl_plan(study.folder, study.now)
    assert (plan.pages, plan.known, plan.days) == (asked, True, 1), "robots.txt counts"
    size = sum(len(it.body) for it in site.answers.values()) / 10
    assert abs(plan.megabytes - asked * size / 1e6) < 1e-9
    assert abs(plan.hours - asked * 2 / 3600) < 1e-9
    assert len(site.asked) == asked


def test_a_closed_door_and_a_profile_that_was_never_checked_stand_in_the_plan(site: Any, study: Any) -> None:
    town(site, ["a"])
    site.serve("/advert/a", b"no", status=403)
    study.crawl()
    (plan,) = crawl_plan(study.folder, study.now)
    assert "CLOSED until 2026-11-02 23:00 UTC: refused: answer 403" in str(plan)
    assert plan.unverified and "UNVERIFIED" in str(plan)


def test_adverts_that_a_list_of_addresses_names_are_asked_for_too(
    site: Any, study: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    from crawler.portals import profile

    town(site, ["a"])
    site.serve("/advert/hidden", advert("hidden"))
    listed = tmp_path / "addresses.txt"
    listed.write_text(f"{site.root}/advert/hidden and {site.root}/about\n", "utf-8")
    real = profile.load_profile("evenstad")
    monkeypatch.setattr(
        "crawler.portals.profile.load_profile",
        lambda name: (
            real.model_copy(update={"domains": ("127.0.0.1",)})
            if name == "evenstad"
            else profile.load_profile(name)
        ),
    )
    counts = crawl_study(study.folder, clock=lambda: study.now, delay=0.0, sources=[listed])
    assert counts.listings == 2
    assert sorted(pages_asked(site)) == ["/advert/a", "/advert/hidden", "/rent"]


def test_a_portal_that_changes_its_pages_raises_an_alarm(site: Any, study: Any) -> None:
    names = [f"a{n}" for n in range(30)]
    town(site, names)
    study.crawl()
    assert drift_alarms(study.folder) == []
    for name in names[:20]:
        page = site.answers[f"/advert/{name}"]
        page.body = page.body.replace(b"9990", b"")
    study.crawl()
    (alarm,) = drift_alarms(study.folder)
    assert alarm.startswith("evenstad: postcode was read on 100% of the adverts, now on 33%")
    with open_store(study.folder.store) as store, store.read() as session:
        counts = crawls.require_whole_frame(session).counts
    assert coverage.shares(dict(counts))["evenstad"]["rent_amount"] == 1.0


def test_a_drop_among_few_adverts_is_no_alarm(site: Any, study: Any) -> None:
    town(site, ["a", "b", "c"])
    study.crawl()
    for name in "abc":
        page = site.answers[f"/advert/{name}"]
        page.body = page.body.replace(b"9990", b"")
    study.crawl()
    assert drift_alarms(study.folder) == []


def test_a_first_crawl_below_what_its_profile_expects_raises_an_alarm(site: Any, study: Any) -> None:
    town(site, [f"a{n}" for n in range(25)])
    study.crawl()
    with open_store(study.folder.store) as store, store.read() as session:
        assert coverage.alarms(session, {"evenstad": {"rent_amount": 1.0, "postcode": 0.97}}) == []
        (alarm,) = coverage.alarms(session, {"evenstad": {"rent_amount": 1.0, "charges": 0.97}})
    assert (alarm.field, alarm.before, alarm.now) == ("charges", 0.97, 0.0)
