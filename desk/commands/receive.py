"""``evenhand receive``: takes a study, reads its mailbox, matches answers and closes response windows."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.folder import StudyFolder, study_folder
from desk.rehearsal.clock import clock_of
from desk.standing import SHOWN
from testing.study.errors import EvenhandError

if TYPE_CHECKING:
    from testing.fieldwork.channels.maildir import Mail
    from testing.fieldwork.receiving import ReceiveCounts


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option(
    "--unmatched", is_flag=True, help="List the mails that belong to no application, and read none."
)
@click.option("--match", "matched", nargs=2, metavar="MAIL APPLICATION", help="Give one to its application.")
@click.option("--by", default="", help="Name of the person who matches.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts or the list as JSON.")
def command(folder: Path, unmatched: bool, matched: tuple[str, str] | None, by: str, as_json: bool) -> None:
    """Read the mailbox and match answers to applications.

    Reads the Maildir in the study's folder; a mail read twice counts once. What cannot be matched is kept.
    """
    study = study_folder(folder)
    if matched is not None and unmatched:
        raise click.UsageError("--unmatched and --match stand alone")
    if matched is not None:
        match_mail(study, *matched, by=by, now=clock_of(study)())
        click.echo(f"{matched[0]} given to {matched[1]} by {by}. Next: evenhand code {study.typed}", err=True)
        return
    if unmatched:
        _list(unmatched_mail(study), study, as_json=as_json)
        return
    counts = receive_mail(study, now=clock_of(study)())
    if as_json:
        click.echo(json.dumps(asdict(counts), indent=1))
    else:
        for name, value in asdict(counts).items():
            click.echo(f"{name}: {value}")
    if counts.unmatched:
        click.echo(
            f"{counts.unmatched} mails belong to no application; list them: "
            f"evenhand receive {study.typed} --unmatched",
            err=True,
        )
    click.echo(f"Next: evenhand code {study.typed}", err=True)


def match_mail(folder: StudyFolder, mail: str, application: str, *, by: str, now: datetime) -> None:
    """Give a mail that nothing could match to an application, on a person's word."""
    from testing.fieldwork.receiving import match_by_person
    from testing.store.engine import open_store

    with open_store(folder.store, create=False) as store:
        match_by_person(store, mail, application, by=by, now=now)


def unmatched_mail(folder: StudyFolder) -> list[dict[str, Any]]:
    """List the mails that belong to no application, each with the applications that went to its sender."""
    from testing.store import applications, responses
    from testing.store.engine import open_store
    from testing.study.application import State

    with open_store(folder.store, create=False) as store, store.read() as session:
        written: dict[str, list[str]] = {}
        for it in applications.in_state(session, *State):
            written.setdefault(it.application.to.casefold(), []).append(it.application.id)
        return [
            {
                "mail": it.id,
                "received_at": it.received_at.isoformat(),
                "from": it.sender,
                "to": it.recipient,
                "subject": it.subject,
                "text": it.text,
                "applications_to_sender": written.get(it.sender.casefold(), []),
            }
            for it in responses.unmatched(session)
        ]


def _list(found: list[dict[str, Any]], study: StudyFolder, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
    for it in [] if as_json else found:
        click.echo(f"\n--- {it['mail'][:SHOWN]}  {it['received_at'][:16]}  {it['from']}: {it['subject']}")
        click.echo(it["text"].strip()[:600])
        for application in it["applications_to_sender"]:
            click.echo(f"written to this sender: {application}")
    if found:
        click.echo(
            f"{len(found)} mails; give one to its application: "
            f"evenhand receive {study.typed} --match MAIL APPLICATION --by NAME",
            err=True,
        )


def receive_mail(
    folder: StudyFolder,
    *,
    now: datetime,
    received_at_of: "Callable[[Mail], datetime] | None" = None,
) -> "ReceiveCounts":
    """Read every unseen mail of the study's mailbox, then close the response windows that are over.

    Args:
        folder: the study.
        now: when it is read, aware.
        received_at_of: when a mail came in; the time of its file unless given.

    Raises:
        EvenhandError: a mail cannot be read or moved; what was kept until then stays kept, each mail once.
    """
    from testing.fieldwork.channels.maildir import unseen
    from testing.fieldwork.receiving import by_file_time, close_windows, receive
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store:
        try:
            counts = receive(
                store, unseen(folder.mail), now=now, received_at_of=received_at_of or by_file_time
            )
        except OSError as error:
            raise EvenhandError(
                f"{error.filename or folder.mail} cannot be read or moved ({error.strerror}); make the mailbox "
                "readable and writable for you, then receive again: nothing is read twice"
            ) from error
        return replace(counts, silent=close_windows(store, protocol=protocol, now=now))
