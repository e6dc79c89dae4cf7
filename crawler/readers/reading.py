"""Bytes of one page and the portal's profile in, a ``PageReading`` out: adverts, links, or the reason for neither."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crawler.portals.profile import GENERIC, PortalProfile, feed_formats, load_profile
from crawler.readers import xml
from crawler.readers.adverts import Context, listing_of
from crawler.readers.fields import Found, read_fields, read_keys
from crawler.readers.kinds import PageKind, plain_kind
from crawler.readers.links import is_detail, links
from crawler.readers.page import Page
from crawler.readers.rules import candidates, parse_rule
from testing.study.listing import Listing

_MAX_ITEMS = 500
MAX_FEED = 100_000
"""Adverts of one feed that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """What one page gave."""

    page_kind: PageKind
    listings: tuple[Listing, ...] = ()
    extras: tuple[Mapping[str, Any], ...] = ()
    """Beside each listing what the record has no field for: status, heating, total and base amounts."""
    links: tuple[str, ...] = ()
    """Addresses of detail pages."""
    next_link: str | None = None
    reason: str | None = None
    """Why there is no advert, where there is none."""


def read_page(
    body: bytes,
    url: str,
    profile: PortalProfile,
    seen_at: datetime,
    charset: str | None = None,
    expect: PageKind | None = None,
) -> PageReading:
    """Read one page. Pure and tolerant: a page is adverts, links, or a reason, never an exception.

    Args:
        body: the page as received, decompressed.
        url: where it was seen; relative links are resolved against it.
        profile: the portal's declaration.
        seen_at: when, aware, UTC.
        charset: as the server declared it.
        expect: DETAIL tries an advert before a list where the address does not tell (a saved file has none).
    """
    page = Page(body, url, charset)
    page.wanted = profile.labels | load_profile(GENERIC).labels if profile.generic else profile.labels
    page.lexicon = load_profile(GENERIC).lexicon if "keys" in profile.generic else profile.lexicon
    try:
        if plain := plain_kind(page, profile):
            return PageReading(page_kind=plain[0], reason=plain[1])
        if page.feed is not None and (reading := _feed(page, profile, seen_at)):
            return reading
        if profile.items and (reading := _list_items(page, profile, seen_at)):
            return reading
        if len(page.adverts) > 1 and (reading := _list_adverts(page, profile, seen_at)):
            return reading
        known = expect is PageKind.DETAIL or page.document is not None or is_detail(url, profile)
        if profile.detail_patterns and not known:
            reading = _list(page, profile)
            if reading.links:
                return reading
        return _detail(page, profile, seen_at)
    except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError, MemoryError) as error:
        # Hostile pages must cost one page, not the crawl; the reason names what to mend.
        return PageReading(
            page_kind=PageKind.ERROR, reason=f"unreadable: {type(error).__name__}: {error}"[:300]
        )


def offered(reading: PageReading, url: str) -> Iterator[tuple[Listing | None, str | None]]:
    """What a page offers: each advert, with a reason where it can no longer be had; or no advert and the reason.

    A list that leads to its adverts' own pages offers none itself.
    """
    if reading.page_kind in (PageKind.BLOCKED, PageKind.ERROR, PageKind.GONE) or (
        reading.reason and not reading.listings
    ):
        yield None, reading.reason or reading.page_kind.value
    elif not reading.links:
        for listing, extra in zip(reading.listings, reading.extras, strict=True):
            status = extra.get("status", "available")
            gone = status in ("let", "sold", "withdrawn")
            yield listing, f"no longer available: {status}" if gone else None


def _list(page: Page, profile: PortalProfile) -> PageReading:
    found, onward = links(page, profile)
    reason = None if found else "no advert and no link to one"
    return PageReading(page_kind=PageKind.LIST, links=found, next_link=onward, reason=reason)


def _feed(page: Page, profile: PortalProfile, seen_at: datetime) -> PageReading | None:
    """The adverts of a feed in a declared format, of any other by what its elements are called; a sitemap's links."""
    assert page.feed is not None
    root, content = page.feed
    known = next((it for it in feed_formats() if _is_format(it, root, content)), None)
    if known is not None and known.feed is not None:
        found = xml.items(content, known.feed.item)
        read = [read_fields(page, known, item=it) for it in found[:MAX_FEED]]
        reading = _items(page, known, seen_at, read)
        cut = (
            f"only the first {MAX_FEED} of {len(found)} adverts were read" if len(found) > MAX_FEED else None
        )
        return replace(
            reading, page_kind=PageKind.FEED, links=(), next_link=None, reason=cut or reading.reason
        )
    if root in ("urlset", "sitemapindex"):
        addresses = [it.get("loc") for name in ("url", "sitemap") for it in xml.items({root: content}, name)]
        details = [
            it
            for it in addresses
            if isinstance(it, str) and (root == "sitemapindex" or is_detail(it, profile))
        ]
        return PageReading(
            page_kind=PageKind.LIST,
            links=tuple(details),
            reason=None if details else "a sitemap without adverts",
        )
    if page.adverts:
        generic = load_profile(GENERIC)
        reading = _items(page, profile, seen_at, [read_keys(page, generic, table) for table in page.adverts])
        return replace(reading, page_kind=PageKind.FEED) if reading.listings else None
    return PageReading(page_kind=PageKind.ERROR, reason=f"a feed of an unknown format: its root is {root!r}")


def _is_format(profile: PortalProfile, root: str, content: Any) -> bool:
    feed = profile.feed
    held = feed is not None and (feed.holds is None or (isinstance(content, dict) and feed.holds in content))
    return feed is not None and feed.root == root and held


def _list_items(page: Page, profile: PortalProfile, seen_at: datetime) -> PageReading | None:
    assert profile.items is not None
    items = next(candidates(parse_rule(profile.items.path), page, profile.states), None)
    if not isinstance(items, list) or not items:
        return None
    return _items(
        page, profile, seen_at, [read_fields(page, profile, item=item) for item in items[:_MAX_ITEMS]]
    )


def _list_adverts(page: Page, profile: PortalProfile, seen_at: datetime) -> PageReading | None:
    """A list by what its keys are called; a page of one advert with others like it beside it has fields of its own."""
    generic = load_profile(GENERIC)
    reading = _items(page, profile, seen_at, [read_keys(page, generic, table) for table in page.adverts])
    return reading if len(reading.listings) > 1 else None


def _items(
    page: Page, profile: PortalProfile, seen_at: datetime, items: Sequence[Mapping[str, Found]]
) -> PageReading:
    made = [
        listing_of(Context(page=page, profile=profile, seen_at=seen_at, fields=fields)) for fields in items
    ]
    kept = [(listing, extra) for listing, extra in made if listing is not None]
    found, onward = links(page, profile)
    return PageReading(
        page_kind=PageKind.LIST,
        listings=tuple(listing for listing, _ in kept),
        extras=tuple(extra for _, extra in kept),
        links=found,
        next_link=onward,
        reason=None if kept or found else "no advert in the list's state",
    )


def _detail(page: Page, profile: PortalProfile, seen_at: datetime) -> PageReading:
    generic = load_profile(GENERIC) if profile.generic else None
    fields = read_fields(page, profile, generic)
    listing, extra = listing_of(Context(page=page, profile=profile, seen_at=seen_at, fields=fields))
    if listing is None:
        reading = _list(page, profile)
        return (
            reading
            if reading.links
            else PageReading(page_kind=PageKind.ERROR, reason="no advert on the page")
        )
    return PageReading(page_kind=PageKind.DETAIL, listings=(listing,), extras=(extra,))
