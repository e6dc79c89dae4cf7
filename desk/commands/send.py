"""``evenhand send``: takes a study, sends what is due at most once; a dry run unless told otherwise."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.folder import StudyFolder, study_folder
from desk.progress import counting
from desk.rehearsal.clock import clock_of
from desk.sealed import check_sealed
from testing.study.errors import EvenhandError, Refused

if TYPE_CHECKING:
    from testing.fieldwork.channels.channel import Channel
    from testing.fieldwork.tally import SendCounts
    from testing.store.engine import Store
    from testing.study.protocol import Protocol


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--live", is_flag=True, help="Really send, through the mail server of EVENHAND_SMTP_HOST.")
@click.option("--confirm", metavar="WAVE", help="The wave's name; asked for where absent.")
@click.option("--limit", type=click.IntRange(min=1), help="Most applications to send now.")
@click.option("--halt", metavar="REASON", help="Stop all sending of applications; owed declines go on.")
@click.option("--resume-after-halt", "resume", is_flag=True, help="End a halt.")
@click.option("--reconcile", metavar="APPLICATION", help="Settle an uncertain application, with --as.")
@click.option("--as", "found", type=click.Choice(["sent", "not-sent"]), help="What became of it.")
@click.option(
    "--declined", metavar="APPLICATION", help="Say that its viewing was turned down in another way."
)
@click.option("--by", default="", help="Name of the person who halts, resumes, reconciles or declined.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def command(
    folder: Path,
    live: bool,
    confirm: str | None,
    limit: int | None,
    halt: str | None,
    resume: bool,
    reconcile: str | None,
    found: str | None,
    declined: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Send what is due (a dry run unless told otherwise).

    Without --live nothing leaves and nothing changes. Ends with 4 when a guard refuses, with 5 when the plan
    or a study file is not the one that was sealed.
    """
    study = study_folder(folder)
    clock = clock_of(study)
    now = clock()
    asked = [halt is not None, resume, reconcile is not None, declined is not None, live]
    if sum(asked) > 1:
        raise click.UsageError("--live, --halt, --resume-after-halt, --reconcile and --declined stand alone")
    if halt is not None or resume:
        change_halt(study, reason=halt, by=by, now=now)
        click.echo("halted" if halt is not None else "resumed", err=True)
    elif reconcile is not None:
        if found is None:
            raise click.UsageError("say what became of it: --as sent, or --as not-sent")
        settle(study, reconcile, sent=found == "sent", by=by, now=now)
        click.echo(f"{reconcile} settled as {found}", err=True)
    elif declined is not None:
        settle_declined(study, declined, by=by, now=now)
        click.echo(f"the viewing offered to {declined} is settled", err=True)
    elif live:
        _live(study, clock, confirm=confirm, limit=limit, as_json=as_json)
    else:
        _dry(study, now, as_json=as_json)


def send_wave(
    folder: StudyFolder,
    *,
    channel: "Channel",
    clock: Callable[[], datetime],
    live: bool = False,
    limit: int | None = None,
    confirmed: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> "SendCounts":
    """Send the declines and applications that are due now.

    Args:
        folder: the study.
        channel: a way to send; one that leaves this machine needs everything that a live wave needs.
        clock: tells what time it is, aware.
        live: whether to send; else nothing leaves and the counts say what would.
        limit: most applications.
        confirmed: the wave's name as a person typed it; needed where the channel leaves this machine.
        progress: told after each application.

    Returns:
        What was sent, what waits and why; of a dry run, what would be sent under ``waiting``.

    Raises:
        Refused: not approved, expired, halted (owed declines have left then), or not ready for a live wave.
        LockMismatch: the plan, protocol, letters or names are not those that were sealed.
    """
    from testing.fieldwork.permitting import refusal
    from testing.fieldwork.sending import send_due
    from testing.store.applications import waits
    from testing.store.engine import open_store
    from testing.study.reading import read_letters, read_protocol

    if not live:
        return _would_send(folder, loopback=channel.loopback, now=clock())
    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store:
        with store.read() as session:
            check_sealed(folder, session, protocol)
        if not channel.loopback:
            if folder.virtual_clock.exists():
                raise Refused(f"{folder.root} is a rehearsal; nothing of it is ever sent beyond this machine")
            _ready_for_live(store, protocol, confirmed)
        letters = read_letters(folder.letters, protocol)
        counts = send_due(
            store,
            protocol=protocol,
            channel=channel,
            clock=clock,
            letters=letters.languages,
            limit=limit,
            progress=progress,
        )
        # Declines are owed whatever stops the applications, so they have left before this is said.
        with store.read() as session:
            refused = refusal(session, protocol, clock()) if waits(session) else None
    if refused is not None:
        raise refused
    return counts


def would_send(folder: StudyFolder, *, now: datetime, loopback: bool = False) -> list[dict[str, str]]:
    """Say for each due application what would be done with it; nothing changes.

    Raises:
        LockMismatch: the plan or a study file is not the one that was sealed.
    """
    from testing.fieldwork.permitting import preview
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store:
        with store.read() as session:
            check_sealed(folder, session, protocol)
        found = preview(store, protocol=protocol, loopback=loopback, now=now)
    return [
        {
            "application": it.id,
            "to": it.to,
            "subject": it.letter.subject,
            "order": str(it.order),
            "decision": ruling.go.value,
            "reason": ruling.reason,
        }
        for it, ruling in found
    ]


def change_halt(folder: StudyFolder, *, reason: str | None, by: str, now: datetime) -> None:
    """Halt all sending of applications for a reason, or end the halt where no reason is given."""
    from testing.store import waves
    from testing.store.engine import open_store

    if not by.strip():
        raise Refused("say who halts or resumes: --by NAME")
    with open_store(folder.store, create=False) as store, store.begin() as session:
        if reason is not None:
            waves.halt(session, by=by, reason=reason, now=now)
        else:
            waves.resume_after_halt(session, by=by, now=now)


def settle(folder: StudyFolder, application: str, *, sent: bool, by: str, now: datetime) -> None:
    """Settle an uncertain application on a person's word."""
    from testing.fieldwork.sending import reconcile
    from testing.store.engine import open_store

    with open_store(folder.store, create=False) as store, store.begin() as session:
        reconcile(session, application, sent=sent, by=by, now=now)


def settle_declined(folder: StudyFolder, application: str, *, by: str, now: datetime) -> None:
    """Settle an owed decline on a person's word."""
    from testing.fieldwork.declining import settle_decline
    from testing.store.engine import open_store

    with open_store(folder.store, create=False) as store, store.begin() as session:
        settle_decline(session, application, by=by, now=now)


def _live(
    study: StudyFolder,
    clock: Callable[[], datetime],
    *,
    confirm: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    from desk.settings import mail_server
    from testing.fieldwork.channels.smtp import SmtpChannel
    from testing.study.reading import read_protocol

    wave = read_protocol(study.protocol).wave.name
    server = mail_server()
    typed = confirm or click.prompt(f"Really send? Type the name of the wave ({wave})", err=True)
    if typed != wave:
        raise Refused(f"{typed!r} is not the name of the wave, {wave!r}; nothing was sent")
    channel = SmtpChannel(
        server.host,
        server.port,
        starttls=server.starttls,
        user=server.user,
        password=server.password,
        allow_remote=True,
    )
    with channel, counting("Sending") as progress:
        counts = send_wave(
            study, channel=channel, clock=clock, live=True, limit=limit, confirmed=typed, progress=progress
        )
    _tell(counts, as_json=as_json)
    if counts.stopped is not None and "mail server" in counts.stopped:
        raise EvenhandError(counts.stopped)


def _dry(study: StudyFolder, now: datetime, *, as_json: bool) -> None:
    found = would_send(study, now=now)
    if as_json:
        click.echo(json.dumps({"live": False, "due": found}, indent=1, ensure_ascii=False))
    else:
        for it in found:
            why = f" ({it['reason']})" if it["reason"] else ""
            click.echo(f"{it['decision']:6} {it['application']}  {it['to']}  «{it['subject']}»{why}")
    count = sum(it["decision"] == "send" for it in found)
    click.echo(f"Dry run: nothing was sent. {count} of {len(found)} due applications would go now.", err=True)
    click.echo(f"To send: evenhand send {study.root} --live", err=True)


def _tell(counts: "SendCounts", *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(counts), indent=1, ensure_ascii=False))
        return
    for name, value in asdict(counts).items():
        if value:
            click.echo(f"{name.replace('_', ' ')}: {value}")
    if counts.uncertain or counts.declines_uncertain:
        click.echo(
            "Uncertain ones are never sent again; look into the mail server's log, then --reconcile.",
            err=True,
        )


def _would_send(folder: StudyFolder, *, loopback: bool, now: datetime) -> "SendCounts":
    from testing.fieldwork.tally import SendCounts

    found = would_send(folder, now=now, loopback=loopback)
    return SendCounts(waiting=dict(Counter(it["reason"] or "would be sent" for it in found)))


def _ready_for_live(store: "Store", protocol: "Protocol", confirmed: str | None) -> None:
    from testing.fieldwork.safeguards import live_wave_may_send
    from testing.store import waves

    with store.read() as session:
        plan = waves.plan_of(session, protocol.wave.name)
    assert plan is not None
    live_wave_may_send(protocol, plan.applications, confirmed)
