"""What keeps messages from leaving: each guard with its exit code and its words, and with the harm without it."""

import shutil
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from desk.commands.approve import approve_plan
from desk.folder import StudyFolder
from desk.sealed import sealed_plan
from desk.sending import send_wave
from desk.settings import MailServer
from testing.fieldwork.channels.smtp import SmtpChannel
from testing.store.engine import open_store
from testing.store.lease import sole_sender
from tests.desk.town import (
    MONDAY,
    NOW,
    TUESDAY,
    Office,
    Run,
    rows,
    set_clock,
    tamper,
)

BEYOND = "192.0.2.1"
"""An address that belongs to nobody (RFC 5737)."""
LIVE = ("--live", "--confirm", "wave1")


def nothing(*_: Any, **__: Any) -> None:
    """A guard that was planted empty."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """A circumstance in which nothing may leave."""

    arrange: Callable[[StudyFolder], None] = nothing
    arguments: tuple[str, ...] = LIVE
    environment: dict[str, str | None] = field(default_factory=dict)
    code: int
    says: tuple[str, ...]
    without: tuple[str, Any]
    """Where a bug is planted, and what stands there then."""


def expire(study: StudyFolder) -> None:
    approve_plan(study, by="Mieke", seal=sealed_plan(study).seal, now=NOW, until=date(2027, 3, 1))
    set_clock(study, TUESDAY)


def change(file: str) -> Callable[[StudyFolder], None]:
    def changed(study: StudyFolder) -> None:
        path = study.root / file
        path.write_text(path.read_text("utf-8") + "\n", "utf-8")

    return changed


def with_sql(statement: str) -> Callable[[StudyFolder], None]:
    return lambda study: tamper(study, statement)


UNGUARDED = ("testing.fieldwork.permitting.wave_may_send", nothing)
UNSEALED = ("desk.sending.check_sealed", nothing)
GUARDS = {
    "no approval": Guard(
        arrange=with_sql("DELETE FROM approval"),
        code=4,
        says=("nobody has approved", "evenhand approve"),
        without=UNGUARDED,
    ),
    "an approval that has ended": Guard(
        arrange=expire,
        code=4,
        says=("the approval by Mieke ended on 2027-03-01", "evenhand approve"),
        without=UNGUARDED,
    ),
    "a halt": Guard(
        arrange=with_sql("INSERT INTO halt (by, reason, at) VALUES ('Ada', 'a complaint', '2027-03-01')"),
        code=4,
        says=("halted by Ada", "a complaint", "--resume-after-halt --by NAME"),
        without=UNGUARDED,
    ),
    "another study file": Guard(
        arrange=change("protocol.toml"), code=5, says=("protocol.toml", "--replace"), without=UNSEALED
    ),
    "another letter": Guard(arrange=change("letters/nl.toml"), code=5, says=("letters",), without=UNSEALED),
    "a letter more": Guard(
        arrange=lambda study: shutil.copyfile(study.letters / "nl.toml", study.letters / "de.toml") and None,
        code=5,
        says=("letters",),
        without=UNSEALED,
    ),
    "other names": Guard(arrange=change("names.csv"), code=5, says=("names.csv",), without=UNSEALED),
    "another plan on disk": Guard(
        arrange=change("plan/plan.json"), code=5, says=("plan.json",), without=UNSEALED
    ),
    "no plan on disk": Guard(
        arrange=lambda study: study.plan.unlink(), code=5, says=("plan.json (gone)",), without=UNSEALED
    ),
    "another recipient in the store": Guard(
        arrange=with_sql("UPDATE application SET payload = replace(payload, '@landlord', '@somebody')"),
        code=5,
        says=("the plan in the store was changed", "restore it from a copy"),
        without=UNSEALED,
    ),
    "another name typed": Guard(
        arguments=("--live", "--confirm", "Wave1"),
        code=4,
        says=("'Wave1' is not the name of the wave, 'wave1'",),
        without=("desk.commands.send._typed_name", lambda wave, confirm: wave),
    ),
    "no server named": Guard(
        environment={"EVENHAND_SMTP_HOST": None},
        code=4,
        says=("no mail server is named", "EVENHAND_SMTP_HOST"),
        without=("desk.settings.mail_server", None),
    ),
} | {
    f"port {port!r}": Guard(
        environment={"EVENHAND_SMTP_PORT": port},
        code=4,
        says=("EVENHAND_SMTP_PORT", "587"),
        without=("desk.settings.mail_server", None),
    )
    for port in ("", "smtp", "0", "65536", "-25", "²")
}


def arranged(guard: Guard, study: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    guard.arrange(study)
    for name, value in guard.environment.items():
        monkeypatch.delenv(name)
        if value is not None:
            monkeypatch.setenv(name, value)


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
def test_nothing_leaves_and_nothing_changes_with(
    guard: Guard, approved: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    arranged(guard, approved, monkeypatch)
    before = rows(approved)
    code, _, err = run("send", approved.root, *guard.arguments)
    assert code == guard.code, err
    assert [it for it in guard.says if it not in err] == []
    assert "Traceback" not in err
    assert office.taken == []
    assert rows(approved) == before


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
def test_planted_without_its_guard_mail_leaves_with(
    guard: Guard, approved: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    arranged(guard, approved, monkeypatch)
    somewhere = MailServer(host="127.0.0.1", port=office.port, user=None, password=None, starttls=False)
    monkeypatch.setattr(guard.without[0], guard.without[1] or (lambda: somewhere))
    assert run("send", approved.root, *guard.arguments)[0] == 0
    assert len(office.taken) >= 5


def test_a_plan_that_nobody_approved_is_not_sent(sealed: StudyFolder, office: Office, run: Run) -> None:
    before = rows(sealed)
    for arguments in (LIVE, ()):
        code, _, err = run("send", sealed.root, *arguments)
        assert code == 4
        assert "nobody has approved the wave's plan; have it approved with: evenhand approve" in err
    assert rows(sealed) == before
    assert office.taken == []


def dry(study: StudyFolder, office: Office, run: Run) -> bool:
    """Whether a run without --live leaves everything as it was."""
    before = rows(study)
    code, out, _ = run("send", study.root, "--confirm", "wave1")
    assert code == 0
    assert len(out.splitlines()) == 5
    return office.taken == [] and rows(study) == before


def test_without_live_nothing_leaves_and_nothing_changes(
    approved: StudyFolder, office: Office, run: Run
) -> None:
    assert dry(approved, office, run)


def test_a_planted_dry_run_that_sends_is_found(
    approved: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sends(study: StudyFolder, *, now: Any) -> Any:
        found = previewed(study, now=now)
        with SmtpChannel("127.0.0.1", office.port) as channel:
            send_wave(study, channel=channel, clock=lambda: MONDAY, live=True)
        return found

    from desk.sending import would_send as previewed

    monkeypatch.setattr("desk.commands.send.would_send", sends)
    assert not dry(approved, office, run)


def test_two_programs_never_send_at_once(approved: StudyFolder, office: Office, run: Run) -> None:
    before = rows(approved)
    with open_store(approved.store) as store, sole_sender(store):
        code, _, err = run("send", approved.root, *LIVE)
    assert code == 4
    assert "another program is sending" in err
    assert rows(approved) == before
    assert office.taken == []


def test_planted_without_the_lease_two_programs_send_at_once(
    approved: StudyFolder, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("testing.fieldwork.sending.sole_sender", lambda store: nullcontext())
    with open_store(approved.store) as store, sole_sender(store):
        assert run("send", approved.root, *LIVE)[0] == 0
    assert len(office.taken) == 5
