"""``evenhand status``: takes a study, says where it stands, what is owed and what to do next."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.folder import StudyFolder, study_folder
from desk.rehearsal.clock import clock_of

if TYPE_CHECKING:
    from testing.store.engine import Session
    from testing.study.protocol import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where a study stands."""

    study: str
    wave: str
    next: str
    """The command to run next."""
    listings: int = 0
    crawl: str = "never"
    """finished, unfinished or never."""
    seal: str | None = None
    approved_by: str | None = None
    approved_until: str | None = None
    halted: str | None = None
    """Reason of the halt in force."""
    applications: dict[str, int] = field(default_factory=dict)
    """Count by state."""
    responses: dict[str, int] = field(default_factory=dict)
    codings_open: int = 0
    declines: dict[str, int] = field(default_factory=dict)
    """Count by state."""
    declines_overdue: int = 0
    keeps_open: list[str] = field(default_factory=list)
    """What keeps the wave from being closed."""
    ledger_lines: int = 0
    ledger_faults: list[str] = field(default_factory=list)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.pass_context
def command(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """Say where a study stands and what to do next.

    Ends with 5 when the ledger was tampered with, with 1 when a decline is overdue.
    """
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
    ctx.exit(5 if status.ledger_faults else 1 if status.declines_overdue else 0)


def status_of(folder: StudyFolder, *, now: datetime) -> Status:
    """Gather where a study stands; nothing is changed.

    Args:
        folder: the study.
        now: what windows and deadlines are counted against, aware.
    """
    from testing.store.engine import open_store
    from testing.study.errors import StoreUnusable
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    try:
        with open_store(folder.store, create=False) as store, store.read() as session:
            return _gathered(folder, session, protocol, now)
    except StoreUnusable:
        if "://" in folder.store and not folder.store.startswith("sqlite:///"):
            raise
        if Path(folder.store.removeprefix("sqlite:///")).exists():
            raise
        return Status(
            study=protocol.study.name, wave=protocol.wave.name, next=f"evenhand crawl {folder.root}"
        )


def text_of(status: Status) -> str:
    """Write a status as lines for people."""
    lines = [f"Study {status.study}, wave {status.wave}"]
    lines.append(f"frame: {status.listings} listings, crawl {status.crawl}")
    if status.seal:
        approved = f"approved by {status.approved_by} until {status.approved_until}"
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
    if status.codings_open:
        lines.append(f"codings left open: {status.codings_open}")
    lines += [f"open: {reason}" for reason in status.keeps_open]
    lines.append(f"ledger: {status.ledger_lines} lines, {'TAMPERED' if status.ledger_faults else 'whole'}")
    return "\n".join([*lines, f"next: {status.next}"])


def _gathered(folder: StudyFolder, session: "Session", protocol: "Protocol", now: datetime) -> Status:
    from testing.custody.closing import whats_open
    from testing.store import applications, codings, crawls, declines, frame, ledger, responses, waves

    seal = waves.seal_of(session, protocol.wave.name)
    approval = waves.approval(session, seal) if seal else None
    halt = waves.halted(session)
    crawl = "unfinished" if crawls.unfinished(session) else "never"
    owed = declines.open_declines(session)
    keeps_open = whats_open(session, protocol=protocol, now=now) if seal else []
    finished = crawls.last_finished(session)
    return Status(
        study=protocol.study.name,
        wave=protocol.wave.name,
        listings=frame.count(session),
        crawl="finished" if finished and not crawls.last_is_unfinished(session) else crawl,
        seal=seal,
        approved_by=approval.by if approval else None,
        approved_until=approval.until.isoformat() if approval else None,
        halted=f"{halt.reason} ({halt.by})" if halt else None,
        applications={key.value: count for key, count in applications.counts_by_state(session).items()},
        responses=responses.counts(session),
        codings_open=sum(it.category is None for it in codings.final_codings(session).values()),
        declines={key.value: count for key, count in declines.decline_counts(session).items()},
        declines_overdue=sum(it.due_until < now for it in owed),
        keeps_open=keeps_open,
        ledger_lines=ledger.head(session)[0],
        ledger_faults=ledger.verify(session),
        next=_next(
            folder,
            crawled=finished is not None and not crawls.last_is_unfinished(session),
            sealed=seal is not None,
            approved=approval is not None,
            halted=halt is not None,
            keeps_open=keeps_open,
        ),
    )


def _next(
    folder: StudyFolder, *, crawled: bool, sealed: bool, approved: bool, halted: bool, keeps_open: list[str]
) -> str:
    place = str(folder.root)
    if not sealed:
        return f"evenhand {'plan' if crawled else 'crawl'} {place}"
    if not approved:
        return f"evenhand approve {place}"
    if halted:
        return f"evenhand send {place} --resume-after-halt --by NAME (when the reason is gone)"
    if any("not coded" in reason for reason in keeps_open):
        return f"evenhand code {place}"
    if any("windows are open" in reason or "mailbox" in reason for reason in keeps_open):
        waits = any("not been sent" in reason for reason in keeps_open)
        return f"evenhand {'send' if waits else 'receive'} {place}"
    if keeps_open:
        return f"evenhand send {place}"
    if not (folder.release / "outcomes.dictionary.json").is_file():
        return f"evenhand release {place}"
    return f"evenhand estimate {place}"
