"""The wheel holds everything that the installed command reads; built again it is the same to the byte."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.tree import PACKAGES, ROOT, files

BUILT_AT = "1767225600"
"""2026-01-01T00:00:00Z, seconds since 1970."""


def build(folder: Path) -> Path:
    """Build the wheel of the checkout into a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    environment = os.environ | {"SOURCE_DATE_EPOCH": BUILT_AT}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="make setup installs the build backend")
    return build(tmp_path_factory.mktemp("first"))


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path):
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {path.as_posix() for path in files() if path.parts[0] in PACKAGES}
    assert wanted - inside == set()


def test_the_wheel_holds_nothing_but_the_packages_and_its_own_papers(wheel: Path):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_the_wheel_is_the_same_to_the_byte_when_built_again(wheel: Path, tmp_path: Path):
    assert build(tmp_path).read_bytes() == wheel.read_bytes()
