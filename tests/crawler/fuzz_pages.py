"""Pages that atheris makes up, led by what they reach in our readers: each ends as adverts, links or a reason.

    make fuzz [SECONDS=600]

It starts from the golden pages and from feeds; what it finds is kept in ``.fuzz/`` and goes on there the next time. A
page that raises, that is nothing, or that takes longer than a page of its size may, stops it, and is written down.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["crawler"]):
    from crawler.portals.profile import GENERIC, load_profile, profile_names
    from crawler.readers.kinds import PageKind
    from crawler.readers.reading import read_page

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
CORPUS, FOUND = ROOT / ".fuzz" / "corpus", ROOT / ".fuzz" / "found"
NAMES = (GENERIC, *profile_names())
LONGEST = 20_000
"""Bytes of a made-up page: short ones reach as much, and far more of them."""


def one_page(data: bytes) -> None:
    """Read one page; its first byte chooses the portal."""
    if not data:
        return
    profile = load_profile(NAMES[data[0] % len(NAMES)])
    url = f"https://{(profile.domains or ('portal.example',))[0]}/x/12345"
    reading = read_page(data[1:], url, profile, NOW, expect=PageKind.DETAIL)
    if not (reading.listings or reading.links or reading.reason):
        raise AssertionError("a page that is nothing and has no reason")


def seeds() -> None:
    """Write the golden pages of each portal, and what the readers look for, as the first pages."""
    for folder in (CORPUS, FOUND):
        folder.mkdir(parents=True, exist_ok=True)
    for page in sorted((ROOT / "tests" / "portals").glob("*/*/page.*")):
        name = page.parent.parent.name
        if name in NAMES:
            whose = bytes([NAMES.index(name)])
            body = page.read_bytes()
            for at in range(0, min(len(body), 6 * LONGEST), LONGEST):
                (CORPUS / f"{name}-{page.parent.name}-{at}").write_bytes(whose + body[at : at + LONGEST - 1])


def main() -> None:
    """Fuzz for as long as libFuzzer's own options say."""
    seeds()
    bounds = [f"-max_len={LONGEST}", "-len_control=0", "-timeout=5", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], str(CORPUS), f"-artifact_prefix={FOUND}/", *bounds, *sys.argv[1:]], one_page)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
