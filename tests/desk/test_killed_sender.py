"""A sender that is killed while it sends: started again, it delivers nothing twice and loses nothing."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desk.folder import StudyFolder
from testing.fieldwork import sending
from tests.desk.town import MONDAY, TUESDAY, Office, Run, answer, set_clock, states, tamper

ROOT = Path(__file__).parents[2]
LIVE = ("--live", "--confirm", "wave1")


def killed_at(study: StudyFolder, office: Office, message: int, run: Run) -> None:
    """Kill a sender with SIGKILL when the server holds its ``message``-th message and has not said so yet."""
    office.hold_at = message
    # PYTHONPATH makes the subprocess run this checkout, whatever is installed.
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "desk", "send", str(study.root), *LIVE]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as sender:
        try:
            assert office.holding.wait(30)
            code, _, err = run("send", study.root, *LIVE)
            assert code == 4
            assert "another program is sending" in err
        finally:
            sender.send_signal(signal.SIGKILL)
    assert sender.returncode == -signal.SIGKILL
    office.hold_at = 0


def deliveries(study: StudyFolder, office: Office, run: Run) -> Counter[str]:
    """How often each Message-ID arrives when the killed sender is started again, hour after hour."""
    for minutes in (0, 60, 120, 180, 240, 275):
        set_clock(study, MONDAY + timedelta(minutes=minutes))
        assert run("send", study.root, *LIVE)[0] == 0
    return office.ids


@pytest.mark.parametrize("message", [1, 3, 5])
def test_a_killed_sender_that_is_started_again_delivers_no_message_twice(
    message: int, approved: StudyFolder, office: Office, run: Run
) -> None:
    killed_at(approved, office, message, run)
    assert states(approved)["transmitting"] == 1, "which was on disk before the message left"
    found = deliveries(approved, office, run)
    assert set(found.values()) == {1}
    assert len(found) == 9, "five pairs are due today; the mate of the uncertain one waits"
    assert states(approved)["uncertain"] == 1


def test_planted_sender_that_takes_up_what_was_under_way_delivers_twice(
    approved: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgets(run: Any) -> None:
        tamper(approved, "UPDATE application SET state = 'approved' WHERE state = 'transmitting'")
        tamper(approved, "UPDATE application SET state = 'approved' WHERE state = 'claimed'")

    killed_at(approved, office, 3, run)
    with monkeypatch.context() as planted:
        planted.setattr(sending, "_clear_stale", forgets)
        assert run("send", approved.root, *LIVE)[0] == 0
    assert max(office.ids.values()) == 2


@pytest.mark.parametrize(("found", "arrived", "withheld"), [("sent", 2, 0), ("not-sent", 1, 2)])
def test_a_person_settles_what_nobody_knows_and_its_mate_follows_or_is_kept_back(
    found: str, arrived: int, withheld: int, approved: StudyFolder, office: Office, run: Run
) -> None:
    killed_at(approved, office, 2, run)
    code, out, err = run("send", approved.root, *LIVE)
    assert code == 0
    assert "uncertain: 1" in out.splitlines()
    assert "--reconcile" in err
    (lost,) = json.loads(run("status", approved.root, "--json")[1])["uncertain"]
    assert lost["message_id"] == str(office.taken[1]["Message-ID"]), "what to look for in the server's log"
    assert lost["begun_at"] == MONDAY.isoformat()
    settle = ("send", approved.root, "--reconcile", lost["application"], "--as", found)
    assert run(*settle)[0] == 4, "nobody is named"
    assert run(*settle, "--by", "Ada")[0] == 0
    code, _, err = run(*settle, "--by", "Ada")
    assert code == 1
    assert f"application {lost['application']} is {'sent' if found == 'sent' else 'withheld'}" in err
    set_clock(approved, TUESDAY)
    assert run("send", approved.root, *LIVE)[0] == 0
    assert set(office.ids.values()) == {1}
    to = str(office.taken[1]["To"])
    assert sum(str(mail["To"]) == to for mail in office.taken) == arrived, "a private owner with one pair"
    assert states(approved)["withheld"] == withheld


def test_a_decline_under_way_when_its_sender_is_killed_is_left_to_a_person(
    approved: StudyFolder, office: Office, run: Run
) -> None:
    assert run("send", approved.root, *LIVE)[0] == 0
    answer(approved, office.taken[0], "Dag\n\nU kan donderdag om 10 uur komen kijken.", MONDAY)
    assert run("receive", approved.root)[0] == 0
    assert run("code", approved.root)[0] == 0
    set_clock(approved, MONDAY + timedelta(hours=3))
    killed_at(approved, office, 6, run)
    told = run("status", approved.root)[1].splitlines()[-1]
    assert told == f"next: evenhand send {approved.root} --live", "which finds that the sender died"
    code, out, err = run("send", approved.root, *LIVE)
    assert code == 0
    assert "declines uncertain: 1" in out.splitlines()
    assert "--declined" in err
    assert sum(bool(mail["In-Reply-To"]) for mail in office.taken) == 1
    status = json.loads(run("status", approved.root, "--json")[1])
    (owed,) = status["declines_by_hand"]
    settle = ("send", approved.root, "--declined", owed["application"])
    assert run(*settle)[0] == 4, "nobody is named"
    assert run(*settle, "--by", "Ada")[0] == 0
    code, _, err = run(*settle, "--by", "Ada")
    assert code == 1
    assert "no decline is owed" in err
