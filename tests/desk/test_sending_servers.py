"""Mail servers that must not be spoken to, or cannot be; each guard with the harm without it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from desk.commands.approve import approve_plan
from desk.folder import StudyFolder
from desk.planning import plan_wave
from desk.wave_key import write_key
from testing.fieldwork.channels.channel import Answer, Verdict
from testing.fieldwork.channels.smtp import SmtpChannel
from tests.desk.town import KEY, MONDAY, NOW, SMALL, Office, Run, crawl, edit, free_port, rows, states

LIVE = ("--live", "--confirm", "wave1")
BEYOND = "192.0.2.1"
"""An address that belongs to nobody (RFC 5737)."""
READY = {
    "live = false": "live = true",
    'ethics = ""': 'ethics = "EC-2027-004"',
    'dpia = ""': 'dpia = "DPIA-12"',
    "post.example.org": "post.toytown-university.be",
}
"""What a person fills in for a live wave."""


def nothing(*_: Any, **__: Any) -> None:
    """A guard that was planted empty."""


@pytest.fixture
def real(approved: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> StudyFolder:
    """The approved study as a real one: no rehearsal, and a mail server beyond this machine."""
    approved.virtual_clock.unlink()
    monkeypatch.setattr("desk.commands.send.clock_of", lambda study: lambda: MONDAY)
    monkeypatch.setenv("EVENHAND_SMTP_HOST", BEYOND)
    return approved


def drawn_up(study: StudyFolder, monkeypatch: pytest.MonkeyPatch, *, domain: str, scored: bool) -> None:
    """Draw up and approve the plan of a study that is ready for a live wave, its names scored or not."""
    edit(study, SMALL | READY)
    if scored:
        names = study.names.read_text("utf-8").replace(',,,"starter set, unscored"', ",0.95,80,made up")
        study.names.write_text(names, "utf-8")
    crawl(study, privates=6, agencies=4, domain=domain)
    write_key(study, KEY)
    plan = plan_wave(study, key=KEY, now=NOW)
    approve_plan(study, by="Mieke", seal=plan.seal, now=NOW)
    monkeypatch.setattr("desk.commands.send.clock_of", lambda study: lambda: MONDAY)
    monkeypatch.setenv("EVENHAND_SMTP_STARTTLS", "no")


def test_nothing_goes_beyond_this_machine_without_all_that_a_live_wave_needs(
    real: StudyFolder, run: Run
) -> None:
    before = rows(real)
    code, out, err = run("send", real.root, *LIVE)
    assert (code, out) == (4, "")
    for missing in (
        "set sending.live = true",
        "wave.ethics",
        "wave.dpia",
        ": nobody has rated it",
        "senders at example domains",
    ):
        assert missing in err
    assert rows(real) == before, "and no socket was opened, or the test would have failed"


def test_planted_without_that_guard_a_socket_is_opened(
    real: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("testing.fieldwork.safeguards.live_wave_may_send", nothing)
    with pytest.raises(AssertionError, match="leaves loopback"):
        run("send", real.root, *LIVE)


def test_one_thing_that_is_missing_is_enough(
    study: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_SMTP_HOST", BEYOND)
    drawn_up(study, monkeypatch, domain="agency.be", scored=False)
    code, _, err = run("send", study.root, *LIVE)
    assert code == 4
    assert ": nobody has rated it" in err
    assert [word for word in ("sending.live", "wave.ethics", "wave.dpia", "--confirm") if word in err] == []


def test_a_live_wave_that_has_everything_speaks_to_its_server(
    study: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_SMTP_HOST", BEYOND)
    drawn_up(study, monkeypatch, domain="agency.be", scored=True)
    with pytest.raises(AssertionError, match=f"leaves loopback: .*{BEYOND}"):
        run("send", study.root, *LIVE)


def test_a_rehearsal_never_leaves_this_machine(
    approved: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_SMTP_HOST", BEYOND)
    # Even where everything that a live wave needs is there.
    monkeypatch.setattr("testing.fieldwork.safeguards.live_wave_may_send", nothing)
    before = rows(approved)
    code, _, err = run("send", approved.root, *LIVE)
    assert code == 4
    assert f"{approved.root} is a rehearsal" in err
    assert rows(approved) == before


def test_planted_without_its_guard_a_rehearsal_leaves_this_machine(
    approved: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_SMTP_HOST", BEYOND)
    monkeypatch.setattr("desk.sending.check_reach", nothing)
    with pytest.raises(AssertionError, match="leaves loopback"):
        run("send", approved.root, *LIVE)


def test_real_landlords_are_not_given_up_because_the_server_is_on_this_machine(
    study: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn_up(study, monkeypatch, domain="agency.be", scored=True)
    before = rows(study)
    code, _, err = run("send", study.root, *LIVE)
    assert code == 4
    assert "the mail server is on this machine" in err
    assert "EVENHAND_SMTP_HOST" in err
    assert rows(study) == before


def test_planted_without_that_guard_real_landlords_are_withheld_for_good(
    study: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn_up(study, monkeypatch, domain="agency.be", scored=True)
    monkeypatch.setattr("desk.sending.check_reach", nothing)
    assert run("send", study.root, *LIVE)[0] == 0
    assert states(study)["withheld"] >= 5
    assert office.taken == []


def lost(study: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch) -> int:
    """Applications that an absent server cost: those that do not arrive when it is back."""
    monkeypatch.setenv("EVENHAND_SMTP_PORT", str(free_port()))
    code, out, err = run("send", study.root, *LIVE)
    if code == 1:
        assert "the mail server cannot be reached (127.0.0.1:" in err
        assert "nothing is lost" in err
        assert "EVENHAND_SMTP_HOST" in err
        assert "sent:" not in out
    monkeypatch.setenv("EVENHAND_SMTP_PORT", str(office.port))
    run("send", study.root, *LIVE)
    assert set(office.ids.values()) <= {1}
    return 5 - len(office.taken)


def test_a_server_that_is_not_there_costs_nothing(
    approved: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_SMTP_PORT", str(free_port()))
    before = states(approved)
    assert run("send", approved.root, *LIVE)[0] == 1
    assert states(approved) == before
    assert lost(approved, office, run, monkeypatch) == 0


def test_a_planted_channel_that_takes_silence_for_a_refusal_is_found(
    approved: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer: Callable[[SmtpChannel, str, str], Answer] = SmtpChannel.offer

    def refuses(self: SmtpChannel, sender: str, recipient: str) -> Answer:
        answer = offer(self, sender, recipient)
        return replace(answer, verdict=Verdict.REFUSED) if answer.verdict is Verdict.UNREACHABLE else answer

    monkeypatch.setattr(SmtpChannel, "offer", refuses)
    assert lost(approved, office, run, monkeypatch) == 5


def test_a_halt_that_speaks_of_the_mail_server_is_no_absent_server(
    approved: StudyFolder, office: Office, run: Run
) -> None:
    run("send", approved.root, "--halt", "the mail server is blacklisted", "--by", "Ada")
    code, _, err = run("send", approved.root, *LIVE)
    assert code == 4
    assert "halted by Ada" in err
    assert "nothing is lost" not in err


@pytest.mark.parametrize(("said", "starttls"), [("", False), ("no", False), ("yes", True)])
def test_mail_on_this_machine_is_encrypted_only_when_asked(
    said: str, starttls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desk.settings import mail_server

    monkeypatch.setenv("EVENHAND_SMTP_HOST", "localhost")
    monkeypatch.setenv("EVENHAND_SMTP_STARTTLS", said)
    assert mail_server().starttls is starttls
    monkeypatch.setenv("EVENHAND_SMTP_HOST", "mail.example")
    monkeypatch.delenv("EVENHAND_SMTP_STARTTLS")
    assert mail_server().starttls is True
