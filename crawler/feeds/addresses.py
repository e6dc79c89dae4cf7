"""Addresses to ask for, out of what a person has: alert e-mails, sitemaps, plain lists; nothing is asked for here."""

import email
import email.policy
import mailbox
import re
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from crawler.portals.profile import PortalProfile
from crawler.readers import xml
from crawler.readers.links import is_detail
from testing.study.errors import EvenhandError

_ADDRESS = re.compile(r"https?://[^\s<>\"'()\[\]{}]{4,2000}")
MAILS = (".mbox", ".eml")


def addresses_in(path: Path, profiles: Sequence[PortalProfile]) -> dict[str, list[str]]:
    """Addresses of adverts of some portals that a file names, each once, by portal.

    Args:
        path: a mailbox (mbox) or mail of a portal's search alert, a sitemap, or a text with addresses.
        profiles: the portals that are crawled; others are passed over.

    Raises:
        EvenhandError: it cannot be read.
    """
    found: dict[str, list[str]] = {}
    for address in dict.fromkeys(map(_plain, _named(path))):
        for profile in profiles:
            host = urlsplit(address).hostname or ""
            ours = any(host == name or host.endswith("." + name) for name in profile.domains)
            if ours and is_detail(address, profile):
                found.setdefault(profile.name, []).append(address)
    return found


def _named(path: Path) -> Iterator[str]:
    try:
        raw = path.read_bytes()
        if path.suffix.lower() in MAILS or raw.startswith(b"From "):
            for text in _mail_texts(path):
                yield from _in_text(text)
        elif xml.is_xml(raw):
            root, content = xml.data(raw)
            for name in ("url", "sitemap"):
                yield from (str(it["loc"]) for it in xml.items({root: content}, name) if "loc" in it)
        else:
            yield from _in_text(raw.decode("utf-8", "replace"))
    except (OSError, ValueError) as error:
        raise EvenhandError(f"{path}: cannot be read for addresses ({error})") from None


def _mail_texts(path: Path) -> Iterator[str]:
    if path.suffix.lower() == ".eml":
        mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)]
    else:
        mails = list(mailbox.mbox(path, create=False))
    for mail in mails:
        for part in mail.walk():
            if part.get_content_maintype() == "text":
                raw = part.get_payload(decode=True)
                if isinstance(raw, bytes):
                    yield raw.decode(_known(part.get_content_charset()), "replace")


def _known(charset: str | None) -> str:
    try:
        "".encode(charset or "utf-8")
    except (LookupError, ValueError):
        return "utf-8"
    return charset or "utf-8"


def _in_text(text: str) -> Iterator[str]:
    for found in _ADDRESS.finditer(unescape(text)):
        address = found[0].rstrip(".,;:!?")
        yield address
        # An alert's links lead over a counter that carries the real address as a parameter.
        for _, value in parse_qsl(urlsplit(address).query):
            if value.startswith(("http://", "https://")):
                yield value


def _plain(address: str) -> str:
    """Without what only says where the reader came from."""
    base, _, query = address.partition("#")[0].partition("?")
    kept = "&".join(
        it for it in query.split("&") if it and not it.startswith(("utm_", "xtor", "gclid", "mc_", "at_"))
    )
    return base + ("?" + kept if kept else "")
