"""Pages: takes the bytes of every answer, keeps each page once and compressed, gives the latest of each address."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from sqlalchemy import bindparam, exists, func, insert, select
from sqlalchemy.orm import Session

from testing.store.crawl_tables import FetchRow, PageRow

CODEC = pa.Codec("zstd", compression_level=3)
# Statements of every page stand here: building one anew costs as much as running it.
_IS_KEPT = select(exists().where(PageRow.sha256 == bindparam("sha256")))
_KEEP, _FETCHED = insert(PageRow.__table__), insert(FetchRow.__table__)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One answer of a portal."""

    portal: str
    url: str
    status: int
    fetched_at: datetime
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    opt_outs: str | None = None
    body: bytes | None = None
    """None where nothing is kept of it."""


def record_fetch(session: Session, crawl_id: str, fetch: Fetch) -> None:
    """Keep one answer; bytes that are there already are not kept twice."""
    sha256 = None
    if fetch.body is not None:
        sha256 = hashlib.sha256(fetch.body).hexdigest()
        if not session.scalar(_IS_KEPT, {"sha256": sha256}):
            packed = CODEC.compress(fetch.body, asbytes=True)
            session.execute(_KEEP, {"sha256": sha256, "size": len(fetch.body), "body": packed})
    row = {
        "crawl": crawl_id, "portal": fetch.portal, "url": fetch.url, "status": fetch.status,
        "fetched_at": fetch.fetched_at, "charset": fetch.charset, "etag": fetch.etag,
        "last_modified": fetch.last_modified, "opt_outs": fetch.opt_outs, "page": sha256,
    }  # fmt: skip
    session.execute(_FETCHED, row)


def latest(session: Session) -> Iterator[Fetch]:
    """Give the latest kept page of each address, in the order in which they came."""
    newest = (
        select(func.max(FetchRow.id))
        .where(FetchRow.page.is_not(None))
        .group_by(FetchRow.portal, FetchRow.url)
    )
    rows = session.execute(
        select(FetchRow, PageRow)
        .join(PageRow, PageRow.sha256 == FetchRow.page)
        .where(FetchRow.id.in_(newest))
        .order_by(FetchRow.id)
        .execution_options(yield_per=50)
    )
    for fetch, page in rows:
        yield Fetch(
            portal=fetch.portal,
            url=fetch.url,
            status=fetch.status,
            fetched_at=fetch.fetched_at,
            charset=fetch.charset,
            etag=fetch.etag,
            last_modified=fetch.last_modified,
            opt_outs=fetch.opt_outs,
            body=_unpacked(page),
        )


def marks(session: Session, urls: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
    """Entity tag and date of the latest kept page of each address that has one, for a conditional request."""
    newest = (
        select(func.max(FetchRow.id))
        .where(FetchRow.url.in_(urls), FetchRow.page.is_not(None))
        .group_by(FetchRow.url)
    )
    rows = session.execute(
        select(FetchRow.url, FetchRow.etag, FetchRow.last_modified).where(FetchRow.id.in_(newest))
    )
    return {row.url: (row.etag, row.last_modified) for row in rows if row.etag or row.last_modified}


def body(session: Session, url: str) -> bytes | None:
    """The bytes of the latest kept page of an address; None where there is none."""
    row = session.execute(
        select(PageRow)
        .join(FetchRow, FetchRow.page == PageRow.sha256)
        .where(FetchRow.url == url)
        .order_by(FetchRow.id.desc())
        .limit(1)
    ).scalar()
    return None if row is None else _unpacked(row)


def _unpacked(page: PageRow) -> bytes:
    unpacked: bytes = CODEC.decompress(page.body, decompressed_size=page.size, asbytes=True)
    return unpacked


def totals(session: Session) -> dict[str, int]:
    """Count answers and kept pages, and their bytes as they came and as they lie there."""
    pages, size, packed = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(PageRow.size), 0),
            func.coalesce(func.sum(func.length(PageRow.body)), 0),
        )
    ).one()
    fetches = session.scalar(select(func.count()).select_from(FetchRow)) or 0
    return {"fetches": fetches, "pages": pages, "bytes": int(size), "bytes_kept": int(packed)}


def counts(session: Session, crawl_id: str) -> dict[str, int]:
    """Count the answers of one crawl by portal."""
    rows = session.execute(
        select(FetchRow.portal, func.count()).where(FetchRow.crawl == crawl_id).group_by(FetchRow.portal)
    )
    return {str(row[0]): int(row[1]) for row in rows}


def last_crawl(session: Session) -> dict[str, tuple[int, int]]:
    """Answers and their bytes of the latest crawl that asked each portal."""
    last = select(func.max(FetchRow.id)).group_by(FetchRow.portal)
    newest = select(FetchRow.portal, FetchRow.crawl).where(FetchRow.id.in_(last)).subquery()
    rows = session.execute(
        select(FetchRow.portal, func.count(), func.coalesce(func.sum(PageRow.size), 0))
        .join(newest, (newest.c.portal == FetchRow.portal) & (newest.c.crawl == FetchRow.crawl))
        .outerjoin(PageRow, PageRow.sha256 == FetchRow.page)
        .group_by(FetchRow.portal)
    )
    return {str(portal): (int(count), int(size)) for portal, count, size in rows}


def opt_outs(session: Session, crawl_id: str) -> dict[str, dict[str, int]]:
    """Count the pages of one crawl that speak against being indexed or mined, by portal and words."""
    rows = session.execute(
        select(FetchRow.portal, FetchRow.opt_outs, func.count())
        .where(FetchRow.crawl == crawl_id, FetchRow.opt_outs.is_not(None))
        .group_by(FetchRow.portal, FetchRow.opt_outs)
    )
    found: dict[str, dict[str, int]] = {}
    for portal, words, count in rows:
        found.setdefault(str(portal), {})[str(words)] = int(count)
    return found
