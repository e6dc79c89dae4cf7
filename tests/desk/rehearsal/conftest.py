"""A small town, rehearsed once for all tests that look at a whole rehearsal."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.desk.rehearsal.running import Whole, free_port, rehearsed, town_text


@pytest.fixture(scope="session")
def small_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a small town."""
    file = tmp_path_factory.mktemp("town") / "small.toml"
    file.write_text(town_text(), "utf-8")
    return file


@pytest.fixture
def town_with(tmp_path: Path) -> Callable[..., Path]:
    """Write the file of a small town with other numbers."""

    def write(**changes: int) -> Path:
        file = tmp_path / "other-town.toml"
        file.write_text(town_text(**changes), "utf-8")
        return file

    return write


@pytest.fixture(scope="session")
def port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def whole(small_town: Path, port: int) -> Whole:
    """The small town, rehearsed once with two threads."""
    return rehearsed(small_town.parent / "rehearsed", small_town, port, threads=2)
