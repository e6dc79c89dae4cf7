"""The steps after reading: only rentals of dwellings go on, in one form, and into the store in batches."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.pipelines.into_frame import StoreSink
from crawler.pipelines.normalise import normalise
from crawler.pipelines.rentals_only import why_not
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


def test_what_a_crawl_found_is_in_the_store_after_closing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'study.db'}")
    with store.begin() as session:
        start_crawl(session, crawl_id="c1", portals=["evenstad"], now=NOW)
    sink = StoreSink(store, "c1", batch=3)
    for number in range(4):
        sink.record_listing(
            replace(RENTAL, listing_id=str(number), sources={"rent_amount": "label:huurprijs"})
        )
    with store.read() as session:
        assert len(listings(session)) == 3  # one whole batch; the rest is held back
    sink.record_skipped("evenstad", "http://evenstad.example/x", "for sale")
    sink.close()
    with store.read() as session:
        assert sorted(it.listing_id for it in listings(session)) == ["0", "1", "2", "3"]
        assert skipped_counts(session, "c1") == {"for sale": 1}
        assert listings(session)[0].sources["rent_amount"] == "label:huurprijs"
    store.close()
