"""The tables that a crawl writes: what is to be asked for, what came, what was read from it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from testing.store.tables import Base, Serial

__all__ = [
    "Base",
    "CompanyRow",
    "CrawlRow",
    "EventRow",
    "FetchRow",
    "FrontierRow",
    "ListingRow",
    "ObservationRow",
    "PageRow",
    "PortalRow",
    "SkippedRow",
]


class CrawlRow(Base):
    """One crawl of the study's portals."""

    __tablename__ = "crawl"
    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Serial, unique=True)
    portals: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any] | None]


class ListingRow(Base):
    """An advert as seen last."""

    __tablename__ = "listing"
    __table_args__ = (UniqueConstraint("portal", "listing_id"),)
    key: Mapped[str] = mapped_column(primary_key=True)
    portal: Mapped[str]
    listing_id: Mapped[str]
    landlord_type: Mapped[str] = mapped_column(index=True)
    first_seen: Mapped[datetime]
    seen_at: Mapped[datetime]
    sha256: Mapped[str]
    payload: Mapped[str]
    url: Mapped[str] = mapped_column(default="", server_default="", index=True)
    """Its own page, as seen last."""
    page_gone_at: Mapped[datetime | None]
    """When its own page was last found gone; nothing after it was seen again."""
    missed: Mapped[int] = mapped_column(default=0, server_default="0")
    """Whole crawls in a row that saw it in no list."""
    gone_at: Mapped[datetime | None]
    """When it was known to be taken off: twice in no list, and gone on its own page."""


class ObservationRow(Base):
    """One sight of an advert in one crawl; rows are only ever added."""

    __tablename__ = "observation"
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    listing: Mapped[str] = mapped_column(ForeignKey("listing.key"), index=True)
    crawl: Mapped[str] = mapped_column(ForeignKey("crawl.id"), index=True)
    seen_at: Mapped[datetime]
    sha256: Mapped[str]
    """Hash of the payload without the moment, so that an unchanged advert is seen to be unchanged."""
    payload: Mapped[str | None]
    """None where an observation before holds the same."""
    revisit: Mapped[bool] = mapped_column(default=False, server_default=false())
    """No list led to it; its own page is still there."""


class SkippedRow(Base):
    """A page that did not come into the frame, with its reason."""

    __tablename__ = "skipped"
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    crawl: Mapped[str] = mapped_column(ForeignKey("crawl.id"), index=True)
    portal: Mapped[str]
    url: Mapped[str]
    reason: Mapped[str]


class FrontierRow(Base):
    """An address that a crawl has to ask for, or has asked."""

    __tablename__ = "frontier"
    __table_args__ = (
        UniqueConstraint("crawl", "url"),
        Index("ix_frontier_crawl_portal_state_priority_id", "crawl", "portal", "state", "priority", "id"),
    )
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    crawl: Mapped[str] = mapped_column(ForeignKey("crawl.id"))
    portal: Mapped[str]
    url: Mapped[str]
    moves: Mapped[int]
    """Redirects that led to it."""
    priority: Mapped[int]
    """The lower the sooner."""
    state: Mapped[str]
    """pending, claimed or done."""
    done_at: Mapped[datetime | None]
    runner: Mapped[int | None]
    """Who claimed it, where several programs crawl."""
    revisit: Mapped[bool] = mapped_column(default=False, server_default=false())
    """No list led to it: it is an advert of before, asked for to see whether it is still there."""
    outcome: Mapped[str | None]
    """page, gone or failed, when it is done."""


class PortalRow(Base):
    """What holds for one portal over all crawls and all programs: its day's budget, its pace, whether it refused."""

    __tablename__ = "portal"
    name: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date | None]
    """Local day of ``asked``."""
    asked: Mapped[int] = mapped_column(default=0)
    """Requests of that day, robots.txt and repeated attempts too."""
    next_at: Mapped[datetime | None]
    """No request before it, by this machine's own clock."""
    closed_until: Mapped[datetime | None]
    closed_why: Mapped[str | None]


class CompanyRow(Base):
    """A company whose main activity in the register says what landlord it is."""

    __tablename__ = "company"
    number: Mapped[str] = mapped_column(primary_key=True)
    says: Mapped[str]
    activity: Mapped[str]
    as_of: Mapped[date]


class EventRow(Base):
    """One change that a crawl saw; written with the sight that shows it."""

    __tablename__ = "event"
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    crawl: Mapped[str] = mapped_column(ForeignKey("crawl.id"), index=True)
    listing: Mapped[str] = mapped_column(ForeignKey("listing.key"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    """new, changed, delisted or relisted."""
    field: Mapped[str | None]
    """What changed."""
    before: Mapped[str | None]
    """Its value before; the key of the advert of before where one was put up again under a new id."""
    after: Mapped[str | None]


class PageRow(Base):
    """The bytes of a page, each once, compressed with Zstandard."""

    __tablename__ = "page"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    """Bytes before compression."""
    body: Mapped[bytes]


class FetchRow(Base):
    """One answer of a portal; rows are only ever added."""

    __tablename__ = "fetch"
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    crawl: Mapped[str] = mapped_column(ForeignKey("crawl.id"), index=True)
    portal: Mapped[str]
    url: Mapped[str] = mapped_column(index=True)
    status: Mapped[int]
    fetched_at: Mapped[datetime]
    charset: Mapped[str | None]
    """As the server declared it."""
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    opt_outs: Mapped[str | None]
    """What the page says against being indexed or mined, as it says it."""
    page: Mapped[str | None] = mapped_column(ForeignKey("page.sha256"))
