"""A whole small study by the command line, as its user runs it: status says what comes next, until the report."""

import json
import re
import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta

import pandas as pd
import pytest

from desk.folder import StudyFolder
from desk.wave_key import write_key
from tests.desk.town import (
    KEY,
    MONDAY,
    NOW,
    SMALL,
    Office,
    Run,
    answer,
    applicant,
    crawl,
    deliver,
    edit,
    rows,
    set_clock,
)

INVITES = "Dag\n\nU kan donderdag om 10 uur komen kijken naar de woning."
REFUSES = "Dag\n\nU komt helaas niet in aanmerking."
SAYS_LET = "Dag\n\nDe woning is al verhuurd."
UNCLEAR = "Beste {name},\n\nWij komen hierop terug en schrijven u op {email}."
ANSWERS = (INVITES, REFUSES, None, SAYS_LET, UNCLEAR)
"""What the landlords answer to the first application that arrives, the second, ...; None is silence."""


class Life:
    """A person who runs what status says, in a town whose landlords answer within the hour."""

    def __init__(self, run: Run, study: StudyFolder, office: Office) -> None:
        self.run, self.study, self.office = run, study, office
        self.now = NOW
        self.done: list[str] = []
        self.answered: dict[str, str | None] = {}
        """What was answered to each Message-ID."""

    def status(self) -> dict[str, object]:
        code, out, _ = self.run("status", self.study.root, "--json")
        assert code == 0, out
        return dict(json.loads(out))

    def follow(self, *, until: str) -> None:
        """Do what status says next, and let time pass where that changed nothing."""
        hours = working_hours(self.now)
        for _ in range(200):
            told = str(self.status()["next"])
            words = shlex.split(told)
            assert words[0] == "evenhand" and words[2] == str(self.study.root)
            self.done.append(words[1])
            if words[1] == until:
                return
            before = rows(self.study)
            self.do(words[1:])
            self.landlords_answer()
            if rows(self.study) == before and words[1] not in ("release", "estimate"):
                self.now = next(hours)
                set_clock(self.study, self.now)
        pytest.fail(f"the study does not move on from: {told}")

    def do(self, words: list[str]) -> None:
        mine = {"CATEGORY": "other", "NAME": "Ada"}
        words = [mine.get(word, word) for word in words]
        if words[0] == "approve":
            words += ["--by", "Mieke", "--seal", str(self.status()["seal"])]
        if words[0] == "send":
            words += ["--confirm", "wave1"]
        code, out, err = self.run(*words, *([] if words[0] == "approve" else ["--json"]))
        assert code == 0, err
        assert words[0] == "approve" or json.loads(out)

    def landlords_answer(self) -> None:
        for mail in self.office.taken:
            if mail["In-Reply-To"] or str(mail["Message-ID"]) in self.answered:
                continue
            text = ANSWERS[len(self.answered) % len(ANSWERS)]
            self.answered[str(mail["Message-ID"])] = text
            if text is not None:
                name, email = applicant(mail)
                answer(self.study, mail, text.format(name=name, email=email), self.now)


def working_hours(after: datetime) -> Iterator[datetime]:
    """Half past every hour from the wave's first morning on, within the hours of sending in Brussels."""
    moment = datetime.fromisoformat("2027-03-01T08:30:00Z")
    while True:
        if moment > after and moment.weekday() < 5 and 8 <= moment.hour <= 16:
            yield moment
        moment += timedelta(hours=1)


@pytest.fixture
def life(run: Run, study: StudyFolder, office: Office) -> Life:
    """A study that was just written, and the person who runs it."""
    edit(study, SMALL)
    set_clock(study, NOW)
    # The key decides what is drawn; a test draws the same every time.
    write_key(study, KEY)
    return Life(run, study, office)


def test_status_leads_from_an_empty_folder_to_the_report(life: Life, run: Run) -> None:
    study, office = life.study, life.office
    assert run("check", study.root)[0] == 0
    assert life.status()["next"] == f"evenhand crawl {study.root}"
    crawl(study, privates=6, agencies=4)
    deliver(study, b"From: a@b.example\r\nSubject: Win a prize\r\n\r\nClick here.\r\n", NOW)
    life.follow(until="report")

    order = list(dict.fromkeys(life.done))
    assert order[:3] == ["plan", "approve", "receive"], (
        "the mail that lay there is read before anything leaves"
    )
    assert order[-3:] == ["release", "estimate", "report"]
    assert {"send", "code"} < set(order)
    applications = [mail for mail in office.taken if not mail["In-Reply-To"]]
    declines = [mail for mail in office.taken if mail["In-Reply-To"]]
    assert len(applications) == 20, "ten pairs"
    assert set(office.ids.values()) == {1}
    invited = [message_id for message_id, text in life.answered.items() if text == INVITES]
    turned_down = [next(iter(str(mail["References"]).split())) for mail in declines]
    assert sorted(turned_down) == sorted(invited), "every offered viewing is turned down, and nothing else"
    assert run("report", study.root)[0] == 0
    assert (study.report / "report-nl.html").is_file()


def test_the_released_table_holds_what_the_landlords_did_and_nobody_s_name(life: Life) -> None:
    crawl(life.study, privates=6, agencies=4)
    life.follow(until="estimate")
    table = pd.read_csv(life.study.release / "outcomes.csv")
    answers = list(life.answered.values())
    assert len(table) == len(answers) == 20
    assert table["outcome_positive"].sum() == answers.count(INVITES)
    assert table["outcome_answered"].sum() == len(answers) - answers.count(None)
    assert (table["category"] == "already_let").sum() == answers.count(SAYS_LET)
    assert (table["category"] == "other").sum() == answers.count(UNCLEAR)
    written = "".join(
        file.read_text("utf-8") for file in life.study.release.iterdir() if file.suffix != ".parquet"
    )
    people = [part for mail in life.office.taken for part in (*applicant(mail), str(mail["To"]))]
    assert [it for it in people if it in written] == []
    assert "landlord.example" not in written


def test_open_answers_are_shown_without_name_arm_or_address(
    approved: StudyFolder, office: Office, run: Run
) -> None:
    texts, given_away = open_answers(approved, office, run)
    assert len(texts) == 5
    assert given_away == []


def test_a_planted_coding_desk_that_shows_raw_answers_is_found(
    approved: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("testing.fieldwork.coding_desk.blinded", lambda text, identity: text)
    texts, given_away = open_answers(approved, office, run)
    assert given_away == texts


def open_answers(study: StudyFolder, office: Office, run: Run) -> tuple[list[str], list[str]]:
    """What a coder sees of five unclear answers, and which of it names an applicant, an arm or an address."""
    sign = re.compile(r"uitkering|loon|@")
    assert run("send", study.root, "--live", "--confirm", "wave1")[0] == 0
    people = [applicant(mail) for mail in office.taken]
    for mail, (name, email) in zip(office.taken, people, strict=True):
        answer(study, mail, UNCLEAR.format(name=name, email=email), MONDAY)
    assert run("receive", study.root)[0] == 0
    code, told, _ = run("code", study.root)
    assert code == 0
    found = json.loads(run("code", study.root, "--json")[1])["open_answers"]
    texts = [it["text"] for it in found]
    words = [word for name, _ in people for word in name.split() if word[0].isupper()]
    assert all(text in told for text in texts), "people and programs see the same"
    assert {key for it in found for key in it} == {"response", "received_at", "text", "reason"}
    return texts, [text for text in texts if sign.search(text) or any(word in text for word in words)]


def test_a_person_s_coding_counts_before_the_rules_and_creates_what_is_owed(
    approved: StudyFolder, office: Office, run: Run
) -> None:
    run("send", approved.root, "--live", "--confirm", "wave1")
    answer(approved, office.taken[0], "Dag {name}, wij komen hierop terug.", MONDAY)
    run("receive", approved.root)
    run("code", approved.root)
    (response,) = json.loads(run("status", approved.root, "--json")[1])["open_responses"]
    coded = ("--set", response[:12], "viewing_invitation", "--coder", "ada")
    code, out, err = run("code", approved.root, *coded)
    assert (code, out) == (0, "")
    assert f"{response[:12]} coded viewing_invitation by ada" in err
    status = json.loads(run("status", approved.root, "--json")[1])
    assert (status["codings_open"], status["declines"]) == (0, {"pending": 1})


def test_an_interim_release_says_so_until_the_closed_wave_is_released(life: Life, run: Run) -> None:
    crawl(life.study, privates=6, agencies=4)
    life.follow(until="receive")
    code, _, err = run("release", life.study.root, "--interim")
    assert code == 0
    assert "Interim: this table is not whole" in err
    dictionary = life.study.release / "outcomes.dictionary.json"
    assert json.loads(dictionary.read_text("utf-8"))["notes"]["not_whole_because"]
    life.follow(until="estimate")
    assert "release" in life.done, "status does not take the interim table for the wave's"
    assert json.loads(dictionary.read_text("utf-8"))["notes"]["interim"] is False
