"""``evenhand receive``: takes a study, reads its mailbox, matches answers and closes response windows."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.folder import StudyFolder, study_folder
from desk.rehearsal.clock import clock_of
from testing.study.errors import EvenhandError

if TYPE_CHECKING:
    from testing.fieldwork.channels.maildir import Mail
    from testing.fieldwork.receiving import ReceiveCounts


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def command(folder: Path, as_json: bool) -> None:
    """Read the mailbox and match answers to applications.

    Reads the Maildir in the study's folder; a mail read twice counts once. What cannot be matched is kept.
    """
    study = study_folder(folder)
    counts = receive_mail(study, now=clock_of(study)())
    if as_json:
        click.echo(json.dumps(asdict(counts), indent=1))
    else:
        for name, value in asdict(counts).items():
            click.echo(f"{name}: {value}")
    if counts.unmatched:
        click.echo(f"{counts.unmatched} mails belong to no application; they are kept", err=True)
    click.echo(f"Next: evenhand code {study.typed}", err=True)


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
