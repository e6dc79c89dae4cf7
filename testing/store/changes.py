"""The change log: what is new, changed, taken off or put up again between two crawls; rows are only ever added.

A crawl writes a change of a field with the sight that shows it. What only a whole crawl can tell (new, taken off, put
up again under another id) is written when it finishes, and only for portals whose every list page came.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session, aliased

from testing.store import frontier
from testing.store.crawl_tables import CrawlRow, EventRow, FrontierRow, ListingRow, ObservationRow
from testing.store.frame import Sight
from testing.store.payloads import listing_from
from testing.study.asking import GONE
from testing.study.listing import Listing
from testing.study.sameness import SAME, compare

NEW, CHANGED, DELISTED, RELISTED = "new", "changed", "delisted", "relisted"
MISSED = 2
"""Whole crawls in a row that saw an advert in no list, before its gone page is believed."""
RELISTED_DAYS = 120
"""An advert that was taken off longer ago is not looked for among the new ones."""
TOLERANCE: Mapping[str, float] = {
    "rent_amount": 1.0, "sale_price": 1.0, "charges_amount": 1.0, "deposit": 1.0, "area_m2": 1.0, "rooms": 0.0,
    "bedrooms": 0.0,
}  # fmt: skip
"""Amounts that portals round: up to so much apart (euro, square metres) is no change."""
COMPARED = (
    "transaction", "rent_amount", "charges_amount", "deposit", "sale_price", "area_m2", "rooms", "bedrooms",
    "furnished", "energy_label", "available_from", "dwelling_type", "postcode", "street", "house_number",
)  # fmt: skip
_TERMS = ("rent_kind", "rent_period", "currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change."""

    crawl: str
    listing: str
    """``Listing.key``."""
    portal: str
    listing_id: str
    at: datetime
    kind: str
    """``new``, ``changed``, ``delisted`` or ``relisted``."""
    field: str | None = None
    before: str | None = None
    after: str | None = None


def record_changes(session: Session, crawl_id: str, sight: Sight, now: Listing) -> None:
    """Write down in what an advert differs from before.

    Args:
        session: an open write transaction.
        crawl_id: the crawl that saw it.
        sight: as ``record_listing`` gave it.
        now: the advert as it is.
    """
    if sight.back:
        session.add(EventRow(crawl=crawl_id, listing=now.key, at=now.seen_at, kind=RELISTED))
    for name, old, new in differences(sight.earlier, now):
        known = exists().where(
            EventRow.crawl == crawl_id, EventRow.listing == now.key, EventRow.kind == CHANGED, EventRow.field == name
        )  # fmt: skip
        if not session.scalar(select(known)):
            row = EventRow(
                crawl=crawl_id, listing=now.key, at=now.seen_at, kind=CHANGED, field=name, before=_text(old),
                after=_text(new),
            )  # fmt: skip
            session.add(row)
            session.flush()


def differences(earlier: Sequence[Listing], now: Listing) -> Iterator[tuple[str, Any, Any]]:
    """Name, old and new value of each field that changed.

    A value is held against the last one that was read by the same rule: a list says it otherwise than the advert's own
    page. What one of the two leaves open is no change, and rounding is none.

    Args:
        earlier: sights of earlier crawls, the latest first.
        now: the advert as it is.
    """
    for name in COMPARED:
        new, rule = getattr(now, name), now.sources.get(name)
        if new is None or rule is None:
            continue
        before = next((it for it in earlier if it.sources.get(name) == rule), None)
        if before is None:
            continue
        old = getattr(before, name)
        if name == "rent_amount" and any(getattr(before, it) != getattr(now, it) for it in _TERMS):
            continue
        if old is None or old == new or (name in TOLERANCE and abs(old - new) <= TOLERANCE[name]):
            continue
        yield name, old, new


def unseen(session: Session, crawl_id: str, portals: Sequence[str]) -> list[tuple[str, str]]:
    """Portal and address of the adverts that stood before and that no list of this crawl led to."""
    return [(it.portal, it.url) for it, _ in _absent(session, crawl_id, portals)]


def _absent(session: Session, crawl_id: str, portals: Sequence[str]) -> list[tuple[Listing, ListingRow]]:
    seen = exists().where(ObservationRow.listing == ListingRow.key, ObservationRow.crawl == crawl_id)
    rows = session.scalars(
        select(ListingRow)
        .where(ListingRow.portal.in_(portals), ListingRow.gone_at.is_(None), ~seen)
        .order_by(ListingRow.key)
    )
    return [(listing_from(row.payload), row) for row in rows]


def close_crawl(session: Session, crawl_id: str, now: datetime) -> None:
    """Write down what a finished crawl shows as a whole.

    Args:
        session: an open write transaction.
        crawl_id: a crawl of whose addresses none is left.
        now: by the study's clock.
    """
    whole = sorted(frontier.whole_portals(session, crawl_id))
    revisits = {
        (row.portal, row.url): row.outcome
        for row in session.execute(
            select(FrontierRow.portal, FrontierRow.url, FrontierRow.outcome).where(
                FrontierRow.crawl == crawl_id, FrontierRow.revisit.is_(True)
            )
        )
    }
    vanished: list[Listing] = []
    for listing, row in _absent(session, crawl_id, whole) + _found_by_revisit(session, crawl_id, whole):
        row.missed += 1
        if revisits.get((listing.portal, listing.url)) == GONE:
            vanished.append(listing)
            if row.missed >= MISSED:
                row.gone_at = now
                session.add(EventRow(crawl=crawl_id, listing=row.key, at=now, kind=DELISTED))
    session.flush()
    for portal in whole:
        if _crawled_before(session, crawl_id, portal):
            _welcome(session, crawl_id, portal, [it for it in vanished if it.portal == portal], now)


def close_import(session: Session, crawl_id: str, source: str, now: datetime, *, whole: bool) -> None:
    """Write down what an import shows: new adverts, and those that a source's whole stock holds no more.

    Args:
        session: an open write transaction.
        crawl_id: under which it was imported.
        source: name of the source.
        now: by the study's clock.
        whole: the files are all that the source has today.
    """
    if whole:
        for _, row in _absent(session, crawl_id, [source]):
            row.missed, row.gone_at = MISSED, now
            session.add(EventRow(crawl=crawl_id, listing=row.key, at=now, kind=DELISTED))
        session.flush()
    if _crawled_before(session, crawl_id, source):
        _welcome(session, crawl_id, source, [], now)


def _found_by_revisit(
    session: Session, crawl_id: str, portals: Sequence[str]
) -> list[tuple[Listing, ListingRow]]:
    """Adverts that stand in no list any more, but whose own page is still there."""
    rows = session.scalars(
        select(ListingRow)
        .join(ObservationRow, ObservationRow.listing == ListingRow.key)
        .where(ObservationRow.crawl == crawl_id, ListingRow.portal.in_(portals))
        .where(ObservationRow.revisit.is_(True))
        .order_by(ListingRow.key)
    )
    return [(listing_from(row.payload), row) for row in rows]


def _crawled_before(session: Session, crawl_id: str, portal: str) -> bool:
    """Whether an earlier crawl of the portal finished: in the first one, every advert is only newly known."""
    earlier = select(CrawlRow.portals).where(CrawlRow.id != crawl_id, CrawlRow.finished_at.is_not(None))
    return any(portal in portals["names"] for portals in session.scalars(earlier))


def _welcome(session: Session, crawl_id: str, portal: str, vanished: list[Listing], now: datetime) -> None:
    """Tell the new adverts of a portal from those that were put up again under a new id."""
    other = aliased(ObservationRow)
    earlier = exists().where(other.listing == ListingRow.key, other.crawl != crawl_id)
    rows = session.scalars(
        select(ListingRow)
        .join(ObservationRow, ObservationRow.listing == ListingRow.key)
        .where(ObservationRow.crawl == crawl_id, ListingRow.portal == portal, ~earlier)
        .distinct()
        .order_by(ListingRow.key)
    )
    fresh = [listing_from(row.payload) for row in rows]
    if not fresh:
        return
    taken_off = session.scalars(
        select(ListingRow.payload).where(
            ListingRow.portal == portal, ListingRow.gone_at > now - timedelta(days=RELISTED_DAYS)
        )
    )
    before = {it.key: it for it in (*vanished, *map(listing_from, taken_off))}
    for listing in fresh:
        likely = max((compare(listing, it) for it in before.values()), key=lambda it: it.bits, default=None)
        if likely is not None and likely.bits >= SAME:
            del before[likely.other]
            event = EventRow(
                crawl=crawl_id, listing=listing.key, at=listing.seen_at, kind=RELISTED, before=likely.other,
                after=str(likely),
            )  # fmt: skip
            session.execute(
                update(ListingRow)
                .where(ListingRow.key == likely.other, ListingRow.gone_at.is_(None))
                .values(gone_at=now)
            )
        else:
            event = EventRow(crawl=crawl_id, listing=listing.key, at=listing.seen_at, kind=NEW)
        session.add(event)


def events(session: Session, crawl_id: str | None = None) -> list[Event]:
    """The changes of one crawl, or of all, as they were written."""
    query = (
        select(EventRow, ListingRow.portal, ListingRow.listing_id)
        .join(ListingRow, ListingRow.key == EventRow.listing)
        .order_by(EventRow.id)
    )
    if crawl_id is not None:
        query = query.where(EventRow.crawl == crawl_id)
    return [
        Event(
            crawl=row.crawl, listing=row.listing, portal=portal, listing_id=listing_id, at=row.at, kind=row.kind,
            field=row.field, before=row.before, after=row.after,
        )
        for row, portal, listing_id in session.execute(query)
    ]  # fmt: skip


def flat_counts(session: Session, crawl_id: str) -> dict[str, int]:
    """Count the changes that a crawl saw: ``<portal>.<kind>``."""
    rows = session.execute(
        select(ListingRow.portal, EventRow.kind, func.count())
        .join(ListingRow, ListingRow.key == EventRow.listing)
        .where(EventRow.crawl == crawl_id)
        .group_by(ListingRow.portal, EventRow.kind)
        .order_by(ListingRow.portal, EventRow.kind)
    )
    return {f"{portal}.{kind}": int(count) for portal, kind, count in rows}


def _text(value: Any) -> str:
    return str(getattr(value, "value", value))
