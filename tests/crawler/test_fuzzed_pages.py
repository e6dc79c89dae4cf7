"""Pages as nobody should write them: each ends as adverts, links or a reason, and the cost grows with the page only."""

import html
import json
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crawler.portals.profile import GENERIC, PortalProfile, load_profile
from crawler.readers import embedded, keyed, objects, page, tags, values, xml
from crawler.readers.kinds import PageKind
from crawler.readers.reading import PageReading, offered, read_page
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
    b'<script type="application/ld+json">{"@type":"Apartment","@id":"7","offers":{"price":870},"name":"Flat', b"\\ud800",
    b"\\u0000", b"0x" + b"F" * 5000, b"-0xE", b"&#" + b"9" * 5000 + b";", b"/*", b"'", b"`", b'"datePosted":' + b"9" * 400,
    b"<a href=", b"//", b"javascript:", b"http://[", b"?page=", b"</html>", b"<svg>", b"<table>", b"<title>", b"' ~ ",
]  # fmt: skip
CHARSETS = [
    None, "utf-8", "utf-16", "utf-16-le", "utf-32", "utf-7", "utf-8-sig", "cp1252", "latin-1", "shift_jis", "cp037", "hz", "idna",
    "punycode", "unicode_escape", "undefined", "zip", "rot13", "no such", "\x00", "é", "",
]  # fmt: skip
ADDRESSES = [
    URL,
    "https://portal.example/",
    "https://portal.example/x?id=1&page=2#top",
    "http://[::1]/9",
    "file:///x",
]


@cache
def seeds() -> list[tuple[PortalProfile, bytes]]:
    """The golden pages, each with its profile, and with none."""
    found = []
    for path in sorted(PAGES.glob("*/*/page.*")):
        body = path.read_bytes()
        found += [(load_profile(path.parent.parent.name), body), (load_profile(GENERIC), body)]
    return found


def ends_well(body: bytes, profile: PortalProfile, charset: str | None = None, url: str = URL) -> PageReading:
    """The property: adverts, links, or a kind with a reason; no reader fails; a record is what any store can keep."""
    reading = read_page(body, url, profile, NOW, charset)
    told = list(offered(reading, url))
    assert reading.listings or reading.links or (reading.reason and isinstance(reading.page_kind, PageKind))
    assert all(listing is not None or reason for listing, reason in told)
    assert not str(reading.reason).startswith("unreadable"), reading.reason
    kept = "".join(
        texts([[asdict(it) for it in reading.listings], reading.extras, reading.links, reading.next_link])
    )
    kept.encode()  # no database and no file keeps halves of characters
    assert "\x00" not in kept
    return reading


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple, Mapping)):
        for inner in value.items() if isinstance(value, Mapping) else value:
            yield from texts(inner)


def check_spliced(data: st.DataObject) -> None:
    profile, body = data.draw(st.sampled_from(seeds()))
    end = data.draw(st.integers(0, len(body)))
    made = bytearray(body[:end]) if data.draw(st.booleans()) else bytearray(body)
    for _ in range(data.draw(st.integers(0, 8))):
        at = data.draw(st.integers(0, max(0, len(made) - 1)))
        piece = data.draw(st.sampled_from(TOKENS) | st.binary(max_size=8))
        made[at : at + data.draw(st.integers(0, 30))] = piece
    charset, url = data.draw(st.sampled_from(CHARSETS)), data.draw(st.sampled_from(ADDRESSES))
    ends_well(bytes(made), profile, charset, url)


broken = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
test_pages_cut_bent_and_spliced = broken(given(data=st.data())(check_spliced))


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


ANY = st.text(st.characters(codec=None, max_codepoint=0x2FFFF), max_size=20) | st.sampled_from(
    ["&#" + "9" * 5000 + ";", "<p " * 50, "€ 870", '{"a":' * 30, "2026-11-02", "http://[", "\ud800", "\x00"]
)
NAMES = [
    "id",
    "price",
    "rent",
    "city",
    "address",
    "@type",
    "area",
    "name",
    "agent",
    "datePosted",
    "url",
    "rooms",
    "@graph",
    "x",
]


@broken
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers(-(10**400), 10**400) | ANY,
        lambda inner: (
            st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(NAMES) | ANY, inner, max_size=8)
        ),
        max_leaves=40,
    )
)
def test_documents_of_any_shape(value: object) -> None:
    text = json.dumps(value).encode()
    ends_well(text, load_profile(GENERIC))
    ends_well(b"<html><script>window.classified = " + text + b"</script></html>", load_profile("immoweb"))
    ends_well(b'<html><script id="__NEXT_DATA__">' + text + b"</script></html>", load_profile("willhaben"))
    ends_well(
        b'<html><script type="application/ld+json">' + text + b"</script></html>", load_profile(GENERIC)
    )


TRAPS = (
    ANY
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.sampled_from(["0xFF", "-0xE", "9" * 5000, [], {}, True, "Gent"])
)


def check_advert(said: dict[str, Any]) -> None:
    """An advert whose every value may be a trap: as JSON-LD, as state, as a literal of JavaScript."""
    text = json.dumps(said)
    linked = json.dumps(
        {"@type": "Apartment", "@id": said["id"], "name": said["title"], "datePosted": said["postedDate"], "description": text,
         "offers": {"price": said["price"], "priceCurrency": said["currency"]}, "address": {"addressLocality": said["city"]}}
    )  # fmt: skip
    for script in (
        f'<script type="application/ld+json">{linked}</script>',
        f"<script>x = {text}</script>",
        f"<script>x = {{price: {said['raw']}, listing: {text},}}</script>",
    ):
        ends_well(f"<html><title>Te huur</title>{script}</html>".encode(), load_profile(GENERIC))


KEYS = [
    "id",
    "title",
    "price",
    "currency",
    "city",
    "postcode",
    "rooms",
    "area",
    "postedDate",
    "agencyName",
    "phone",
    "url",
]
RAW = st.sampled_from(
    ["0x" + "F" * 5000, "-0xE", "1e999", "9" * 5000, "1" * 299 + "e5", "NaN", "'\\", "/*", "`", "870"]
)
ADVERTS = st.fixed_dictionaries({**dict.fromkeys(KEYS, TRAPS), "raw": RAW})
test_adverts_of_nothing_but_traps = broken(given(ADVERTS)(check_advert))


@pytest.mark.parametrize(
    ("cases", "check", "where", "name", "bug"),
    [
        (st.data(), check_spliced, objects, "literal_at", lambda text, start, limit: (json.loads(text[start:].partition("</script>")[0]), limit)),
        (st.data(), check_spliced, page, "_is_charset", bool),
        (ADVERTS, check_advert, objects, "_number", lambda raw: int(raw, 16 if "x" in raw else 10)),
        (ADVERTS, check_advert, values, "unescape", html.unescape),
        (ADVERTS, check_advert, values, "kept", str),
    ],
)  # fmt: skip
def test_planted_bug_a_reader_that_trusts_its_page_is_found(
    monkeypatch: pytest.MonkeyPatch, cases: Any, check: Any, where: Any, name: str, bug: Any
) -> None:
    monkeypatch.setattr(where, name, bug)
    with pytest.raises((AssertionError, ValueError)):
        settings(broken, max_examples=1_000, phases=[Phase.generate])(given(cases)(check))()


def bombs() -> dict[str, Callable[[int], bytes]]:
    """Hostile pages by their size."""

    def inside(piece: bytes, around: tuple[bytes, bytes] = (b"", b"")) -> Callable[[int], bytes]:
        return lambda k: b"<html><body>" + around[0] + piece * k + around[1] + b"</body></html>"

    def counted(piece: bytes, around: tuple[bytes, bytes] = (b"", b"")) -> Callable[[int], bytes]:
        return lambda k: (
            b"<html><body>"
            + around[0]
            + b"".join(piece % n for n in range(4 * k))
            + around[1]
            + b"</body></html>"
        )

    script = (b"<script>window.classified = ", b"</script>")
    code = (b"<script>var price = {a: 1, ", b"</script>")
    ld = b'<script type="application/ld+json">{"@type":"Apartment","name":'
    feed = b'<?xml version="1.0"?><!DOCTYPE a [%s]><openimmo><anbieter>%s</anbieter></openimmo>'
    laughs = b'<!ENTITY l0 "lol">' + b"".join(
        b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12)
    )
    return {
        "nested lists": inside(b"[", script), "nested tables": inside(b'{"a":', script), "open braces": inside(b"{ ", script),
        "comments": inside(b"/* x ", code), "escaped quotes": inside(b'"\\', code), "long string": inside(b"\\'", (code[0] + b"b:'", code[1])),
        "broken states": inside(b"dataLayer = {a:1,", (b"<script>", b"</script>")), "broken literals": inside(b"x={a:1,", code),
        "hexadecimal": inside(b"F", (code[0] + b"price: 0x", b"}" + code[1])), "marks": inside("\u0315\u0300".encode(), (b'<script>var price = {"a": 1, "', b'": 1}' + code[1])),
        "quotes": inside(b'"\\', script), "tags": inside(b"<div>"), "labels": inside(b"<dt>Huur</dt><dd>9</dd>", (b"<dl>", b"</dl>")),
        "attribute": inside(b"x" * 50, (b'<a href="', b'">')), "meta": inside(b"<meta "), "scripts": inside(b"<script "),
        "attributes": counted(b" a%d=1", (b"<p", b">")), "quoted attributes": counted(b" a%d='>'", (b"<title><a x=\"</title><p", b">")),
        "digits": inside(b"9" * 40), "prices": inside("€ 1.".encode()), "space": inside(b" " * 40), "lt": inside(b"<" * 40),
        "addresses": inside(b"<p>Kaai 1, 8000 Brugge</p>"), "links": inside(b'<a href="/te-huur/x/1234567">a</a>'),
        "far addresses": inside(b"<br>", (b"<p class=address><b>" * 100, b"")), "far values": inside(b"<br>", (b"<div itemprop=price>" * 250, b"")),
        "crossed": inside(b"<i class=title id=description></i>", (b"<div class=agent-summary>" * 60, b"")),
        "nul": inside(b"\x00" * 40), "microdata": inside(b'<i itemprop="price">'), "pushes": inside(b'self.__next_f.push([1,"{'),
        "backslashes": inside(b"\\" * 40, (b'<script>JSON.parse("', b'")</script>')), "map": inside(b'id="vip-map-show"'),
        "blocks": inside(ld), "references": inside(b"9", (ld + b'"&#', b';"}</script>')), "list": inside(b"1,", (ld + b"[", b"1]}</script>")),
        "laughs": lambda k: feed % (laughs, b"&l11;" * k), "quadratic": lambda k: feed % (b'<!ENTITY x "%s">' % (b"a" * k), b"&x;" * k),
        "outside": lambda k: feed % (b'<!ENTITY x SYSTEM "file:///etc/passwd">', b"&x;" * k),
        "hidden laughs": lambda k: (feed % (laughs, b"<a b='&l11;'/>" * k)).decode().encode("utf-16"),
        "deep feed": lambda k: b'<?xml version="1.0"?><openimmo>' + b"<a>" * k, "document": lambda k: b"[" * (40 * k),
        "feed attributes": lambda k: b"<openimmo" + b"".join(b" a%d='1'" % n for n in range(2 * k)) + b"/>",
        "numbers": lambda k: b'{"id":1,"price":' + b"9" * k + b"}", "huge": inside(b"x" * 400),
    }  # fmt: skip


PORTALS = (GENERIC, "immoweb", "2dehands")
TIMES = 8


def growth(name: str, small: int = 2_000, portals: tuple[str, ...] = PORTALS) -> float:
    """How many times more a bomb of eight times the size costs; what takes no time at all counts as a little."""
    make = bombs()[name]

    def cost(k: int) -> float:
        body, begun = make(k), time.process_time()
        for portal in portals:
            ends_well(body, load_profile(portal))
        return time.process_time() - begun

    return cost(TIMES * small) / max(0.01, min(cost(small) for _ in range(2)))


@pytest.mark.parametrize("name", list(bombs()))
def test_a_hostile_page_ends_with_a_reason_and_costs_what_its_size_costs(name: str) -> None:
    # Squared growth would be 64 times; the room is for a busy machine.
    assert growth(name) < 3 * TIMES


@pytest.mark.parametrize(
    ("name", "small", "where", "what", "bug"),
    [
        ("escaped quotes", 1_500, objects, "_MAX_UNCLOSED", 10**9),
        ("marks", 2_000, keyed, "MAX_KEY", 10**9),
        ("attributes", 1_000, tags, "is_overloaded", lambda body: False),
        ("feed attributes", 1_000, xml, "MAX_ATTRIBUTES", 10**9),
    ],
)
def test_planted_bug_a_reader_without_bounds_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, small: int, where: Any, what: str, bug: Any
) -> None:
    monkeypatch.setattr(where, what, bug)
    assert growth(name, small, (GENERIC,)) > 3 * TIMES


@pytest.mark.parametrize(
    "name", ["long string", "nested lists", "escaped quotes", "labels", "document", "list", "laughs", "huge"]
)
def test_a_hostile_page_takes_memory_as_its_size_is(name: str) -> None:
    def peak(k: int) -> int:
        body = bombs()[name](k)
        tracemalloc.start()
        try:
            ends_well(body, load_profile(GENERIC))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small, large = peak(2_000), peak(8_000)
    assert large < 8 * max(small, 1_000_000)


def test_nothing_outside_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("very secret", "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        for system in (f"file://{secret}", str(secret), f"http://127.0.0.1:{server.getsockname()[1]}/x"):
            for body in (
                f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "{system}">]><kyero><property><id>&x;</id></property></kyero>',
                f'<?xml version="1.0"?><!DOCTYPE kyero SYSTEM "{system}"><kyero><property><id>1</id></property></kyero>',
                f'<?xml version="1.0"?><kyero xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="{system}" parse="text"/></kyero>',
                f'<!DOCTYPE html SYSTEM "{system}"><html><title>Huis te huur</title><iframe src="{system}"></iframe>&x;</html>',
                f'<?xml version="1.0"?><?xml-stylesheet href="{system}"?><kyero><property><id>1</id></property></kyero>',
            ):  # fmt: skip
                for text in (body.encode(), body.encode("utf-16")):
                    assert "very secret" not in repr(ends_well(text, load_profile(GENERIC)))
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("said", ["", "utf-8", "no such", "idna", "zip", "\x00"])
@pytest.mark.parametrize("written", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_page_is_read_whatever_is_said_of_its_characters(said: str, written: str) -> None:
    text = "<html><meta charset=utf-16><title>Huis te huur</title><h1>Café</h1><dl><dt>Huurprijs<dd>€ 870</dl></html>"
    (listing,) = ends_well(text.encode(written), load_profile(GENERIC), said).listings
    assert (listing.rent_amount, listing.title) == (870, "Café")


def test_embedded_data_are_within_bounds() -> None:
    many = b'<script>x={"price":1,"a":[]};</script>' * 5_000
    assert len(embedded.embedded(many.decode())) <= embedded.MAX_VALUES


def test_what_a_database_cannot_keep_never_gets_into_a_record(tmp_path: Path) -> None:
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
