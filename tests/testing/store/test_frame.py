"""The frame keeps every listing exactly, the latest of each, and every sight of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from testing.store.crawls import (
    finish_crawl,
    last_finished,
    require_whole_frame,
    start_crawl,
    unfinished,
)
from testing.store.engine import open_store
from testing.store.frame import listings, observations, record_listing, record_skipped, skipped_counts
from testing.study.errors import EvenhandError, Refused
from testing.study.listing import (
    Evidence,
    Landlord,
    LandlordType,
    Listing,
    RentKind,
    RentPeriod,
    Transaction,
)

NOW = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)
FULL = Listing(
    portal="huurwijzer",
    listing_id="HW-0417",
    url="https://huurwijzer.example/0417",
    seen_at=NOW,
    transaction=Transaction.RENT,
    landlord=Landlord(
        type=LandlordType.AGENCY,
        evidence=(
            Evidence(rung=2, source="state:customer.type", says=LandlordType.AGENCY, quote="AGENCY"),
            Evidence(rung=6, source="text:description", says=LandlordType.PRIVATE, quote="«eigenaar»"),
        ),
        name="Kantoor Wezelberg",
        licence_no="500123",
        email="kantoor@wezelberg.example",
    ),
    title="Appartement met één slaapkamer",
    rent_amount=850.5,
    rent_kind=RentKind.BASE,
    rent_period=RentPeriod.MONTH,
    bedrooms=1,
    furnished=False,
    posted_date=date(2026, 2, 27),
    contact_channels=("email", "form"),
    sources={"rent_amount": "jsonld:offers.price"},
)
BARE = Listing(
    portal="huurwijzer",
    listing_id="HW-0001",
    url="https://huurwijzer.example/1",
    seen_at=NOW,
    transaction=Transaction.UNKNOWN,
)


def test_a_listing_comes_back_from_the_store_exactly_as_it_was_crawled(store_url: str) -> None:
    with open_store(store_url) as store:
        with store.begin() as session:
            start_crawl(session, crawl_id="c1", portals=["huurwijzer"], now=NOW)
            for listing in (FULL, BARE):
                record_listing(session, listing, "c1")
        with store.read() as session:
            assert listings(session) == sorted([FULL, BARE], key=lambda it: it.key)
            back = next(it for it in listings(session) if it.key == FULL.key)
            assert back.landlord.evidence == FULL.landlord.evidence
            assert type(back.bedrooms) is int and back.seen_at.tzinfo is not None


def test_the_frame_gives_the_latest_sight_and_keeps_all_earlier_ones(store_url: str) -> None:
    cheaper = replace(FULL, seen_at=NOW + timedelta(days=3), rent_amount=800.0)
    late_arrival = replace(FULL, seen_at=NOW + timedelta(days=1), rent_amount=825.0)
    again = replace(cheaper, seen_at=NOW + timedelta(days=4))
    with open_store(store_url) as store:
        with store.begin() as session:
            start_crawl(session, crawl_id="c1", portals=["huurwijzer"], now=NOW)
            for listing in (FULL, cheaper, late_arrival, again):
                record_listing(session, listing, "c1")
        with store.read() as session:
            assert listings(session) == [again]
            hashes = [sha for _, sha in observations(session, FULL.key)]
    assert len(hashes) == 4
    assert len(set(hashes)) == 3, "an advert that says the same has the same hash"
    assert hashes[1] == hashes[3]


def test_skipped_pages_are_counted_by_reason(store_url: str) -> None:
    with open_store(store_url) as store:
        with store.begin() as session:
            start_crawl(session, crawl_id="c1", portals=["huurwijzer"], now=NOW)
            for reason in ("for sale", "for sale", "no rent"):
                record_skipped(session, "c1", "huurwijzer", "https://huurwijzer.example/x", reason)
        with store.read() as session:
            assert skipped_counts(session) == {"for sale": 2, "no rent": 1}
            assert skipped_counts(session, "c9") == {}


def test_a_frame_whose_last_crawl_did_not_finish_is_not_drawn_from(store_url: str) -> None:
    with open_store(store_url) as store:
        with store.begin() as session, pytest.raises(Refused, match="nothing was crawled"):
            require_whole_frame(session)
        with store.begin() as session:
            start_crawl(session, crawl_id="c1", portals=["huurwijzer"], now=NOW)
            finish_crawl(session, crawl_id="c1", counts={"listings": 7}, now=NOW + timedelta(hours=1))
            assert require_whole_frame(session).counts == {"listings": 7}
            start_crawl(session, crawl_id="c2", portals=["huurwijzer"], now=NOW + timedelta(days=1))
            with pytest.raises(Refused, match=r"c2.*did not finish"):
                require_whole_frame(session)
            assert [crawl.id for crawl in unfinished(session)] == ["c2"]
            finished = last_finished(session)
            assert finished is not None and finished.id == "c1"


def test_a_crawl_finishes_once(store_url: str) -> None:
    with open_store(store_url) as store, store.begin() as session:
        start_crawl(session, crawl_id="c1", portals=["huurwijzer"], now=NOW)
        finish_crawl(session, crawl_id="c1", counts={}, now=NOW)
        with pytest.raises(EvenhandError, match="already finished"):
            finish_crawl(session, crawl_id="c1", counts={}, now=NOW)
