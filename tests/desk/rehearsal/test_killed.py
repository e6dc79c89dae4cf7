"""A rehearsal that is killed goes on where it stood, writes to nobody twice, and never tells half a study as whole."""

import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

import psutil
import pytest

from desk.commands import main
from testing.store import applications, ledger
from testing.store.engine import open_store
from testing.study.application import State
from tests.desk.rehearsal.running import Whole, hashes, rehearsed, rehearsing

pytestmark = pytest.mark.xdist_group("rehearsal")


def count(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0


MOMENTS: dict[str, Callable[[Path], bool]] = {
    "the folder is marked": lambda root: (root / "rehearsal.json").exists(),
    "the crawl is under way": lambda root: (root / "data" / "study.sqlite-wal").exists(),
    "the key is made": lambda root: (root / "secrets" / "wave.key").exists(),
    "the plan is sealed": lambda root: (root / "plan" / "plan.json").exists(),
    "the first letter came in": lambda root: count(root / "town" / "received") > 0,
    "answers are being read": lambda root: count(root / "mail" / "cur") > 10,
    "letters and declines are under way": lambda root: count(root / "town" / "received") > 120,
    "the table is being released": lambda root: count(root / "release") > 0,
    "the results are written": lambda root: (root / "release" / "results.json").exists(),
}
"""When a rehearsal is killed, one after the other in the same folder."""


@contextmanager
def killed_when(reached: Callable[[Path], bool], folder: Path, town: Path, port: int) -> Iterator[None]:
    """Begin or go on, and kill as soon as a moment is reached; what the process started must die with it."""
    process = rehearsing(folder, town, port)
    try:
        while not reached(folder):
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.002)
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(children, timeout=10)
        assert alive == []
        yield
    finally:
        process.kill()
        process.communicate()


def exit_code(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(it) for it in arguments])
    return int(ended.value.code or 0)


def test_a_rehearsal_killed_at_nine_moments_ends_as_one_that_was_never_killed(
    whole: Whole, small_town: Path, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "killed"
    for name, reached in MOMENTS.items():
        with killed_when(reached, folder, small_town, port):
            assert not (folder / "report").exists(), name
            if (folder / "plan").exists() and not (folder / "release").exists():
                assert exit_code("release", folder) == 4, name
                assert exit_code("report", folder) == 3, name
            if name == "letters and declines are under way":
                shutil.copytree(folder, tmp_path / "planted")
    ended = rehearsed(folder, small_town, port)
    assert ended.code == 0, ended.err
    mails = [
        message_from_bytes(it.read_bytes())["Message-ID"] for it in (folder / "town" / "received").iterdir()
    ]
    assert Counter(mails).most_common(1)[0][1] == 1
    with open_store(f"sqlite:///{folder / 'data' / 'study.sqlite'}") as store, store.read() as session:
        assert ledger.verify(session) == []
        notes = [it.note for it in applications.in_state(session, State.WITHHELD)]
    if not any("was not delivered" in note for note in notes):
        assert hashes(folder) == hashes(whole.folder)
    # Planted: without the question what is open, half a study would have been released.
    monkeypatch.setattr("testing.custody.release.whats_open", lambda session, **_: [])
    assert exit_code("release", tmp_path / "planted") == 0


def test_two_programs_never_rehearse_in_one_folder(small_town: Path, port: int, tmp_path: Path) -> None:
    folder = tmp_path / "held"
    first = rehearsing(folder, small_town, port)
    try:
        while not (folder / "data").exists():
            assert first.poll() is None
            time.sleep(0.01)
        second = rehearsed(folder, small_town, port)
        assert second.code == 4
        assert "another process rehearses" in second.err
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()


def test_ctrl_c_leaves_nothing_running(small_town: Path, port: int, tmp_path: Path) -> None:
    process = rehearsing(tmp_path / "interrupted", small_town, port)
    while not (tmp_path / "interrupted" / "data" / "study.sqlite-wal").exists():
        assert process.poll() is None
        time.sleep(0.005)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "Traceback" not in err
    assert psutil.wait_procs(children, timeout=10)[1] == []
