"""What every plan keeps, whatever the study, the frame and the key; and that each breach is seen."""

import hashlib
import hmac
import itertools
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta
from time import perf_counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testing.pairing.checks import broken_promises
from testing.pairing.drawing import draw_up
from testing.pairing.letters import letter_sha256
from testing.pairing.plan import Plan, pairs_of, plan_from_json
from testing.study.application import Application
from testing.study.errors import EvenhandError
from testing.study.identity import LATER, Name
from testing.study.letter_forms import Letters
from testing.study.listing import Listing
from testing.study.protocol import Protocol

Study = Callable[..., Protocol]
Town = Callable[..., list[Listing]]
Draw = Callable[..., Plan]
KEY = bytes(range(32))

studies = st.fixed_dictionaries(
    {
        "sample__pairs": st.fixed_dictionaries({"private": st.integers(1, 30), "agency": st.integers(1, 30)}),
        "sample__per_agency": st.integers(1, 4),
        "design__order": st.sampled_from(["random", "test_first"]),
        "design__gap_hours": st.sampled_from([[1.0, 1.0], [2.0, 6.0], [1.5, 8.0]]),
        "design__sex": st.sampled_from(["f", "m", "both"]),
        "sending__daily_cap": st.integers(4, 60),
        "sending__weekends": st.booleans(),
        "sending__domains": st.sampled_from([["post.example.org"], ["a.example.org", "b.example.org"]]),
        "wave__last_day": st.dates(date(2027, 5, 28), date(2027, 12, 1)),
    }
)
designs = st.sampled_from(["pairs", "triads", "both", "single", "support", "sex"])
frames = st.tuples(
    st.integers(1, 50),
    st.lists(st.integers(1, 7), min_size=1, max_size=15),
    st.sampled_from([("nl",), ("nl", "fr"), ("nl", "fr", "en")]),
)
keys = st.binary(min_size=32, max_size=32)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


LABELS = {"nl": "x", "fr": "x", "en": "x"}
ORIGIN = {"treated": {"origin": "moroccan"}, "labels": LABELS}
BESIDE = {"treated": {"income": "benefit"}, "beside": "origin", "labels": LABELS}
CROSSED = {"treated": {"origin": "moroccan", "income": "benefit"}, "share": 0.4, "labels": LABELS}
SUPPORT = {"treated": {"origin": "moroccan"}, "against": {"income": "benefit"}, "labels": LABELS}
SEX = {
    "law": "x",
    "signal": "sex",
    "reference": "m",
    "arms": {"f": {"labels": LABELS}, "m": {"labels": LABELS}},
}
DESIGNS: dict[str, dict[str, Any]] = {
    "pairs": {},
    "triads": {"contrasts": {"origin": {**ORIGIN, "share": 1.0}, "income": BESIDE}},
    "both": {"contrasts": {"origin": {**ORIGIN, "share": 0.6}, "income": BESIDE, "origin_income": CROSSED}},
    "single": {"design__applicants": "one"},
    "support": {"contrasts": {"support": {**SUPPORT, "share": 1.0}}},
    "sex": {
        "grounds__sex": SEX,
        "contrasts": {"sex": {"treated": {"sex": "f"}, "share": 1.0, "labels": LABELS}},
    },
}


@quick
@given(changes=studies, frame=frames, key=keys, design=designs)
def test_every_plan_keeps_its_promises(
    study: Study,
    town: Town,
    drawn: Draw,
    letters: Letters,
    changes: dict[str, Any],
    frame: tuple[int, list[int], tuple[str, ...]],
    key: bytes,
    design: str,
) -> None:
    protocol = study(**changes | DESIGNS[design] | ({"design__sex": "both"} if design == "sex" else {}))
    plan = drawn(protocol, town(*frame), key)
    assert broken_promises(plan, protocol, letters) == []
    # And by counting here, apart from the checker: pairs for each landlord, mates, amounts, mailboxes.
    pairs = pairs_of(plan.applications)
    per_landlord = Counter(pair[0].landlord for pair in pairs.values())
    types = {it.landlord: it.landlord_type for it in plan.applications}
    for landlord, count in per_landlord.items():
        assert count <= (1 if types[landlord] == "private" else protocol.sample.per_agency)
    for pair in pairs.values():
        three = design == "triads" or (design == "both" and pair[0].contrast == "origin")
        size = 1 if design == "single" else 3 if three else 2
        assert len(pair) == size
        assert len({it.letter.form for it in pair}) == size
        assert len({it.identity.name.sex for it in pair}) == (2 if design == "sex" else 1)
        if design == "sex":
            assert all(it.identity.name.sex == it.arms["sex"] for it in pair)
        if design == "support":
            assert {it.arms["income"] for it in pair} == {"benefit"}
        assert len({it.identity.full_name for it in pair}) == size
        assert len({tuple(it.arms.values()) for it in pair}) == size
        for first, second in itertools.pairwise(pair):
            assert timedelta(hours=1) <= second.due_at - first.due_at <= timedelta(hours=8)
        for it in pair:
            assert it.letter.body.count("1450") == 1
            assert "{" not in it.letter.body
            assert it.identity.email.rpartition("@")[2] in protocol.sending.domains
            assert it.identity.name.arm == it.arms["origin"]
            assert (it.identity.occupation is None) == (it.arms["income"] == "benefit")
    assert len({it.identity.email for it in plan.applications}) == len(plan.applications)
    assert len({it.message_id for it in plan.applications}) == len(plan.applications)
    assert all(it.weight >= 1 for it in plan.applications)


@quick
@given(key=keys)
def test_the_same_inputs_and_key_give_the_same_plan_and_another_key_another(
    study: Study, town: Town, drawn: Draw, key: bytes
) -> None:
    protocol, frame = study(), town(30, [3] * 8)
    plan = drawn(protocol, frame, key)
    assert drawn(protocol, frame[::-1], key) == plan
    other = bytes([key[0] ^ 1]) + key[1:]
    assert drawn(protocol, frame, other).seal != plan.seal


def test_the_seal_is_the_hash_of_the_plan_as_sorted_json_without_spaces(
    study: Study, town: Town, drawn: Draw
) -> None:
    plan = drawn(study(), town(12, [2, 2, 2]))
    raw = asdict(plan)
    assert raw.pop("batches") == ()  # A plan drawn at once has none, and does not speak of them.
    for it in raw["applications"]:
        assert it["letter"].pop("variants") == {}  # Nor of variants, where no form has any.
        it["due_at"] = it["due_at"].strftime("%Y-%m-%dT%H:%M:%S+00:00")
        for later in LATER:  # What no name of the table states, the plan does not speak of.
            assert it["identity"]["name"].pop(later) in ("", None)
    text = json.dumps(raw, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert plan.seal == hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert plan_from_json(plan.canonical()) == plan


def test_landlord_keys_and_the_commitment_can_be_recomputed_with_the_key(
    study: Study, town: Town, drawn: Draw
) -> None:
    plan = drawn(study(), town(1, [1]))
    agency = next(it for it in plan.applications if it.landlord_type == "agency")
    material = b"email:agency0@landlordexample"  # marks without points, as Landlord.key_material strips them
    assert agency.landlord == hmac.new(KEY, material, hashlib.sha256).hexdigest()[:16]
    assert plan.key_commitment == hashlib.sha256(KEY).hexdigest()


def test_the_seal_is_the_hash_of_the_plan_s_bytes(study: Study, town: Town, drawn: Draw) -> None:
    plan = drawn(study(), town(3, [1]))
    assert plan.seal == hashlib.sha256(plan.canonical()).hexdigest()


def test_contrasts_come_in_exact_shares_in_every_block_of_ten(study: Study, town: Town, drawn: Draw) -> None:
    protocol = study(sample__pairs={"private": 30, "agency": 10})
    plan = drawn(protocol, town(40, [1] * 12))
    pairs = sorted(
        (pair[0] for pair in pairs_of(plan.applications).values() if pair[0].stratum == "private"),
        key=lambda it: (it.due_at, it.listing),
    )
    for at in (0, 10, 20):
        counts = Counter(it.contrast for it in pairs[at : at + 10])
        assert counts == {"origin": 4, "income": 3, "origin_income": 3}


def test_letter_forms_and_names_do_not_go_with_the_arm(study: Study, town: Town, drawn: Draw) -> None:
    protocol = study(sample__pairs={"private": 240, "agency": 1}, sending__daily_cap=60)
    plan = drawn(protocol, town(240, [1]))
    private = [it for it in plan.applications if it.stratum == "private"]
    for contrast in protocol.contrasts:
        theirs = [it for it in private if it.contrast == contrast]
        forms = Counter((it.letter.form, it.reference) for it in theirs)
        orders = Counter((it.order, it.reference) for it in theirs)
        # Every two forms come once each way round, for each of two orders: one pair of each may stand alone.
        for form in "abc":
            assert abs(forms[form, True] - forms[form, False]) <= 2
            assert abs(forms[form, True] - len(theirs) / 6) <= 2
        assert orders[1, True] == orders[1, False]
        used = Counter((it.identity.full_name, it.reference) for it in theirs)
        for reference in (True, False):
            counts = [used[name, reference] for name, role in used if role == reference]
            assert max(counts) - min(counts) <= 2


def test_pairs_of_one_agency_lie_apart_and_fill_the_wave_evenly(
    study: Study, town: Town, drawn: Draw
) -> None:
    plan = drawn(study(sample__pairs={"private": 60, "agency": 30}), town(60, [3] * 10))
    days: dict[str, list[date]] = {}
    load = Counter(it.due_at.date() for it in plan.applications)
    for pair in pairs_of(plan.applications).values():
        days.setdefault(pair[0].landlord, []).append(pair[0].due_at.date())
    for theirs in days.values():
        theirs.sort()
        assert all((after - before).days >= 5 for before, after in itertools.pairwise(theirs))
    # 90 pairs over the 65 working days from 1 March to 28 May 2027: one or two pairs a day.
    assert len(load) == 65
    assert set(load.values()) == {2, 4}


def test_opening_hours_are_local_on_both_sides_of_summer_time(study: Study, town: Town, drawn: Draw) -> None:
    # Belgium turns its clocks on 28 March 2027; 09:00 is 08:00 UTC before and 07:00 UTC after.
    protocol = study(
        wave__first_day=date(2027, 3, 25),
        wave__last_day=date(2027, 3, 30),
        sending__opens=time(9),
        sending__closes=time(10),
        design__gap_hours=[1.0, 1.0],
        sample__pairs={"private": 4, "agency": 1},
    )
    plan = drawn(protocol, town(4, [1]))
    firsts = {it.due_at.date(): it.due_at.time() for it in plan.applications if it.order == 1}
    assert firsts[date(2027, 3, 26)] == time(8)
    assert firsts[date(2027, 3, 29)] == time(7)


def test_a_wave_too_short_for_its_pairs_is_refused(study: Study, town: Town, drawn: Draw) -> None:
    protocol = study(
        wave__last_day=date(2027, 3, 5), sending__daily_cap=4, sample__pairs={"private": 9, "agency": 1}
    )
    longer = protocol.model_copy(
        update={"sample": protocol.sample.model_copy(update={"pairs": {"private": 20, "agency": 1}})}
    )
    assert len(drawn(protocol, town(20, [1])).applications) == 20
    with pytest.raises(EvenhandError, match="5 working days of 4 applications cannot hold 21 tests of 2"):
        drawn(longer, town(20, [1]))


def test_too_few_names_for_an_agency_are_said_so(study: Study, town: Town, names: tuple[Name, ...]) -> None:
    protocol = study(sample__per_agency=10, design__sex="f")
    few = [name for name in names if name.sex == "f"][:5] + [
        name for name in names if name.arm == "moroccan" and name.sex == "f"
    ][:5]
    with pytest.raises(EvenhandError, match=r"arm belgian has 5 names of sex f, too few"):
        draw_up(protocol, _letters(protocol), few, town(5, [10]), key=KEY, inputs={})


def _letters(protocol: Protocol) -> Letters:
    from pathlib import Path

    import desk.templates
    from testing.study.reading import read_letters

    return read_letters(Path(desk.templates.__file__).parent / "belgium" / "letters", protocol)


# Planted bugs: each is a plan that somebody's change could produce, and the same checker must see it.


def _swap(plan: Plan, before: Application, after: Application) -> Plan:
    return replace(plan, applications=tuple(after if it is before else it for it in plan.applications))


def _reworded(it: Application, old: str, new: str) -> Application:
    body = it.letter.body.replace(old, new)
    assert body != it.letter.body
    sha256 = letter_sha256(it.letter.subject, body)
    return replace(it, letter=replace(it.letter, body=body, sha256=sha256))


Plant = Callable[[Plan], Plan]


def _cap(plan: Plan) -> Plan:
    first, *others = [it for it in plan.applications if it.landlord_type == "private"]
    moved = {it.pair for it in others if it.pair != first.pair}
    pair = sorted(moved)[0]
    return replace(
        plan,
        applications=tuple(
            replace(it, landlord=first.landlord) if it.pair == pair else it for it in plan.applications
        ),
    )


def _second_difference(plan: Plan) -> Plan:
    it = next(it for it in plan.applications if not it.reference)
    greeting = it.letter.body.splitlines()[0]
    return _swap(plan, it, _reworded(it, greeting, greeting + "!"))


def _higher_amount(plan: Plan) -> Plan:
    it = next(it for it in plan.applications if not it.reference)
    return _swap(plan, it, _reworded(it, "1450", "1250"))


def _unequal_income(plan: Plan) -> Plan:
    it = next(it for it in plan.applications if not it.reference)
    poorer = replace(_reworded(it, "1450", "1250"), identity=replace(it.identity, income_amount=1250))
    return _swap(plan, it, poorer)


def _shared_form(plan: Plan) -> Plan:
    it = plan.applications[0]
    mate = next(other for other in plan.applications if other.pair == it.pair and other is not it)
    return _swap(plan, it, replace(it, letter=replace(it.letter, form=mate.letter.form)))


def _other_sex(plan: Plan) -> Plan:
    it = plan.applications[0]
    other = "m" if it.identity.name.sex == "f" else "f"
    identity = replace(it.identity, name=replace(it.identity.name, sex=other))
    return _swap(plan, it, replace(it, identity=identity))


def _wrong_arm(plan: Plan) -> Plan:
    it = next(it for it in plan.applications if it.contrast == "origin" and not it.reference)
    return _swap(plan, it, replace(it, arms={**it.arms, "origin": "belgian"}))


def _at_night(plan: Plan) -> Plan:
    it = plan.applications[0]
    return _swap(plan, it, replace(it, due_at=datetime.combine(it.due_at.date(), time(2), it.due_at.tzinfo)))


def _mailbox_twice(plan: Plan) -> Plan:
    it, other = plan.applications[:2]
    return _swap(plan, it, replace(it, identity=replace(it.identity, email=other.identity.email)))


def _telling_id(plan: Plan) -> Plan:
    it = plan.applications[0]
    return _swap(plan, it, replace(it, id="treated-1"))


def _order_by_arm(plan: Plan) -> Plan:
    flipped = {it.pair for it in plan.applications if it.order == 1 and it.reference}
    return replace(
        plan,
        applications=tuple(
            replace(it, order=3 - it.order) if it.pair in flipped else it for it in plan.applications
        ),
    )


def _one_contrast(plan: Plan) -> Plan:
    return replace(plan, applications=tuple(replace(it, contrast="origin") for it in plan.applications))


def _form_by_arm(plan: Plan) -> Plan:
    return replace(
        plan,
        applications=tuple(
            replace(it, letter=replace(it.letter, form="a" if it.reference else "b"))
            for it in plan.applications
        ),
    )


def _third_missing(plan: Plan) -> Plan:
    return replace(plan, applications=tuple(it for it in plan.applications if it.order != 3))


def _third_at_once(plan: Plan) -> Plan:
    it = next(it for it in plan.applications if it.order == 3)
    second = next(other for other in plan.applications if other.pair == it.pair and other.order == 2)
    return _swap(plan, it, replace(it, due_at=second.due_at))


def _third_shares_a_form(plan: Plan) -> Plan:
    it = next(it for it in plan.applications if it.order == 3)
    second = next(other for other in plan.applications if other.pair == it.pair and other.order == 2)
    return _swap(plan, it, replace(it, letter=replace(it.letter, form=second.letter.form)))


def _same_arm_twice(plan: Plan) -> Plan:
    it = next(it for it in plan.applications if it.order == 3)
    second = next(other for other in plan.applications if other.pair == it.pair and other.order == 2)
    return _swap(plan, it, replace(it, arms=second.arms))


def _one_order(plan: Plan) -> Plan:
    place = {"belgian+wage": 1, "moroccan+wage": 2, "belgian+benefit": 3}
    return replace(
        plan,
        applications=tuple(
            replace(it, order=place[f"{it.arms['origin']}+{it.arms['income']}"]) for it in plan.applications
        ),
    )


PLANTED_IN_TRIADS: list[tuple[Plant, str]] = [
    (_third_missing, "is not 3 applicants, one after the other"),
    (_third_at_once, "0.00 hours between two"),
    (_third_shares_a_form, "2 use letter form"),
    (_same_arm_twice, "the arms are not those of contrast origin"),
    (_one_order, "one order in"),
]


@pytest.mark.parametrize(("plant", "seen"), PLANTED_IN_TRIADS, ids=lambda it: getattr(it, "__name__", None))
def test_a_planted_breach_of_a_triad_is_seen(
    study: Study, town: Town, drawn: Draw, letters: Letters, plant: Plant, seen: str
) -> None:
    protocol = study(**DESIGNS["triads"])
    plan = drawn(protocol, town(30, [3] * 8))
    assert broken_promises(plan, protocol, letters) == []
    assert any(seen in fault for fault in broken_promises(plant(plan), protocol, letters))


def test_one_applicant_to_a_listing_is_even_within_language_and_form(
    study: Study, town: Town, drawn: Draw, letters: Letters
) -> None:
    protocol = study(design__applicants="one", sample__pairs={"private": 120, "agency": 1})
    plan = drawn(protocol, town(120, [1], ("nl", "fr")))
    assert len(plan.applications) == 121
    for contrast in protocol.contrasts:
        theirs = [it for it in plan.applications if (it.contrast, it.stratum) == (contrast, "private")]
        for language in ("nl", "fr"):
            for form in "abc":
                arms = Counter(
                    it.reference for it in theirs if (it.letter.language, it.letter.form) == (language, form)
                )
                assert abs(arms[True] - arms[False]) <= 1
    treated = {it.id for it in plan.applications if not it.reference}
    half = replace(plan, applications=tuple(it for it in plan.applications if it.id in treated))
    assert any("one order in" in fault for fault in broken_promises(half, protocol, letters))


PLANTED: list[tuple[Plant, str]] = [
    (_cap, "over the cap of 1"),
    (_second_difference, "outside its slots"),
    (_higher_amount, "slot amount holds 1250, not 1450"),
    (_unequal_income, "they differ in income_amount"),
    (_shared_form, "2 use letter form"),
    (_other_sex, "they are not of one sex"),
    (_wrong_arm, "the arms are not those of contrast origin"),
    (_at_night, "outside opening hours"),
    (_mailbox_twice, "is used 2 times"),
    (_telling_id, "is not an opaque key"),
    (_order_by_arm, "one order in"),
    (_one_contrast, "pairs of origin in"),
    (_form_by_arm, "goes to wage+belgian"),
]


@pytest.mark.parametrize(("plant", "seen"), PLANTED, ids=lambda it: getattr(it, "__name__", None))
def test_a_planted_breach_is_seen(
    study: Study, town: Town, drawn: Draw, letters: Letters, plant: Plant, seen: str
) -> None:
    protocol = study()
    plan = drawn(protocol, town(30, [3] * 8))
    assert broken_promises(plan, protocol, letters) == []
    assert any(seen in fault for fault in broken_promises(plant(plan), protocol, letters))


def test_ten_thousand_applications_take_seconds(study: Study, town: Town, drawn: Draw) -> None:
    protocol = study(
        sample__pairs={"private": 4000, "agency": 1000},
        sending__daily_cap=400,
    )
    began = perf_counter()
    plan = drawn(protocol, town(4000, [2] * 500))
    assert len(plan.applications) == 10_000
    # 1.2 s when measured; the bound leaves room for a busy machine.
    assert perf_counter() - began < 15
