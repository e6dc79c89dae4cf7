"""Each import path gives the same record as the crawl of the same page; all of a file comes in, or nothing."""

import json
import mailbox
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from crawler.feeds import tables, warc
from crawler.feeds.addresses import addresses_in
from crawler.feeds.mapping import draft, read_mapping
from crawler.portals.profile import load_profile
from desk.commands.import_adverts import draft_mapping, import_files
from testing.store import changes, frame, pages
from testing.store.engine import open_store
from testing.study.errors import EvenhandError, Refused, StudyFileInvalid
from testing.study.listing import LandlordType, Listing, RentKind, Transaction
from tests.crawler.test_manners import town

SOURCE = """
[[frame.sources]]
name = "{name}"
basis = "agreement with the source"
recorded_by = "A. Jurist"
recorded_on = 2026-11-02

[sample]
"""
CITY = """name = "city"
title = "List of the city"
country = "BE"
languages = ["nl"]
currency = "EUR"

[columns]
listing_id = "Nr."
rent_amount = "Huur (euro)"
street = "Straat"
house_number = "Nummer"
postcode = "Postcode"
city = "Gemeente"
dwelling_type = "Soort"
bedrooms = "Slaapkamers"
area_m2 = "Opp. m2"
landlord_type = "Verhuurder"
landlord_email = "E-mail"
posted_date = "Datum"

[maps.landlord_type]
eigenaar = "private"
makelaar = "agency"
"""
ROWS = [
    ["Nr.", "Huur (euro)", "Straat", "Nummer", "Postcode", "Gemeente", "Soort", "Slaapkamers", "Opp. m2",
     "Verhuurder", "E-mail", "Datum"],
    ["A1", "€ 950,00", "Lange Rei", "12", "8000", "Brugge", "appartement", "2", "85,5", "eigenaar", "a@b.example",
     "2026-10-28"],
    ["A2", "1.150", "Korte Rei", "3 bus 2", "8000", "Brugge", "huis", "3", "120", "makelaar", "c@d.example",
     "2026-10-30"],
]  # fmt: skip


@pytest.fixture
def allowed(study: Any) -> Any:
    """A study with sources that may be imported."""
    for name in ("evenstad", "city", "openimmo"):
        study.configure("\n[sample]\n", SOURCE.format(name=name))
    return study


def adverts(study: Any) -> list[Listing]:
    with open_store(study.folder.store) as store, store.read() as session:
        return frame.listings(session)


def brought(study: Any, *files: Path, **options: Any) -> Any:
    return import_files(study.folder, files, clock=lambda: study.now, **options)


def plain(listing: Listing) -> Listing:
    return replace(listing, seen_at=datetime(2026, 1, 1, tzinfo=UTC), url="https://x.example/")


@pytest.fixture
def crawled(site: Any, allowed: Any) -> tuple[Any, dict[str, Listing]]:
    """A study whose portal was crawled, and what the crawl gave; its frame emptied by beginning anew."""
    town(site, ["a", "b"])
    assert allowed.crawl().listings == 2
    return allowed, {it.listing_id: it for it in adverts(allowed)}


def afresh(study: Any, root: Path) -> Any:
    from tests.crawler.conftest import Study

    other = Study(root, study.site)
    other.folder.protocol.write_text(study.folder.protocol.read_text("utf-8"), "utf-8")
    return other


def test_a_warc_of_the_crawl_gives_the_crawl_s_own_frame(crawled: Any, tmp_path: Path) -> None:
    study, found = crawled
    out = tmp_path / "crawl.warc.gz"
    with open_store(study.folder.store) as store, store.read() as session:
        fetches = list(pages.latest(session))
    assert warc.write_warc(out, fetches, software="evenhand") == 3
    again = tmp_path / "again" / "crawl.warc.gz"
    again.parent.mkdir()
    warc.write_warc(again, fetches, software="evenhand")
    assert out.read_bytes() == again.read_bytes(), "the same pages give the same bytes"
    other = afresh(study, tmp_path / "other")
    counts = brought(other, out, source="evenstad")
    assert counts.listings == 2 and counts.files == 3
    assert {it.listing_id: replace(it, seen_at=NOW_OF[it.listing_id]) for it in adverts(other)} == {
        key: replace(it, seen_at=NOW_OF[key]) for key, it in found.items()
    }
    with open_store(other.folder.store) as store, store.read() as session:
        assert {it.url: it.body for it in pages.latest(session)} == {it.url: it.body for it in fetches}


NOW_OF = {"a": datetime(2026, 1, 1, tzinfo=UTC), "b": datetime(2026, 1, 1, tzinfo=UTC)}


def test_saved_pages_give_the_crawl_s_own_records(crawled: Any, tmp_path: Path) -> None:
    study, found = crawled
    folder = tmp_path / "saved"
    for name in "ab":
        page = study.site.answers[f"/advert/{name}"].body
        address = f"<!-- saved from url=(0042){study.site.root}/advert/{name} -->\n".encode()
        (folder / name).mkdir(parents=True)
        (folder / name / "page.html").write_bytes(address + page)
    other = afresh(study, tmp_path / "other")
    assert brought(other, folder, source="evenstad").listings == 2
    got = {it.listing_id: it for it in adverts(other)}
    assert {key: plain(it) for key, it in got.items()} == {key: plain(it) for key, it in found.items()}
    assert {key: it.url for key, it in got.items()} == {key: it.url for key, it in found.items()}


@pytest.mark.parametrize("kind", ["comma.csv", "semicolon.csv", "latin.csv", "table.xlsx"])
def test_a_table_gives_the_records_that_it_holds(allowed: Any, tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind.endswith("xlsx"):
        book = openpyxl.Workbook()
        for row in ROWS:
            book.active.append(row)
        book.active["B2"], book.active["L2"] = 950, datetime(2026, 10, 28)  # noqa: DTZ001 (as spreadsheets keep it)
        book.save(path)
    else:
        sign = "," if kind.startswith("comma") else ";"
        text = "\r\n".join(sign.join(f'"{it}"' if sign in it else it for it in row) for row in ROWS)
        path.write_bytes(text.encode("cp1252" if kind.startswith("latin") else "utf-8-sig"))
    allowed.folder.sources.mkdir()
    (allowed.folder.sources / "city.toml").write_text(CITY, "utf-8")
    assert brought(allowed, path, source="city").listings == 2
    first, second = sorted(adverts(allowed), key=lambda it: it.listing_id)
    assert (first.listing_id, first.rent_amount, first.area_m2, first.bedrooms) == ("A1", 950.0, 85.5, 2.0)
    assert (first.street, first.house_number, first.postcode, first.city) == (
        "Lange Rei",
        "12",
        "8000",
        "Brugge",
    )
    assert (first.dwelling_type, first.posted_date, first.currency) == (
        "apartment",
        date(2026, 10, 28),
        "EUR",
    )
    assert (first.landlord.type, first.landlord.email) == (LandlordType.PRIVATE, "a@b.example")
    assert (second.rent_amount, second.landlord.type) == (1150.0, LandlordType.AGENCY)
    assert first.transaction is Transaction.RENT and first.language == "nl"


def test_an_openimmo_feed_comes_in_and_its_whole_stock_tells_what_is_gone(
    allowed: Any, tmp_path: Path
) -> None:
    def stock(*numbers: int, rent: int = 700) -> Path:
        homes = "".join(
            f"""<immobilie><objektkategorie><nutzungsart WOHNEN="1"/><vermarktungsart MIETE_PACHT="1"/><objektart>
            <wohnung wohnungtyp="ETAGE"/></objektart></objektkategorie><geo><plz>10115</plz><ort>Berlin</ort></geo>
            <preise><nettokaltmiete>{rent}</nettokaltmiete></preise><flaechen><wohnflaeche>60</wohnflaeche></flaechen>
            <verwaltung_techn><objektnr_extern>X{n}</objektnr_extern></verwaltung_techn></immobilie>"""
            for n in numbers
        )
        path = tmp_path / "stock.xml"
        path.write_text(f"<openimmo><anbieter><firma>Makler</firma>{homes}</anbieter></openimmo>", "utf-8")
        return path

    assert brought(allowed, stock(1, 2, 3), source="openimmo", whole=True).changes == {}
    (one, *_) = adverts(allowed)
    assert (one.rent_amount, one.rent_kind, one.city) == (700.0, RentKind.BASE, "Berlin")
    counts = brought(allowed, stock(2, 3, 4, rent=650), source="openimmo", whole=True)
    assert counts.changes == {"openimmo.changed": 2, "openimmo.delisted": 1, "openimmo.new": 1}
    assert sorted(it.listing_id for it in adverts(allowed)) == ["X2", "X3", "X4"]


def test_nothing_comes_in_without_a_legal_basis_or_from_a_file_that_breaks(
    allowed: Any, tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{"id": 1}]), "utf-8")
    with pytest.raises(Refused, match="name their source with --source"):
        brought(allowed, tmp_path / "a.json")
    with pytest.raises(Refused, match="source 'kyero' has no recorded legal basis"):
        brought(allowed, tmp_path / "a.json", source="kyero")
    good, bad = tmp_path / "1.csv", tmp_path / "2.csv"
    allowed.folder.sources.mkdir()
    (allowed.folder.sources / "city.toml").write_text(CITY, "utf-8")
    good.write_text("\n".join(";".join(row) for row in ROWS), "utf-8")
    bad.write_text("Nr.;Nr.\n1;2\n", "utf-8")
    with pytest.raises(EvenhandError, match="column 'Nr' comes twice"):
        brought(allowed, good, bad, source="city")
    with open_store(allowed.folder.store) as store, store.read() as session:
        assert frame.listings(session) == [] and pages.totals(session)["fetches"] == 0
        assert changes.events(session) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('rent_amuont = "Huur"', "no field of the record is called 'rent_amuont'"),
        ("rent_amount = 3", "a column's name is missing"),
    ],
)
def test_a_wrong_mapping_says_where(tmp_path: Path, wrong: str, told: str) -> None:
    path = tmp_path / "city.toml"
    path.write_text(f'name = "city"\ntitle = "x"\n\n[columns]\n{wrong}\n', "utf-8")
    with pytest.raises(StudyFileInvalid) as fault:
        read_mapping(path)
    assert told in str(fault.value) and fault.value.faults[0].line == 5


def test_a_draft_mapping_is_written_from_the_column_names_and_reads(allowed: Any, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id;rent;city;postcode;bedrooms;zonnig\n7;800;Brugge;8000;1;ja\n", "utf-8")
    written = draft_mapping(allowed.folder, (path,), "city")
    profile = read_mapping(written)
    assert profile.items is not None and profile.items.fields["city"] == ("item:city",)
    assert '# ??? = "zonnig"' in written.read_text("utf-8")
    assert "rows are numbered" in draft("x", ["huur"]) and "rows are numbered" not in written.read_text(
        "utf-8"
    )
    assert brought(allowed, path, source="city").listings == 1
    with pytest.raises(Refused, match="exists"):
        draft_mapping(allowed.folder, (path,), "city")
    assert read_mapping(written) and "[columns]" in draft("x", [])


def test_a_table_that_is_none_says_so(tmp_path: Path) -> None:
    for name, content in (("a.xlsx", b"PK no zip"), ("b.csv", b""), ("c.csv", b"only,a,head\n")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(EvenhandError, match=name):
            tables.read_table(tmp_path / name)
    (tmp_path / "d.warc").write_bytes(b"this is no archive\r\n\r\n")
    with pytest.raises(EvenhandError, match=r"d.warc.*no WARC"):
        list(warc.read_warc(tmp_path / "d.warc"))


def test_addresses_come_out_of_alerts_sitemaps_and_lists(tmp_path: Path) -> None:
    wanted = "https://www.immoweb.be/nl/zoekertje/appartement/te-huur/brugge/8000/11223344"
    profiles = [load_profile("immoweb"), load_profile("zimmo")]
    mail = EmailMessage()
    mail["Subject"] = "3 nieuwe panden"
    mail.set_content("Bekijk uw zoekopdracht")
    counted = wanted.replace(":", "%3A").replace("/", "%2F")
    mail.add_alternative(
        f'<a href="https://click.alerts.example/t?u={counted}%3Futm_source%3Dalert&amp;x=1">pand</a>'
        f'<a href="{wanted}?utm_campaign=x">again</a><a href="https://www.immoweb.be/nl/contact">contact</a>'
        '<a href="https://elsewhere.example/te-huur/1">other</a>',
        subtype="html",
    )
    (tmp_path / "one.eml").write_bytes(mail.as_bytes())
    box = mailbox.mbox(tmp_path / "alerts.mbox")
    box.add(mailbox.mboxMessage(mail))
    box.close()
    (tmp_path / "sitemap.xml").write_text(
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{wanted}</loc></url></urlset>',
        "utf-8",
    )
    (tmp_path / "list.txt").write_text(f"see {wanted}, and https://www.immoweb.be/nl/\n", "utf-8")
    for name in ("one.eml", "alerts.mbox", "sitemap.xml", "list.txt"):
        assert addresses_in(tmp_path / name, profiles) == {"immoweb": [wanted]}, name
