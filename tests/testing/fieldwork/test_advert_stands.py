"""An application to an advert that is gone never leaves; one to an advert that nobody saw lately waits."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from testing.fieldwork.permitting import circumstances
from testing.fieldwork.safeguards import SAFEGUARDS, Go, rule
from tests.testing.conftest import make_protocol


@pytest.mark.parametrize(
    ("gone", "hours", "within", "go"),
    [
        (False, 1, None, None), (False, 500, None, None), (False, 23, 24, None), (False, 25, 24, Go.WAIT),
        (True, 1, None, Go.NEVER), (True, 1, 24, Go.NEVER),
    ],
)  # fmt: skip
def test_the_safeguard_holds_back_what_is_gone_and_waits_for_what_was_not_seen_lately(
    gone: bool, hours: int, within: int | None, go: Go | None, approved: Any, pair_of: Any, monday: Any
) -> None:
    protocol = make_protocol(sending__seen_within_hours=within)
    first, _ = pair_of(0)
    with approved([pair_of(0)]) as store, store.read() as session:
        found = circumstances(session, first, protocol, monday, frozenset(), loopback=True)
    assert (found.advert_gone, found.advert_seen_at) == (False, None), (
        "one that was never in the frame is no reason"
    )
    found = replace(found, advert_gone=gone, advert_seen_at=monday - timedelta(hours=hours))
    ruling = SAFEGUARDS["advert"](protocol, found)
    assert (ruling[0] if ruling else None) == go
    if go is Go.NEVER:
        assert rule(protocol, found).go is Go.NEVER


def test_planted_bug_a_sender_without_the_safeguard_would_write(
    approved: Any, pair_of: Any, monday: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocol = make_protocol()
    first, _ = pair_of(0)
    with approved([pair_of(0)]) as store, store.read() as session:
        found = circumstances(session, first, protocol, first.due_at, frozenset(), loopback=True)
    found = replace(found, advert_gone=True)
    assert rule(protocol, found).safeguard == "advert"
    monkeypatch.delitem(SAFEGUARDS, "advert")  # type: ignore[misc]
    assert rule(protocol, found).safeguard != "advert"
