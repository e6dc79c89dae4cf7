"""Pages: takes the bytes of every answer, keeps each page once and compressed, gives the latest of each address."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import pyarrow as pa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from testing.store.crawl_tables import FetchRow, PageRow

CODEC = pa.Codec("zstd", compression_level=3)


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
    body: bytes | None = None
    """None where nothing is kept of it."""


def record_fetch(session: Session, crawl_id: str, fetch: Fetch) -> None:
    """Keep one answer; bytes that are there already are not kept twice."""
    sha256 = None
    if fetch.body is not None:
        sha256 = hashlib.sha256(fetch.body).hexdigest()
        if session.get(PageRow, sha256) is None:
            packed = CODEC.compress(fetch.body, asbytes=True)
            session.add(PageRow(sha256=sha256, size=len(fetch.body), body=packed))
            session.flush()
    session.add(
        FetchRow(
            crawl=crawl_id,
            portal=fetch.portal,
            url=fetch.url,
            status=fetch.status,
            fetched_at=fetch.fetched_at,
            charset=fetch.charset,
            etag=fetch.etag,
            last_modified=fetch.last_modified,
            page=sha256,
        )
    )
    session.flush()


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
            body=CODEC.decompress(page.body, decompressed_size=page.size, asbytes=True),
        )


def asked_since(session: Session, moment: datetime) -> dict[str, int]:
    """Count the pages asked for since a moment, by host and port."""
    addresses = session.scalars(select(FetchRow.url).where(FetchRow.fetched_at >= moment))
    return dict(Counter(urlsplit(url).netloc for url in addresses))


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
