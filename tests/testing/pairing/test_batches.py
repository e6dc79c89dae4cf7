"""Batches of a wave: what was assigned stays, caps count all that went before, other waves' landlords rest."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from testing.pairing.checks import broken_promises
from testing.pairing.drawing import draw_up
from testing.pairing.history import Before, EarlierTest, history_of
from testing.pairing.plan import Plan, plan_from_json
from testing.study.letter_forms import Letters
from testing.study.listing import Listing
from testing.study.protocol import Protocol

KEY = bytes(range(32))
LATER = date(2027, 4, 1)
Town = Callable[..., list[Listing]]
Study = Callable[..., Protocol]
Batches = Callable[..., Plan]


@pytest.fixture(scope="module")
def in_batches(letters: Letters, names: Any) -> Batches:
    """Draw a wave frame after frame."""

    def draw(protocol: Protocol, *frames: Sequence[Listing], elsewhere: Sequence[EarlierTest] = ()) -> Plan:
        plan: Plan | None = None
        for number, frame in enumerate(frames):
            plan = draw_up(
                protocol,
                letters,
                names,
                frame,
                key=KEY,
                inputs={"protocol": "0" * 64},
                before=Before(elsewhere=tuple(elsewhere), plan=plan, frames=tuple(frames[:number])),
                first_day=LATER if number else None,
            )
        assert plan is not None
        return plan

    return draw


def by_pair(plan: Plan, of: Callable[[Any], str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for it in plan.applications:
        found[of(it)].add(it.pair)
    return found


def test_a_batch_adds_the_quota_that_is_left_and_leaves_what_stands_there(
    study: Study, town: Town, letters: Letters, in_batches: Batches
) -> None:
    protocol, first, second = study(), town(8, [2, 2, 2]), town(30, [2] * 12)
    before, after = in_batches(protocol, first), in_batches(protocol, first, second)
    kept = {it.id: it for it in after.applications}
    assert all(kept[it.id] == it for it in before.applications)
    new = [it for it in after.applications if it.id not in {old.id for old in before.applications}]
    assert {it.pair for it in new} == set(after.batches[0].pairs)
    assert not {it.listing for it in new} & {it.key for it in first}, "an advert has its chance once"
    assert min(it.due_at.date() for it in new) >= LATER
    assert {it.name: it.drawn for it in after.all_strata()} == {"private": 20, "agency": 20}
    assert after.batches[0].excluded["had its chance in an earlier batch"] == len(first)
    assert broken_promises(after, protocol, letters) == []
    assert plan_from_json(after.canonical()) == after
    assert after.seal != before.seal


def test_caps_names_and_pseudonyms_hold_over_batches(study: Study, town: Town, in_batches: Batches) -> None:
    protocol = study(sample__per_agency=3)
    # The same ten agencies advertise six flats each; three of them in the first frame.
    every = town(10, [6] * 10)
    agency = [it for it in every if it.landlord.type == "agency"]
    first = every[:5] + [it for n, it in enumerate(agency) if n % 6 < 3]
    plan = in_batches(protocol, first, every)
    listings = {it.key: it for it in every}
    pseudonyms = defaultdict(set)
    for it in plan.applications:
        pseudonyms[listings[it.listing].landlord.email].add(it.landlord)
    assert all(len(it) == 1 for it in pseudonyms.values()), "a landlord keeps one pseudonym"
    assert max(map(len, by_pair(plan, lambda it: it.landlord).values())) <= 3
    met = [(it.landlord, it.identity.full_name) for it in plan.applications]
    assert len(met) == len(set(met)), "no landlord meets an applicant of an earlier batch again"
    assert plan.batches[0].pairs


def test_planted_a_batch_that_forgets_what_went_before_breaks_the_caps(
    study: Study, town: Town, letters: Letters, in_batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocol, every = study(sample__per_agency=1), town(10, [6] * 10)
    first = [it for n, it in enumerate(every) if n % 2]
    assert broken_promises(in_batches(protocol, first, every), protocol, letters) == []
    real = history_of

    def forgetful(protocol: Protocol, frame: Any, before: Before, **rest: Any) -> Any:
        known = real(protocol, frame, before, **rest)
        return replace(known, tests={}, days={}, closed={}, tested=())

    monkeypatch.setattr("testing.pairing.drawing.history_of", forgetful)
    broken = broken_promises(in_batches(protocol, first, every), protocol, letters)
    assert any("over the cap of 1" in it for it in broken)
    assert any("tests, not one" in it for it in broken)


def test_the_daily_cap_counts_all_batches(
    study: Study, town: Town, letters: Letters, in_batches: Batches
) -> None:
    protocol = study(wave__last_day=LATER + timedelta(days=7), sending__daily_cap=12)
    first, second = town(20, [1] * 8), town(60, [1] * 40)
    plan = in_batches(protocol, first, second)
    assert len({it.pair for it in plan.applications}) == 40
    assert not [it for it in broken_promises(plan, protocol, letters) if "daily cap" in it]


def other_wave(listing: Listing, ago: int) -> EarlierTest:
    return EarlierTest(listing=listing, day=date(2027, 3, 1) - timedelta(days=ago))


@pytest.mark.parametrize(
    ("kind", "ago", "drawn"), [("private", 364, 0), ("private", 365, 1), ("agency", 6, 0), ("agency", 7, 1)]
)
def test_a_landlord_of_another_wave_rests_as_long_as_the_protocol_says(
    study: Study, listing: Callable[..., Listing], in_batches: Batches, kind: str, ago: int, drawn: int
) -> None:
    protocol = study(sample__pairs={"private": 2, "agency": 2})
    # The owner offers another flat now, and someone else a flat of their own.
    mine, other = (listing(n, landlord_type=kind, email=f"{n}@landlord.example") for n in (1, 2))
    rest = [listing(9, landlord_type="agency" if kind == "private" else "private")]
    then = listing(3, landlord_type=kind, email="1@landlord.example", postcode="8000", street="Hoogstraat")
    plan = in_batches(protocol, [mine, other, *rest], elsewhere=[other_wave(then, ago)])
    tested = {it.listing for it in plan.applications}
    assert (mine.key in tested, other.key in tested) == (bool(drawn), True)
    why = "landlord tested in another wave not long ago"
    assert plan.excluded.get(why, 0) == 1 - drawn
    assert "elsewhere" in plan.inputs
