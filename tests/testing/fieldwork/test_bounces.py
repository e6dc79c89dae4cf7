"""Which mails say that delivery failed for good, and which only look so."""

import json
from pathlib import Path

import pytest

from testing.fieldwork.reading import read_mail
from tests.testing.fieldwork.mails import AT, mail, report

PROSE = {
    "a report of failure": ("MAILER-DAEMON@mx.example", "Mail delivery failed", "550 user unknown", True),
    "a full mailbox": ("postmaster@mx.example", "Undeliverable", "The mailbox full, giving up.", True),
    "a warning": ("MAILER-DAEMON@mx.example", "Warning", "This is a warning message only. 550 later", False),
    "a delay": (
        "MAILER-DAEMON@mx.example",
        "Delayed",
        "Your mail has been delayed and will be retried",
        False,
    ),
    "a landlord who writes of failure": (
        "owner@landlords.example",
        "Mail delivery failed",
        "Uw mail could not be delivered? Kom vrijdag.",
        False,
    ),
    "an ordinary answer": ("owner@landlords.example", "Re: Huis", "Kom vrijdag om 10 uur.", False),
}


@pytest.mark.parametrize("name", PROSE)
def test_a_report_in_prose_is_believed_only_of_a_mail_system_that_gave_up(name: str) -> None:
    sender, subject, text, bounce = PROSE[name]
    assert read_mail(mail(sender=sender, subject=subject, text=text), AT).bounce is bounce


@pytest.mark.parametrize(("action", "bounce"), [("failed", True), ("delayed", False), ("relayed", False)])
def test_a_report_with_fields_says_it_by_its_action(action: str, bounce: bool) -> None:
    found = read_mail(report("<a@b.example>", action), AT)
    assert (found.bounce, found.automatic) == (bounce, True)


def test_a_report_whose_parts_lost_their_boundaries_is_read_in_one_piece() -> None:
    raw = report("<a@b.example>").replace(b"--b\n", b"\n").replace(b"--b--", b"")
    assert read_mail(raw, AT).bounce


@pytest.mark.parametrize(
    ("headers", "subject"),
    [
        ({"Auto_Submitted": "auto-replied"}, "Re: Huis"),
        ({"Precedence": "auto_reply"}, "Re: Huis"),
        ({"X_Autoreply": "yes"}, "Re: Huis"),
        ({}, "Automatisch antwoord: Huis"),
        ({}, "Réponse automatique : Huis"),
        ({}, "Out of office: Huis"),
        ({}, "[Automatyczna odpowiedź] Huis"),
    ],
)
def test_a_machine_is_known_by_its_headers_or_its_fixed_subject(
    headers: dict[str, str], subject: str
) -> None:
    assert read_mail(mail(subject=subject, **headers), AT).automatic
    assert not read_mail(mail(Auto_Submitted="no"), AT).automatic


@pytest.mark.shared
def test_real_bounces_automatic_answers_and_ordinary_mails_are_told_apart(shared: Path) -> None:
    """47 real mails; the expected verdict of each stands in their index (licences: see its README)."""
    wrong = []
    for it in json.loads((shared / "bounces" / "index.json").read_text("utf-8")):
        found = read_mail((shared / "bounces" / f"{it['id']}.eml").read_bytes(), AT)
        bounce = bool({"hard_bounce", "soft_bounce"} & set(it["kind_accept"]))
        if found.bounce is not bounce or (it["kind"] == "auto_reply" and not found.automatic):
            wrong.append((it["id"], it["kind"], found.bounce, found.automatic))
    assert wrong == []
