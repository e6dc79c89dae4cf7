"""What every test may use: where shared real data lie, and that no socket leaves loopback."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

collect_ignore_glob = ["testing/store/migrations/*"]
"""Alembic runs these with a context of its own; they cannot be imported as modules."""
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
