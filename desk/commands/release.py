"""``evenhand release``: takes a study whose wave is closed, writes the outcomes table that may leave."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.folder import StudyFolder, study_folder
from desk.rehearsal.clock import clock_of
from desk.sealed import check_sealed
from desk.unverified import unverified_profiles
from desk.wave_key import wave_key
from testing.study.errors import EvenhandError

if TYPE_CHECKING:
    from analysis.outcomes import OutcomesTable

FILES = ("outcomes.csv", "outcomes.parquet", "outcomes.dictionary.json")
"""What leaves, in the order in which it is put there: whoever finds the dictionary finds the rest."""
DRAFT = ".draft"
"""Folder within the release in which the table is written out before any of it takes its place."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--interim", is_flag=True, help="Release although the wave is not closed; the table says so.")
@click.option("--json", "as_json", is_flag=True, help="Print the dictionary as JSON.")
def command(folder: Path, interim: bool, as_json: bool) -> None:
    """Write the outcomes table with dictionary and hash.

    Refused (4) while response windows are open, applications or declines are unsettled, or answers uncoded.
    Ends with 5 when the plan, a study file or the ledger is not what it was.
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
    click.echo(_coding_said(dictionary["notes"]["coding"]), err=True)
    click.echo(f"Next: evenhand estimate {study.typed}", err=True)


def _coding_said(coding: dict[str, Any]) -> str:
    """Say how far two coders agreed, and warn where they did not agree enough or nobody knows."""
    kappa = "no kappa can be told" if coding["kappa"] is None else f"kappa {coding['kappa']:.2f}"
    done = f"{coding['coded_twice']} of {coding['drawn']} drawn answers were coded twice"
    warned = {
        True: "Coding: ",
        False: f"warning: the coders agree less than the gate of {coding['kappa_gate']:g} asks: ",
        None: "warning: nobody knows whether two coders would agree: ",
    }[coding["holds"]]
    return (
        f"{warned}{done}, {kappa}." if coding["drawn"] else "Coding: no answer was drawn for a second coder."
    )


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
        LockMismatch: the ledger, the plan, the protocol, the letters or the names were changed.
        EvenhandError: the release cannot be written; the folder holds what it held before.
    """
    from testing.custody.release import record_release, release
    from testing.store import waves
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store:
        with store.read() as session:
            # A response window or an arm that was changed after sealing would change the outcomes.
            check_sealed(folder, session, protocol)
            plan = waves.plan_of(session, protocol.wave.name)
        assert plan is not None
        unverified = unverified_profiles(folder, plan)
        notes = json.loads(folder.truth.read_text("utf-8")) if folder.truth.exists() else {}
        table = release(
            store,
            protocol=protocol,
            plan=plan,
            key=wave_key(folder),
            now=now,
            interim=interim,
            notes={**notes, "unverified_profiles": ", ".join(unverified)} if unverified else notes,
        )
        try:
            written = _drafted(folder.release, table)
            # The ledger comes first: it may name a table that never left, but none leaves that it does not name.
            with store.begin() as session:
                record_release(session, written, now)
            for name in FILES:
                (folder.release / DRAFT / name).replace(folder.release / name)
        except OSError as error:
            raise EvenhandError(
                f"{folder.release} cannot be written ({error.strerror}); make room and mind who may write there"
            ) from error
        finally:
            shutil.rmtree(folder.release / DRAFT, ignore_errors=True)
    return folder.release


def _drafted(folder: Path, table: "OutcomesTable") -> "OutcomesTable":
    """Write the table beside its place, so that a full disk spoils no earlier release."""
    from analysis.outcomes import write_outcomes

    return write_outcomes(folder / DRAFT, table)
