"""Letters in a plan: variants are alike in all arms, silence is rendered, and mates show no one hand."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from testing.pairing.checks import broken_promises
from testing.pairing.drawing import draw_up
from testing.pairing.letter_checks import mates_alike
from testing.pairing.letters import Printer, Rendering, differences, filled_slots
from testing.pairing.plan import Plan, pairs_of, plan_from_json
from testing.pairing.stream import Stream
from testing.store.payloads import application_from, canonical
from testing.study.application import Application, Letter
from testing.study.identity import Name
from testing.study.letter_forms import LetterForm, Letters
from testing.study.listing import Listing
from testing.study.protocol import Protocol

Study = Callable[..., Protocol]
Town = Callable[..., list[Listing]]
KEY = bytes(range(32))
LABELS = dict.fromkeys(("nl", "fr", "en"), "x")
TRIADS: dict[str, Any] = {
    "contrasts": {
        "origin": {"treated": {"origin": "moroccan"}, "share": 0.5, "labels": LABELS},
        "income": {"treated": {"income": "benefit"}, "beside": "origin", "labels": LABELS},
        "both": {"treated": {"origin": "moroccan", "income": "benefit"}, "share": 0.5, "labels": LABELS},
    }
}
DESIGNS: dict[str, dict[str, Any]] = {
    "pairs": {},
    "test_first": {"design__order": "test_first"},
    "triads": TRIADS,
    "one": {"design__applicants": "one"},
}


def varied(letters: Letters, *counts: int) -> Letters:
    """The letters with a phrase in so many variants before each signature."""
    texts = ("tot dan", "met dank", "hopelijk tot snel", "wie weet tot gauw", "ik kijk ernaar uit")
    phrases = {f"closing{place}": texts[:count] for place, count in enumerate(counts)}
    slots = " ".join(f"{{{{ {phrase} }}}}" for phrase in phrases)

    def form(it: LetterForm) -> LetterForm:
        return replace(it, body=it.body.replace("{{ name }}", f"{slots}\n{{{{ name }}}}"), variants=phrases)

    return replace(
        letters,
        languages={
            code: replace(each, forms={name: form(it) for name, it in each.forms.items()})
            for code, each in letters.languages.items()
        },
    )


def drawn(
    protocol: Protocol, letters: Letters, names: tuple[Name, ...], frame: list[Listing], key: bytes = KEY
) -> Plan:
    return draw_up(protocol, letters, names, frame, key=key, inputs={})


def relettered(plan: Plan, letters: Letters, chosen: Callable[[Application], dict[str, int]]) -> Plan:
    """The plan with every letter rendered anew in the variants that somebody chose."""
    printer = Printer(letters)
    return replace(
        plan,
        applications=tuple(
            replace(
                it,
                letter=printer.render(
                    language=it.letter.language,
                    form=it.letter.form,
                    cell=it.arms,
                    identity=it.identity,
                    variants=chosen(it),
                ),
            )
            for it in plan.applications
        ),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=some.binary(min_size=16, max_size=32),
    design=some.sampled_from(sorted(DESIGNS)),
    counts=some.lists(some.integers(2, 5), min_size=1, max_size=2),
    pairs=some.integers(4, 40),
)
def test_variants_are_alike_in_the_arms_of_every_plan(
    study: Study,
    town: Town,
    letters: Letters,
    names: tuple[Name, ...],
    key: bytes,
    design: str,
    counts: list[int],
    pairs: int,
) -> None:
    protocol = study(**DESIGNS[design], sample__pairs={"private": pairs, "agency": 2})
    plan = drawn(protocol, varied(letters, *counts), names, town(pairs, [1, 1], ("nl", "fr")), key)
    # Counted here by other means: for each form of a contrast, the numbers that each arm got, in a bag.
    bags: dict[tuple[object, ...], dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for pair in pairs_of(plan.applications).values():
        turn = len(pair) == 2 and pair[0].reference
        for it in pair:
            for phrase, number in it.letter.variants.items():
                where = (it.stratum, it.contrast, it.letter.language, turn, it.letter.form, phrase)
                bags[where]["+".join(it.arms.values())][number] += 1
    assert bags
    for where, by_arm in bags.items():
        variants = range(1, 1 + counts[int(where[-1][-1])])  # type: ignore[index]
        most = max(by_arm.values(), key=Counter.total)
        for found in by_arm.values():
            assert max(found[n] for n in variants) - min(found[n] for n in variants) <= 1
            assert found <= most, "an arm with fewer letters of a form has no variant more often"
            assert (most - found).total() == most.total() - found.total()


@pytest.mark.parametrize("design", sorted(DESIGNS))
def test_a_plan_with_variants_keeps_its_promises_and_is_read_back(
    study: Study, town: Town, letters: Letters, names: tuple[Name, ...], design: str
) -> None:
    protocol, worded = study(**DESIGNS[design]), varied(letters, 3, 2)
    plan = drawn(protocol, worded, names, town(30, [3] * 8))
    assert [it for it in broken_promises(plan, protocol, worded) if "5-grams" not in it] == []
    assert plan_from_json(plan.canonical()) == plan
    for it in plan.applications:
        assert set(it.letter.variants) == {"closing0", "closing1"}
        assert application_from(canonical(it)) == it


def test_without_variants_neither_plan_nor_store_speaks_of_them(
    study: Study, town: Town, letters: Letters, names: tuple[Name, ...]
) -> None:
    plan = drawn(study(), letters, names, town(30, [3] * 8))
    assert b"variants" not in plan.canonical()
    assert "variants" not in canonical(plan.applications[0])
    assert set(json.loads(plan.canonical())["applications"][0]["letter"]) == {
        "form", "language", "subject", "body", "sha256",
    }  # fmt: skip


def test_variants_change_nothing_else_of_a_draw(
    study: Study, town: Town, letters: Letters, names: tuple[Name, ...]
) -> None:
    def bare(plan: Plan) -> list[Application]:
        empty = Letter(form="", language="", subject="", body="", sha256="")
        return [replace(it, letter=replace(empty, form=it.letter.form)) for it in plan.applications]

    frame = town(30, [3] * 8)
    plain, worded = (drawn(study(), each, names, frame) for each in (letters, varied(letters, 3)))
    assert bare(plain) == bare(worded)


def test_the_variants_are_those_that_the_page_on_the_draw_tells_to_deal(
    study: Study, town: Town, letters: Letters, names: tuple[Name, ...]
) -> None:
    protocol = study(sample__pairs={"private": 60, "agency": 2})
    plan = drawn(protocol, varied(letters, 3), names, town(60, [1, 1]))
    given: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for pair in sorted(pairs_of(plan.applications).values(), key=lambda it: (it[0].due_at, it[0].listing)):
        turn = str(not pair[0].reference)
        for it in pair:
            arm = "+".join(it.arms.values())
            given[it.stratum, it.contrast, turn, "nl", it.letter.form, arm].append(
                it.letter.variants["closing0"]
            )
    assert len(given) > 30
    for (*where, _), numbers in given.items():
        stream = Stream(KEY, "/".join(["plan/wave1/matching/variants", *where, "closing0"]))
        dealt = [number for _ in numbers for number in reversed(stream.shuffled((1, 2, 3)))]
        assert numbers == dealt[: len(numbers)]


def _tied(it: Application) -> dict[str, int]:
    return {"closing0": 1 if it.reference else 2}


def _tied_in_one_contrast(it: Application) -> dict[str, int]:
    tied = it.contrast == "origin" and it.letter.form == "a" and not it.reference
    return {"closing0": 2} if tied else dict(it.letter.variants)


def _one_only(it: Application) -> dict[str, int]:
    return {"closing0": 1}


@pytest.mark.parametrize(
    ("planted", "seen"),
    [
        (_tied, "variants of closing0 in form nl/a differ between"),
        (_tied_in_one_contrast, "variants of closing0 in form nl/a differ between"),
        (_tied, "are not even in wage+belgian"),
        (_one_only, "are not even in wage+belgian"),
    ],
)
def test_planted_bug_a_variant_tied_to_an_arm_is_seen(
    study: Study,
    town: Town,
    letters: Letters,
    names: tuple[Name, ...],
    planted: Callable[[Application], dict[str, int]],
    seen: str,
) -> None:
    protocol, worded = study(sample__pairs={"private": 60, "agency": 20}), varied(letters, 2)
    plan = drawn(protocol, worded, names, town(60, [3] * 8))
    assert [it for it in broken_promises(plan, protocol, worded) if "variants" in it] == []
    found = broken_promises(relettered(plan, worded, planted), protocol, worded)
    assert any(seen in it for it in found), found


def _unrecorded(letter: Letter) -> Letter:
    return replace(letter, variants={})


def _other_number(letter: Letter) -> Letter:
    return replace(letter, variants={"closing0": 3 - letter.variants["closing0"]})


def _no_such(letter: Letter) -> Letter:
    return replace(letter, variants={"closing0": 3})


@pytest.mark.parametrize(
    ("planted", "seen"),
    [
        (_unrecorded, "the variants are not those of form"),
        (_no_such, "the variants are not those of form"),
        (_other_number, "outside its slots"),
    ],
)
def test_planted_bug_a_letter_in_another_variant_than_its_own_is_seen(
    study: Study,
    town: Town,
    letters: Letters,
    names: tuple[Name, ...],
    planted: Callable[[Letter], Letter],
    seen: str,
) -> None:
    protocol, worded = study(), varied(letters, 2)
    plan = drawn(protocol, worded, names, town(30, [3] * 8))
    first, *rest = plan.applications
    wrong = replace(plan, applications=(replace(first, letter=planted(first.letter)), *rest))
    assert any(seen in it and first.id in it for it in broken_promises(wrong, protocol, worded))


def test_planted_bug_mates_whose_letters_are_twins_are_seen(
    study: Study, town: Town, letters: Letters, names: tuple[Name, ...]
) -> None:
    protocol = study()
    forms = letters.languages["nl"].forms
    twin = replace(
        forms["b"], body=forms["a"].body.replace("Geachte", "Beste"), sentences=forms["a"].sentences
    )
    planted = replace(
        letters,
        languages={**letters.languages, "nl": replace(letters.languages["nl"], forms={**forms, "b": twin})},
    )
    frame = town(30, [3] * 8)
    honest, plan = (drawn(protocol, each, names, frame) for each in (letters, planted))
    assert mates_alike(honest, letters) == []
    found = broken_promises(plan, protocol, planted)
    assert found and found == mates_alike(plan, planted)
    together = [
        pair for pair in pairs_of(plan.applications).values() if {it.letter.form for it in pair} == {"a", "b"}
    ]
    assert {it.split(":")[0] for it in found} == {f"pair {pair[0].pair}" for pair in together}
    for said in ("5-grams", "% alike", "runs of four words"):
        assert any(said in it for it in found)


SUPPORT = {
    "law": "means",
    "signal": "sentence",
    "reference": "none",
    "arms": {"none": {"labels": LABELS}, "guarantee": {"labels": LABELS}},
}
SAID = {"a": "Het OCMW stelt zich borg.", "b": "Voor de waarborg zorgt het OCMW.", "c": "Er is een waarborg."}


def test_an_arm_that_says_nothing_is_rendered_read_back_and_promised(
    study: Study, town: Town, letters: Letters, names: tuple[Name, ...]
) -> None:
    grounds = {name: it.model_dump() for name, it in study().grounds.items()} | {"support": SUPPORT}
    support = {
        "treated": {"support": "guarantee"},
        "against": {"income": "benefit"},
        "share": 1.0,
        "labels": LABELS,
    }
    protocol = study(grounds=grounds, contrasts={"support": support})
    forms = {
        name: replace(
            it,
            body=it.body.replace("{{ income }}", "{{ income }} {{ support }}"),
            sentences={**it.sentences, "support": {"none": "", "guarantee": SAID[name]}},
        )
        for name, it in letters.languages["nl"].forms.items()
    }
    nl = replace(letters.languages["nl"], forms=forms)
    worded = Letters(languages={"nl": nl})
    plan = drawn(protocol, worded, names, town(30, [3] * 8))
    assert broken_promises(plan, protocol, worded) == []
    for it in plan.applications:
        said = SAID[it.letter.form] in it.letter.body
        assert said == (it.arms["support"] == "guarantee")
        assert "  " not in it.letter.body and " \n" not in it.letter.body and "\n\n\n" not in it.letter.body
        rendering = Rendering(cell=it.arms, body=it.letter.body)
        assert filled_slots(forms[it.letter.form], rendering) is not None
        silent = Rendering(
            cell={**it.arms, "support": "none"}, body=it.letter.body.replace(f" {SAID[it.letter.form]}", "")
        )
        assert differences(forms[it.letter.form], rendering, silent) == []
        # Planted: the sentence is cut, and its blank stays.
        careless = replace(silent, body=it.letter.body.replace(SAID[it.letter.form], ""))
        found = differences(forms[it.letter.form], rendering, careless)
        assert (found == ["text outside the slots"]) == said
