"""Files that need no crawl in, fetches out as if each had been asked for: saved pages, feeds, tables, WARC."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

from crawler.feeds import tables, warc
from crawler.portals.profile import GENERIC, PortalProfile, load_profile, profile_names
from testing.store.pages import Fetch

_SAVED = re.compile(rb"<!-- saved from url=\(\d+\)(\S{4,800})|Page saved with SingleFile\s+url: (\S{4,800})")
"""What browsers write into a page that they save."""
_CANONICAL = re.compile(
    rb"""<link[^>]{0,80}\brel=["']?canonical["']?[^>]{0,80}\bhref=["']([^"']{1,800})|property=["']og:url["'][^>]{0,40}content=["']([^"']{1,800})"""
)
NOWHERE = "saved.example"
"""Host of a saved page that gives no address of itself."""


def files_in(paths: tuple[Path, ...]) -> Iterator[Path]:
    """The files, and all files in the folders, sorted; hidden ones are left out."""
    for it in paths:
        if it.is_dir():
            yield from sorted(
                path for path in it.rglob("*") if path.is_file() and not path.name.startswith(".")
            )
        else:
            yield it


def fetches_of(path: Path, profile: PortalProfile | None) -> Iterator[Fetch]:
    """What a file holds, as fetches with their bytes.

    Args:
        path: a saved page or document, a feed, a CSV or XLSX, a WARC.
        profile: the source; None tells a page's portal from its own address.

    Raises:
        EvenhandError: it cannot be read.
    """
    name = path.name.lower()
    if name.endswith(warc.SUFFIXES):
        for it in warc.read_warc(path):
            yield replace(it, portal=profile.name if profile else portal_at(it.url))
    elif name.endswith(tables.SUFFIXES):
        _, rows = tables.read_table(path)
        yield replace(saved_page(path, profile or load_profile(GENERIC)), body=tables.as_document(rows))
    else:
        yield saved_page(path, profile)


def saved_page(path: Path, profile: PortalProfile | None, url: str | None = None) -> Fetch:
    """A file as the answer that it once was.

    Args:
        path: the file.
        profile: its portal's; None tells it from the page's own address.
        url: where it was seen; without it, the address that the page gives of itself.
    """
    body = path.read_bytes()
    chosen = profile or profile_of(path, url)
    address = url or address_of(body, chosen)
    if urlsplit(address).hostname == NOWHERE and urlsplit(address).path in ("", "/"):
        address = f"https://{NOWHERE}/{quote(path.name)}"
    saved_at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    return Fetch(portal=chosen.name, url=address, status=200, fetched_at=saved_at, body=body)


def profile_of(path: Path, url: str | None = None) -> PortalProfile:
    """The declared portal that a saved page is of; the generic one where none is.

    Its address says so: the given one, else the one that the page gives of itself. A page without any is of the
    portal whose addresses it is full of, or after which it or its folder was named.
    """
    body = path.read_bytes()
    host = urlsplit(url or address_of(body, load_profile(GENERIC))).hostname or ""
    profiles = [load_profile(name) for name in profile_names()]
    for profile in profiles:
        if any(host == domain or host.endswith("." + domain) for domain in profile.domains):
            return profile
    if host != NOWHERE:
        return load_profile(GENERIC)
    named = Counter({it.name: sum(body.count(f"{name}/".encode()) for name in it.domains) for it in profiles})
    (first, most), (_, second) = named.most_common(2)
    if most >= 3 and most > 2 * second:
        return load_profile(first)
    words = {part.casefold().replace("-", "_") for part in (path.stem.partition("_")[0], path.parent.name)}
    return next((it for it in profiles if it.name in words), load_profile(GENERIC))


def address_of(body: bytes, profile: PortalProfile) -> str:
    """The address that a saved page gives of itself, else the portal's front page."""
    front = f"https://{(profile.domains or (NOWHERE,))[0]}/"
    saved = _SAVED.search(body[:20_000])
    if saved:
        return (saved[1] or saved[2]).decode("utf-8", "replace")
    found = _CANONICAL.search(body[:400_000])
    return urljoin(front, (found[1] or found[2]).decode("utf-8", "replace")) if found else front


def portal_at(url: str) -> str:
    """Name of the declared portal that an address is on; ``generic`` where it is on none."""
    host = urlsplit(url).hostname or ""
    for name in profile_names():
        if any(host == it or host.endswith("." + it) for it in load_profile(name).domains):
            return name
    return GENERIC
