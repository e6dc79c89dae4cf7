"""A page in, what kind of page it is out where that is plain before any field is read: blocked, error, gone."""

import re
from enum import StrEnum

from crawler.portals.profile import PortalProfile
from crawler.readers.page import MAX_BYTES, Page


class PageKind(StrEnum):
    """What a page is."""

    DETAIL = "detail"
    LIST = "list"
    FEED = "feed"
    BLOCKED = "blocked"
    """The portal refuses: a challenge or a wall."""
    ERROR = "error"
    GONE = "gone"


_BLOCKED_TITLE = re.compile(
    r"attention required|just a moment|security check|access denied|pardon our interruption|are you (a )?(human|robot)|"
    r"captcha|request blocked|you have been blocked|ich bin kein roboter|robot check|forbidden|access to this page has been denied",
    re.IGNORECASE,
)
_BLOCKED_MARKS = (
    b"cf-error-details",
    b"captcha-delivery.com/captcha",
    b"_Incapsula_Resource",
    b'id="px-captcha"',
    b"cf-challenge",
)
_CHALLENGE_SIZE = 40_000
"""Marks of challenge scripts also stand on ordinary pages; alone they decide only on small ones."""
_ERROR_TITLE = re.compile(r"^\s*(error|erreur|fout|fehler|50\d|server error|internal server|service unavailable|bad gateway)\b",
                          re.IGNORECASE)  # fmt: skip
_GONE_TITLE = re.compile(
    r"(?:^\s*|\b(?:error|erreur|fout|fehler|http|code)\W{0,3})(?:404|410)(?=\W*(?:$|not\b|page|pagina|error|erreur|gone|[-–|:]))|not found|niet gevonden|introuvable|nicht gefunden|nie znaleziono|no longer available",
                         re.IGNORECASE)  # fmt: skip
_SMALLEST = 64


def plain_kind(page: Page, profile: PortalProfile) -> tuple[PageKind, str] | None:
    """Blocked, error or gone with the reason, or None where the page may be an advert or a list."""
    body = page.body
    if len(body) > MAX_BYTES:
        return PageKind.ERROR, f"too large: {len(body)} bytes"
    if len(body[:4096].strip()) < _SMALLEST and len(body.strip()) < _SMALLEST:
        return PageKind.ERROR, "empty page"
    try:
        if page.document is not None:
            return None
    except ValueError as error:
        return PageKind.ERROR, f"broken feed: {error}"[:300]
    if body.lstrip()[:1] in (b"{", b"["):
        return PageKind.ERROR, "broken JSON document"
    for kind, marks in (
        (PageKind.BLOCKED, profile.pages.blocked), (PageKind.GONE, profile.pages.gone), (PageKind.ERROR, profile.pages.error),
    ):  # fmt: skip
        for mark in marks:
            if mark.encode(page.charset, "ignore") in body:
                return kind, f"{kind.value}: {mark}"
    return _by_title(page)


def _by_title(page: Page) -> tuple[PageKind, str] | None:
    for kind, pattern in (
        (PageKind.BLOCKED, _BLOCKED_TITLE),
        (PageKind.GONE, _GONE_TITLE),
        (PageKind.ERROR, _ERROR_TITLE),
    ):
        if found := pattern.search(page.title[:200]):
            return kind, f"{kind.value}: title says {found[0].strip()!r}"
    if len(page.body) < _CHALLENGE_SIZE and (
        mark := next((m for m in _BLOCKED_MARKS if m in page.body), None)
    ):
        return PageKind.BLOCKED, f"blocked: {mark.decode()}"
    low = page.body[-4096:].lower()
    if b"<html" in page.body[:4096].lower() and b"</html" not in low and b"</body" not in low:
        return PageKind.ERROR, "truncated page: its closing tag is missing"
    return None
