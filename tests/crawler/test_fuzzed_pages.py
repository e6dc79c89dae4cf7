"""Pages as nobody should write them: each ends as adverts, links or a reason, and the cost grows with the page only."""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crawler.readers
from crawler.portals.profile import GENERIC, PortalProfile, feed_formats, load_profile, profile_names
from crawler.readers import objects
from crawler.readers.kinds import PageKind
from crawler.readers.reading import offered, read_page
from testing.store.crawls import start_crawl
from testing.store.engine import open_store
from testing.store.frame import record_listing
from tests.crawler.conftest import NOW

PAGES = Path(__file__).parents[1] / "portals"
URL = "https://portal.example/te-huur/huis/8000/1234567"
TOKENS = [
    b"<script>", b"</script>", b'<script type="application/ld+json">', b"window.classified = ", b"{", b"}", b"[", b"]",
    b'"', b"\\", b"\\u00", b'{"@type":"Apartment","price":', b"1e999", b"NaN", b"-", b"9" * 400, b",", b":", b"<dl><dt>",
    b"Huurprijs", b"</dt><dd>", "€ 1.250,50".encode(), b"per maand", b"8000 Brugge", b"<!--", b"-->", b"<![CDATA[", b"&#x0;",
    b"&#xD800;", b"&lol;", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"<meta charset=utf-7>", b'<meta name="x" content="',
    b"<a href=", b"//", b"javascript:", b"http://[", b"?page=", b"</html>", b"<svg>", b"<table>", b"<title>", b"' ~ ",
]  # fmt: skip
CHARSETS = [
    None,
    "utf-8",
    "utf-16",
    "utf-7",
    "cp1252",
    "latin-1",
    "shift_jis",
    "idna",
    "punycode",
    "no such",
    "\x00",
    "rot13",
]


@cache
def seeds() -> list[tuple[PortalProfile, bytes]]:
    """The golden pages, each with its profile, and with none."""
    found = []
    for path in sorted(PAGES.glob("*/*/page.*")):
        body = path.read_bytes()
        found += [(load_profile(path.parent.parent.name), body), (load_profile(GENERIC), body)]
    return found


def ends_well(body: bytes, profile: PortalProfile, charset: str | None = None) -> None:
    """The property: never an exception; adverts, links, or a kind with a reason."""
    reading = read_page(body, URL, profile, NOW, charset)
    told = list(offered(reading, URL))
    assert reading.listings or reading.links or (reading.reason and isinstance(reading.page_kind, PageKind))
    assert all(listing is not None or reason for listing, reason in told)
    assert not str(reading.reason).startswith("unreadable: RecursionError"), (
        "depth is bounded before it overflows"
    )


broken = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@broken
@given(data=st.data())
def test_pages_cut_bent_and_spliced(data: st.DataObject) -> None:
    profile, body = data.draw(st.sampled_from(seeds()))
    end = data.draw(st.integers(0, len(body)))
    made = bytearray(body[:end]) if data.draw(st.booleans()) else bytearray(body)
    for _ in range(data.draw(st.integers(0, 8))):
        at = data.draw(st.integers(0, max(0, len(made) - 1)))
        piece = data.draw(st.sampled_from(TOKENS) | st.binary(max_size=8))
        made[at : at + data.draw(st.integers(0, 30))] = piece
    ends_well(bytes(made), profile, data.draw(st.sampled_from(CHARSETS)))


@broken
@given(
    st.lists(st.sampled_from(TOKENS), max_size=80),
    st.sampled_from(CHARSETS),
    st.sampled_from(["", "generic", "immoweb"]),
)
def test_pages_of_nothing_but_traps(pieces: list[bytes], charset: str | None, name: str) -> None:
    body = b"<html><body>" + b"".join(pieces) + b"</body></html>"
    ends_well(body, load_profile(name or "zimmo"), charset)
    ends_well(b"".join(pieces), load_profile(name or "zimmo"), charset)


@broken
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers(-(10**60), 10**60) | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=5)
            | st.dictionaries(
                st.sampled_from(["id", "price", "rent", "city", "address", "@type", "area", "x"]),
                inner,
                max_size=6,
            )
        ),
        max_leaves=40,
    )
)
def test_documents_of_any_shape(value: object) -> None:
    import json

    text = json.dumps(value).encode()
    ends_well(text, load_profile(GENERIC))
    ends_well(b"<html><script>window.classified = " + text + b"</script></html>", load_profile("immoweb"))
    ends_well(b'<html><script id="__NEXT_DATA__">' + text + b"</script></html>", load_profile("willhaben"))


def test_planted_bug_a_reader_that_trusts_its_input_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def trusting(text: str, at: int) -> object:
        import json

        return json.loads(text[at:].partition("</script>")[0])["id"]

    monkeypatch.setattr(objects, "value_at", trusting)
    monkeypatch.setattr("crawler.readers.reading.read_page", read_page)
    with pytest.raises((AssertionError, KeyError, TypeError, ValueError)):
        for profile, body in seeds():
            reading = read_page(body, URL, profile, NOW)
            assert not (reading.reason or "").startswith("unreadable"), reading.reason


def bombs() -> dict[str, Callable[[int], bytes]]:
    """Hostile pages by their size."""

    def inside(piece: bytes, around: tuple[bytes, bytes] = (b"", b"")) -> Callable[[int], bytes]:
        return lambda k: b"<html><body>" + around[0] + piece * k + around[1] + b"</body></html>"

    script = (b"<script>window.classified = ", b"</script>")
    feed = b'<?xml version="1.0"?><!DOCTYPE a [%s]><openimmo><anbieter>%s</anbieter></openimmo>'
    laughs = b'<!ENTITY l0 "lol">' + b"".join(
        b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12)
    )
    return {
        "nested lists": inside(b"[", script), "nested tables": inside(b'{"a":', script), "open braces": inside(b"{ ", script),
        "comments": inside(b"/* x ", (b"<script>window.classified = {a:", b"</script>")),
        "quotes": inside(b'"\\', script), "tags": inside(b"<div>"), "labels": inside(b"<dt>Huur</dt><dd>9</dd>", (b"<dl>", b"</dl>")),
        "attribute": inside(b"x" * 50, (b'<a href="', b'">')), "meta": inside(b"<meta "), "scripts": inside(b"<script "),
        "digits": inside(b"9" * 40), "prices": inside("€ 1.".encode()), "space": inside(b" " * 40), "lt": inside(b"<" * 40),
        "addresses": inside(b"<p>Kaai 1, 8000 Brugge</p>"), "links": inside(b'<a href="/te-huur/x/1234567">a</a>'),
        "nul": inside(b"\x00" * 40), "microdata": inside(b'<i itemprop="price">'), "pushes": inside(b'self.__next_f.push([1,"{'),
        "backslashes": inside(b"\\" * 40, (b'<script>JSON.parse("', b'")</script>')),
        "laughs": lambda k: feed % (laughs, b"&l11;" * k), "quadratic": lambda k: feed % (b'<!ENTITY x "%s">' % (b"a" * k), b"&x;" * k),
        "outside": lambda k: feed % (b'<!ENTITY x SYSTEM "file:///etc/passwd">', b"&x;" * k),
        "deep feed": lambda k: b'<?xml version="1.0"?><openimmo>' + b"<a>" * k, "document": lambda k: b"[" * (40 * k),
        "numbers": lambda k: b'{"id":1,"price":' + b"9" * k + b"}",
    }  # fmt: skip


@pytest.mark.parametrize("name", list(bombs()))
def test_a_hostile_page_ends_with_a_reason_and_costs_what_its_size_costs(name: str) -> None:
    make = bombs()[name]

    def cost(k: int) -> float:
        body, begun = make(k), time.process_time()
        for profile in (load_profile(GENERIC), load_profile("immoweb")):
            ends_well(body, profile)
        return time.process_time() - begun

    small, large = min(cost(2_000) for _ in range(3)), cost(16_000)
    # Eight times the page: eight times the cost, with room for a busy machine. Squared growth would be 64 times.
    assert large < 24 * max(small, 0.02), (name, small, large)


def test_nothing_outside_is_read_by_a_feed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("very secret", "utf-8")
    for system in (f"file://{secret}", "http://127.0.0.1:9/x"):
        body = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "{system}">]><kyero><property><id>&x;</id></property></kyero>'
        reading = read_page(body.encode(), URL, load_profile(GENERIC), NOW)
        assert "very secret" not in repr(reading) and reading.reason


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every regular expression of the readers and of the declarations."""
    declared = [load_profile(name) for name in (*profile_names(), GENERIC)] + list(feed_formats())
    for profile in declared:
        yield f"{profile.name}: next", profile.next_pattern
        for pattern in profile.detail_patterns:
            yield f"{profile.name}: detail", pattern
        rules = [*profile.rules.values(), *(profile.items.rules.values() if profile.items else ())]
        for rule in (it for some in rules for it in some):
            for part in (rule.argument if rule.reader == "text" else "", getattr(rule, "regex", None)):
                if part:
                    yield (
                        f"{profile.name}: {rule.text[:40]}",
                        part if isinstance(part, re.Pattern) else re.compile(part),
                    )
    for module in pkgutil.iter_modules(crawler.readers.__path__, "crawler.readers."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                yield f"{module.name}.{name}", value


SNIPPETS = [
    "a",
    "1",
    " ",
    "1.",
    "1 ",
    "a ",
    "<",
    '"',
    "a-",
    "/a",
    "0,",
    "€ ",
    "a1",
    "\\",
    "<a ",
    "é",
    "\n",
    "8000 a",
    "a=",
]


def growth(pattern: re.Pattern[str]) -> float:
    """The worst growth of a search when the text doubles; near 2 for a search that looks at each place once."""
    worst = 0.0
    for snippet in SNIPPETS:
        times = []
        for size in (6_000, 12_000):
            text, begun = snippet * (size // len(snippet)), time.process_time()
            pattern.search(text)
            times.append(time.process_time() - begun)
        if times[1] > 0.02:
            worst = max(worst, times[1] / max(times[0], 1e-4))
    return worst


def test_no_regular_expression_explodes() -> None:
    found = dict(patterns())
    assert len(found) > 60
    slow = {name: growth(pattern) for name, pattern in found.items()}
    assert {name: times for name, times in slow.items() if times > 3} == {}


def test_planted_bug_an_exploding_expression_is_found() -> None:
    assert growth(re.compile(r"a*!")) > 3


def test_what_a_database_cannot_keep_never_gets_into_a_record(tmp_path: Path) -> None:
    import json

    said = {
        "@type": "Apartment", "name": "Flat \ud800", "address": {"addressLocality": "Gent\u0000"}, "offers": {"price": 870},
    }  # fmt: skip
    block = f'<script type="application/ld+json">{json.dumps(said)}</script>'
    body = f"<html><head><title>Te huur</title>{block}</head><body></body></html>".encode()
    (listing,) = read_page(body, URL, load_profile(GENERIC), NOW).listings
    assert (listing.title, listing.city) == ("Flat", "Gent")
    with open_store(f"sqlite:///{tmp_path / 's.sqlite'}") as store, store.begin() as session:
        start_crawl(session, crawl_id="c", portals=["generic"], now=NOW)
        record_listing(session, listing, "c")
