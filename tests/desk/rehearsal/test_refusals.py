"""What a rehearsal does not begin with: a taken port, a folder of somebody else, a town with faults, no room."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from desk.commands import main
from tests.desk.rehearsal.running import free_port

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def rehearse(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Rehearse in the folder ``town`` and give exit code and what is said to people."""

    def run(*arguments: object, folder: Path = tmp_path / "evenstad") -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["rehearse", str(folder), *map(str, arguments)])
        said = capsys.readouterr()
        assert said.out == ""
        return int(ended.value.code or 0), said.err

    return run


def test_a_taken_port_is_said_before_anything_is_written(rehearse: Run, tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        code, err = rehearse("--port", port)
    assert code == 4
    assert f"port {port} on 127.0.0.1 is taken" in err and f"--port {port + 1}" in err
    assert not (tmp_path / "evenstad").exists()


def test_a_folder_with_something_else_in_it_is_left_alone(rehearse: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    code, err = rehearse(folder=tmp_path / "mine")
    assert code == 4 and "not a rehearsal" in err
    assert [it.name for it in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("changed", ["seed", "port", "town_sha256", "format"])
def test_a_folder_goes_on_only_with_what_it_was_begun_with(
    rehearse: Run, tmp_path: Path, small_town: Path, changed: str
) -> None:
    from testing.study.reading import file_sha256

    mark = {
        "format": "evenhand-rehearsal/1",
        "seed": "evenstad",
        "port": 8173,
        "town_sha256": file_sha256(small_town),
        "complete": False,
    }
    mark[changed] = 8174 if changed == "port" else "another"
    (tmp_path / "evenstad").mkdir()
    (tmp_path / "evenstad" / "rehearsal.json").write_text(json.dumps(mark))
    code, err = rehearse("--town", small_town)
    assert code == 5 and f"another {changed}" in err
    assert [it.name for it in (tmp_path / "evenstad").iterdir()] == ["rehearsal.json"]


def test_a_mark_that_cannot_be_read_is_no_invitation_to_begin_anew(rehearse: Run, tmp_path: Path) -> None:
    (tmp_path / "evenstad").mkdir()
    (tmp_path / "evenstad" / "rehearsal.json").write_text('{"seed": ')
    code, err = rehearse()
    assert code == 4 and "not readable" in err


def test_every_fault_of_a_town_s_file_is_told_with_its_line(
    rehearse: Run, tmp_path: Path, small_town: Path
) -> None:
    text = small_town.read_text("utf-8")
    for before, after in (
        ("open = 0.66", "open = 1.66"),
        ("nl = 0.80", "nl = 0.90"),
        ("weeks = 1 ", "weeks = 0 "),
        ("share_that_turns_away = 0.5", "share_that_turns_away = 0.1"),
        ("hours = [1, 60]", "hours = [1]"),
    ):
        assert before in text
        text = text.replace(before, after)
    file = tmp_path / "faulty.toml"
    file.write_text(text, "utf-8")
    code, err = rehearse("--town", file)
    assert code == 3
    lines = text.splitlines()
    for key, words in (
        ("open = 1.66", "behaviour.private.open"),
        ("weeks = 0", "town.weeks"),
        ("hours", "hours"),
    ):
        number = next(n for n, line in enumerate(lines, start=1) if line.startswith(key))
        assert any(f"faulty.toml:{number}:" in said and words in said for said in err.splitlines()), err
    assert "turns_away" in err
    assert not (tmp_path / "evenstad").exists()


def test_a_kind_of_landlord_without_adverts_stops_at_the_plan_and_says_what_to_change(
    rehearse: Run, town_with: Callable[..., Path]
) -> None:
    code, err = rehearse("--town", town_with(agency=0), "--port", free_port())
    assert code == 1
    assert "stratum agency: 0 listings are eligible" in err
    assert "sample.pairs" in err


@pytest.mark.parametrize("room", [2_000, 60_000, 400_000])
def test_a_disk_without_room_stops_it_with_a_message_and_nothing_half_written(
    tmp_path: Path, small_town: Path, room: int
) -> None:
    """A limit on the size of any file stands for the full disk."""
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2); "
        "from desk.commands import main; main(sys.argv[2:])"
    )
    folder = tmp_path / "evenstad"
    arguments = ["rehearse", str(folder), "--town", str(small_town), "--port", str(free_port())]
    done = subprocess.run(
        [sys.executable, "-c", program, str(room), *arguments], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.rstrip().splitlines()[-1].startswith("evenhand: ")
    assert done.stdout == ""
    assert not (folder / "report").exists()
    for file in folder.rglob("*.json"):
        json.loads(file.read_text("utf-8"))


def test_a_folder_that_may_not_be_written_is_said_and_left_alone(
    tmp_path: Path, small_town: Path, powerless: Callable[..., tuple[int, str, str]]
) -> None:
    place = tmp_path / "readonly"
    place.mkdir(mode=0o555)
    code, _, err = powerless("rehearse", place / "town", "--town", small_town)
    assert code == 1
    assert "cannot be written (Permission denied)" in err
    assert "Traceback" not in err
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    "kept", ["", "{}", "[]", '{"now": "soon"}', '{"now": "2027-03-01T09:00:00"}', '{"now": 3}']
)
def test_a_rehearsal_that_no_longer_knows_its_time_says_so(tmp_path: Path, kept: str) -> None:
    from desk.rehearsal.clock import Clock
    from testing.study.errors import EvenhandError

    (tmp_path / "clock.json").write_text(kept)
    with pytest.raises(EvenhandError, match=r"clock\.json does not say what time it is"):
        Clock(tmp_path / "clock.json")
