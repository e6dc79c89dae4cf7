"""The result page in a browser: accessible, readable at 320 px, silent on the network."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import Browser, Page, sync_playwright

from analysis.dictionary import Contrast, Dictionary, Ground
from analysis.outcomes import OutcomesTable, outcomes_table
from desk.commands.report import write_reports

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LANGUAGES = ("nl", "fr", "en")
WIDTHS = (1280, 320)
TEXT_SPACING = (
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
    " p { margin-bottom: 2em !important; }"
)
"""WCAG 1.4.12: what a reader may set without losing content."""


def chromium() -> str | None:
    """Chromium of the machine, by the names that Debian and others give it."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


def absent() -> str | None:
    """What the browser tests lack here, if anything."""
    if chromium() is None:
        return "no Chromium on this machine; install chromium to run the browser tests"
    driver = subprocess.run([compute_driver_executable()[0], "--version"], capture_output=True, text=True)
    return f"Playwright's driver does not start: {driver.stderr.strip()}" if driver.returncode else None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    missing, path = absent(), chromium()
    if missing:
        if os.environ.get("EVENHAND_REQUIRE_BROWSER") == "1":
            pytest.fail(f"EVENHAND_REQUIRE_BROWSER=1 asks for a browser: {missing}")
        pytest.skip(missing)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


def town() -> OutcomesTable:
    """A made-up table with every state of a finding: clear, unclear, too few, hidden."""
    import pandas as pd

    # Landlord type, landlords, and the four pair outcomes (both, reference only, other only, neither).
    kinds = {
        "private": (120, (40, 30, 5, 45)),
        "agency": (40, (60, 12, 9, 50)),
        "property_manager": (25, (12, 5, 3, 9)),
        "social_rental_agency": (4, (6, 2, 1, 5)),
        "unknown": (14, (2, 1, 1, 26)),
    }
    rows: list[dict[str, Any]] = []
    for kind, (landlords, counts) in kinds.items():
        answers = [(1, 1)] * counts[0] + [(1, 0)] * counts[1] + [(0, 1)] * counts[2] + [(0, 0)] * counts[3]
        for index, pair in enumerate(answers):
            key = f"{kind}-{index:03d}"
            for order, (arm, answer) in enumerate(zip(("belgian", "moroccan"), pair, strict=True), 1):
                rows.append(
                    {
                        "study": "evenstad",
                        "wave": "1",
                        "pair": key,
                        "listing": key,
                        "landlord": f"{kind}-{index % landlords}",
                        "landlord_type": kind,
                        "stratum": None,
                        "application": f"{key}-{order}",
                        "order": order,
                        "sent_at": None,
                        "answered_at": None,
                        "delivered": True,
                        "weight": 1,
                        "arm_origin": arm,
                        "category": None,
                        "outcome_invitation": answer,
                    }
                )
    labels = {
        "nl": {"belgian": "een Belgische naam", "moroccan": "een Marokkaanse naam"},
        "fr": {"belgian": "un nom belge", "moroccan": "un nom marocain"},
        "en": {"belgian": "a Belgian name", "moroccan": "a Moroccan name"},
    }
    dictionary = Dictionary(
        study="evenstad",
        wave="1",
        grounds={"origin": Ground(arms=("belgian", "moroccan"), reference="belgian", labels=labels)},
        contrasts={"name": Contrast(reference={"origin": "belgian"}, other={"origin": "moroccan"})},
        outcomes=("invitation",),
        primary="invitation",
        landlord_types=tuple(kinds),
        notes={"rehearsal": True, "truth": {"name": {"private": 0.2, "agency": 0.05}}},
    )
    return outcomes_table(pd.DataFrame(rows), dictionary)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from dataclasses import replace

    from analysis.estimate import Status
    from analysis.estimation import estimate

    results = estimate(town())
    planned = tuple(replace(row, status=Status.PLANNED) for row in results.estimates)
    folder = tmp_path_factory.mktemp("report")
    write_reports(replace(results, estimates=planned, plan_sha256="1d" * 32), folder)
    return folder


EVERYWHERE = pytest.mark.parametrize(
    "page", [(one, width) for one in LANGUAGES for width in WIDTHS], indirect=True
)
NARROW = pytest.mark.parametrize("page", [("nl", 320)], indirect=True)
BOTH_WIDTHS = pytest.mark.parametrize("page", [("nl", width) for width in WIDTHS], indirect=True)


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Page]:
    """One language at one width, with everything unfolded; fails on an error or a request to elsewhere."""
    language, width = request.param
    opened = browser.new_page(viewport={"width": width, "height": 800})
    errors: list[str] = []
    requests: list[str] = []
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("request", lambda sent: requests.append(sent.url))
    opened.goto((report / f"report-{language}.html").as_uri())
    opened.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    yield opened
    opened.close()
    assert errors == []
    assert requests == [(report / f"report-{language}.html").as_uri()]


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run({ runOnly: { type: 'tag', values: rules } })", RULES)
    assert len(found["passes"]) > 10, "axe did not look at the page"
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


@EVERYWHERE
def test_axe_finds_no_violation_of_wcag_2_2_aa(page: Page):
    assert violations(page) == []


@NARROW
def test_axe_finds_a_planted_violation(page: Page):
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert [one.split(":")[0] for one in violations(page)] == ["html-has-lang"]


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than the window, as it is or with the text spacing that a reader may set."""

    def wider() -> bool:
        scroll, client = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        return bool(scroll > client)

    plain = wider()
    page.evaluate(
        "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet] }",
        TEXT_SPACING,
    )
    return plain or wider()


@EVERYWHERE
def test_nothing_scrolls_sideways_even_with_wide_text_spacing(page: Page):
    assert not scrolls_sideways(page)


@NARROW
def test_the_first_tab_leads_past_the_head_and_its_focus_is_seen(page: Page):
    page.keyboard.press("Tab")
    focus = "[document.activeElement.className, getComputedStyle(document.activeElement).outlineStyle]"
    assert page.evaluate(focus) == ["skip", "solid"]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@BOTH_WIDTHS
def test_the_bars_lie_where_their_numbers_are(page: Page):
    """Dashed zero line and point, measured on the screen, against the shared axis of the head."""
    rows = page.evaluate(
        """() => [...document.querySelectorAll('.chart tbody tr')].map(row => {
            const svg = row.querySelector('svg.bar');
            if (!svg) return null;
            const box = svg.getBoundingClientRect();
            const middle = one => { const b = one.getBoundingClientRect(); return b.left + b.width / 2 - box.left };
            return [box.width, middle(svg.querySelector('.zero')), middle(svg.querySelector('.point')),
                    row.querySelector('.estimate strong').textContent];
        }).filter(one => one)"""
    )
    assert len(rows) >= 3
    parsed = [
        (width, zero, point, float(text.replace("−", "-").replace(",", ".")))
        for width, zero, point, text in rows
    ]
    units = [(point - zero) / width / value for width, zero, point, value in parsed if abs(value) > 1]
    assert max(units) - min(units) < 0.002, "one scale for all rows"


def test_the_languages_lead_to_one_another(browser: Browser, report: Path):
    opened = browser.new_page()
    opened.goto((report / "report-nl.html").as_uri())
    opened.get_by_role("link", name="Français").click()
    assert opened.url.endswith("report-fr.html")
    assert opened.evaluate("document.documentElement.lang") == "fr"
    opened.close()
