"""``evenhand approve``: takes a sealed plan and a person's name, allows its applications to be sent when due."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

import click

from desk.folder import StudyFolder, study_folder
from desk.rehearsal.clock import clock_of
from desk.sealed import sealed_plan
from desk.unverified import unverified_profiles
from testing.study.errors import LockMismatch

TYPED = 8
"""Characters of the seal that a person types, to show that it is this plan that was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What was approved."""

    seal: str
    by: str
    until: date
    """Last day on which the approval holds."""
    applications: int
    """Applications that went from planned to approved; 0 where they already were."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--by", help="Name of the person who approves; asked for where absent.")
@click.option(
    "--seal", help=f"Seal of the plan, at least its first {TYPED} characters; asked for where absent."
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day on which the approval holds.  [default: the wave's last day]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the approval as JSON.")
def command(folder: Path, by: str | None, seal: str | None, until: datetime | None, as_json: bool) -> None:
    """Approve a sealed plan, by a person and by name.

    Shows what the plan holds, then asks for the first 8 characters of its seal and for a name. Ends with 5
    when the plan, the protocol, the letters or the names are not those that were sealed.
    """
    from desk.commands.plan import summary, summary_text

    study = study_folder(folder)
    plan = sealed_plan(study)
    sealed = plan.seal
    click.echo(summary_text(summary(plan, unverified_profiles(study, plan))), err=True)
    typed = seal or click.prompt(f"\nFirst {TYPED} characters of the seal", err=True)
    if len(typed) < TYPED or not sealed.startswith(typed.strip().lower()):
        raise LockMismatch(
            f"{typed!r} is not the seal of this plan, nor its first {TYPED} characters; read the plan again, "
            "then approve it"
        )
    name = by or click.prompt("Your name", err=True)
    approved = approve_plan(
        study, by=name, seal=sealed, now=clock_of(study)(), until=None if until is None else until.date()
    )
    if as_json:
        click.echo(json.dumps(asdict(approved), indent=1, ensure_ascii=False, default=str))
    else:
        click.echo(f"{approved.seal} approved by {approved.by} until {approved.until}")
    click.echo(
        f"{approved.applications} applications may be sent when due. Next: evenhand send {study.typed} (a dry run)",
        err=True,
    )


def approve_plan(
    folder: StudyFolder, *, by: str, seal: str, now: datetime, until: date | None = None
) -> Approved:
    """Approve the sealed plan of the study's wave.

    Args:
        folder: the study.
        by: who approves, by name.
        seal: of the plan that the person saw, whole.
        now: when, aware.
        until: last day on which the approval holds; None takes the wave's last day.

    Raises:
        Refused: there is no plan, nobody is named, or the approval would have expired.
        LockMismatch: the seal is another, or plan, protocol, letters or names are not those that were sealed.
    """
    from testing.store import waves
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    found = sealed_plan(folder).seal
    if seal != found:
        raise LockMismatch(f"the plan in force has the seal {found[:12]}…, not {seal[:12]}…; read it again")
    until = until or read_protocol(folder.protocol).wave.last_day
    with open_store(folder.store, create=False) as store, store.begin() as session:
        count = waves.record_approval(session, seal=seal, by=by.strip(), now=now, until=until)
    return Approved(seal=seal, by=by.strip(), until=until, applications=count)
