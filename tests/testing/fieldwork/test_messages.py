"""What leaves: one plain mail that says what was planned, threads, and gives nothing away."""

from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any

import pytest

from testing.fieldwork.messages import (
    REFERENCES_MAX,
    application_message,
    decline_message,
    decline_message_id,
    decline_recipient,
)
from testing.fieldwork.reading import read_mail
from testing.study.identity import Name
from tests.testing.fieldwork.mails import AT, mail

HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
}
"""All that a mail of ours says of itself; anything else could give the study away."""


def parsed(raw: bytes) -> Any:
    return message_from_bytes(raw, policy=policy.default)


def test_an_application_reads_back_as_it_was_planned(pair_of: Any, monday: datetime) -> None:
    it = pair_of(1)[0]
    body = "Goede dag,\n\nMag ik het huis bezoeken? € 1.450, façade, 漢.\n.\nFrom hier\n" + "x" * 2000 + "\n"
    it = replace(it, letter=replace(it.letter, subject="Vraag over « huis » – 2de verdieping", body=body))
    raw = application_message(it, monday)
    message = parsed(raw)
    assert message.get_content().replace("\r\n", "\n") == body
    assert str(message["Subject"]) == it.letter.subject
    assert (str(message["To"]), str(message["Message-ID"])) == (it.to, it.message_id)
    assert message["Date"].datetime == monday
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_the_headers_give_nothing_away(pair_of: Any, letters: Any, monday: datetime) -> None:
    it = pair_of(1)[0]
    offer = read_mail(mail(answers=it.message_id), AT)
    threads = {"In-Reply-To", "References"}
    assert set(parsed(application_message(it, monday)).keys()) == HEADERS
    assert set(parsed(decline_message(it, offer, letters, monday)).keys()) == HEADERS | threads


def test_a_name_with_accents_and_a_comma_is_one_sender(pair_of: Any, monday: datetime) -> None:
    it = pair_of(1)[0]
    name = Name(first="Zoë", last='Ahmed, "El" Ouali', sex="f", arm="x")
    it = replace(it, identity=replace(it.identity, name=name))
    (sender,) = parsed(application_message(it, monday))["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name.first + " " + name.last, it.identity.email)


@pytest.mark.parametrize(
    "planted", ["Huis\nBcc: x@y.example", "Huis\r\nBcc: x@y.example", "Huis\r\n\r\nbody"]
)
def test_a_subject_cannot_carry_a_header(planted: str, pair_of: Any, monday: datetime) -> None:
    it = pair_of(1)[0]
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        application_message(replace(it, letter=replace(it.letter, subject=planted)), monday)


def test_a_decline_answers_the_offer_in_the_thread(pair_of: Any, letters: Any, monday: datetime) -> None:
    it = pair_of(1)[0]
    offer = read_mail(
        mail(answers=it.message_id, Message_ID="<offer@landlords.example>", text="Kom vrijdag om 10 uur."), AT
    )
    message = parsed(decline_message(it, offer, letters, monday))
    assert str(message["In-Reply-To"]) == "<offer@landlords.example>"
    assert str(message["References"]).split() == [it.message_id, "<offer@landlords.example>"]
    assert str(message["Message-ID"]) == decline_message_id(it.message_id) != it.message_id
    assert it.identity.full_name in message.get_content()
    assert str(message["To"]) == offer.sender


def test_a_long_thread_keeps_its_first_and_its_last_messages(
    pair_of: Any, letters: Any, monday: datetime
) -> None:
    it = pair_of(1)[0]
    long = " ".join([it.message_id, *(f"<{number}@landlords.example>" for number in range(60))])
    offer = read_mail(mail(references=long, Message_ID="<last@landlords.example>"), AT)
    thread = str(parsed(decline_message(it, offer, letters, monday))["References"]).split()
    assert len(thread) == REFERENCES_MAX
    assert (thread[0], thread[-1]) == (it.message_id, "<last@landlords.example>")


@pytest.mark.parametrize(
    "planted",
    [
        b"<x@y>\n\tBcc: a@b.example",
        b"<x y@z.example>",
        b"x@y",
        b"<\xff@y.example>",
        b"<" + b"a" * 2000 + b"@y>",
    ],
)
def test_a_message_id_of_others_that_is_none_is_not_repeated(
    planted: bytes, pair_of: Any, letters: Any, monday: datetime
) -> None:
    it = pair_of(1)[0]
    offer = read_mail(b"Message-ID: " + planted + b"\nFrom: o@landlords.example\n\nKom vrijdag", AT)
    message = parsed(decline_message(it, offer, letters, monday))
    assert str(message["In-Reply-To"]) == it.message_id
    assert message["Bcc"] is None


def test_a_decline_goes_where_answers_are_asked_for(pair_of: Any) -> None:
    it = pair_of(1)[0]
    asked = read_mail(mail(Reply_To="Kantoor <visits@landlords.example>"), AT)
    assert decline_recipient(it, asked) == "visits@landlords.example"
    assert decline_recipient(it, read_mail(mail(), AT)) == "owner1@landlords.example"
    assert decline_recipient(it, read_mail(b"From: nobody\n\nKom", AT)) == it.to
