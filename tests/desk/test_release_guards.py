"""What keeps a table from leaving, and what a full disk, a lost key or a slip of the hand may not do."""

import errno
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import InputChanged
from analysis.outcomes import read_outcomes, write_outcomes
from desk.commands.approve import approve_plan
from desk.folder import StudyFolder
from desk.planning import plan_wave
from desk.wave_key import write_key
from testing.study.errors import StoreUnusable
from tests.desk.town import KEY, MONDAY, NOW, Office, Run, answer, crawl, edit, rows, set_clock, tamper

ROOT = Path(__file__).parents[2]
LIVE = ("--live", "--confirm", "wave1")
INVITES = "Dag\n\nU kan donderdag om 10 uur komen kijken naar de woning."
SHM = 32_768
"""Bytes of the index that SQLite keeps beside a store in WAL mode: less than that, and no store opens."""


def nothing(*_: Any, **__: Any) -> None:
    """A guard that was planted empty."""


@pytest.fixture
def under_way(approved: StudyFolder, office: Office, run: Run) -> StudyFolder:
    """The approved study after its first five messages."""
    assert run("send", approved.root, *LIVE)[0] == 0
    return approved


def left(study: StudyFolder) -> dict[str, bytes]:
    """What lies in the release folder."""
    return {it.name: it.read_bytes() for it in study.release.iterdir()} if study.release.is_dir() else {}


def leave_everything_open(study: StudyFolder, office: Office, run: Run) -> None:
    """One of everything that keeps a wave open."""
    office.drop_at = 5
    run("send", study.root, *LIVE)
    answer(study, office.taken[0], INVITES, MONDAY, reply_to="owner@agency.be")
    run("receive", study.root)
    run("code", study.root)
    set_clock(study, MONDAY + timedelta(hours=3))
    run("send", study.root, *LIVE, "--limit", "1")
    answer(study, office.taken[1], INVITES, MONDAY + timedelta(hours=3))
    run("receive", study.root)
    run("code", study.root)
    answer(study, office.taken[2], "De woning is al verhuurd.", MONDAY + timedelta(hours=3))
    run("receive", study.root)


def test_an_open_wave_is_not_released_and_every_reason_is_told(
    approved: StudyFolder, office: Office, run: Run
) -> None:
    leave_everything_open(approved, office, run)
    before = rows(approved)
    code, out, err = run("release", approved.root, "--json")
    assert (code, out) == (4, "")
    for reason in (
        "14 applications have not been sent or withheld",
        "response windows are open until 2027-03-04 14:55 UTC",
        "1 applications are uncertain",
        "1 responses were not coded",
        "1 offered viewings have not been declined",
        "1 offered viewings could not be declined by mail",
    ):
        assert reason in err
    assert left(approved) == {}
    assert rows(approved) == before


def test_planted_without_that_guard_an_open_wave_is_released(
    approved: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_everything_open(approved, office, run)
    monkeypatch.setattr("testing.custody.release.whats_open", lambda *_, **__: [])
    assert run("release", approved.root)[0] == 0
    assert json.loads(left(approved)["outcomes.dictionary.json"])["notes"]["interim"] is False


CHANGES: dict[str, Callable[[StudyFolder], None]] = {
    "protocol.toml": lambda study: edit(study, {"response_days = 3": "response_days = 9"}),
    "names.csv": lambda study: (
        study.names.write_text(study.names.read_text("utf-8") + "\n", "utf-8") and None
    ),
    "letters": lambda study: (study.letters / "fr.toml").unlink(),
    "plan.json": lambda study: study.plan.unlink(),
    "the plan in the store": lambda study: tamper(
        study, "UPDATE application SET payload = replace(payload, 'moroccan', 'belgian')"
    ),
    "the ledger": lambda study: tamper(study, "UPDATE ledger SET detail = '{}' WHERE event = 'sent'"),
}


@pytest.mark.parametrize("named", CHANGES)
def test_nothing_is_released_of_what_is_not_as_it_was_sealed(
    named: str, under_way: StudyFolder, run: Run
) -> None:
    CHANGES[named](under_way)
    before = rows(under_way)
    code, out, err = run("release", under_way.root, "--interim")
    assert (code, out) == (5, "")
    assert named in err
    assert left(under_way) == {}
    assert rows(under_way) == before


def test_the_dictionary_says_which_unverified_profiles_read_the_adverts(
    under_way: StudyFolder, run: Run
) -> None:
    tamper(under_way, "UPDATE listing SET portal = 'evenstad'")
    assert run("release", under_way.root, "--interim")[0] == 0
    assert (
        json.loads(left(under_way)["outcomes.dictionary.json"])["notes"]["unverified_profiles"] == "evenstad"
    )


def test_planted_without_that_guard_a_longer_window_is_released(
    under_way: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    CHANGES["protocol.toml"](under_way)
    monkeypatch.setattr("desk.commands.release.check_sealed", nothing)
    assert run("release", under_way.root, "--interim")[0] == 0
    assert json.loads(left(under_way)["outcomes.dictionary.json"])["notes"]["response_days"] == 9


def test_a_lost_key_is_not_replaced_by_another(under_way: StudyFolder, run: Run) -> None:
    under_way.key.unlink()
    code, _, err = run("release", under_way.root, "--interim")
    assert code == 4
    assert f"{under_way.key} is gone" in err and "restore it from a copy" in err
    assert not under_way.key.exists()
    assert left(under_way) == {}


def test_planted_without_that_guard_the_keys_of_a_release_change(
    under_way: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("release", under_way.root, "--interim")[0] == 0
    before = left(under_way)["outcomes.csv"]
    monkeypatch.setattr("desk.wave_key._never_drawn_with", nothing)
    under_way.key.unlink()
    assert run("release", under_way.root, "--interim")[0] == 0
    assert left(under_way)["outcomes.csv"] != before


@pytest.mark.parametrize(("content", "code"), [("no key", 4), ("é", 4), ("00" * 31, 4), (None, 1)])
def test_a_key_that_cannot_be_read_is_told(
    content: str | None, code: int, under_way: StudyFolder, run: Run
) -> None:
    under_way.key.unlink()
    if content is None:
        under_way.key.mkdir()
    else:
        under_way.key.write_text(content, "utf-8")
    ended, _, err = run("release", under_way.root, "--interim")
    assert ended == code
    assert str(under_way.key) in err
    assert left(under_way) == {}


def test_a_release_that_has_no_folder_to_go_to_is_told(under_way: StudyFolder, run: Run) -> None:
    under_way.release.write_text("mine", "utf-8")
    before = rows(under_way)
    code, out, err = run("release", under_way.root, "--interim")
    assert (code, out) == (1, "")
    assert f"{under_way.release} cannot be written" in err and "make room" in err
    assert under_way.release.read_text("utf-8") == "mine"
    assert rows(under_way) == before


def let_windows_close(study: StudyFolder, run: Run) -> None:
    """Another table follows: what was unknown is silence now."""
    set_clock(study, MONDAY + timedelta(days=4))
    assert run("receive", study.root)[0] == 0


def fill_disk_after_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.outcomes import replace_file

    written: list[str] = []

    def full(path: Path, content: bytes) -> None:
        if written:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path.name)
        replace_file(path, content)

    monkeypatch.setattr("analysis.outcomes.replace_file", full)


def test_a_disk_that_fills_up_leaves_the_earlier_release_whole(
    under_way: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("release", under_way.root, "--interim")[0] == 0
    let_windows_close(under_way, run)
    before, ledger = left(under_way), rows(under_way)
    fill_disk_after_one_file(monkeypatch)
    code, _, err = run("release", under_way.root, "--interim")
    assert code == 1
    assert "No space left on device" in err
    assert left(under_way) == before
    assert rows(under_way) == ledger
    assert len(read_outcomes(under_way.release).frame) == 20


def test_a_planted_release_that_writes_in_place_is_found_when_the_disk_fills_up(
    under_way: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("release", under_way.root, "--interim")[0] == 0
    let_windows_close(under_way, run)
    monkeypatch.setattr("desk.commands.release._drafted", write_outcomes)
    fill_disk_after_one_file(monkeypatch)
    assert run("release", under_way.root, "--interim")[0] == 1
    with pytest.raises(InputChanged):
        read_outcomes(under_way.release)


def test_a_real_limit_on_what_may_be_written_is_told_and_nothing_is_half_written(
    study: StudyFolder, run: Run
) -> None:
    crawl(study, privates=150, agencies=20)
    write_key(study, KEY)
    plan = plan_wave(study, key=KEY, now=NOW)
    approve_plan(study, by="Mieke", seal=plan.seal, now=NOW)
    command = [sys.executable, "-m", "desk", "release", str(study.root), "--interim"]
    ended = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (SHM + 1, SHM + 1)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"{study.release} cannot be written (File too large)" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert left(study) == {}
    assert run("release", study.root, "--interim")[0] == 0
    assert len(left(study)["outcomes.csv"]) > SHM, "or nothing was too large"


def unnamed(study: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What lies in the release although the ledger has no room for its name."""

    def full(*_: object) -> None:
        raise StoreUnusable("the store has no room left: free disk space")

    monkeypatch.setattr("testing.custody.release.record_release", full)
    code, _, err = run("release", study.root, "--interim")
    assert code == 1
    assert "free disk space" in err
    return sorted(left(study))


def test_nothing_leaves_that_the_ledger_does_not_name(
    under_way: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert unnamed(under_way, run, monkeypatch) == []


def test_a_planted_release_that_writes_before_the_ledger_is_found(
    under_way: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.commands.release._drafted", write_outcomes)
    assert len(unnamed(under_way, run, monkeypatch)) == 3
