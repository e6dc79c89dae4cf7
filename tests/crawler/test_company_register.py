"""The company register: main activities say what landlord a company is; adverts get it as evidence of rung 1."""

import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.feeds.company_register import companies
from crawler.landlords import Advertiser, landlord, with_register
from desk.commands.import_adverts import import_files
from desk.commands.register import command, take_register
from testing.store import companies as kept
from testing.store import frame
from testing.store.engine import open_store
from testing.study.errors import EvenhandError
from testing.study.listing import Company, Landlord, LandlordType
from tests.crawler.test_imports import CITY, SOURCE

T = LandlordType
META = '"Variable","Value"\n"SnapshotDate","01-11-2026"\n"ExtractType","full"\n"ExtractNumber","140"\n'
HEADER = '"EntityNumber","ActivityGroup","NaceVersion","NaceCode","Classification"\n'


def number(base: int) -> str:
    """A made-up enterprise number: the last two of ten digits are 97 less the rest of the first eight by 97."""
    return f"{base:08d}{97 - base % 97:02d}"


AGENCY, OWNER, SOCIAL, BAKER, TORN, YOUNG, LATER, LAND = (
    number(base) for base in range(9_990_001, 9_990_009)
)


def dotted(bare: str) -> str:
    return f"{bare[:4]}.{bare[4:7]}.{bare[7:]}"


def row(bare: str, version: str, code: str, classification: str = "MAIN") -> str:
    return f'"{dotted(bare)}","001","{version}","{code}","{classification}"\n'


ROWS = (
    row(AGENCY, "2003", "70311") + row(AGENCY, "2008", "68311") + row(AGENCY, "2025", "68310")
    + row(AGENCY, "2008", "68201", "SECO") + row(OWNER, "2008", "68201") + row(SOCIAL, "2008", "68202")
    + row(BAKER, "2008", "10711") + row(BAKER, "2008", "68311", "SECO") + row(TORN, "2008", "68201")
    + row(TORN, "2008", "68311") + row(TORN, "2008", "68201") + row(YOUNG, "2025", "68312")
    + row(LATER, "2025", "68202") + row(LAND, "2025", "68204")
    + '"2.000.000.339","001","2008","68311","MAIN"\n'
)  # fmt: skip


def extract(folder: Path, rows: str = ROWS, meta: str = META, header: str = HEADER) -> Path:
    path = folder / "KboOpenData_0140_2026_11_01_Full.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("meta.csv", meta)
        packed.writestr("activity.csv", header + rows)
    return path


def test_main_activities_say_what_landlord_a_company_is(tmp_path: Path) -> None:
    found, as_of = companies(extract(tmp_path))
    assert as_of == date(2026, 11, 1)
    # Not the baker who lets on the side, not the one that says two things, not who lets
    # land, not the establishment unit.
    assert {it.number: it.says for it in found} == {
        AGENCY: T.AGENCY, OWNER: T.INSTITUTIONAL, SOCIAL: T.SOCIAL_HOUSING_COMPANY, YOUNG: T.AGENCY,
        LATER: T.SOCIAL_HOUSING_COMPANY,
    }  # fmt: skip
    with zipfile.ZipFile(extract(tmp_path)) as packed:
        packed.extractall(tmp_path / "unpacked")
    assert companies(tmp_path / "unpacked") == (found, as_of)


REGISTERED = Company(number=OWNER, says=T.INSTITUTIONAL, activity="2008:68201", as_of=date(2026, 11, 1))


def test_the_register_outweighs_flag_and_name_and_all_evidence_stays() -> None:
    seen = Advertiser(
        country="BE", flag=T.PRIVATE, flag_source="s", flag_quote="p", name="Immo Rest", name_source="h"
    )
    typed = with_register(landlord(seen), REGISTERED)
    assert typed.type is T.INSTITUTIONAL
    assert [(it.rung, it.says) for it in typed.evidence] == [
        (1, T.INSTITUTIONAL),
        (2, T.PRIVATE),
        (5, T.AGENCY),
    ]
    assert (typed.evidence[0].source, typed.evidence[0].quote) == (
        "register:BE:2026-11-01",
        f"{OWNER} 2008:68201",
    )


def test_a_provider_known_by_name_outweighs_the_register() -> None:
    typed = with_register(landlord(Advertiser(country="DE", url="https://www.howoge.de/x")), REGISTERED)
    assert typed.type is T.SOCIAL_HOUSING_COMPANY and len(typed.evidence) == 2


@pytest.fixture
def listed(study: Any, tmp_path: Path) -> tuple[Any, Path]:
    """A study with a list of the city in which four advertisers show their number, and an extract of the register."""
    study.configure("\n[sample]\n", SOURCE.format(name="city"))
    study.folder.sources.mkdir()
    mapping = CITY.replace('landlord_email = "E-mail"', 'landlord_email = "E-mail"\ncompany_no = "KBO"')
    (study.folder.sources / "city.toml").write_text(mapping, "utf-8")
    lines = ["Nr.;Huur (euro);Postcode;Gemeente;Soort;Verhuurder;KBO"]
    for name, bare in (("A", AGENCY), ("O", OWNER), ("B", BAKER), ("N", "")):
        lines.append(f"{name};950;8000;Brugge;appartement;{'eigenaar' if name == 'O' else ''};{bare}")
    table = tmp_path / "city.csv"
    table.write_text("\n".join(lines) + "\n", "utf-8")
    return study, table


def types(study: Any) -> dict[str, LandlordType]:
    with open_store(study.folder.store) as store, store.read() as session:
        return {it.listing_id: it.landlord.type for it in frame.listings(session)}


def bring_in(study: Any, table: Path) -> dict[str, LandlordType]:
    import_files(study.folder, (table,), source="city", clock=lambda: datetime(2026, 11, 2, 9, tzinfo=UTC))
    return types(study)


def test_adverts_get_their_type_by_the_register(listed: tuple[Any, Path], tmp_path: Path) -> None:
    study, table = listed
    before = bring_in(study, table)
    assert before == {"A": T.UNKNOWN, "O": T.PRIVATE, "B": T.UNKNOWN, "N": T.UNKNOWN}
    counts, as_of = take_register(study.folder, extract(tmp_path))
    assert (counts, as_of) == ({"agency": 2, "institutional": 1, "social_housing_company": 2}, "2026-11-01")
    assert bring_in(study, table) == {**before, "A": T.AGENCY, "O": T.INSTITUTIONAL}


def test_planted_bug_a_register_of_sidelines_makes_the_baker_an_agency(
    listed: tuple[Any, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, table = listed
    monkeypatch.setattr("crawler.feeds.company_register._MAIN", "SECO")
    take_register(study.folder, extract(tmp_path))
    assert bring_in(study, table)["B"] is T.AGENCY


def test_an_extract_takes_the_place_of_the_one_before(listed: tuple[Any, Path], tmp_path: Path) -> None:
    study, _ = listed
    take_register(study.folder, extract(tmp_path))
    take_register(study.folder, extract(tmp_path, row(BAKER, "2008", "68311")))
    with open_store(study.folder.store) as store, store.read() as session:
        assert kept.count(session) == 1
        assert kept.known(session, AGENCY) is None
        assert (found := kept.known(session, BAKER)) and found.says is T.AGENCY


@pytest.mark.parametrize(
    ("given", "needle"),
    [
        ({"rows": ROWS + '"0999.'}, "line 17: 1 cells, 5 are wanted"),
        ({"header": '"Number","Code"\n'}, "columns EntityNumber, NaceVersion, NaceCode, Classification are wanted"),
        ({"meta": META.replace("full", "update")}, "updates only"),
        ({"meta": META.replace("01-11-2026", "2026-11-01")}, "SnapshotDate is '2026-11-01'"),
        ({"meta": META.replace("01-11-2026", "31-02-2026")}, "SnapshotDate is '31-02-2026'"),
    ],
)  # fmt: skip
def test_a_broken_extract_is_refused_with_its_line_and_nothing_is_lost(
    listed: tuple[Any, Path], tmp_path: Path, given: dict[str, str], needle: str
) -> None:
    study, _ = listed
    take_register(study.folder, extract(tmp_path))
    with pytest.raises(EvenhandError, match=needle):
        take_register(study.folder, extract(tmp_path, **given))
    with open_store(study.folder.store) as store, store.read() as session:
        assert kept.count(session) == 5


def test_a_cut_off_archive_and_a_wrong_file_are_refused(tmp_path: Path) -> None:
    whole = extract(tmp_path, ROWS * 3000)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:-400])
    damaged = bytearray(whole.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    (tmp_path / "damaged.zip").write_bytes(damaged)
    for path in (cut, tmp_path / "damaged.zip", Path(__file__), tmp_path):
        with pytest.raises(EvenhandError, match=r"full extract|fetch the extract again"):
            companies(path)


def test_the_command_says_what_it_kept(listed: tuple[Any, Path], tmp_path: Path) -> None:
    from click.testing import CliRunner

    study, _ = listed
    asked = [str(study.folder.root), str(extract(tmp_path))]
    said = CliRunner().invoke(command, asked)
    assert said.exit_code == 0
    assert "5 companies of 2026-11-01: 2 agency, 1 institutional, 2 social_housing_company" in said.output
    told = json.loads(CliRunner().invoke(command, [*asked, "--json"]).stdout)
    assert told["companies"]["agency"] == 2


def test_a_landlord_without_a_number_is_left_alone() -> None:
    assert landlord(Advertiser(country="BE")) == Landlord()
