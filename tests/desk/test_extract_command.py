"""``evenhand extract``: records of saved pages, one a line, without anything being fetched."""

import json
from pathlib import Path

import pytest

from tests.desk.town import Run

PAGE = """<html><head><title>Appartement te huur</title><link rel="canonical" href="{url}"></head>
<body><dl><dt>Huurprijs</dt><dd>€ 870 per maand</dd><dt>Gemeente</dt><dd>Gent</dd></dl></body></html>"""


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "saved"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.html").write_text(PAGE.format(url="https://woning.portal.be/te-huur/48213377"), "utf-8")
    (folder / "deep" / "b.html").write_text(
        "<html><title>Just a moment...</title><p>Checking your browser, one moment.</html>", "utf-8"
    )
    return folder


def test_a_folder_gives_a_record_a_file_and_absent_is_null(saved: Path, run: Run) -> None:
    code, out, err = run("extract", saved, "--json")
    first, second = map(json.loads, out.splitlines())
    assert (code, err) == (0, "")
    assert (first["page_kind"], first["listing_id"], first["rent_amount"]) == ("detail", "48213377", 870)
    assert (first["rent_period"], first["city"], first["street"], first["sale_price"]) == (
        "month",
        "Gent",
        None,
        None,
    )
    assert (second["page_kind"], "listing_id" in second) == ("blocked", False)
    assert second["reason"]


def test_provenance_says_where_each_value_stood(saved: Path, run: Run) -> None:
    record = json.loads(run("extract", saved / "a.html", "--json", "--provenance")[1])
    told = record["provenance"]["rent_amount"]
    assert told["source"] == "label" and told["rule"].startswith("label:") and 0 < told["confidence"] < 1
    assert {name for name in record["provenance"] if record.get(name) is None} == set()


def test_a_page_is_known_by_its_address_or_by_what_it_is_told(saved: Path, run: Run) -> None:
    def portal(*more: str) -> str:
        return str(json.loads(run("extract", saved / "a.html", "--json", *more)[1])["portal"])

    assert portal() == "generic"
    assert portal("--url", "https://www.zimmo.be/nl/geel-2440/te-huur/huis/JQE69/") == "zimmo"
    assert portal("--portal", "immoweb") == "immoweb"
    assert portal("--url", "https://www.zimmo.be/nl/geel-2440/te-huur/huis/JQE69/", "--generic") == "generic"


def test_a_profile_that_was_never_held_against_real_pages_is_marked(saved: Path, run: Run) -> None:
    def marked(portal: str) -> bool:
        return bool(
            json.loads(run("extract", saved / "a.html", "--json", "--portal", portal)[1])["unverified"]
        )

    assert (marked("notaris"), marked("immoweb")) == (True, False)


def test_a_wrong_call_is_told(saved: Path, run: Run) -> None:
    assert run("extract")[0] == 2
    assert run("extract", saved / "absent.html")[0] == 2
    assert run("extract", saved, "--url", "https://x.be/1")[0] == 2
    assert run("extract", saved, "--generic", "--portal", "immoweb")[0] == 2
    code, _, err = run("extract", saved, "--portal", "nowhere")
    assert code == 3 and "there is no portal 'nowhere'" in err
