"""Saved pages of a new portal in, a profile to begin with out: by which rules the generic readers found each field."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from crawler.feeds.files import address_of
from crawler.portals.profile import GENERIC, load_profile
from crawler.readers.reading import read_page
from crawler.readers.rules import FIELDS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def draft(
    name: str,
    pages: Sequence[Path],
    *,
    domain: str,
    country: str | None = None,
    languages: Sequence[str] = (),
    currency: str = "EUR",
) -> str:
    """Write a profile.

    Args:
        name: of the portal: small letters, digits and underscores.
        pages: saved pages of single adverts; without any, only the head is written.
        domain: its domain.
        country: ISO 3166-1.
        languages: ISO 639-1.
        currency: ISO 4217.

    Returns:
        TOML; a rule that holds on more pages stands first.
    """
    rules: dict[str, Counter[str]] = {}
    paths = []
    for page in pages:
        body = page.read_bytes()
        generic = load_profile(GENERIC)
        address = address_of(body, generic)
        reading = read_page(body, address, generic, _EPOCH)
        if domain in (urlsplit(address).hostname or ""):
            paths.append(urlsplit(address).path)
        for listing in reading.listings[:1]:
            for field, rule in listing.sources.items():
                if field in FIELDS and not rule.startswith("portal:"):
                    rules.setdefault(field, Counter())[rule] += 1
    lines = [
        f"# {name}: drafted by evenhand from {len(pages)} saved pages; look every rule over.",
        "# It is unverified until it was held against real pages, and the day stands under verified.",
        f'name = "{name}"',
        f'title = "{name}"',
        f"domains = [{json.dumps(domain)}]",
        *([f'country = "{country}"'] if country else []),
        *([f"languages = {json.dumps(list(languages))}"] if languages else []),
        f'currency = "{currency}"',
        'generic = ["structured", "keys", "labels"]',
        "# verified = 2026-01-31",
        "",
        "[walk]",
        f"detail = [{', '.join(_quoted(it) for it in _patterns(paths))}]",
        "",
        "[fields]",
    ]
    for field in sorted(rules):
        found = [rule for rule, _ in rules[field].most_common(3) if not rule.startswith(("key:", "url:"))]
        if found:
            lines.append(f"{field} = [{', '.join(map(_quoted, found))}]")
        else:
            lines.append(f"# {field}: the generic readers find it ({rules[field].most_common(1)[0][0][:60]})")
    return "\n".join(lines) + "\n"


def _patterns(paths: Sequence[str]) -> list[str]:
    """The common shape of the adverts' addresses: their first word, and a number somewhere behind it."""
    firsts = Counter(path.strip("/").partition("/")[0] for path in paths if re.search(r"\d{4,}", path))
    return [f"^/{re.escape(first)}/.*\\d{{4,}}" for first, _ in firsts.most_common(3) if first]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
