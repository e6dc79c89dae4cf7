"""The real pages hold two dwellings that are advertised twice: those two are found, and no other pair is merged."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.feeds.files import address_of, profile_of
from crawler.readers.reading import read_page
from testing.study.sameness import pairs

NOW = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.shared
def test_dwellings_that_two_portals_advertise_are_found_and_no_others_merged(shared: Path) -> None:
    index = json.loads((shared / "listings" / "index.json").read_text("utf-8"))
    adverts, page_of = [], {}
    for it in index["files"]:
        path = shared / "listings" / it["file"]
        body, profile = path.read_bytes(), profile_of(path)
        reading = read_page(body, address_of(body, profile), profile, NOW)
        for number, advert in enumerate(reading.listings):
            adverts.append(replace(advert, listing_id=f"{it['id']}/{number}"))
            page_of[adverts[-1].key] = it["id"]
    found = {frozenset((page_of[match.one], page_of[match.other])) for match in pairs(adverts)}
    assert len(adverts) > 30
    assert found == {frozenset(it["same_dwelling"]) for it in index["duplicates"]}
