"""The frame: takes listings as they are crawled, gives the latest of each, and counts what was skipped."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from testing.store.crawl_tables import ListingRow, ObservationRow, SkippedRow
from testing.store.payloads import canonical, content_hash, listing_from
from testing.study.listing import Listing


def record_listing(session: Session, listing: Listing, crawl_id: str) -> None:
    """Keep a listing: one row by its key with what was seen last, and one observation that stays.

    Args:
        session: an open write transaction.
        listing: as crawled.
        crawl_id: a crawl that was started with ``start_crawl``.
    """
    payload, sha256 = canonical(listing), content_hash(listing)
    row = session.get(ListingRow, listing.key)
    changed = row is None or row.sha256 != sha256
    if row is None:
        row = ListingRow(
            key=listing.key,
            portal=listing.portal,
            listing_id=listing.listing_id,
            first_seen=listing.seen_at,
            seen_at=listing.seen_at,
        )
        session.add(row)
    if listing.seen_at >= row.seen_at:
        row.landlord_type = listing.landlord.type.value
        row.seen_at, row.sha256, row.payload = listing.seen_at, sha256, payload
    session.flush()
    session.add(
        ObservationRow(
            listing=listing.key,
            crawl=crawl_id,
            seen_at=listing.seen_at,
            sha256=sha256,
            payload=payload if changed else None,
        )
    )


def record_skipped(session: Session, crawl_id: str, portal: str, url: str, reason: str) -> None:
    """Keep that a page did not come into the frame, and why."""
    session.add(SkippedRow(crawl=crawl_id, portal=portal, url=url, reason=reason))


def listings(session: Session) -> list[Listing]:
    """Return the latest of each listing, sorted by key."""
    payloads = session.scalars(select(ListingRow.payload).order_by(ListingRow.key))
    return [listing_from(payload) for payload in payloads]


def count(session: Session) -> int:
    """Count the listings of the frame."""
    return session.scalar(select(func.count()).select_from(ListingRow)) or 0


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
