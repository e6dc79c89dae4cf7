"""A mail that nothing could match is listed for a person, who gives it to its application by name."""

import json

import pytest

from desk.folder import StudyFolder
from tests.desk.town import MONDAY, Office, Run, deliver, states


@pytest.fixture
def lost(approved: StudyFolder, office: Office, run: Run) -> tuple[str, str]:
    """One answer to a mailbox that is nobody's, and the id of the application that its sender was written with."""
    assert run("send", approved.root, "--live", "--confirm", "wave1")[0] == 0
    sender = str(office.taken[0]["To"])
    head = f"From: {sender}\r\nTo: info@post.example.org\r\nSubject: Huis\r\n\r\n"
    raw = head + "U kan vrijdag om 10 uur komen kijken.\r\n"
    deliver(approved, raw.encode(), MONDAY)
    _, _, err = run("receive", approved.root)
    assert "1 mails belong to no application" in err and "--unmatched" in err
    (found,) = json.loads(run("receive", approved.root, "--unmatched", "--json")[1])
    (application,) = [it for it in found["applications_to_sender"] if it in sent(approved)]
    return found["mail"], application


def sent(study: StudyFolder) -> list[str]:
    from testing.store import applications
    from testing.store.engine import open_store
    from testing.study.application import State

    with open_store(study.store, create=False) as store, store.read() as session:
        return [it.application.id for it in applications.in_state(session, State.SENT)]


def test_a_mail_is_given_to_its_application_by_a_person_and_what_follows_follows(
    approved: StudyFolder, lost: tuple[str, str], run: Run
) -> None:
    mail, application = lost
    code, _, err = run("receive", approved.root, "--match", mail[:12], application, "--by", "Ada")
    assert code == 0 and "given to" in err
    assert states(approved)["answered"] == 1
    assert run("receive", approved.root, "--unmatched", "--json")[1] == "[]\n"
    run("code", approved.root)
    status = json.loads(run("status", approved.root, "--json")[1])
    assert status["declines"] == {"pending": 1}
    assert status["ledger_faults"] == []


def test_a_match_needs_a_name_an_application_and_a_mail_that_is_free(
    approved: StudyFolder, lost: tuple[str, str], run: Run
) -> None:
    mail, application = lost
    for arguments, code, words in (
        ((mail, application), 4, "needs the name"),
        ((mail, "a000", "--by", "Ada"), 1, "no application has the id a000"),
        (("ffff", application, "--by", "Ada"), 1, "no responses begin with"),
    ):
        found, _, err = run("receive", approved.root, "--match", *arguments)
        assert found == code and words in err
    assert states(approved)["answered"] == 0
    run("receive", approved.root, "--match", mail, application, "--by", "Ada")
    found, _, err = run("receive", approved.root, "--match", mail, application, "--by", "Ada")
    assert found == 1 and "already belongs" in err
    assert run("receive", approved.root, "--unmatched", "--match", mail, application)[0] == 2
