"""What the commands of the fieldwork say: data on stdout, words on stderr, and where a study stands."""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from desk.commands.approve import approve_plan
from desk.folder import StudyFolder
from desk.sealed import sealed_plan
from tests.desk.town import MONDAY, NOW, TUESDAY, Office, Run, answer, crawl, set_clock, tamper

LIVE = ("--live", "--confirm", "wave1")
INVITES = "Dag\n\nU kan donderdag om 10 uur komen kijken naar de woning."


def test_json_is_all_that_stdout_holds_and_it_parses_for_every_command(
    approved: StudyFolder, office: Office, run: Run
) -> None:
    def told(*arguments: str) -> dict[str, Any]:
        code, out, err = run(arguments[0], approved.root, *arguments[1:], "--json")
        assert code == 0, err
        return dict(json.loads(out))

    assert len(told("send")["due"]) == 5
    assert told("send", "--live", "--confirm", "wave1")["sent"] == 5
    for mail in office.taken[:2]:
        answer(approved, mail, INVITES, MONDAY, reply_to="owner@agency.be")
    assert told("receive")["new"] == 2
    assert told("code")["declines_owed"] == 2
    assert told("send", "--halt", "a complaint", "--by", "Ada")["reason"] == "a complaint"
    assert told("send", "--resume-after-halt", "--by", "Ada")["halted"] is False
    answer(approved, office.taken[2], "Wij komen hierop terug.", MONDAY)
    told("receive")
    (response,) = (it["response"] for it in told("code")["open_answers"])
    assert told("code", "--set", response, "other", "--coder", "ada")["category"] == "other"
    set_clock(approved, MONDAY + timedelta(hours=3))
    office.drop_at = 6
    counts = told("send", "--live", "--confirm", "wave1")
    assert (counts["declines_refused"], counts["uncertain"]) == (2, 1)
    owed = told("status")["declines_by_hand"][0]["application"]
    assert told("send", "--declined", owed, "--by", "Ada")["application"] == owed
    assert told("release", "--interim")["notes"]["interim"] is True
    lost = told("status")["uncertain"][0]["application"]
    assert told("send", "--reconcile", lost, "--as", "sent", "--by", "Ada")["settled_as"] == "sent"


def test_people_are_spoken_to_on_stderr_only(approved: StudyFolder, office: Office, run: Run) -> None:
    for arguments in (("--halt", "a complaint", "--by", "Ada"), ("--resume-after-halt", "--by", "Ada")):
        code, out, err = run("send", approved.root, *arguments)
        assert (code, out) == (0, "")
        assert "Ada" in err
    code, out, err = run("send", approved.root)
    assert len(out.splitlines()) == 5
    assert "Dry run: nothing was sent. 5 of 5" in err
    code, out, err = run("send", approved.root, "--live", "--confirm", "wave1")
    assert out == "sent: 5\n"


@dataclass(frozen=True, kw_only=True)
class Town:
    """A study in the field with its mail server, and the command."""

    study: StudyFolder
    office: Office
    run: Run

    def does(self, name: str, *arguments: str, code: int = 0) -> None:
        ended, _, err = self.run(name, self.study.root, *arguments)
        assert ended == code, err

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self.run("status", self.study.root, "--json")[1]))


def sent(town: Town) -> None:
    town.does("send", *LIVE)


def answered(text: str, reply_to: str | None = None) -> Callable[[Town], None]:
    def arrange(town: Town) -> None:
        sent(town)
        answer(town.study, town.office.taken[0], text, MONDAY, reply_to=reply_to)

    return arrange


def received(text: str, reply_to: str | None = None) -> Callable[[Town], None]:
    def arrange(town: Town) -> None:
        answered(text, reply_to)(town)
        town.does("receive")

    return arrange


def coded(text: str, reply_to: str | None = None) -> Callable[[Town], None]:
    def arrange(town: Town) -> None:
        received(text, reply_to)(town)
        town.does("code")

    return arrange


def refused_decline(town: Town) -> None:
    # The landlord asks for answers at an address that a rehearsal never writes to.
    coded(INVITES, "owner@agency.be")(town)
    set_clock(town.study, MONDAY + timedelta(hours=3))
    sent(town)


def uncertain(town: Town) -> None:
    town.office.drop_at = 1
    sent(town)


def ended(town: Town) -> None:
    seal = sealed_plan(town.study).seal
    approve_plan(town.study, by="Mieke", seal=seal, now=NOW, until=date(2027, 3, 1))
    set_clock(town.study, TUESDAY)


def halted(town: Town) -> None:
    town.does("send", "--halt", "a complaint", "--by", "Ada")


def halted_while_owed(town: Town) -> None:
    coded(INVITES)(town)
    halted(town)
    set_clock(town.study, MONDAY + timedelta(hours=3))


def over(town: Town) -> None:
    set_clock(town.study, TUESDAY + timedelta(days=1))


STEPS: dict[str, tuple[Callable[[Town], None], str, int]] = {
    "an approved plan": (lambda town: None, "send --live", 0),
    "mail in the mailbox": (answered(INVITES), "receive", 0),
    "answers that no rule has seen": (received(INVITES), "code", 0),
    "an unclear answer": (coded("Wij komen hierop terug."), "code --set {response} CATEGORY --coder NAME", 0),
    "an uncertain application": (uncertain, "send --reconcile {application} --as FOUND --by NAME", 0),
    "a decline that mail cannot carry": (refused_decline, "send --declined {application} --by NAME", 0),
    "a halt": (halted, "send --resume-after-halt --by NAME", 0),
    "a halt, and a viewing to turn down": (halted_while_owed, "send --live", 4),
    "an approval that has ended": (ended, "approve", 0),
    "a wave that is over": (over, "send --live", 0),
}
"""How a study stands, the step that status names then, and how it ends."""


@pytest.mark.parametrize(("arrange", "step", "ends"), STEPS.values(), ids=STEPS)
def test_status_names_the_step_that_moves_the_study_on_from(
    arrange: Callable[[Town], None], step: str, ends: int, approved: StudyFolder, office: Office, run: Run
) -> None:
    town = Town(study=approved, office=office, run=run)
    arrange(town)
    before = town.status()
    first = list(before["uncertain"] or before["declines_by_hand"])
    name, *options = step.format(
        application=first[0]["application"] if first else "",
        response=(before["open_responses"] or [""])[0][:12],
    ).split()
    told = before["next"].partition(" (")[0]
    assert shlex.split(told) == ["evenhand", name, str(approved.root), *options]
    mine = {"CATEGORY": "rejection", "NAME": "Ada", "FOUND": "not-sent", "--live": "--live --confirm wave1"}
    seal = ("--by", "Mieke", "--seal", before["seal"]) if name == "approve" else ()
    words = " ".join(mine.get(word, word) for word in options).split()
    town.does(name, *words, *seal, code=ends)
    after = town.status()
    assert [key for key in before if key != "ledger_lines" and before[key] != after[key]]


def test_a_wave_that_is_over_before_anybody_approved_it_needs_another_plan(
    sealed: StudyFolder, run: Run
) -> None:
    set_clock(sealed, TUESDAY + timedelta(days=1))
    told = json.loads(run("status", sealed.root, "--json")[1])["next"]
    assert told.startswith(f"evenhand plan {sealed.root} --replace")
    assert run("approve", sealed.root, "--by", "Mieke", "--seal", sealed_plan(sealed).seal)[0] == 4


def test_the_next_command_can_be_pasted_whatever_the_folder_is_called(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "it's my study"
    assert run("init", folder)[0] == 0
    code, out, _ = run("status", folder)
    assert code == 0
    assert shlex.split(out.splitlines()[-1].removeprefix("next: ")) == ["evenhand", "crawl", str(folder)]


def test_an_overdue_decline_ends_status_with_1_and_a_changed_ledger_with_5(
    approved: StudyFolder, office: Office, run: Run
) -> None:
    town = Town(study=approved, office=office, run=run)
    coded(INVITES)(town)
    assert run("status", approved.root)[0] == 0
    # Twenty-four hours on working days from Monday noon.
    set_clock(approved, MONDAY + timedelta(hours=24))
    assert run("status", approved.root)[0] == 0
    set_clock(approved, MONDAY + timedelta(hours=24, minutes=1))
    code, _, err = run("status", approved.root)
    assert code == 1
    assert "1 offered viewings must be declined now" in err
    tamper(approved, "UPDATE ledger SET subject = 'somebody' WHERE event = 'plan-approved'")
    code, out, err = run("status", approved.root)
    assert code == 5
    assert "TAMPERED" in out and "was changed after writing" in err


COMMANDS = ("send", "receive", "code", "release", "status")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_folder_without_a_study_ends_with_3(name: str, tmp_path: Path, run: Run) -> None:
    code, out, err = run(name, tmp_path, "--json")
    assert (code, out) == (3, "")
    assert f"{tmp_path / 'protocol.toml'}: there is no study file here" in err
    assert "evenhand init" in err


@pytest.mark.parametrize("name", COMMANDS[:-1])
def test_a_study_without_a_store_ends_with_1(name: str, study: StudyFolder, run: Run) -> None:
    code, out, err = run(name, study.root, "--json")
    assert (code, out) == (1, "")
    assert "there is no store at" in err and "evenhand crawl" in err
    assert not (study.root / "data").exists()


def test_status_of_a_store_that_cannot_be_read_does_not_send_anybody_crawling(
    study: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_DATABASE_URL", "no address")
    code, out, err = run("status", study.root)
    assert (code, out) == (1, "")
    assert "EVENHAND_DATABASE_URL" in err
    monkeypatch.delenv("EVENHAND_DATABASE_URL")
    crawl(study)
    (study.root / "data" / "study.sqlite").write_bytes(b"no database" * 100)
    code, out, err = run("status", study.root)
    assert (code, out) == (1, "")
    assert "is not a store" in err


def test_a_crawl_that_a_guard_refuses_never_began(study: StudyFolder, run: Run) -> None:
    code, out, err = run("crawl", study.root)
    assert (code, out) == (4, "")
    assert "profile 'generic' names no portal" in err and "immoweb" in err
    status = json.loads(run("status", study.root, "--json")[1])
    assert (status["crawl"], status["ledger_lines"]) == ("never", 0)
    assert "generic names no portal" in run("check", study.root)[2]
