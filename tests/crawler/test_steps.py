"""The steps after reading: only rentals of dwellings go on, in one form, and into the store a page at a time."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.frontier import Ask, Claimed, Kept, Outcome, Pace, PageCounts
from crawler.pipelines.into_store import StoreSink
from crawler.pipelines.normalise import normalise
from crawler.pipelines.rentals_only import why_not
from testing.store import frontier, pages
from testing.store.crawls import start_crawl
from testing.store.engine import open_store
from testing.store.frame import listings, skipped_counts
from testing.study.listing import Listing, RentPeriod, Transaction

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
RENTAL = Listing(
    portal="evenstad", listing_id="1", url="http://evenstad.example/advert/1", seen_at=NOW,
    transaction=Transaction.RENT, dwelling_type="house", rent_amount=900, currency="EUR",
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"dwelling_type": None}, None),
        ({"transaction": Transaction.SALE}, "for sale"),
        ({"transaction": Transaction.UNKNOWN}, "neither rent nor sale is stated"),
        ({"dwelling_type": "parking"}, "no dwelling: parking"),
        ({"rent_period": RentPeriod.DAY}, "holiday let: rent per day"),
        ({"rent_period": RentPeriod.WEEK}, None),
    ],
)
def test_only_rentals_of_dwellings_go_on(change: dict[str, Any], reason: str | None) -> None:
    assert why_not(replace(RENTAL, **change)) == reason


def test_place_and_words_get_one_form_and_nothing_is_added() -> None:
    raw = replace(
        RENTAL, city="  DEN HAAG ", postcode="2511ab", country="NL", street="Lange  Poten", energy_label="a",
        currency="eur", language="nl-NL",
    )  # fmt: skip
    tidy = normalise(raw)
    assert (tidy.city, tidy.postcode, tidy.street) == ("Den Haag", "2511 AB", "Lange Poten")
    assert (tidy.energy_label, tidy.currency, tidy.language) == ("A", "EUR", "nl")
    assert normalise(replace(RENTAL, city="'s-Hertogenbosch")).city == "'s-Hertogenbosch"
    assert normalise(RENTAL) is RENTAL


def test_what_a_page_gave_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'study.db'}")
    with store.begin() as session:
        start_crawl(session, crawl_id="c1", portals=["evenstad"], now=NOW)
    sink = StoreSink(store, "c1", lambda: NOW)
    list_page, advert = "http://evenstad.example/rent", "http://evenstad.example/advert/1"
    paces = {"evenstad": Pace(per_day=None, seconds=0.0)}
    sink.begin([Ask(portal="evenstad", url=list_page)], paces)
    (first,) = sink.claim(4).asks
    links = tuple(Ask(portal="evenstad", url=it, priority=0) for it in (advert, advert, list_page))
    kept = Kept(status=200, body=b"<html>" * 500, etag='"1"')
    found = replace(RENTAL, sources={"rent_amount": "label:huurprijs"})
    whole = Outcome(
        portal="evenstad",
        url=first.url,
        answer=kept,
        listings=(found,),
        skipped=(("x", "for sale"),),
        links=links,
    )
    with pytest.raises(ValueError, match="aware"):
        sink.keep(replace(whole, listings=(replace(RENTAL, seen_at=NOW.replace(tzinfo=None)),)))
    with store.read() as session:
        assert (listings(session), skipped_counts(session, "c1"), pages.totals(session)["fetches"]) == (
            [],
            {},
            0,
        )
        assert frontier.counts(session, "c1") == {"claimed": 1}
    sink.keep(whole)
    with store.read() as session:
        assert frontier.counts(session, "c1") == {"pending": 1, "done": 1}
        assert listings(session)[0].sources["rent_amount"] == "label:huurprijs"
        (fetch,) = pages.latest(session)
        assert (fetch.url, fetch.body, fetch.etag) == (list_page, b"<html>" * 500, '"1"')
        totals = pages.totals(session)
        assert totals["bytes"] == 3000 and totals["bytes_kept"] < 200
    assert sink.counts()["evenstad"] == PageCounts(pages=1, listings=1, skipped={"for sale": 1}, left=1)
    assert [it.url for it in sink.claim(4).asks] == [advert]
    assert sink.claim(4) == Claimed()
    sink.begin([], paces)
    assert [it.url for it in sink.claim(4).asks] == [advert], "what a dead crawler had in hand is given back"
    store.close()


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'study.db'}") as store:
        with store.begin() as session:
            start_crawl(session, crawl_id="c1", portals=["evenstad"], now=NOW)
            for body in (b"one" * 99, b"one" * 99, b"two" * 99):
                url = "http://evenstad.example/1"
                pages.record_fetch(
                    session, "c1", pages.Fetch(portal="p", url=url, status=200, fetched_at=NOW, body=body)
                )
        with store.read() as session:
            assert pages.totals(session) | {"bytes_kept": 0} == {
                "fetches": 3,
                "pages": 2,
                "bytes": 594,
                "bytes_kept": 0,
            }
            assert [it.body for it in pages.latest(session)] == [b"two" * 99]
