"""Commands that were mistyped, or said of something that is not so: told with what to do, and nothing changes."""

import json
from datetime import timedelta

import pytest

from desk.folder import StudyFolder
from tests.desk.town import MONDAY, Office, Run, answer, rows, set_clock

LIVE = ("--live", "--confirm", "wave1")
UNCLEAR = "Wij komen hierop terug."
INVITES = "Dag\n\nU kan donderdag om 10 uur komen kijken naar de woning."

SLIPS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "live and halted at once": (("send", *LIVE, "--halt", "stop", "--by", "Ada"), 2, "stand alone"),
    "live and resumed at once": (("send", *LIVE, "--resume-after-halt", "--by", "Ada"), 2, "stand alone"),
    "two to settle at once": (("send", "--reconcile", "{a}", "--declined", "{a}"), 2, "stand alone"),
    "reconciled without what was found": (("send", "--reconcile", "{a}", "--by", "Ada"), 2, "--as sent"),
    "found without what to reconcile": (
        ("send", "--as", "sent", "--by", "Ada"),
        2,
        "--reconcile APPLICATION",
    ),
    "reconciled as something else": (("send", "--reconcile", "{a}", "--as", "lost"), 2, "not-sent"),
    "a limit of nothing": (("send", *LIVE, "--limit", "0"), 2, "--limit"),
    "a halt without a name": (("send", "--halt", "a complaint"), 4, "--by NAME"),
    "a halt by blanks": (("send", "--halt", "a complaint", "--by", " "), 4, "--by NAME"),
    "a halt without a reason": (("send", "--halt", " ", "--by", "Ada"), 4, "a reason"),
    "resumed without a name": (("send", "--resume-after-halt"), 4, "--by NAME"),
    "resumed without a halt": (("send", "--resume-after-halt", "--by", "Ada"), 1, "nothing is halted"),
    "reconciled what was sent": (
        ("send", "--reconcile", "{a}", "--as", "not-sent", "--by", "Ada"),
        1,
        "is sent, so there is nothing to settle",
    ),
    "reconciled what is not there": (
        ("send", "--reconcile", "a1", "--as", "sent", "--by", "Ada"),
        1,
        "no application has the id a1",
    ),
    "declined what owes nothing": (("send", "--declined", "{a}", "--by", "Ada"), 1, "no decline is owed"),
    "declined without a name": (("send", "--declined", "{a}"), 4, "--by NAME"),
    "an unknown category": (("code", "--set", "{r}", "maybe", "--coder", "ada"), 2, "viewing_invitation"),
    "an offered viewing that is none": (
        ("code", "--set", "{r}", "viewing_invitation", "--not-positive", "--coder", "ada"),
        2,
        "offers a viewing",
    ),
    "an unknown response": (("code", "--set", "ffffff", "other", "--coder", "ada"), 1, "begin with 'ffffff'"),
    "a response without a name": (("code", "--set", "", "other", "--coder", "ada"), 1, "begin with ''"),
    "a coding by nobody": (("code", "--set", "{r}", "other"), 4, "--coder NAME"),
    "a coding by blanks": (("code", "--set", "{r}", "other", "--coder", " "), 4, "--coder NAME"),
    "a coder that passes for the rules": (
        ("code", "--set", "{r}", "other", "--coder", "rules/1"),
        4,
        "--coder NAME",
    ),
    "a coder without a coding": (("code", "--coder", "ada"), 2, "--set RESPONSE CATEGORY"),
}


@pytest.fixture
def under_way(approved: StudyFolder, office: Office, run: Run) -> StudyFolder:
    """The approved study after five messages and one unclear answer."""
    assert run("send", approved.root, *LIVE)[0] == 0
    answer(approved, office.taken[0], UNCLEAR, MONDAY)
    assert run("receive", approved.root)[0] == 0
    assert run("code", approved.root)[0] == 0
    return approved


@pytest.mark.parametrize(("words", "code", "says"), SLIPS.values(), ids=SLIPS)
def test_nothing_changes_by(
    words: tuple[str, ...], code: int, says: str, under_way: StudyFolder, office: Office, run: Run
) -> None:
    before, taken = rows(under_way), len(office.taken)
    (response,) = json.loads(run("status", under_way.root, "--json")[1])["open_responses"]
    first = next(row for row in before["application"] if "sent" in row)[0]
    name, *options = (word.format(a=first, r=response) for word in words)
    ended, out, err = run(name, under_way.root, *options)
    assert (ended, out) == (code, ""), err
    assert says in err
    assert "Traceback" not in err
    assert rows(under_way) == before
    assert len(office.taken) == taken


def test_a_wave_s_name_that_nobody_types_sends_nothing(
    approved: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    for typed, code in (("", 1), ("Wave1\n", 4), ("wave1\n", 0)):
        assert office.taken == []
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        ended, _, err = run("send", approved.root, "--live")
        assert ended == code
        assert "Type the name of the wave (wave1)" in err
    assert len(office.taken) == 5


def declines_despite_a_halt(study: StudyFolder, office: Office, run: Run) -> int:
    """Declines that leave while applications are halted."""
    run("send", study.root, *LIVE)
    answer(study, office.taken[0], INVITES, MONDAY)
    run("receive", study.root)
    run("code", study.root)
    assert run("send", study.root, "--halt", "a complaint", "--by", "Ada")[0] == 0
    set_clock(study, MONDAY + timedelta(hours=3))
    code, out, err = run("send", study.root, *LIVE)
    assert code == 4
    assert "halted by Ada" in err and "a complaint" in err
    declines = sum(bool(mail["In-Reply-To"]) for mail in office.taken)
    assert len(office.taken) == 5 + declines, "no application leaves"
    assert ("declines sent: 1" in out.splitlines()) == (declines == 1), "what left is told all the same"
    return declines


def test_what_is_owed_leaves_in_spite_of_a_halt_until_a_person_ends_it(
    approved: StudyFolder, office: Office, run: Run
) -> None:
    assert declines_despite_a_halt(approved, office, run) == 1
    assert run("send", approved.root)[0] == 4, "a dry run says so too"
    assert run("send", approved.root, "--resume-after-halt", "--by", "Mieke")[0] == 0
    assert run("send", approved.root, *LIVE)[0] == 0
    assert len(office.taken) > 6


def test_a_planted_halt_that_holds_back_what_is_owed_is_found(
    approved: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("testing.fieldwork.sending.send_declines", lambda *_, **__: None)
    assert declines_despite_a_halt(approved, office, run) == 0


def test_a_mailbox_that_cannot_be_tidied_is_told_and_no_mail_counts_twice(
    approved: StudyFolder, office: Office, run: Run
) -> None:
    run("send", approved.root, *LIVE)
    answer(approved, office.taken[0], UNCLEAR, MONDAY)
    (approved.mail / "cur").write_text("in the way", "utf-8")
    code, out, err = run("receive", approved.root, "--json")
    assert (code, out) == (1, "")
    assert str(approved.mail) in err and "nothing is read twice" in err
    (approved.mail / "cur").unlink()
    counts = json.loads(run("receive", approved.root, "--json")[1])
    assert (counts["read"], counts["new"]) == (1, 0)
    assert json.loads(run("status", approved.root, "--json")[1])["responses"]["responses"] == 1
