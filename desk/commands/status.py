"""``evenhand status``: takes a study, says where it stands, what is owed and what to do next."""

import json
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.folder import StudyFolder, study_folder
from desk.rehearsal.clock import clock_of
from desk.standing import SHOWN, Status, next_step

if TYPE_CHECKING:
    from testing.store.declines import Decline
    from testing.store.engine import Session
    from testing.study.protocol import Protocol

SQLITE = "sqlite:///"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.pass_context
def command(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """Say where a study stands and what to do next.

    Ends with 5 when the ledger was tampered with, with 1 when a decline is overdue.
    """
    from testing.custody.keeping import PLACES

    study = study_folder(folder)
    status = status_of(study, now=clock_of(study)())
    if as_json:
        click.echo(json.dumps(asdict(status), indent=1, ensure_ascii=False))
    else:
        click.echo(text_of(status))
    for fault in status.ledger_faults:
        click.echo(f"tampered: {fault}", err=True)
    if status.declines_overdue:
        click.echo(f"overdue: {status.declines_overdue} offered viewings must be declined now", err=True)
    for what in status.to_erase:
        click.echo(f"to be gone since {status.kept_until[what]}: {what} ({PLACES[what]})", err=True)
    ctx.exit(5 if status.ledger_faults else 1 if status.declines_overdue else 0)


def status_of(folder: StudyFolder, *, now: datetime) -> Status:
    """Gather where a study stands; nothing is changed.

    Args:
        folder: the study.
        now: what windows and deadlines are counted against, aware.

    Raises:
        StoreUnusable: there is a store, and it cannot be read.
    """
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    if folder.store.startswith(SQLITE) and not Path(folder.store.removeprefix(SQLITE)).exists():
        found = Status(study=protocol.study.name, wave=protocol.wave.name)
    else:
        with open_store(folder.store, create=False) as store, store.read() as session:
            found = _gathered(folder, session, protocol, now)
    return replace(found, next=next_step(folder, found))


def text_of(status: Status) -> str:
    """Write a status as lines for people."""
    lines = [f"Study {status.study}, wave {status.wave}"]
    lines.append(f"frame: {status.listings} listings, crawl {status.crawl}")
    if status.seal:
        ended = " (it has ended)" if status.approval_expired else ""
        approved = f"approved by {status.approved_by} until {status.approved_until}{ended}"
        lines.append(f"plan: {status.seal[:12]}, {approved if status.approved_by else 'not approved'}")
    if status.halted:
        lines.append(f"HALTED: {status.halted}")
    for name, counts in (
        ("applications", status.applications),
        ("responses", status.responses),
        ("declines", status.declines),
    ):
        if counts:
            lines.append(f"{name}: " + ", ".join(f"{count} {key}" for key, count in counts.items()))
    if status.unread:
        lines.append(f"mails not received yet: {status.unread}")
    if status.codings_open:
        named = ", ".join(it[:SHOWN] for it in status.open_responses)
        lines.append(f"codings left open: {status.codings_open} ({named})")
    for it in status.uncertain:
        lines.append(f"uncertain: {it['application']}, begun {it['begun_at']}, {it['message_id']}")
    for owed in status.declines_by_hand:
        lines.append(
            f"to decline by hand: {owed['application']}, until {owed['due_until']}: {owed['reason']}"
        )
    lines += [f"open: {reason}" for reason in status.keeps_open]
    if status.kept_until:
        days = ", ".join(f"{what} until {day}" for what, day in status.kept_until.items())
        lines.append(f"to keep no longer: {days} (a person erases them)")
    lines.append(f"ledger: {status.ledger_lines} lines, {'TAMPERED' if status.ledger_faults else 'whole'}")
    return "\n".join([*lines, f"next: {status.next}"])


def _gathered(folder: StudyFolder, session: "Session", protocol: "Protocol", now: datetime) -> Status:
    from testing.custody.closing import whats_open
    from testing.custody.keeping import kept_until, overdue
    from testing.fieldwork.safeguards import local, wave_over
    from testing.store import applications, codings, declines, frame, ledger, responses, waves

    seal = waves.seal_of(session, protocol.wave.name)
    approval = waves.approval(session, seal) if seal else None
    halt = waves.halted(session)
    owed = declines.open_declines(session)
    open_responses = [
        response for response, it in codings.final_codings(session).items() if it.category is None
    ]
    return Status(
        study=protocol.study.name,
        wave=protocol.wave.name,
        listings=frame.count(session),
        crawl=_crawl(session),
        seal=seal,
        approved_by=approval.by if approval else None,
        approved_until=approval.until.isoformat() if approval else None,
        approval_expired=approval is not None and local(protocol, now).date() > approval.until,
        wave_over=wave_over(protocol, now),
        halted=f"{halt.reason} ({halt.by})" if halt else None,
        applications={key.value: count for key, count in applications.counts_by_state(session).items()},
        uncertain=_uncertain(session),
        unread=_unread(folder),
        responses=responses.counts(session),
        uncoded=len(codings.uncoded(session)),
        codings_open=len(open_responses),
        open_responses=open_responses,
        declines={key.value: count for key, count in declines.decline_counts(session).items()},
        declines_by_hand=_by_hand(owed),
        declines_overdue=sum(it.due_until < now for it in owed),
        keeps_open=whats_open(session, protocol=protocol, now=now) if seal else [],
        kept_until={it.what: it.until.isoformat() for it in kept_until(protocol)} if seal else {},
        to_erase=[it.what for it in overdue(protocol, now)] if seal else [],
        ledger_lines=ledger.head(session)[0],
        ledger_faults=ledger.verify(session),
    )


def _crawl(session: "Session") -> str:
    from testing.store import crawls

    if crawls.last_is_unfinished(session):
        return "unfinished"
    return "finished" if crawls.last_finished(session) else "never"


def _uncertain(session: "Session") -> list[dict[str, str | None]]:
    from testing.store import applications
    from testing.study.application import State

    return [
        {
            "application": it.application.id,
            "message_id": it.application.message_id,
            "begun_at": it.sent_at.isoformat() if it.sent_at else None,
        }
        for it in applications.in_state(session, State.UNCERTAIN)
    ]


def _by_hand(owed: "list[Decline]") -> list[dict[str, str]]:
    from testing.store.declines import DeclineState

    return [
        {
            "application": it.application,
            "response": it.response,
            "due_until": it.due_until.isoformat(),
            "reason": it.note or it.state.value,
        }
        for it in owed
        if it.state in (DeclineState.REFUSED, DeclineState.UNCERTAIN)
    ]


def _unread(folder: StudyFolder) -> int:
    """Mails that lie in the mailbox; a name that begins with a dot is a delivery under way."""
    new = folder.mail / "new"
    return sum(not it.name.startswith(".") for it in new.iterdir()) if new.is_dir() else 0
