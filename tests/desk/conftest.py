"""A study at the stages that the desk's tests begin from, the command, and a mail server on loopback."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.commands import main
from desk.commands.approve import approve_plan
from desk.folder import StudyFolder
from desk.planning import plan_wave
from desk.wave_key import write_key
from tests.desk.town import KEY, MONDAY, NOW, SMALL, Office, Run, crawl, edit, set_clock


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``evenhand`` and give exit code, stdout and stderr."""

    def evenhand(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(it) for it in arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return evenhand


@pytest.fixture
def powerless() -> Run:
    """Run ``evenhand`` in a process that may not write everywhere, also where the tests run as root."""
    less = ["setpriv", "--bounding-set", "-dac_override", "--"] if os.geteuid() == 0 else []
    if less and shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and setpriv is not here to take that away")

    def evenhand(*arguments: str | Path) -> tuple[int, str, str]:
        command = [*less, sys.executable, "-m", "desk", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    return evenhand


@pytest.fixture
def study(tmp_path: Path, run: Run) -> StudyFolder:
    """A fresh study of the template, without a frame."""
    assert run("init", tmp_path / "brugge")[0] == 0
    return StudyFolder(root=tmp_path / "brugge")


@pytest.fixture
def sealed(study: StudyFolder) -> StudyFolder:
    """A small study whose plan nobody has approved yet; it lives at noon of the wave's first day."""
    edit(study, SMALL)
    crawl(study, privates=6, agencies=4)
    write_key(study, KEY)
    plan_wave(study, key=KEY, now=NOW)
    set_clock(study, MONDAY)
    return study


@pytest.fixture
def approved(sealed: StudyFolder) -> StudyFolder:
    """The small study with its plan approved: five pairs are due today."""
    from desk.sealed import sealed_plan

    approve_plan(sealed, by="Mieke", seal=sealed_plan(sealed).seal, now=NOW)
    return sealed


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A mail server that the environment names."""
    office = Office()
    office.controller.start()
    monkeypatch.setenv("EVENHAND_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("EVENHAND_SMTP_PORT", str(office.port))
    yield office
    office.controller.stop()
