"""The draw is described so well that a few lines of shell, awk and openssl repeat it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from testing.pairing.plan import Plan
from testing.study.listing import Listing
from testing.study.protocol import Protocol

KEY = bytes(range(32))
SECOND = Path(__file__).parent / "second_draw.sh"


def drawn_by_shell(key: bytes, label: str, count: int, listings: list[Listing]) -> list[str]:
    lines = "".join(f"{it.landlord.key_material(it.key)}\t{it.key}\n" for it in listings)
    command = ["sh", str(SECOND), key.hex(), label, str(count)]
    return subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed here")
@pytest.mark.parametrize("key", [KEY, bytes(range(100, 132))])
def test_a_second_implementation_draws_the_same_private_owners(
    study: Callable[..., Protocol],
    town: Callable[..., list[Listing]],
    drawn: Callable[..., Plan],
    key: bytes,
) -> None:
    frame = town(45, [2, 3])
    plan = drawn(study(), frame, key)
    privates = [it for it in frame if it.landlord.type == "private"]
    label = f"plan/{plan.wave}/sample/private"
    by_shell = drawn_by_shell(key, label, 20, privates)
    assert len(by_shell) == 20
    assert set(by_shell) == {it.listing for it in plan.applications if it.stratum == "private"}
    # Another key, and another label, draw others.
    assert set(drawn_by_shell(bytes(32), label, 20, privates)) != set(by_shell)
    assert set(drawn_by_shell(key, label + "x", 20, privates)) != set(by_shell)
