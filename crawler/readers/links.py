"""A list page in, the addresses of its detail pages and of the next list page out."""

import html
import itertools
import re
from urllib.parse import urljoin, urlsplit

from crawler.portals.profile import PortalProfile
from crawler.readers.page import Page

MAX_LINKS = 500
MAX_TAGS = 20_000
"""Tags of links that are looked at."""
MAX_ADDRESS = 2_000
"""Characters of an address; a longer one is of no page."""
_TAG = re.compile(r"<(?:a|link)\s[^<>]{1,2000}>", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*["']?([^"'\s>\x00-\x1f]{1,1500})""", re.IGNORECASE)


def is_detail(url: str, profile: PortalProfile) -> bool:
    """Whether the address is one of a detail page of this portal."""
    parts = urlsplit(url)
    place = parts.path + (f"?{parts.query}" if parts.query else "")
    return len(url) <= MAX_ADDRESS and any(pattern.search(place) for pattern in profile.detail_patterns)


def links(page: Page, profile: PortalProfile) -> tuple[tuple[str, ...], str | None]:
    """Detail pages in page order, each once, and the next list page; all absolute, without fragment."""
    found: dict[str, None] = {}
    onward: str | None = None
    for element in itertools.islice(_TAG.finditer(page.text), MAX_TAGS):
        tag = element[0]
        href = _HREF.search(tag)
        if not href:
            continue
        try:
            url = urljoin(page.url, html.unescape(href[1])).partition("#")[0]
            detail = url.startswith(("http://", "https://")) and is_detail(url, profile)
        except ValueError:
            continue  # an address that is none
        if detail and len(found) < MAX_LINKS:
            found.setdefault(url)
        elif onward is None and url.startswith(("http://", "https://")) and profile.next_pattern.search(tag):
            onward = url
    return tuple(found), onward
