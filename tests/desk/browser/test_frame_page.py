"""The frame's page in a browser: accessible, readable at 320 px, silent on the network, in three languages."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from desk.frame_page.facts import FrameFacts, Source, Unseen, chapman
from desk.frame_page.page import write_frame_pages
from testing.store.coverage import WATCHED, Alarm
from tests.desk.browser.test_report_page import (
    EVERYWHERE,
    NARROW,
    browser,
    scrolls_sideways,
    violations,
)

__all__ = ["browser"]
pytestmark = pytest.mark.browser
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
FACTS = FrameFacts(
    study="s", titles={"nl": "Huren in Brugge", "fr": "Louer à Bruges", "en": "Renting in Bruges"}, as_of=NOW,
    crawl="crawl-3", answers=1530, left_out={"for sale": 61, "answer 500": 2, "something unheard of": 1}, adverts=1234,
    landlords=410, twice=37, excluded={"rent out of range": 201, "no e-mail address": 318}, testable=715,
    by_type={"agency": (800, 500, {2: 700, 3: 100}), "private": (400, 215, {2: 400}), "unknown": (34, 0, {0: 34})},
    by_place=[(f"80{n:02} Verylongplacenamewithouttheleastspace{n}", 40 - n) for n in range(20)],
    by_rent={500: 300, 600: 600, 700: 300}, rent_unknown=34,
    changes={"immoweb.new": 40, "immoweb.changed": 12, "zimmo.delisted": 31, "zimmo.relisted": 2}, rents_down=9,
    rents_up=2,
    unseen=[Unseen(one="immoweb", other="zimmo", seen=1197, both=37, estimate=2000, lower=1700, upper=2500)],
    alarms=[Alarm(portal="immoweb", field="landlord", before=0.98, now=0.41)],
    sources=[
        Source(
            name="immoweb", basis="text and data mining for research (directive 2019/790 art. 3)",
            recorded_by="A. Jurist", crawled=True, unverified=False, adverts=900,
            shares=dict.fromkeys(WATCHED, 0.97), opt_outs={"noindex": 3},
        ),
        Source(
            name="immovlan", basis="agreement", recorded_by="A. Jurist", crawled=True, unverified=True, adverts=300,
            shares=dict.fromkeys(WATCHED, 0.5), closed_until=NOW,
        ),
        Source(name="city", basis="list", recorded_by="A. Jurist", crawled=False, unverified=False, adverts=34),
    ],
)  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frame")
    write_frame_pages(folder, FACTS)
    return folder


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Page]:
    language, width = request.param
    opened = browser.new_page(viewport={"width": width, "height": 800})
    errors: list[str] = []
    requests: list[str] = []
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("request", lambda sent: requests.append(sent.url))
    address = (report / f"frame-{language}.html").as_uri()
    opened.goto(address)
    yield opened
    opened.close()
    assert errors == []
    assert requests == [address]


@EVERYWHERE
def test_axe_finds_no_violation_of_wcag_2_2_aa(page: Page) -> None:
    assert violations(page) == []


@EVERYWHERE
def test_nothing_scrolls_sideways_even_with_wide_text_spacing(page: Page) -> None:
    assert not scrolls_sideways(page)


@NARROW
def test_what_is_too_wide_is_seen(page: Page) -> None:
    page.evaluate("document.querySelector('h1').style.width = '500px'")
    assert scrolls_sideways(page)


@NARROW
def test_a_reader_finds_alarm_reasons_and_shares_in_dutch(page: Page) -> None:
    text = page.inner_text("main")
    for told in (
        "immoweb: type verhuurder werd op 98\N{NO-BREAK SPACE}% van de advertenties gelezen",
        "weggelaten: te koop", "weggelaten: een andere reden", "niet getest: geen e-mailadres", "andere plaatsen",
        "profiel niet nagekeken", "1.700 tot 2.500", "het portaal zegt het (700)",
    ):  # fmt: skip
        assert told in text, told
    assert "something unheard of" not in text


def test_the_number_of_all_is_chapman_s(report: Path) -> None:
    # The textbook's turtles: 10 marked, 15 caught, 5 of them marked; Chapman's estimate is 28.
    assert int(chapman(10, 15, 5)[0]) == 28
    estimate, lower, upper = chapman(900, 300, 37)
    assert 1163 <= lower < estimate < upper
    assert chapman(10, 5, 5)[0] == 10.0, "all of the second were in the first: nothing is unseen"
