"""What an answer says beside its page: its headers, its opt-outs, and why there was none."""

import re

from scrapy.http import Response

TRUNCATED, _LATE = "truncated page: fewer bytes than announced", "no answer in time"
_FAILURES = {
    "ResponseFailed": TRUNCATED,
    "ResponseDataLossError": TRUNCATED,
    "DownloadTimeoutError": _LATE,
    "TimeoutError": _LATE,
}


def failure_text(name: str) -> str:
    """Why no answer came, by the name of the exception."""
    return _FAILURES.get(name, f"no answer: {name}")


_NOINDEX = re.compile(
    rb"""<meta[^>]{0,80}\bname=["']?(?:robots|evenhand)["']?[^>]{0,80}\bcontent=["'][^"']{0,80}noindex""",
    re.I,
)
_TDM = re.compile(rb"""<meta[^>]{0,80}\bname=["']?tdm-reservation["']?[^>]{0,80}\bcontent=["']?1""", re.I)


def opt_outs(response: Response) -> str | None:
    """What a page says against being indexed or mined: «noindex», «tdm-reservation», or both."""
    head = response.body[:50_000]
    noindex = _NOINDEX.search(head) if b"noindex" in head else None
    reserved = _TDM.search(head) if b"tdm-reservation" in head else None
    found = [
        word
        for word, said in (
            (
                "noindex",
                "noindex" in (header(response, "X-Robots-Tag") or "").lower() or noindex,
            ),
            (
                "tdm-reservation",
                (header(response, "TDM-Reservation") or "").strip() == "1" or reserved,
            ),
        )
        if said
    ]
    return ", ".join(found) or None


def header(response: Response, name: str) -> str | None:
    """A header of an answer as text, at most 1,000 characters of it."""
    value = response.headers.get(name)
    return value.decode("latin-1")[:1000] if isinstance(value, bytes) and value else None
