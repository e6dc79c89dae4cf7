"""Pages in the shape of each portal give the adverts that a careful reader takes from them.

The project's own golden pages (``tests/portals/<portal>/<case>``) always run; where the real pages are at hand, the same
functions run on them.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from crawler.extract import extract_file
from crawler.portals.profile import load_profile

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "portals"
SHARED = Path(os.environ.get("EVENHAND_SHARED_DATA", ROOT.parent / "shared" / "data"))
_NUMBERS = frozenset(
    ("rent_amount", "sale_price", "charges_amount", "area_m2", "bedrooms", "rooms", "deposit", "heating_amount", "total_amount",
     "base_amount")
)  # fmt: skip
# What an advert must give before it may be drawn; other fields are scored by the benchmark.
_DECIDES = frozenset(
    ("transaction", "rent_amount", "sale_price", "currency", "postcode", "city", "dwelling_type", "landlord_type", "rent_kind",
     "rent_period", "street", "house_number", "area_m2", "rooms", "bedrooms", "listing_id", "licence_no", "company_no",
     "advertiser_name", "posted_date", "deposit", "charges_amount")
)  # fmt: skip
# The number of bedrooms stands only in the prose of this page; nothing is read from prose.
_NOT_READ = {("domiporta_146753653", "bedrooms")}


@dataclass(frozen=True)
class Case:
    """One saved page and what it must give."""

    name: str
    portal: str
    path: Path
    page_kind: str
    expected: tuple[Mapping[str, Any], ...]
    url: str | None = None
    reason: str | None = None
    crawl: str | None = None
    """Why the crawl must not put it into the frame, where it must not."""

    def __str__(self) -> str:
        return self.name


def golden_cases() -> list[Case]:
    """The project's own pages."""
    found = []
    for path in sorted(GOLDEN.glob("*/*/expected.json")):
        want = json.loads(path.read_text("utf-8"))
        page = next(path.parent.glob("page.*"))
        found.append(
            Case(f"{path.parent.parent.name}/{path.parent.name}", path.parent.parent.name, page, want["page_kind"],
                 tuple(want["listings"]), want["url"], want.get("reason"), want.get("crawl"))
        )  # fmt: skip
    return found


def real_cases() -> list[Case]:
    """The real pages, where they are; feeds come later."""
    index = SHARED / "listings" / "index.json"
    if not index.is_file():
        return []
    found = []
    for it in json.loads(index.read_text("utf-8"))["files"]:
        if it["page_kind"] == "feed":
            continue
        want = it["expected"]
        rows = [want] if it["page_kind"] == "detail" else [want["first"]] if "first" in want else []
        gone = "for sale" if want.get("transaction") == "sale" else None
        gone = "no longer available: let" if want.get("status") == "let_agreed" else gone
        found.append(
            Case(it["id"], it["portal"], index.parent / it["file"], it["page_kind"], tuple(rows), crawl=gone)
        )
    return found


def same(key: str, want: Any, got: Any) -> bool:
    if want is None:
        return got is None or (key == "landlord_type" and got == "unknown")
    if got is None:
        return False
    if key in _NUMBERS:
        return abs(float(got) - float(want)) <= (0.01 * abs(want) if key == "area_m2" else 0.005)
    if key == "contact_channels":
        return set(want) <= set(got)
    return " ".join(str(got).split()).casefold() == " ".join(str(want).split()).casefold()


def check(case: Case, keys: frozenset[str] | None = None) -> None:
    """The page gives exactly what is expected, in page order; what must be absent is absent."""
    rows = extract_file(case.path, load_profile(case.portal), case.url)
    assert rows[0]["page_kind"] == case.page_kind, rows[0]["reason"]
    if not case.expected:
        assert "listing_id" not in rows[0]
        assert rows[0]["reason"]
        assert case.reason is None or case.reason in rows[0]["reason"]
    for want, got in zip(case.expected, rows, strict=False):
        for key, value in want.items():
            accept = (value, *want.get("landlord_type_accept", ())) if key == "landlord_type" else (value,)
            if (keys is None or key in keys) and (case.name, key) not in _NOT_READ:
                assert any(same(key, it, got.get(key)) for it in accept), (
                    f"{case.name}: {key} is {got.get(key)!r}, not {value!r}"
                )


@pytest.mark.parametrize("case", golden_cases(), ids=str)
def test_a_golden_page_gives_its_advert(case: Case) -> None:
    check(case)


@pytest.mark.shared
@pytest.mark.parametrize("case", real_cases(), ids=str)
def test_a_real_page_gives_its_advert(case: Case, shared: Path) -> None:
    check(case, _DECIDES)


def test_every_belgian_portal_and_seven_others_have_golden_pages() -> None:
    portals = {case.portal for case in golden_cases()}
    assert portals >= {"immoweb", "zimmo", "heylenvastgoed", "2dehands", "immoscoop", "notaris"}
    assert len(portals) >= 13
    assert {case.page_kind for case in golden_cases()} == {"detail", "list", "blocked", "error"}


# Crawled for real: the pages are served over HTTP at addresses of their portal's shape, behind a list page of ours.

_PATHS = {
    # Saved without an address of their own: one that the portal would give them.
    "immoweb_sale_8828856": "/nl/zoekertje/huis/te-koop/geel/2440/8828856",
    "immoweb_rent_21036106": "/en/classified/penthouse/for-rent/woluwe-saint-pierre/1150/21036106",
    "leboncoin_3276619393": "/ad/locations/3276619393",
    "seloger_280673503": "/annonces/locations/appartement/paris/280673503.htm",
    "immowelt_2D7C24A": "/expose/2D7C24A",
    "immowelt_2DKF449": "/expose/2DKF449",
    "immowelt_sale_8e1049f3": "/expose/8e1049f3",
    "rightmove_51775029": "/property-to-rent/property-51775029.html",
    "rightmove_77665544": "/properties/77665544",
    "zoopla_sale_71365505": "/for-sale/details/71365505/",
}


def path_of(case: Case) -> str:
    """Where the page is served: at its own path on its portal."""
    if case.name in _PATHS:
        return _PATHS[case.name]
    url = case.url or str(extract_file(case.path, load_profile(case.portal))[0].get("url", ""))
    return urlsplit(url).path


@dataclass(frozen=True)
class Crawled:
    """What one crawl over all pages brought."""

    listings: Mapping[tuple[str, str], Any]
    skipped: Mapping[str, str]
    counts: Any


def crawl_cases(site: Any, cases: list[Case]) -> Crawled:
    """One crawl of all portals that have a page here."""
    starts: dict[str, tuple[str, ...]] = {}
    for portal in sorted({case.portal for case in cases}):
        mine = [case for case in cases if case.portal == portal]
        for case in mine:
            kind = "application/json" if case.path.suffix == ".json" else "text/html; charset=utf-8"
            site.serve(path_of(case), case.path.read_bytes(), kind)
        lists = tuple(path_of(case) for case in mine if case.page_kind == "list")
        details = [path_of(case) for case in mine if case.page_kind == "detail"]
        site.links(f"/list/{portal}", [*details, "/about", "https://elsewhere.example/te-huur/1"])
        starts[portal] = (*lists, f"/list/{portal}") if details else lists
    counts, sink = site.crawl_all({portal: paths for portal, paths in starts.items() if paths})
    listings = {(it.portal, it.listing_id): it for it in sink.listings}
    return Crawled(listings, {urlsplit(url).path: reason for _, url, reason in sink.skipped}, counts)


def check_crawled(case: Case, crawled: Crawled) -> None:
    """A rental came into the frame with type, rent, place and dwelling; anything else did not, for its reason."""
    if case.crawl:
        assert crawled.skipped[path_of(case)] == case.crawl
    for want in case.expected:
        key = (case.portal, want["listing_id"]) if "listing_id" in want else None
        if case.crawl:
            assert key not in crawled.listings
            continue
        got = crawled.listings[key]  # type: ignore[index]
        kind = "social_public" if got.landlord.type.value.startswith("social_") else got.landlord.type.value
        assert kind in (want["landlord_type"], *want.get("landlord_type_accept", ()))
        assert bool(got.landlord.evidence) is (kind != "unknown")
        for name in ("rent_amount", "postcode", "city", "dwelling_type"):
            assert name not in want or same(name, want[name], getattr(got, name)), name


def _to_crawl(cases: list[Case]) -> list[Case]:
    return [case for case in cases if case.page_kind in ("detail", "list")]


@pytest.fixture(scope="module")
def golden_crawl(shared_site: Any) -> Crawled:
    return crawl_cases(shared_site, _to_crawl(golden_cases()))


@pytest.mark.parametrize("case", _to_crawl(golden_cases()), ids=str)
def test_a_golden_page_comes_through_a_real_crawl(case: Case, golden_crawl: Crawled) -> None:
    check_crawled(case, golden_crawl)


def test_a_crawl_never_follows_a_link_off_its_portals(golden_crawl: Crawled) -> None:
    assert sum(it.pages for it in golden_crawl.counts.portals) == len(_to_crawl(golden_cases())) + 13


@pytest.fixture(scope="module")
def real_crawl(shared: Path, second_site: Any) -> Crawled:
    return crawl_cases(second_site, _to_crawl(real_cases()))


@pytest.mark.shared
@pytest.mark.parametrize("case", _to_crawl(real_cases()), ids=str)
def test_a_real_page_comes_through_a_real_crawl(case: Case, real_crawl: Crawled) -> None:
    check_crawled(case, real_crawl)
