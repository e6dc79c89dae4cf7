"""Whatever bytes arrive, a page is an advert, a list or a reason, in bounded time; never an exception."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.portals.profile import GENERIC, load_profile, profile_names
from crawler.readers import objects
from crawler.readers.kinds import PageKind
from crawler.readers.reading import PageReading, read_page

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
GOLDEN = Path(__file__).parents[1] / "portals"
PAGES = sorted(GOLDEN.glob("*/*/page.*"))
SECONDS = 5.0


def read(body: bytes, portal: str, url: str = "https://portal.example/x/12345") -> PageReading:
    started = time.perf_counter()
    reading = read_page(body, url, load_profile(portal), NOW, expect=PageKind.DETAIL)
    assert time.perf_counter() - started < SECONDS
    assert reading.listings or reading.links or reading.reason
    return reading


@given(cut=st.integers(0, 20_000), page=st.sampled_from(PAGES))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_page_cut_anywhere_is_read_or_has_a_reason(cut: int, page: Path) -> None:
    body = page.read_bytes()
    read(body[: cut % (len(body) + 1)], page.parent.parent.name)


@given(
    noise=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), min_size=1, max_size=60),
    page=st.sampled_from(PAGES),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_page_with_damaged_bytes_is_read_or_has_a_reason(noise: list[tuple[int, int]], page: Path) -> None:
    body = bytearray(page.read_bytes())
    for place, value in noise:
        body[place % len(body)] = value
    read(bytes(body), page.parent.parent.name)


@given(body=st.binary(max_size=3000))
@settings(max_examples=100, deadline=None)
def test_any_bytes_have_a_reason(body: bytes) -> None:
    for portal in ("immoweb", "leboncoin", GENERIC):
        read(body, portal)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>" + b"<div>" * 200_000 + b"</body></html>",
        b"<html><script>window.classified = " + b"[" * 500_000 + b"</script></html>",
        b"<html><script>window.classified = " + b'{"a":' * 200_000 + b"</script></html>",
        b"<html><script>app.start({" + b"a:{" * 100_000 + b"</script></html>",
        b"<html><script>app.start({" + b"a:'b'," * 300_000 + b"})</script></html>",
        b"<html><script>app.start({a: '" + b"\\" * 1_000_000 + b"</script></html>",
        b'<html><script type="application/ld+json">{"@graph":' * 2000 + b"</html>",
        b"<html><dl>" + b"<dt>Huurprijs</dt><dd>" * 100_000 + b"</dl></html>",
        b"<html><title>" + b"a" * 3_000_000 + b"</html>",
        b"<html " + b"a=" * 1_000_000,
        b"{" * 100_000,
        b'{"price": 1' + b"0" * 100_000 + b"}",
        b'{"list_id": 1, "price": [1e999], "subject": "\xff\xfe"}',
        b"\x00" * 1_000_000,
        b"<meta charset=utf-99><html>" + b"x" * 100 + b"</html>",
        b'<html><a href="http://[bad/advert/1">x</a><a href="/advert/%zz">y</a></html>',
        b"<a " * 300_000,
    ],
    ids=range(17),
)
def test_hostile_pages_cost_bounded_time(body: bytes) -> None:
    for portal in ("immoweb", "zimmo", "evenstad", "leboncoin", GENERIC):
        read(body, portal)


def test_a_page_beyond_the_bound_is_not_read() -> None:
    reading = read(b"<html>" + b" " * 5_000_001 + b"</html>", "immoweb")
    assert (reading.page_kind, reading.reason) == (PageKind.ERROR, "too large: 5000014 bytes")


def test_one_malformed_block_costs_only_itself() -> None:
    body = b"""<html><script type="application/ld+json">{"@type": "Broken", </script>
    <script type="application/ld+json">{"@type": "RealEstateListing", "identifier": "7", "name": "Huis te huur",
     "offers": {"price": 910, "priceCurrency": "EUR"}};</script><title>Huis te huur</title></html>"""
    listing = read(body, GENERIC).listings[0]
    assert (listing.listing_id, listing.rent_amount, listing.currency) == ("7", 910, "EUR")


def test_without_a_profile_labels_in_three_languages_give_the_rent() -> None:
    for label, words in (
        ("Huurprijs", "Huis te huur"),
        ("Loyer", "Maison à louer"),
        ("Kaltmiete", "Haus zu vermieten"),
    ):
        body = f"<html><title>{words}</title><dl><dt>{label}:</dt><dd>1.234,50 €</dd></dl></html>".encode()
        listing = read(body, GENERIC).listings[0]
        assert (listing.transaction, listing.rent_amount) == ("rent", 1234.5)
        assert listing.sources["rent_amount"].startswith("label:")


def test_a_javascript_object_is_read_as_its_author_meant() -> None:
    text = r"""{a: 'it\'s', "b": .5, c: -3, d: 0x1F, e: [1, , 2], f: fn(1, {x: 2}), g: true, """
    text += r"""/* no */ h: `t`, 'i': null}"""
    assert objects.loose(text, 0) == {
        "a": "it's", "b": 0.5, "c": -3, "d": 31, "e": [1, 2], "f": None, "g": True, "h": "t", "i": None,
    }  # fmt: skip


@pytest.mark.parametrize("portal", profile_names())
def test_every_declared_portal_reads_nothing_into_an_empty_frame_of_a_page(portal: str) -> None:
    body = f"<html><head><title>Portal</title></head><body>{'<p>Hello.</p>' * 20}</body></html>".encode()
    reading = read(body, portal, f"https://{load_profile(portal).domains[0]}/")
    assert reading.listings == ()
    assert reading.reason == "no advert on the page"


@pytest.mark.parametrize(
    ("title", "gone"),
    [
        ("404", True),
        ("404 - Page not found", True),
        ("Error 404", True),
        ("410 Gone", True),
        ("Pagina niet gevonden", True),
        ("Kerkstraat 404, Gent: huis te huur", False),
        ("Huis 410 te huur", False),
        ("404 Hoofdweg te huur", False),
    ],
)
def test_a_house_number_is_no_error_code(title: str, gone: bool) -> None:
    body = f"<html><head><title>{title}</title></head><body><p>Huurprijs: € 900</p></body></html>".encode()
    assert (read(body, GENERIC).page_kind is PageKind.GONE) is gone
