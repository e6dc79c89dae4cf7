"""Who lets one home of their own, an owner or a flatmate, meets one test: at the sender as in the plan."""

from dataclasses import replace
from typing import Any

import pytest

from testing.fieldwork import safeguards
from testing.fieldwork.permitting import circumstances
from testing.fieldwork.safeguards import Go
from testing.study.listing import LandlordType
from tests.testing.conftest import make_protocol


def ruled(approved: Any, pair_of: Any, monday: Any, kind: str) -> Any:
    """What the cap says of a first application to a landlord of whom another pair has begun."""
    protocol = make_protocol(sample__per_agency=3)
    first, _ = pair_of(0, kind=kind)
    with approved([pair_of(0, kind=kind)]) as store, store.read() as session:
        found = circumstances(session, first, protocol, monday, frozenset(), loopback=True)
    return safeguards.SAFEGUARDS["landlord cap"](protocol, replace(found, other_pairs=1))


@pytest.mark.parametrize(("kind", "goes"), [("private", False), ("flatmate", False), ("agency", True)])
def test_a_second_test_of_one_owner_never_leaves(
    approved: Any, pair_of: Any, monday: Any, kind: str, goes: bool
) -> None:
    ruling = ruled(approved, pair_of, monday, kind)
    assert ruling is None if goes else ruling[0] is Go.NEVER


def test_planted_cap_that_forgets_flatmates_is_found(
    approved: Any, pair_of: Any, monday: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safeguards, "ONE_OWNER", frozenset({LandlordType.PRIVATE}))
    assert ruled(approved, pair_of, monday, "flatmate") is None
