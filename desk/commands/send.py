"""``evenhand send``: takes a study, sends what is due at most once; a dry run unless told otherwise."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.folder import StudyFolder, study_folder
from desk.progress import counting
from desk.rehearsal.clock import clock_of
from desk.sending import change_halt, send_wave, settle, settle_declined, would_send
from testing.study.errors import EvenhandError, Refused

if TYPE_CHECKING:
    from testing.fieldwork.tally import SendCounts


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
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
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
    if (reconcile is None) != (found is None):
        raise click.UsageError(
            "--reconcile APPLICATION needs --as sent or --as not-sent, and they go together"
        )
    if halt is not None or resume:
        change_halt(study, reason=halt, by=by, now=now)
        _done({"halted": halt is not None, "reason": halt, "by": by}, as_json)
    elif reconcile is not None:
        settle(study, reconcile, sent=found == "sent", by=by, now=now)
        _done({"application": reconcile, "settled_as": found, "by": by}, as_json)
    elif declined is not None:
        settle_declined(study, declined, by=by, now=now)
        _done({"application": declined, "declined": "in another way", "by": by}, as_json)
    elif live:
        _live(study, clock, confirm=confirm, limit=limit, as_json=as_json)
    else:
        _dry(study, now, as_json=as_json)


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

    server = mail_server()
    wave = _typed_name(read_protocol(study.protocol).wave.name, confirm)
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
            study,
            channel=channel,
            clock=clock,
            live=True,
            limit=limit,
            confirmed=wave,
            progress=progress,
            tell=lambda counts: _tell(counts, as_json=as_json),
        )
    if counts.stopped is not None and counts.stopped.startswith("the mail server"):
        raise EvenhandError(
            f"{counts.stopped}; nothing is lost: mind EVENHAND_SMTP_HOST, _PORT, _USER and _PASSWORD, "
            "then send again"
        )


def _typed_name(wave: str, confirm: str | None) -> str:
    """The wave's name, as a person typed it."""
    typed = confirm or str(click.prompt(f"Really send? Type the name of the wave ({wave})", err=True))
    if typed != wave:
        raise Refused(f"{typed!r} is not the name of the wave, {wave!r}; nothing was sent")
    return typed


def _dry(study: StudyFolder, now: datetime, *, as_json: bool) -> None:
    found = would_send(study, now=now)
    if as_json:
        refused = str(found.refused) if found.refused else None
        told = {"live": False, "refused": refused, "due": found.due, "declines": found.declines}
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        for it in found.declines:
            click.echo(f"decline {it['application']}  by {it['due_until']}")
        for it in found.due:
            why = f" ({it['reason']})" if it["reason"] else ""
            click.echo(f"{it['decision']:7} {it['application']}  {it['to']}  «{it['subject']}»{why}")
    click.echo(
        f"Dry run: nothing was sent. {found.would_go} of {len(found.due)} due applications would go now, "
        f"{len(found.declines)} declines are due.",
        err=True,
    )
    if found.refused is not None:
        raise found.refused
    click.echo(f"To send: evenhand send {study.typed} --live", err=True)


def _tell(counts: "SendCounts", *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(counts), indent=1, ensure_ascii=False))
    else:
        for name, value in asdict(counts).items():
            if name == "waiting":
                for reason, count in value.items():
                    click.echo(f"waiting: {count} ({reason})")
            elif value:
                click.echo(f"{name.replace('_', ' ')}: {value}")
    if counts.uncertain or counts.declines_uncertain:
        click.echo(
            "Uncertain ones are never sent again: evenhand status lists them; look each up in the mail server's "
            "log, then settle it with --reconcile (an application) or --declined (a decline).",
            err=True,
        )


def _done(what: dict[str, Any], as_json: bool) -> None:
    """Say what a person's word changed: to people, or as data."""
    if as_json:
        click.echo(json.dumps(what, ensure_ascii=False))
    else:
        words = [f"{name.replace('_', ' ')}: {value}" for name, value in what.items() if value is not None]
        click.echo(", ".join(words), err=True)
