"""A whole study in a made-up town: what it says, what it leaves behind, and that it can be repeated to the byte."""

import errno
import json
import re
import socket
from pathlib import Path

import psutil
import pytest

from desk.commands import main
from tests.desk.rehearsal.running import Whole, hashes, rehearsed

pytestmark = pytest.mark.xdist_group("rehearsal")
OPEN, INVITES = {"private": 0.66, "agency": 0.72}, {"private": 0.86, "agency": 0.88}
TURNS_AWAY = {"private": {"origin": 0.34, "income": 0.26}, "agency": {"origin": 0.16, "income": 0.20}}
"""Of desk/rehearsal/town.toml."""


def evenhand(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(it) for it in arguments])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_a_rehearsal_goes_through_every_stage_and_says_what_to_do_next(whole: Whole) -> None:
    assert whole.code == 0, whole.err
    stages = re.findall(r"^\d/7 (\w+)", whole.err, re.MULTILINE)
    assert stages == ["town", "crawl", "plan", "fieldwork", "release", "estimate", "report"]
    assert "not finished" not in whole.err
    for page in ("report-nl.html", "report-fr.html", "report-en.html"):
        assert str(whole.folder / "report" / page) in whole.err
    assert "Next:" in whole.err


def test_estimates_stand_beside_the_truth_that_is_written_in_the_town_s_file(whole: Whole) -> None:
    lines = whole.out.splitlines()
    assert lines[0].split()[:3] == ["contrast", "landlord", "measure"]
    truths: dict[tuple[str, ...], float] = {}
    for line in lines[1:]:
        row = line.split()
        truths[row[0], row[1], row[2]] = float(re.findall(r"(-?\d+\.\d)%", line)[-1])
    for kind, ground in (
        ("private", "origin"),
        ("private", "income"),
        ("agency", "origin"),
        ("agency", "income"),
    ):
        invited = OPEN[kind] * INVITES[kind]
        assert truths[ground, kind, "gap"] == round(100 * invited * TURNS_AWAY[kind][ground], 1)
    assert {key[0] for key in truths} == {"origin", "income", "origin_income"}
    outside = sum("truth outside" in line for line in lines)
    assert outside <= len(lines) // 5


def test_the_release_and_the_pages_say_that_it_is_a_rehearsal(whole: Whole) -> None:
    notes = json.loads((whole.folder / "release" / "outcomes.dictionary.json").read_text("utf-8"))["notes"]
    assert notes["rehearsal"] is True
    assert notes["truth"]["origin"]["private"]["gap"] == pytest.approx(0.66 * 0.86 * 0.34)
    assert "repetitie" in (whole.folder / "report" / "report-nl.html").read_text("utf-8")
    assert "rehearsal" in (whole.folder / "report" / "report-en.html").read_text("utf-8")


def test_estimating_and_reporting_anew_gives_the_same_bytes(
    whole: Whole, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hashes(whole.folder)
    assert evenhand(capsys, "release", whole.folder)[0] == 0
    assert evenhand(capsys, "estimate", whole.folder)[0] == 0
    assert evenhand(capsys, "report", whole.folder)[0] == 0
    assert hashes(whole.folder) == before


def test_a_rehearsal_leaves_everything_in_one_folder_and_nothing_running(whole: Whole, port: int) -> None:
    assert {it.name for it in whole.folder.parent.iterdir()} == {"small.toml", "rehearsed"}
    for process in psutil.process_iter(["cmdline"]):
        assert str(whole.folder) not in " ".join(process.info["cmdline"] or [])
    # Nobody listens any more; a closed connection may hold the number itself for a while.
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


def test_the_status_of_a_rehearsal_is_told_in_its_own_time(
    whole: Whole, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = evenhand(capsys, "status", whole.folder, "--json")
    status = json.loads(out)
    assert code == 0
    assert status["keeps_open"] == [] and status["ledger_faults"] == []
    assert status["next"] == f"evenhand report {whole.folder}"
    assert set(status["applications"]) <= {"answered", "silent", "withheld"}
    assert set(status["declines"]) == {"sent"}


def test_the_same_seed_gives_the_same_bytes_with_one_thread_and_with_two(
    whole: Whole, small_town: Path, port: int, tmp_path: Path
) -> None:
    again = rehearsed(tmp_path / "again", small_town, port, "--json", threads=1)
    assert again.code == 0, again.err
    assert hashes(again.folder) == hashes(whole.folder)
    assert {row["estimand"] for row in json.loads(again.out)} == {"gap", "net_rate"}
    # A rehearsal that has ended is told again, not run again.
    repeated = rehearsed(tmp_path / "again", small_town, port, "--json", threads=1)
    assert (repeated.code, repeated.out) == (0, again.out)
    assert "crawl" not in repeated.err and "fieldwork" not in repeated.err


def test_no_applicant_has_a_name_or_an_address_from_faker(whole: Whole) -> None:
    names = (whole.folder / "names.csv").read_text("utf-8")
    plan = json.loads((whole.folder / "plan" / "plan.json").read_text("utf-8"))
    for it in plan["applications"]:
        identity = it["identity"]
        assert f"{identity['name']['first']}," in names and f",{identity['name']['last']}," in names
        assert identity["email"].endswith("@post-evenhand.example")
        assert it["to"].endswith("@relay.evenstad.example")
