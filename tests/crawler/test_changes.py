"""A site over ten days, by script: every change is seen on its day, and nothing that is no change."""

from datetime import timedelta
from typing import Any

import pytest

from desk.rehearsal.pages import listing_page
from testing.store import changes, crawls
from testing.store.engine import open_store
from tests.crawler.test_manners import ADVERT

DAYS = 10


def home(number: int, **more: Any) -> dict[str, Any]:
    """An advert with a dwelling of its own."""
    return {
        **ADVERT, "id": f"n{number}", "title": f"Woning nummer {number} in de kaaistraat", "house_number": str(number),
        "rent": 700 + 10 * number, "area_m2": 60 + number, "reference": f"REF-{number:04}", **more,
    }  # fmt: skip


def town_on(day: int) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Adverts that have a page on a day, and those that stand in the lists."""
    adverts = {it["id"]: it for it in map(home, range(1, 13))}
    if day >= 2:
        adverts["n13"] = home(13)  # new
    if day >= 3:
        adverts["n1"]["rent"] -= 60  # price cut
        adverts["n2"]["area_m2"] += 0.4  # a list rounds, the page does not
        adverts["n3"]["rent"] += 0.5
    if day >= 4:
        del adverts["n4"]  # taken off; believed on day 5
        adverts["n5"]["charges"] = 50  # was left open before: no change
    if day >= 6:
        adverts["n6"]["rent"] += 40
        adverts["n6"]["energy_label"] = "C"
        adverts["n14"] = home(14, landlord_type="agency", licence_no="507123")  # new, of an agency
    if 5 <= day <= 7:
        del adverts["n7"]  # taken off (believed on day 6) ...
    if day >= 8:
        adverts["n7"]["rent"] -= 25  # ... and back under its own id, cheaper
        del adverts["n8"]
        adverts["n80"] = {**home(8), "id": "n80", "rent": 765}  # put up again at once under a new id
    if day >= 9:
        adverts["n40"] = {**home(4), "id": "n40"}  # put up again under a new id, days after it was taken off
        adverts["n15"] = home(
            15, house_number="4", area_m2=120, bedrooms=4, rent=1200
        )  # another flat of that house
    if day == 10:
        adverts["n9"]["title"] = "Nu met nieuwe foto's: woning nummer 9"  # words are no event
    listed = sorted(adverts)
    if day in (3, 7):
        listed.remove("n10")  # missing in the lists of one day, its page still there: nothing happened
    return adverts, listed


TRUTH = {
    (2, "new", "n13", None), (3, "changed", "n1", "rent_amount"), (5, "delisted", "n4", None),
    (6, "changed", "n6", "rent_amount"), (6, "changed", "n6", "energy_label"), (6, "new", "n14", None),
    (6, "delisted", "n7", None), (8, "relisted", "n7", None), (8, "changed", "n7", "rent_amount"),
    (8, "relisted", "n80", None), (9, "relisted", "n40", None), (9, "new", "n15", None),
}  # fmt: skip


def play(site: Any, study: Any, days: int = DAYS) -> set[tuple[int, str, str, str | None]]:
    first = study.now
    for day in range(1, days + 1):
        study.now = first + timedelta(days=day - 1)
        adverts, listed = town_on(day)
        site.answers = {
            f"/advert/{it}": type(site).page(listing_page(adverts[it], "state").encode()) for it in adverts
        }
        half = len(listed) // 2
        site.links("/rent", [f"/advert/{it}" for it in listed[:half]], "/rent?page=2")
        site.links("/rent?page=2", [f"/advert/{it}" for it in listed[half:]])
        study.crawl()
    return {((it.at - first).days + 1, it.kind, it.listing_id, it.field) for it in study.events()}


def test_ten_days_give_every_change_and_nothing_else(site: Any, study: Any) -> None:
    seen = play(site, study)
    assert seen - TRUTH == set(), "precision 1.0"
    assert TRUTH - seen == set(), "recall 1.0"
    assert len(study.events()) == len(TRUTH), "none is written twice"
    by_id = {(it.kind, it.listing_id): it for it in study.events()}
    assert (by_id["changed", "n1"].before, by_id["changed", "n1"].after) == ("710.0", "650.0")
    with open_store(study.folder.store) as store, store.read() as session:
        counts = {it.id: it.counts for it in crawls.finished(session)}
        keys = {it.listing_id: it.listing for it in changes.events(session)}
    assert by_id["relisted", "n40"].before == keys["n4"]
    assert "reference REF-0004" in str(by_id["relisted", "n40"].after)
    assert (counts["crawl-8"]["evenstad.relisted"], counts["crawl-5"]["evenstad.delisted"]) == (2, 1)
    adverts, _ = town_on(DAYS)
    assert study.frame() == sorted(adverts), "what was taken off stands in the frame no more"


@pytest.mark.parametrize("broken", ["no tolerance", "lists believed"])
def test_planted_bugs_in_the_comparison_are_seen(
    site: Any, study: Any, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    if broken == "no tolerance":
        monkeypatch.setattr(changes, "TOLERANCE", {})
    else:
        monkeypatch.setattr(changes, "MISSED", 1)
    assert play(site, study, days=4) - TRUTH != set()


def test_a_list_that_failed_takes_no_advert_off(site: Any, study: Any) -> None:
    first = study.now
    play(site, study, days=1)
    for day in (1, 2, 3):
        study.now = first + timedelta(days=day)
        site.links("/rent", [])
        site.answers["/rent?page=2"] = type(site).page(b"oops", status=500)
        site.links("/rent", ["/advert/n1"], "/rent?page=2")
        for number in range(2, 13):
            site.answers.pop(f"/advert/n{number}", None)
        study.crawl()
    assert study.events() == []
    assert len(study.frame()) == 12
