"""A persona bears a name that people of its age bear; every spelling of a name is one name, to landlord and deck."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testing.pairing.checks import broken_promises
from testing.pairing.drawing import draw_up
from testing.pairing.identities import ApplicantProvider, applicants
from testing.pairing.plan import Plan, plan_from_json
from testing.pairing.stream import Stream
from testing.store.payloads import application_from, canonical
from testing.study.errors import EvenhandError
from testing.study.identity import Name
from testing.study.letter_forms import Letters
from testing.study.listing import Listing
from testing.study.protocol import Protocol

Study = Callable[..., Protocol]
Town = Callable[..., list[Listing]]
KEY = bytes(range(32))
YEAR = 2027
"""Of the template's wave."""
OLD, YOUNG = "1950-1991", "1992-2010"
"""In 2027, people of 35 or more, and of 35 or less: who is 35 was born in 1991 or 1992."""


def people(study: Study, names: tuple[Name, ...], label: str = "people") -> ApplicantProvider:
    return applicants(study(), names, expected=100, stream=Stream(KEY, label))


def of_two_cohorts(names: tuple[Name, ...]) -> tuple[Name, ...]:
    """Every other name is one of older people."""
    return tuple(replace(it, born=(OLD, YOUNG)[n % 2]) for n, it in enumerate(names))


def planned(study: Study, town: Town, letters: Letters, names: tuple[Name, ...], key: bytes = KEY) -> Plan:
    return draw_up(study(), letters, names, town(20, [1] * 20), key=key, inputs={"protocol": "0" * 64})


def test_a_table_without_cohorts_is_dealt_as_it_was_before_there_were_any(
    study: Study, names: tuple[Name, ...]
) -> None:
    # Dealt by the code of commit bdb9408, which knew no cohorts, from the same key and table.
    before = [
        "Azzouzi",
        "Zeroual",
        "El Ouafi",
        "El Haddad",
        "Benjelloun",
        "Chaoui",
        "Tazi",
        "Berrada",
        "Boutaleb",
    ]
    before += ["Ziani", "Zeroual", "Boutaleb"]
    provider = people(study, names, "before cohorts")
    dealt = [provider.applicant_name("moroccan", "f", "r", f"l{n}", age=33).last for n in range(12)]
    assert dealt == before


def test_a_name_that_states_nothing_later_is_written_as_plans_wrote_it_before_there_was_more() -> None:
    name = Name(first="An", last="Maes", sex="f", arm="belgian", perceived_share=0.9, raters=40)
    was = (
        '{"arm":"belgian","first":"An","last":"Maes","licence":"","perceived_share":0.9,"raters":40,'
        '"sex":"f","source":""}'
    )
    assert canonical(name) == was
    assert json.loads(canonical(replace(name, born=OLD, perceived_class=0.0)))["perceived_class"] == 0.0


def test_what_a_name_states_stands_in_the_plan_and_the_store_and_comes_back(
    study: Study, town: Town, letters: Letters, names: tuple[Name, ...]
) -> None:
    full = {
        "sex_clear": 0.9,
        "perceived_class": 0.4,
        "perceived_education": 0.5,
        "perceived_religiosity": 0.1,
    }
    table = tuple(replace(it, **full, born="1950-2010", rated_country="BE", rated_year=2025) for it in names)
    plan = planned(study, town, letters, table)
    assert plan_from_json(plan.canonical()) == plan
    first = plan.applications[0]
    assert application_from(canonical(first)) == first
    assert first.identity.name.rated_year == 2025


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.binary(min_size=32, max_size=32))
def test_no_key_gives_an_applicant_a_name_of_another_cohort(
    study: Study, town: Town, letters: Letters, names: tuple[Name, ...], key: bytes
) -> None:
    plan = planned(study, town, letters, of_two_cohorts(names), key)
    assert broken_promises(plan, study(), letters) == []
    for it in plan.applications:
        years = {YEAR - it.identity.age, YEAR - it.identity.age - 1}
        low, high = map(int, it.identity.name.born.split("-"))
        assert any(low <= year <= high for year in years)
    assert len({it.identity.age for it in plan.applications}) > 3


def test_a_planted_draw_that_does_not_look_at_cohorts_is_seen_in_the_plan(
    study: Study, town: Town, letters: Letters, names: tuple[Name, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ApplicantProvider, "_fits", lambda self, name, age: True)
    broken = broken_promises(planned(study, town, letters, of_two_cohorts(names)), study(), letters)
    assert broken and all(", born " in it and " is not " in it for it in broken)


def test_names_of_one_cohort_come_equally_often_among_those_whom_they_fit(
    study: Study, names: tuple[Name, ...]
) -> None:
    provider = people(study, of_two_cohorts(names))
    ages = [30 + n % 11 for n in range(1100)]
    dealt = [
        (age, provider.applicant_name("belgian", "f", "r", f"l{n}", age=age)) for n, age in enumerate(ages)
    ]
    often = Counter(name for _, name in dealt)
    assert len(often) == 10
    # 600 applicants are 35 or more, of whom 100 may have either; none of the ten is far from 110.
    assert max(often.values()) - min(often.values()) <= 22
    assert all(name.fits(age, YEAR) for age, name in dealt)


def test_an_age_that_no_name_fits_is_told_with_the_age(study: Study, names: tuple[Name, ...]) -> None:
    provider = people(study, tuple(replace(it, born=OLD) for it in names))
    with pytest.raises(EvenhandError, match="arm belgian has 0 names of sex f that fit the age 30, too few"):
        provider.applicant_name("belgian", "f", "r", "l", age=30)


def spelt() -> tuple[Name, ...]:
    """Two names, one of them in three spellings."""
    same = {"sex": "m", "arm": "moroccan"}
    return (
        Name(first="Youssef", last="Bouzid", **same),
        Name(first="Yusuf", last="Bouzid", spelling_of="Youssef Bouzid", **same),
        Name(first="Yousef", last="Bouzid", spelling_of="Youssef Bouzid", **same),
        Name(first="Karim", last="Ouali", **same),
    )


def test_a_name_in_three_spellings_comes_as_often_as_one_in_one_and_each_spelling_equally(
    study: Study,
) -> None:
    provider = people(study, spelt())
    often = Counter(provider.applicant_name("moroccan", "m", "r", f"l{n}").first for n in range(60))
    assert often == {"Karim": 30, "Youssef": 10, "Yusuf": 10, "Yousef": 10}


def test_a_landlord_never_meets_two_spellings_of_a_name(study: Study) -> None:
    provider = people(study, spelt())
    met = {provider.applicant_name("moroccan", "m", "r", "one").root for _ in range(2)}
    assert met == {"Youssef Bouzid", "Karim Ouali"}
    with pytest.raises(EvenhandError, match="arm moroccan has 2 names of sex m, too few"):
        provider.applicant_name("moroccan", "m", "r", "one")


def test_two_spellings_planted_at_one_landlord_are_seen_in_the_plan(
    study: Study, town: Town, letters: Letters, names: tuple[Name, ...]
) -> None:
    protocol = study(sample__per_agency=2)
    plan = draw_up(protocol, letters, names, town(20, [2] * 10), key=KEY, inputs={"protocol": "0" * 64})
    by_landlord: dict[str, list[int]] = {}
    for place, it in enumerate(plan.applications):
        by_landlord.setdefault(it.landlord, []).append(place)
    one, two = next(places for places in by_landlord.values() if len(places) > 2)[:2]
    people_of = [it.identity for it in plan.applications]
    planted = replace(people_of[two].name, spelling_of=people_of[one].name.root)
    changed = list(plan.applications)
    changed[two] = replace(changed[two], identity=replace(people_of[two], name=planted))
    broken = broken_promises(replace(plan, applications=tuple(changed)), protocol, letters)
    assert broken == [f"landlord {changed[two].landlord} meets {planted.spelling_of} 2 times"]
