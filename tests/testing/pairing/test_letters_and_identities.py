"""Letters differ in what is tested and in nothing else; applicants come from the study's names only."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import jinja2
import pytest

from testing.pairing.identities import ApplicantProvider, applicants
from testing.pairing.letters import Printer, Rendering, differences
from testing.pairing.stream import Stream
from testing.study.errors import EvenhandError
from testing.study.identity import Identity, Name
from testing.study.letter_forms import LetterForm, Letters
from testing.study.protocol import Protocol

Study = Callable[..., Protocol]
KEY = bytes(range(32))
WAGE = {"origin": "belgian", "income": "wage"}
BENEFIT = {"origin": "belgian", "income": "benefit"}


def of(cell: dict[str, str], body: str) -> Rendering:
    return Rendering(cell=cell, body=body)


def identity(**changes: object) -> Identity:
    base = Identity(
        name=Name(first="Sofie", last="Janssens", sex="f", arm="belgian"),
        email="sofie.janssens123@post.example.org",
        age=33,
        household="alleenstaand, zonder kinderen",
        occupation="keukenhulp",
        income_amount=1450,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_a_letter_is_its_form_with_the_slots_filled(letters: Letters) -> None:
    letter = Printer(letters).render(language="nl", form="a", cell=WAGE, identity=identity())
    assert letter.subject == "Bezichtiging mogelijk?"
    assert letter.body == (
        "Geachte heer, mevrouw\n\n"
        "Ik zag uw advertentie en de woning spreekt mij aan. Graag zou ik ze eens bezoeken. "
        "Is dat mogelijk, en wanneer zou het voor u passen?\n\n"
        "Ik ben alleenstaand, zonder kinderen. Ik werk als keukenhulp en verdien 1450 euro netto per maand.\n\n"
        "Met vriendelijke groet\nSofie Janssens"
    )
    whole = f"{letter.subject}\n{letter.body}".encode()
    assert letter.sha256 == hashlib.sha256(whole).hexdigest()


def test_a_letter_without_work_states_no_job_and_a_form_that_asks_for_one_fails(letters: Letters) -> None:
    printer = Printer(letters)
    unemployed = identity(occupation=None)
    assert "keukenhulp" not in printer.render(language="nl", form="b", cell=BENEFIT, identity=unemployed).body
    with pytest.raises(jinja2.UndefinedError, match="job"):
        printer.render(language="nl", form="b", cell=WAGE, identity=unemployed)


def test_text_of_an_advert_or_a_name_is_never_run_as_a_template(letters: Letters) -> None:
    odd = identity(name=Name(first="{{ 7*7 }}", last="{% raw %}", sex="f", arm="belgian"))
    body = Printer(letters).render(language="nl", form="a", cell=WAGE, identity=odd).body
    assert body.endswith("{{ 7*7 }} {% raw %}")


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_two_arms_in_one_form_differ_in_nothing_but_the_signal(letters: Letters, language: str) -> None:
    printer = Printer(letters)
    other = identity(name=Name(first="Samira", last="El Haddad", sex="f", arm="moroccan"), occupation=None)
    cell = {"origin": "moroccan", "income": "benefit"}
    for name, form in letters.languages[language].forms.items():
        first = printer.render(language=language, form=name, cell=WAGE, identity=identity())
        second = printer.render(language=language, form=name, cell=cell, identity=other)
        assert first.body != second.body
        assert differences(form, of(WAGE, first.body), of(cell, second.body)) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"income_amount": 1250}, ["amount"]),
        ({"household": "gezin met drie kinderen"}, ["household"]),
        ({"household": "alleenstaand", "income_amount": 1451}, ["amount", "household"]),
    ],
)
def test_a_planted_second_difference_in_a_slot_is_caught(
    letters: Letters, change: dict[str, object], found: list[str]
) -> None:
    printer, form = Printer(letters), letters.form("nl", "a")
    first = printer.render(language="nl", form="a", cell=WAGE, identity=identity())
    second = printer.render(
        language="nl", form="a", cell=BENEFIT, identity=identity(occupation=None, **change)
    )
    assert differences(form, of(WAGE, first.body), of(BENEFIT, second.body)) == found


def test_a_planted_second_difference_in_an_arm_of_the_form_is_caught(letters: Letters) -> None:
    # Somebody greets the other arm differently: rendered from a changed form, held against the declared one.
    form = letters.form("nl", "a")
    planted = replace(form, body=form.body.replace("Geachte heer, mevrouw", "Hallo"))
    language = replace(letters.languages["nl"], forms={"a": planted})
    first = Printer(letters).render(language="nl", form="a", cell=WAGE, identity=identity())
    second = Printer(replace(letters, languages={"nl": language})).render(
        language="nl", form="a", cell=BENEFIT, identity=identity(occupation=None)
    )
    assert differences(form, of(WAGE, first.body), of(BENEFIT, second.body)) == ["text outside the slots"]


def test_a_slot_filled_in_two_ways_within_one_letter_is_caught() -> None:
    form = LetterForm(name="a", subject="x", body="Dag, {{ name }}. Groet, {{ name }}", sentences={})
    honest, planted = "Dag, Jan A. Groet, Jan A", "Dag, Jan A. Groet, Jan B"
    assert differences(form, of({}, honest), of({}, honest)) == []
    assert differences(form, of({}, honest), of({}, planted)) == ["name (filled in more than one way)"]


def people(
    study: Study, names: tuple[Name, ...], label: str = "people", **changes: object
) -> ApplicantProvider:
    return applicants(study(**changes), names, expected=100, stream=Stream(KEY, label))


def test_faker_knows_no_provider_but_ours(study: Study, names: tuple[Name, ...]) -> None:
    generator = people(study, names).generator
    assert [type(it) for it in generator.get_providers()] == [ApplicantProvider]
    for stock in ("name", "first_name", "last_name", "address", "email", "free_email", "phone_number", "job"):
        with pytest.raises(AttributeError):
            generator.get_formatter(stock)


def test_applicants_bear_names_of_the_table_and_no_other(study: Study, names: tuple[Name, ...]) -> None:
    provider = people(study, names)
    dealt = [provider.applicant_name("moroccan", "f", "r", f"landlord{n}") for n in range(30)]
    table = [name for name in names if name.arm == "moroccan" and name.sex == "f"]
    assert sorted(dealt, key=str) == sorted(table * 3, key=str)


def test_a_landlord_never_meets_a_name_twice_and_mates_share_no_part_of_one(
    study: Study, names: tuple[Name, ...]
) -> None:
    provider = people(study, names)
    met = [provider.applicant_name("belgian", "m", "r", "one") for _ in range(10)]
    assert len(set(met)) == 10
    with pytest.raises(EvenhandError, match="a landlord would meet one twice"):
        provider.applicant_name("belgian", "m", "r", "one")
    cousins = (
        Name(first="An", last="Maes", sex="f", arm="belgian"),
        Name(first="Els", last="Maes", sex="f", arm="belgian"),
        Name(first="Els", last="Claes", sex="f", arm="belgian"),
    )
    for n in range(20):
        provider = people(study, cousins, f"cousins{n}")
        first = provider.applicant_name("belgian", "f", "r", "two")
        if first.first == "Els" and first.last == "Maes":
            continue
        second = provider.applicant_name("belgian", "f", "r", "two", [first])
        assert {first.last, second.last} == {"Maes", "Claes"}
        assert {first.first, second.first} == {"An", "Els"}


def test_mailboxes_are_plain_ascii_unique_and_at_owned_domains(study: Study) -> None:
    provider = people(study, ())
    odd = Name(first="Zoë-Ann", last="D'Hondt Øzgür", sex="f", arm="belgian")
    boxes = [provider.applicant_mailbox(odd, "post.example.org") for _ in range(900)]
    assert len(set(boxes)) == 900
    for box in boxes:
        local, _, domain = box.partition("@")
        assert domain == "post.example.org"
        assert local[:-3] == "zoe-ann.dhondtozgur"
        assert local[-3:].isdigit()


def test_two_owned_domains_are_shared_out_within_a_pair(study: Study, names: tuple[Name, ...]) -> None:
    provider = people(study, names, sending__domains=["a.example.org", "b.example.org"])
    drawn = {tuple(provider.applicant_domains(2)) for _ in range(50)}
    assert drawn == {("a.example.org", "b.example.org"), ("b.example.org", "a.example.org")}


def test_applicants_are_drawn_from_the_keyed_stream_only(study: Study, names: tuple[Name, ...]) -> None:
    import random

    provider = people(study, names)
    provider.generator.random = random.Random(1)
    with pytest.raises(AssertionError, match="keyed stream"):
        provider.applicant_name("belgian", "f", "r", "one")
