"""The frame: takes listings as they are crawled, gives the latest of each, and counts what was skipped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from testing.store.crawl_tables import ListingRow, ObservationRow, SkippedRow
from testing.store.payloads import canonical, content_hash, listing_from
from testing.study.listing import Listing

# Statements of every advert stand here: building one anew costs as much as running it.
_TABLE = ListingRow.__table__
_AT = _TABLE.c.key == bindparam("of_key")
_STOOD = select(_TABLE.c.sha256, _TABLE.c.seen_at, _TABLE.c.gone_at).where(_AT)
_NEW, _AGAIN = insert(_TABLE), update(_TABLE).where(_AT)  # type: ignore[arg-type]
_SEEN = insert(ObservationRow.__table__)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Sight:
    """What seeing an advert again tells, beside the advert itself."""

    earlier: tuple[Listing, ...]
    """How earlier crawls saw it, the latest first; empty where it is new, or the same as the last time."""
    back: bool
    """It was known to be taken off."""


def record_listing(session: Session, listing: Listing, crawl_id: str, *, listed: bool = True) -> Sight:
    """Keep a listing: one row by its key with what was seen last, and one observation that stays.

    Args:
        session: an open write transaction.
        listing: as crawled.
        crawl_id: a crawl that was started with ``start_crawl``.
        listed: whether a list led to it; False where it was asked for by its own address only.
    """
    payload, sha256 = canonical(listing), content_hash(listing)
    row = session.execute(_STOOD, {"of_key": listing.key}).one_or_none()
    as_seen = {
        "landlord_type": listing.landlord.type.value, "url": listing.url, "seen_at": listing.seen_at,
        "sha256": sha256, "payload": payload, "page_gone_at": None,
    }  # fmt: skip
    if row is None:
        names = {"key": listing.key, "portal": listing.portal, "listing_id": listing.listing_id}
        session.execute(_NEW, {**names, "first_seen": listing.seen_at, "missed": 0, **as_seen})
        sight, fresh = Sight((), back=False), True
    else:
        changed = row.sha256 != sha256
        earlier, fresh = _earlier(session, listing.key, crawl_id, sha256) if changed else ((), False)
        sight = Sight(earlier, back=listed and row.gone_at is not None)
        stands: dict[str, Any] = {"missed": 0, "gone_at": None} if listed else {}
        as_seen = as_seen if listing.seen_at >= row.seen_at else {"page_gone_at": None}
        session.execute(_AGAIN, {"of_key": listing.key, **as_seen, **stands})
    seen = {
        "listing": listing.key, "crawl": crawl_id, "seen_at": listing.seen_at, "sha256": sha256,
        "payload": payload if fresh else None, "revisit": not listed,
    }  # fmt: skip
    session.execute(_SEEN, seen)
    return sight


def page_is_gone(session: Session, portal: str, url: str, now: datetime) -> None:
    """Write down that the page of an advert was found gone; what no advert has is passed over."""
    session.execute(
        update(ListingRow)
        .where(ListingRow.portal == portal, ListingRow.url == url)
        .values(page_gone_at=now)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an advert can still be answered, as far as is known."""

    gone: bool
    seen_at: datetime


def standing(session: Session, key: str) -> Standing | None:
    """Whether an advert stands, and when it was last seen; None for one that was never in the frame."""
    row = session.get(ListingRow, key)
    if row is None:
        return None
    return Standing(gone=row.gone_at is not None or row.page_gone_at is not None, seen_at=row.seen_at)


def addresses(session: Session, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Addresses of adverts by portal, in the order of their keys."""
    rows = {row.key: row for row in session.scalars(select(ListingRow).where(ListingRow.key.in_(keys)))}
    found: dict[str, list[str]] = {}
    for row in (rows[key] for key in keys if key in rows):
        found.setdefault(row.portal, []).append(row.url)
    return {portal: tuple(urls) for portal, urls in found.items()}


def _earlier(session: Session, key: str, crawl_id: str, sha256: str) -> tuple[tuple[Listing, ...], bool]:
    """The last sights of other crawls, and whether this content was never seen before.

    An advert in a list and on its own page are two sights of one crawl that differ; hence the last four.
    """
    sights = select(ObservationRow).where(ObservationRow.listing == key)
    kept = {
        it.sha256: it.payload for it in session.scalars(sights.where(ObservationRow.payload.is_not(None)))
    }
    last = sights.where(ObservationRow.crawl != crawl_id).order_by(ObservationRow.id.desc()).limit(4)
    payloads = (kept.get(it.sha256) for it in session.scalars(last))
    return tuple(listing_from(it) for it in payloads if it), sha256 not in kept


def record_skipped(session: Session, crawl_id: str, portal: str, url: str, reason: str) -> None:
    """Keep that a page did not come into the frame, and why."""
    session.add(SkippedRow(crawl=crawl_id, portal=portal, url=url, reason=reason))


STANDS = (ListingRow.missed == 0) & ListingRow.gone_at.is_(None)
"""An advert of the frame: the last whole crawl of its portal saw it in a list."""


def listings(session: Session) -> list[Listing]:
    """Return the adverts that stand, each as seen last, sorted by key."""
    payloads = session.scalars(select(ListingRow.payload).where(STANDS).order_by(ListingRow.key))
    return [listing_from(payload) for payload in payloads]


def count(session: Session) -> int:
    """Count the adverts that stand."""
    return session.scalar(select(func.count()).select_from(ListingRow).where(STANDS)) or 0


def observations(session: Session, key: str) -> list[tuple[str, str]]:
    """Return crawl and content hash of every sight of one listing, oldest first."""
    rows = session.execute(
        select(ObservationRow.crawl, ObservationRow.sha256)
        .where(ObservationRow.listing == key)
        .order_by(ObservationRow.id)
    )
    return [(row.crawl, row.sha256) for row in rows]


def listing_counts(session: Session, crawl_id: str) -> dict[str, int]:
    """Count the listings that one crawl saw, by portal."""
    query = (
        select(ListingRow.portal, func.count())
        .join(ObservationRow, ObservationRow.listing == ListingRow.key)
        .where(ObservationRow.crawl == crawl_id)
        .group_by(ListingRow.portal)
    )
    return {str(row[0]): int(row[1]) for row in session.execute(query)}


def skipped_by_portal(session: Session, crawl_id: str) -> dict[str, dict[str, int]]:
    """Count the skipped pages of one crawl by portal and reason."""
    query = (
        select(SkippedRow.portal, SkippedRow.reason, func.count())
        .where(SkippedRow.crawl == crawl_id)
        .group_by(SkippedRow.portal, SkippedRow.reason)
        .order_by(SkippedRow.portal, SkippedRow.reason)
    )
    found: dict[str, dict[str, int]] = {}
    for portal, reason, count in session.execute(query):
        found.setdefault(str(portal), {})[str(reason)] = int(count)
    return found


def skipped_counts(session: Session, crawl_id: str | None = None) -> dict[str, int]:
    """Count skipped pages by reason, in one crawl or in all."""
    query = select(SkippedRow.reason, func.count()).group_by(SkippedRow.reason).order_by(SkippedRow.reason)
    if crawl_id is not None:
        query = query.where(SkippedRow.crawl == crawl_id)
    return {str(row[0]): int(row[1]) for row in session.execute(query)}
