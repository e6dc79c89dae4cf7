"""A new portal costs one profile and three fixtures: drafted, recorded without people in them, checked."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import desk.templates
from crawler.portals import golden
from crawler.portals.profile import load_profile, profile_names, read_profile
from desk.commands.extract import records_of
from desk.commands.portal import command
from desk.rehearsal.pages import listing_page
from tests.crawler.conftest import site, study  # noqa: F401
from tests.crawler.test_manners import ADVERT, town

UNVERIFIED = {
    "craigslist", "daft", "homegate", "immoscout24", "immovlan", "logic_immo", "notaris", "openrent", "realo",
    "evenstad",
}  # fmt: skip
PAGE = """<html lang="nl"><head><title>Huis te huur</title><link rel="canonical" href="{url}"></head><body>
<h1>Huis te huur in de Kreekstraat</h1><dl><dt>Huurprijs</dt><dd>€ 850 per maand</dd><dt>Postcode</dt><dd>8000</dd>
<dt>Gemeente</dt><dd>Brugge</dd><dt>Slaapkamers</dt><dd>3</dd></dl></body></html>"""


def run(*arguments: str) -> Any:
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


def test_profiles_without_a_date_are_these_and_every_record_read_with_one_says_so(tmp_path: Path) -> None:
    assert {name for name in profile_names() if load_profile(name).verified is None} == UNVERIFIED
    page = tmp_path / "page.html"
    for name in sorted(UNVERIFIED - {"evenstad"}):
        url = f"https://www.{load_profile(name).domains[0]}/te-huur/1234567"
        page.write_text(PAGE.format(url=url), "utf-8")
        (row, *_) = records_of(page, url=url)
        assert (row["portal"], row["unverified"]) == (name, True)
    page.write_text(PAGE.format(url="https://www.zimmo.be/nl/x"), "utf-8")
    assert records_of(page)[0]["unverified"] is False
    listed = run("list").output
    assert "immovlan: immovlan.be; UNVERIFIED" in listed and "zimmo: zimmo.be; verified" in listed


def test_a_flag_that_is_public_knowledge_tells_private_from_agency(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    for flag, kind in (("true", "private"), ("false", "agency")):
        text = PAGE.format(url="https://www.immobilienscout24.de/expose/123456789").replace("huur", "miete")
        page.write_text(
            text.replace("<body>", f'<body><script>var kv = {{"obj_privateOffer":"{flag}"}}</script>'),
            "utf-8",
        )
        (row, *_) = records_of(page)
        assert (row["portal"], row["landlord_type"], row["unverified"]) == ("immoscout24", kind, True)


def test_a_profile_is_drafted_from_saved_pages_and_never_written_over(tmp_path: Path) -> None:
    pages = []
    for number in (1234, 5678):
        page = tmp_path / f"{number}.html"
        page.write_text(PAGE.format(url=f"https://huizen.example/te-huur/brugge/{number}"), "utf-8")
        pages.append(str(page))
    done = run(
        "new",
        "huizen",
        *pages,
        "--domain",
        "huizen.example",
        "--country",
        "BE",
        "--language",
        "nl",
        "--to",
        str(tmp_path),
    )
    assert done.exit_code == 0, done.output
    text = (tmp_path / "huizen.toml").read_text("utf-8")
    profile = read_profile(text, "huizen.toml")
    assert profile.verified is None and profile.walk.detail == (r"^/te\-huur/.*\d{4,}",)
    assert "rent_amount" in text and "unverified" in text
    assert (
        type(
            CliRunner()
            .invoke(command, ["new", "huizen", "--domain", "x.example", "--to", str(tmp_path)])
            .exception
        ).__name__
        == "Refused"
    )


def test_a_kept_page_becomes_a_golden_page_without_its_people(site: Any, study: Any, tmp_path: Path) -> None:  # noqa: F811
    person = {
        **ADVERT, "landlord_name": "Annelies Vandewoestijne", "email": "annelies.v@mail.example",
        "street": "Geheime Kaai", "house_number": "77", "landlord_type": "agency",
    }  # fmt: skip
    page = listing_page(person, "state").replace(
        "</body>", "<p>Bel +32 478 12 34 56 of 050 12 34 56, € 1 250 per maand</p></body>"
    )
    town(site, ["a"])
    site.serve("/advert/a", page.encode())
    study.crawl()
    done = run(
        "record",
        str(study.folder.root),
        site.root + "/advert/a",
        "--case",
        "rent",
        "--portal",
        "evenstad",
        "--to",
        str(tmp_path),
    )
    assert done.exit_code == 0, done.output
    written = (tmp_path / "evenstad" / "rent" / "page.html").read_text("utf-8")
    for secret in ("Annelies", "Vandewoestijne", "annelies", "Geheime", "geheime", "478", "050 12"):
        assert secret not in written, secret
    assert "1 250" in written, "amounts stay"
    expected = json.loads((tmp_path / "evenstad" / "rent" / "expected.json").read_text("utf-8"))
    assert (
        expected["listings"][0]["rent_amount"] == ADVERT["rent"] and "street" not in expected["listings"][0]
    )
    assert run("check", "evenstad", "--pages", str(tmp_path)).exit_code == 0
    expected["listings"][0]["rent_amount"] = 1
    (tmp_path / "evenstad" / "rent" / "expected.json").write_text(json.dumps(expected), "utf-8")
    broken = run("check", "evenstad", "--pages", str(tmp_path))
    assert broken.exit_code == 1 and "rent_amount is 900.0, not 1" in broken.output
    missing = CliRunner().invoke(
        command, ["record", str(study.folder.root), "http://x.example/1", "--case", "x"]
    )
    assert "kept no page" in str(missing.exception)


@pytest.mark.parametrize(
    "name", sorted(path.name for path in (Path(__file__).parents[1] / "portals").iterdir())
)
def test_every_profile_does_on_its_golden_pages_what_is_expected(name: str) -> None:
    cases = golden.check(name, Path(__file__).parents[1] / "portals")
    assert cases and [fault for case in cases for fault in case.faults] == []


def test_a_letter_asks_for_leave_in_three_languages(study: Any) -> None:  # noqa: F811
    folder = Path(desk.templates.__file__).parent / "permission"
    texts = {path.stem: path.read_text("utf-8") for path in folder.glob("*.md")}
    places = {name: set(re.findall(r"\{(\w+)\}", text)) for name, text in texts.items()}
    assert set(texts) == {"nl", "fr", "en"} and len({frozenset(it) for it in places.values()}) == 1
    assert {text.count("\n## ") for text in texts.values()} == {3}
    assert {text.count("\n- ") for text in texts.values()} == {6}
    for language in texts:
        letter = run("letter", str(study.folder.root), "immoweb", "--language", language).output
        assert "Immoweb" in letter and "study@university.example" in letter and "500" in letter
        assert "{" not in letter
