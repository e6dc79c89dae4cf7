"""A second coder at the command line: what they are shown, what the release says of it, and slips of the hand."""

import json
import re
from typing import Any

import pytest

from desk.folder import StudyFolder
from desk.sealed import sealed_plan
from desk.standing import Status, next_step
from tests.desk.town import MONDAY, Office, Run, answer, applicant, edit

LET = "Beste {name},\n\nHet appartement is al verhuurd."


@pytest.fixture
def answered(sealed: StudyFolder, office: Office, run: Run) -> StudyFolder:
    """The first letters of the small study, all answered alike and coded by the rules; every answer is drawn."""
    from desk.commands.approve import approve_plan
    from desk.planning import plan_wave
    from tests.desk.town import KEY, NOW

    edit(sealed, {"double_share = 0.2 ": "double_share = 1.0 "})
    plan_wave(sealed, key=KEY, now=NOW, replace=True)
    approve_plan(sealed, by="Mieke", seal=sealed_plan(sealed).seal, now=NOW)
    assert run("send", sealed.root, "--live", "--confirm", "wave1")[0] == 0
    for mail in office.taken:
        answer(sealed, mail, LET.format(name=applicant(mail)[0]), MONDAY)
    assert run("receive", sealed.root)[0] == 0 and run("code", sealed.root)[0] == 0
    return sealed


def shown(run: Run, study: StudyFolder, coder: str) -> list[dict[str, Any]]:
    code, out, _ = run("code", study.root, "--again", "--coder", coder, "--json")
    assert code == 0
    return list(json.loads(out))


def test_the_second_coder_sees_answers_without_name_and_without_the_first_coding(
    answered: StudyFolder, office: Office, run: Run
) -> None:
    left = shown(run, answered, "ben")
    assert len(left) == len(office.taken) == 5
    code, out, err = run("code", answered.root, "--again", "--coder", "ben")
    assert code == 0 and "5 answers wait for ben" in err
    names = {word for mail in office.taken for word in applicant(mail)[0].split() if word[0].isupper()}
    assert not [it for it in (*names, "already_let", "rules") if re.search(rf"\b{it}\b", out)]
    assert (
        run("code", answered.root, "--set", left[0]["response"][:12], "already_let", "--coder", "ben")[0] == 0
    )
    assert [it["response"] for it in shown(run, answered, "ada")] == [it["response"] for it in left[1:]]


def test_the_release_warns_until_two_coders_agree(answered: StudyFolder, run: Run) -> None:
    left = shown(run, answered, "ben")
    _, _, err = run("release", answered.root, "--interim")
    assert (
        "warning: nobody knows whether two coders would agree: 0 of 5 drawn answers were coded twice" in err
    )
    for it in left[:-1]:
        run("code", answered.root, "--set", it["response"], "already_let", "--coder", "ben")
    run("code", answered.root, "--set", left[-1]["response"], "rejection", "--coder", "ben")
    _, _, err = run("release", answered.root, "--interim")
    # The first coder used one category throughout: whatever agreement there is, chance gives as much. Kappa is 0.
    assert (
        "warning: the coders agree less than the gate of 0.8 asks: 5 of 5 drawn answers were coded twice, kappa 0.00"
        in err
    )


@pytest.mark.parametrize(
    "words",
    [
        ("--again",),
        ("--again", "--coder", "ben", "--positive"),
        ("--again", "--coder", "ben", "--set", "abc", "rejection"),
    ],
)
def test_listing_and_coding_at_once_is_refused(
    approved: StudyFolder, run: Run, words: tuple[str, ...]
) -> None:
    code, _, err = run("code", approved.root, *words)
    assert code == 2 and "--again" in err


def test_status_sends_the_second_coder_to_the_list(approved: StudyFolder) -> None:
    reason = "4 answers wait for a second coder (evenhand code --again --coder NAME)"
    status = Status(study="s", wave="w", seal="x", approved_by="Mieke", keeps_open=[reason])
    assert next_step(approved, status) == f"evenhand code {approved.root} --again --coder NAME"


def test_status_says_until_when_anything_may_be_kept_and_what_is_overdue(
    approved: StudyFolder, run: Run
) -> None:
    from datetime import UTC, datetime

    from tests.desk.town import set_clock

    # The small wave ends on 2 March 2027, its last window of three days on 5 March; 180 and 365 days later.
    said = "to keep no longer: answers until 2027-09-01, contacts until 2028-03-04, key until 2027-09-01"
    _, out, err = run("status", approved.root)
    assert said in out and "to be gone" not in err
    set_clock(approved, datetime(2027, 9, 2, 12, tzinfo=UTC))
    _, _, err = run("status", approved.root)
    assert "to be gone since 2027-09-01: answers (mail/" in err and "secrets/wave.key" in err
    assert "contacts" not in err


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (None, []),
        ({"drawn": 0}, []),
        (
            {"drawn": 5, "coded_twice": 5, "kappa": 0.91, "kappa_gate": 0.8, "holds": True},
            ["Coded twice: 5 of 5 drawn answers, kappa 0.91 (gate 0.8, passed)"],
        ),
        (
            {"drawn": 5, "coded_twice": 5, "kappa": 0.4, "kappa_gate": 0.8, "holds": False},
            [
                "WARNING: Coded twice: 5 of 5 drawn answers, kappa 0.40 (gate 0.8, not passed): outcomes may hang on "
                "who coded them"
            ],
        ),
        (
            {"drawn": 5, "coded_twice": 1, "kappa": None, "kappa_gate": 0.8, "holds": None},
            [
                "WARNING: Coded twice: 1 of 5 drawn answers, no kappa (gate 0.8, not known to be passed): outcomes may "
                "hang on who coded them"
            ],
        ),
    ],
)
def test_an_estimation_says_above_its_numbers_whether_two_coders_agreed(said: Any, told: list[str]) -> None:
    from analysis.printing import _coding

    assert _coding(said) == told


def test_the_estimates_of_a_study_begin_with_how_its_answers_were_coded(
    answered: StudyFolder, run: Run
) -> None:
    from datetime import UTC, datetime

    from tests.desk.town import set_clock

    set_clock(answered, datetime(2027, 3, 20, 12, tzinfo=UTC))
    run("send", answered.root, "--live", "--confirm", "wave1")
    assert run("receive", answered.root)[0] == 0
    assert run("release", answered.root, "--interim")[0] == 0
    code, out, _ = run("estimate", answered.root)
    assert code == 0 and "WARNING: Coded twice: 0 of 5 drawn answers" in out.splitlines()[1]
