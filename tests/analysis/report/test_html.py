"""The page: whole, self-contained, the same bytes each time, and silent on what is hidden."""

import base64
import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree, html

from analysis.estimate import Status
from analysis.report.drawing import icons_of, out_of_hundred, scale_of
from analysis.report.findings import Counts
from analysis.report.html import render, write_pages
from analysis.report.material import material_of
from analysis.report.tables import csv_of

LANGUAGES = ("nl", "fr", "en")


@pytest.fixture(scope="module")
def pages(material) -> dict[str, str]:
    return {language: render(material, language) for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_well_formed_and_in_its_language(pages, language: str):
    tree = etree.fromstring(
        re.sub(r"<(meta|br)\b([^>]*)>", r"<\1\2/>", pages[language].split("\n", 1)[1]), etree.XMLParser()
    )
    assert tree.get("lang") == language
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert set(tree.xpath("//@aria-labelledby")) <= set(ids)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_loads_nothing_and_runs_nothing(pages, language: str):
    page = pages[language]
    assert not re.search(
        r"https?:|//[\w.]+\.\w|<script|<iframe|<img|\son\w+=|javascript:|url\(|@import", page
    )
    tree = html.fromstring(page)
    assert {link for link in tree.xpath("//@href") if not link.startswith("#")} == {
        f"report-{one}.html" for one in LANGUAGES
    }
    assert tree.xpath("//@src") == []


def test_the_policy_allows_the_styles_of_this_page_and_nothing_else(pages):
    style = re.search(r"<style>(.*?)</style>", pages["nl"], re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = html.fromstring(pages["nl"]).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert " style=" not in pages["nl"], "the policy would block it"


def test_the_same_results_give_the_same_bytes_in_another_process(known, tmp_path: Path):
    from analysis.results import write_results

    write_results(tmp_path / "results.json", known)
    program = (
        "import sys; from pathlib import Path; from analysis.results import read_results;"
        "from analysis.report.material import material_of; from analysis.report.html import render;"
        "sys.stdout.buffer.write(render(material_of(read_results(Path(sys.argv[1]))), 'fr').encode())"
    )
    made = [
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "results.json")],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    assert made[0] == made[1]
    assert len(made[0]) > 20_000


def test_private_owners_come_first_then_agencies_and_all_together_last(pages):
    rows = html.fromstring(pages["nl"]).xpath("//table[contains(@class,'chart')]/tbody/tr/th/text()")
    assert rows == [
        "Particuliere verhuurder",
        "Vastgoedkantoor",
        "Sociaal verhuurkantoor",
        "Type onbekend",
        "Alle verhuurders samen",
        "Particuliere verhuurder min vastgoedkantoor",
    ]


def test_every_cell_of_a_table_has_a_head(pages):
    for table in html.fromstring(pages["en"]).xpath("//table"):
        assert table.xpath("./caption")
        heads = len(table.xpath("./thead/tr/th[@scope='col']"))
        for row in table.xpath("./tbody/tr"):
            assert len(row.xpath("./th[@scope='row']")) == 1
            assert len(row.xpath("./th | ./td")) == heads


def test_the_numbers_of_a_hidden_group_appear_nowhere_in_the_page(make_cell, make_results, known):
    """Two tables that differ only in the hidden groups, whose sum is the same, give the same page and table."""
    other = [
        *known.estimates[: len(known.estimates) - 21],
        *make_cell("social_rental_agency", (30, 11, 8, 18), (-0.09, 0.17), landlords=5),
        *make_cell("unknown", (13, 4, 0, 18), (-0.02, 0.22), landlords=19),
        known.estimates[-1],
    ]
    assert [(row.estimand, row.level) for row in other] == [
        (row.estimand, row.level) for row in known.estimates
    ]
    assert other != list(known.estimates)
    one, two = material_of(known), material_of(make_results(other))
    assert [render(one, language) for language in LANGUAGES] == [
        render(two, language) for language in LANGUAGES
    ]
    assert csv_of(one.disclosed) == csv_of(two.disclosed)


def test_planted_bug_a_page_without_disclosure_control_would_tell_them_apart(known):
    bare = material_of(known)
    leaky = replace(bare, disclosed=replace(bare.disclosed, estimates=known.estimates, hidden=()))
    assert "67" in html.fromstring(render(leaky, "nl")).xpath(
        "string(//table[contains(@class,'chart')]/tbody/tr[3])"
    )
    assert render(leaky, "nl") != render(bare, "nl")


def test_the_funnel_is_withheld_where_the_total_is(make_cell, make_results):
    rows = [
        *make_cell("all", (175, 46, 26, 200), (0.01, 0.08)),
        *make_cell("private", (100, 30, 20, 140), (0.0, 0.1)),
        *make_cell("agency", (70, 14, 5, 57), (0.0, 0.1)),
        *make_cell("social_rental_agency", (5, 2, 1, 3), None, landlords=3),
    ]
    page = render(material_of(make_results(rows)), "en")
    assert not re.search(r"\b(447|454)\b", html.fromstring(page).text_content())


def test_a_hidden_group_says_why_in_words(pages):
    text = html.fromstring(pages["nl"]).text_content()
    assert (
        "Bij sociale verhuurkantoren tonen we geen cijfers: er zijn minder dan 10 verschillende verhuurders"
        in text
    )
    assert "samen met de andere cijfers zouden ze een kleine groep verraden" in text


def test_made_up_data_are_said_to_be_made_up_and_stand_beside_the_truth(known, make_results):
    notes = {"rehearsal": True, "truth": {"name": {"private": {"gap": 0.0725}, "agency": {"gap": 0.0125}}}}
    page = html.fromstring(render(material_of(make_results(list(known.estimates), notes=notes)), "nl"))
    assert "Verzonnen gegevens: een repetitie." in page.xpath("string(//aside)")
    rows = page.xpath("//table[contains(@class,'chart')]/tbody/tr")
    truth = [row.xpath("string(./td[2])").removeprefix("Ingebouwde waarheid") for row in rows]
    assert truth == ["7,2", "1,2", "–", "–", "–", "6,0"], "half to even; private minus agency is 7.25 − 1.25"


def test_real_data_bear_no_banner(pages):
    assert html.fromstring(pages["nl"]).xpath("//aside") == []


def test_only_what_was_planned_may_be_quoted(known, make_results):
    planned = html.fromstring(render(material_of(known), "en")).xpath("//section[@class='press']//blockquote")
    assert len(planned) == 4, "private, agency, all, and the difference; nothing hidden"
    rows = [replace(row, status=Status.EXPLORATORY) for row in known.estimates]
    page = html.fromstring(render(material_of(make_results(rows)), "en"))
    assert page.xpath("//section[@class='press']") == []
    assert "Exploratory: not planned" in page.xpath("string(//p[contains(@class,'status')])")


def test_neither_invited_is_never_called_equal_treatment(pages):
    text = re.sub(r"\s+", " ", html.fromstring(pages["en"]).text_content())
    assert "equal treatment" in text
    for match in re.finditer("equal treatment", text):
        assert "not" in text[match.start() - 45 : match.start()]


def test_a_label_of_a_study_cannot_bring_its_own_markup(known):
    label = "<script>alert('x')</script>"
    ground = replace(known.dictionary.grounds["origin"], labels={"en": {"moroccan": label, "belgian": "b"}})
    dictionary = replace(known.dictionary, grounds={"origin": ground})
    page = render(material_of(replace(known, dictionary=dictionary)), "en")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_pages_are_written_together_or_not_at_all(material, tmp_path: Path):
    broken = replace(material, titles={"nl": "Testen"})
    with pytest.raises(KeyError):
        write_pages(tmp_path / "report", broken)
    assert not (tmp_path / "report").exists()
    paths = write_pages(tmp_path / "report", material)
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == sorted(
        path.name for path in paths
    )


def test_nothing_to_show_is_said(make_results):
    page = html.fromstring(render(material_of(make_results([])), "fr"))
    assert "Il n’y a aucun résultat à afficher." in page.text_content()


@pytest.mark.parametrize(
    "counts", [(0, 0, 0, 30), (30, 0, 0, 0), (0, 15, 15, 0), (10, 0, 0, 20), (0, 12, 0, 0)]
)
def test_extreme_tables_make_a_page_without_nan(make_cell, make_results, counts):
    page = render(
        material_of(make_results(make_cell("private", counts, None, net=None, relative=None))), "en"
    )
    assert not re.search(r"\b(nan|inf|None)\b", html.fromstring(page).text_content())


def test_icons_out_of_a_hundred_add_up_to_a_hundred():
    """Largest remainder: 1/3, 1/3, 1/3 become 34, 33, 33."""
    assert list(out_of_hundred(Counts(both=1, reference_only=1, other_only=1, neither=0)).values()) == [
        34,
        33,
        33,
        0,
    ]
    icons = icons_of(Counts(both=61, reference_only=22, other_only=6, neither=114))
    assert [
        sum(icon.kind == kind for icon in icons) for kind in ("both", "reference", "other", "neither")
    ] == [
        30,
        11,
        3,
        56,
    ], "30.05, 10.84, 2.96 and 56.16 of 100"


def test_a_scale_holds_zero_and_every_number_in_whole_tens():
    scale = scale_of([0.31, -0.04, None])
    assert (round(scale.low, 9), round(scale.high, 9)) == (-0.1, 0.4)
    assert [round(tick, 9) for tick in scale.ticks] == [-0.1, 0, 0.1, 0.2, 0.3, 0.4]
    assert scale.at(-0.1) == "4.00%"
    assert scale.at(0.4) == "96.00%"
