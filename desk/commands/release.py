"""``evenhand release``: takes a study whose wave is closed, writes the outcomes table that may leave."""

import json
from datetime import datetime
from pathlib import Path

import click

from desk.folder import StudyFolder, study_folder
from desk.rehearsal.clock import clock_of
from desk.wave_key import wave_key
from testing.study.errors import EvenhandError, Refused


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--interim", is_flag=True, help="Release although the wave is not closed; the table says so.")
@click.option("--json", "as_json", is_flag=True, help="Print the dictionary as JSON.")
def command(folder: Path, interim: bool, as_json: bool) -> None:
    """Write the outcomes table with dictionary and hash.

    Refused (4) while response windows are open, applications or declines are unsettled, or answers uncoded.
    """
    study = study_folder(folder)
    where = release_outcomes(study, now=clock_of(study)(), interim=interim)
    dictionary = json.loads((where / "outcomes.dictionary.json").read_text("utf-8"))
    if as_json:
        click.echo(json.dumps(dictionary, indent=1, ensure_ascii=False))
    else:
        click.echo(f"{where}: {dictionary['rows']} applications, sha256 {dictionary['sha256']['csv']}")
    if dictionary["notes"]["interim"]:
        reasons = "; ".join(dictionary["notes"]["not_whole_because"])
        click.echo(f"Interim: this table is not whole ({reasons}).", err=True)
    click.echo(f"Next: evenhand estimate {folder}", err=True)


def release_outcomes(folder: StudyFolder, *, now: datetime, interim: bool = False) -> Path:
    """Write the wave's outcomes table into the study's release folder.

    Args:
        folder: the study.
        now: when, aware.
        interim: release although the wave is not closed.

    Returns:
        The release folder.

    Raises:
        Refused: the wave is not closed, or there is no plan or key.
        LockMismatch: the ledger or the plan was changed.
    """
    from analysis.outcomes import write_outcomes
    from testing.custody.release import record_release, release
    from testing.store import waves
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store:
        with store.read() as session:
            plan = waves.plan_of(session, protocol.wave.name)
        if plan is None:
            raise Refused("the wave has no sealed plan; draw it up with: evenhand plan")
        table = release(
            store,
            protocol=protocol,
            plan=plan,
            key=wave_key(folder),
            now=now,
            interim=interim,
            notes=json.loads(folder.truth.read_text("utf-8")) if folder.truth.exists() else None,
        )
        try:
            written = write_outcomes(folder.release, table)
        except OSError as error:
            raise EvenhandError(
                f"{folder.release} cannot be written ({error.strerror}); make room and mind who may write there"
            ) from error
        with store.begin() as session:
            record_release(session, written, now)
    return folder.release
