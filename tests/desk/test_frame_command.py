"""``evenhand frame``: what a study knows, counted right, in three languages, and naming nobody."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

import desk.frame_page
from analysis.report.words import LOCALES, Words
from crawler.feeds.warc import read_warc
from desk.commands.crawl import read_kept_pages
from desk.commands.frame import numbers, write_frame, write_pages_as_warc
from desk.frame_page.page import HERE as PAGE
from desk.frame_page.tables import reason
from desk.frame_page.vocabulary import OTHER_REASON, REASONS
from desk.rehearsal.pages import listing_page
from tests.crawler.conftest import Study, site, study  # noqa: F401
from tests.crawler.test_manners import ADVERT, advert, town

HERE = Path(desk.frame_page.__file__).parent
PLACES = re.compile(r"\{(\w+)\}")


def used() -> set[str]:
    found: set[Any] = set()
    for path in HERE.glob("*.py"):
        with path.open("rb") as file:
            found |= {it for _, it, _, _ in extract("python", file, {"t": None, "mark": None})}
    for path in HERE.glob("templates/*.j2"):
        with path.open("rb") as file:
            options = {"trim_blocks": "true", "lstrip_blocks": "true"}
            found |= {it for _, _, it, _ in babel_extract(file, ["t"], [], options)}
    return found


@pytest.mark.parametrize("locale", LOCALES.values())
def test_every_sentence_is_translated_with_its_places_and_no_other_is_kept(locale: str) -> None:
    with (PAGE / "locales" / locale / "LC_MESSAGES" / "frame.po").open("rb") as file:
        catalogue = {it.id: it.string for it in read_po(file, locale=locale) if it.id}
    assert len(used()) > 100
    assert used() == catalogue.keys() and all(catalogue.values())
    assert [
        it for it, text in catalogue.items() if set(PLACES.findall(it)) != set(PLACES.findall(text))
    ] == []
    if locale != "en_GB":
        alike = {it for it, text in catalogue.items() if it == text}
        assert alike <= {"Source", "postcode", "{one} and {other}"}


def test_every_reason_that_crawl_and_sample_give_has_words() -> None:
    words = Words(language="nl", folder=PAGE / "locales", domain="frame")
    said = set()
    for file in (
        "crawler/pipelines/rentals_only.py",
        "testing/pairing/sampling.py",
        "crawler/spiders/listings.py",
    ):
        text = (Path(__file__).parents[2] / file).read_text("utf-8")
        said |= set(re.findall(r'return f?"([a-z][a-z \'-]{5,60})', text))
        said |= set(re.findall(r'skipped\.append\(\([^"]{1,40}"([a-z][a-z .]{3,60})', text))
    assert len(said) > 12
    other = words.t(OTHER_REASON)
    assert sorted(it for it in said - {"dropped"} if reason(words, it) == other) == []
    assert len({start for start, _ in REASONS}) == len(REASONS)


def test_the_numbers_are_those_of_the_frame_and_the_page_names_nobody(site: Any, study: Any) -> None:  # noqa: F811
    town(site, [f"a{n}" for n in range(6)])
    for n in range(6):
        home = {**ADVERT, "id": f"a{n}", "rent": 5000 if n == 0 else 700, "bedrooms": 9 if n == 1 else 2}
        site.serve(f"/advert/a{n}", listing_page({**home, "house_number": str(n + 1)}, "state").encode())
    site.serve("/advert/a2", b"gone", status=410)
    study.crawl()
    found = numbers(study.folder)
    assert (found["adverts"], found["left_out"]) == (5, {"gone": 1})
    excluded = found["excluded"]
    assert isinstance(excluded, dict)
    assert excluded["rent out of range"] == 1 and excluded["too many bedrooms"] == 1
    assert sum(excluded.values()) + int(str(found["testable"])) == 5
    assert json.dumps(found)
    pages = [path.read_text("utf-8") for path in write_frame(study.folder)]
    assert len(pages) == 3
    for page in pages:
        assert (
            "evenstad.example" not in page
            and site.root not in page
            and ">An<" not in page
            and "Kaai" not in page
        )
    first = [path.read_bytes() for path in write_frame(study.folder)]
    assert first == [page.encode() for page in pages], "the same store gives the same bytes"


def test_the_warc_holds_every_kept_page_and_the_same_bytes_each_time(site: Any, study: Any) -> None:  # noqa: F811
    town(site, ["a", "b"])
    study.crawl()
    path = write_pages_as_warc(study.folder)
    first = path.read_bytes()
    assert {it.url: it.body for it in read_warc(path)}[site.root + "/advert/a"] == advert("a")
    assert write_pages_as_warc(study.folder).read_bytes() == first
    assert read_kept_pages(study.folder, clock=lambda: study.now).listings == 2
    assert isinstance(study, Study)
