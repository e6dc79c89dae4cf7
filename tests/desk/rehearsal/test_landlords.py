"""Landlords answer what they read, and a post office that was killed loses nothing and sends nothing twice."""

import tomllib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path
from smtplib import SMTP

import pytest

from desk.rehearsal.clock import Clock
from desk.rehearsal.landlords import Landlords
from desk.rehearsal.post_office import PostOffice
from desk.rehearsal.town import Advert, build
from desk.rehearsal.town_file import TownFile
from desk.templates import template_files
from testing.study.identity import Name

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
NAMES = (
    Name(first="Jan", last="Peeters", sex="m", arm="belgian"),
    Name(first="Karim", last="Alaoui", sex="m", arm="moroccan"),
)
ARMS = {"benefit": {"benefit"}, "wage": set()}


@pytest.fixture(scope="module")
def town() -> TownFile:
    return TownFile.model_validate(tomllib.loads(files("desk.rehearsal").joinpath("town.toml").read_text()))


@pytest.fixture(scope="module")
def adverts(town: TownFile) -> tuple[Advert, ...]:
    return build(town, "seed")


def application(advert: Advert, sender: str = "Jan Peeters <jan.peeters@post.example>") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, advert.email, "Vraag"
    mail["Message-ID"] = f"<{advert.id}-{sender[:3]}@post.example>"
    mail.set_content("Ik ben alleenstaand. Ik verdien 1450 euro.")
    return mail


def test_a_landlord_makes_out_origin_from_the_name_and_income_from_the_words(
    town: TownFile, adverts: tuple[Advert, ...]
) -> None:
    landlords = Landlords(town, "seed", adverts, NAMES)
    assert landlords.perceive("Karim Alaoui <k@post.example>", "Ik werk als kok.") == {"moroccan"}
    assert landlords.perceive("Jan Peeters <j@post.example>", "J'ai une allocation.") == {
        "belgian",
        "benefit",
    }


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_every_letter_form_lets_a_landlord_perceive_the_income_that_it_states(
    town: TownFile, adverts: tuple[Advert, ...], language: str
) -> None:
    landlords = Landlords(town, "seed", adverts, NAMES)
    letters = tomllib.loads(template_files("belgium", {})[f"letters/{language}.toml"])
    for form in letters["forms"].values():
        for arm, sentence in form["income"].items():
            assert landlords.perceive("Somebody", form["body"] + sentence) == ARMS[arm]


def test_an_answer_threads_to_the_application_and_never_names_its_category(
    town: TownFile, adverts: tuple[Advert, ...]
) -> None:
    landlords = Landlords(town, "seed", adverts, NAMES)
    answers = [answer for advert in adverts for answer in landlords.answers(application(advert), NOW)]
    assert len(answers) > 100
    for answer in answers:
        assert str(answer.message["In-Reply-To"]).endswith("-Jan@post.example>")
        assert answer.category not in answer.message.as_string()
        assert NOW < answer.due_at < NOW + timedelta(hours=61)


def test_a_decline_gets_no_answer(town: TownFile, adverts: tuple[Advert, ...]) -> None:
    decline = application(adverts[0])
    decline["In-Reply-To"] = "<something@evenstad.example>"
    assert Landlords(town, "seed", adverts, NAMES).answers(decline, NOW) == []


def test_a_post_office_that_was_killed_still_owes_its_answers_and_repeats_none(
    town: TownFile, adverts: tuple[Advert, ...], tmp_path: Path
) -> None:
    landlords = Landlords(town, "seed", adverts, NAMES)
    owed = sum(len(landlords.answers(application(advert), NOW)) for advert in adverts[:60])
    clock = Clock(tmp_path / "clock.json", NOW)
    with PostOffice(tmp_path / "town", tmp_path / "mail", landlords, clock) as office:
        with SMTP("127.0.0.1", office.port) as smtp:
            for advert in adverts[:60]:
                smtp.send_message(application(advert))
                smtp.send_message(application(advert))
        clock.advance(NOW + timedelta(hours=10))
        first = office.deliver_due()
    # A new office over the same folders is what a killed one becomes.
    clock.advance(NOW + timedelta(days=5))
    with PostOffice(tmp_path / "town", tmp_path / "mail", landlords, clock) as office:
        # A mail that came twice lies there twice, so that a sender who repeats himself is found out.
        assert office.received == 120
        second = office.deliver_due()
        assert office.next_answer() is None
    assert 0 < first < owed
    assert first + second == owed == len(list((tmp_path / "mail" / "new").iterdir()))
