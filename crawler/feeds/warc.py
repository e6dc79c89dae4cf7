"""WARC, the archives' format: its answers in as fetches, kept pages out as records, the same bytes each time."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from testing.store.pages import Fetch
from testing.study.errors import EvenhandError

SUFFIXES = (".warc", ".warc.gz")
MAX_PAGE = 5_000_000
"""A larger answer is no page."""


def read_warc(path: Path, portal: str = "") -> Iterator[Fetch]:
    """The answers of a WARC file, in its order.

    Args:
        path: ``.warc`` or ``.warc.gz``.
        portal: what to call their portal.

    Raises:
        EvenhandError: it is damaged; what came before was given.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    with path.open("rb") as file:
        try:
            for record in ArchiveIterator(file):
                if record.rec_type == "response" and record.http_headers is not None:
                    yield _fetch(record, portal)
        except (ArchiveLoadFailed, EOFError, ValueError, OSError) as error:
            raise EvenhandError(f"{path}: damaged, or no WARC ({error})") from None


def _fetch(record: Any, portal: str) -> Fetch:
    said = record.http_headers
    kind = said.get_header("Content-Type") or ""
    charset = kind.partition("charset=")[2].strip(" \"';") or None
    when = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date").replace("Z", "+00:00"))
    body = record.content_stream().read(MAX_PAGE + 1)
    status = int(said.get_statuscode())
    return Fetch(
        portal=portal,
        url=record.rec_headers.get_header("WARC-Target-URI"),
        status=status,
        fetched_at=when if when.tzinfo else when.replace(tzinfo=UTC),
        charset=charset,
        etag=said.get_header("ETag"),
        last_modified=said.get_header("Last-Modified"),
        body=body if 200 <= status < 300 and len(body) <= MAX_PAGE else None,
    )


def write_warc(path: Path, fetches: Iterable[Fetch], *, software: str) -> int:
    """Write kept pages as a compressed WARC; the same pages give the same bytes.

    Args:
        path: where to.
        fetches: with their bytes.
        software: what wrote it.

    Returns:
        How many pages.
    """
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    count = 0
    partial = path.with_name(path.name + ".part")
    with partial.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for it in fetches:
            if it.body is None:
                continue
            if not count:
                writer.write_record(_info(path.name, it, software))
            kind = "text/html" + (f"; charset={it.charset}" if it.charset else "")
            heads = [("Content-Type", kind), ("Content-Length", str(len(it.body)))]
            heads += [("ETag", it.etag)] if it.etag else []
            heads += [("Last-Modified", it.last_modified)] if it.last_modified else []
            record = writer.create_warc_record(
                it.url,
                "response",
                payload=BytesIO(it.body),
                http_headers=StatusAndHeaders(f"{it.status} OK", heads, protocol="HTTP/1.1"),
                warc_headers_dict={
                    "WARC-Date": _date(it.fetched_at),
                    "WARC-Record-ID": _id(it.url, it.fetched_at),
                },
            )
            writer.write_record(record)
            count += 1
    partial.replace(path)
    return count


def _info(name: str, first: Fetch, software: str) -> Any:
    from warcio.recordloader import ArcWarcRecord
    from warcio.statusandheaders import StatusAndHeaders

    body = f"software: {software}\r\nformat: WARC File Format 1.0\r\n".encode()
    heads = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", _id(name, first.fetched_at)),
        ("WARC-Filename", name),
        ("WARC-Date", _date(first.fetched_at)),
        ("Content-Type", "application/warc-fields"),
    ]
    headers = StatusAndHeaders("", heads, protocol="WARC/1.0")
    return ArcWarcRecord(
        "warc", "warcinfo", headers, BytesIO(body), None, "application/warc-fields", len(body)
    )


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _id(name: str, moment: datetime) -> str:
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{name} {_date(moment)}')}>"
