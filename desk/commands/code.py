"""``evenhand code``: takes a study, codes its answers by the codebook's rules, lists what a person must code."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.folder import StudyFolder, study_folder
from desk.rehearsal.clock import clock_of
from testing.study.outcome import Category

if TYPE_CHECKING:
    from testing.fieldwork.coding_desk import CodeCounts, OpenCoding

SHOWN = 12
"""Characters of a response's id that are printed; enough to name it."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option(
    "--set",
    "by_hand",
    nargs=2,
    metavar="RESPONSE CATEGORY",
    help=f"Code one response by hand: {', '.join(it.value for it in Category)}.",
)
@click.option("--coder", default="", help="Code name of the person who codes.")
@click.option(
    "--positive/--not-positive",
    default=None,
    help="Whether a viewing is offered, where the category does not say (a referral).",
)
@click.option("--json", "as_json", is_flag=True, help="Print counts and open answers as JSON.")
def command(
    folder: Path, by_hand: tuple[str, str] | None, coder: str, positive: bool | None, as_json: bool
) -> None:
    """Code answers by the codebook; unclear ones stay open.

    Shows open answers without quote and name, so that whoever codes does not see the arm.
    """
    study = study_folder(folder)
    now = clock_of(study)()
    if by_hand is not None:
        response, category = by_hand
        if category not in set(Category):
            raise click.BadParameter(f"{category!r} is not one of {', '.join(it.value for it in Category)}")
        code_one(study, response, Category(category), coder=coder, positive=positive, now=now)
        click.echo(f"{response} coded {category} by {coder}", err=True)
        return
    counts = code_responses(study, now=now)
    left = open_answers(study)
    if as_json:
        told = {**asdict(counts), "open_answers": [asdict(it) for it in left]}
        click.echo(json.dumps(told, indent=1, ensure_ascii=False, default=str))
        return
    for name, count in counts.categories.items():
        click.echo(f"{name}: {count}")
    for it in left:
        click.echo(f"\n--- {it.response[:SHOWN]}  {it.received_at:%Y-%m-%d %H:%M}  ({it.reason})\n{it.text}")
    click.echo(
        f"{counts.coded} coded, {len(left)} open"
        + (f"; code one with: evenhand code {folder} --set RESPONSE CATEGORY --coder NAME" if left else ""),
        err=True,
    )


def code_responses(folder: StudyFolder, *, now: datetime) -> "CodeCounts":
    """Code by rule every response that is not coded yet; offered viewings become owed declines."""
    from testing.fieldwork.coding_desk import code_by_rule
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store:
        return code_by_rule(store, protocol=protocol, now=now)


def code_one(
    folder: StudyFolder,
    response: str,
    category: Category,
    *,
    coder: str,
    positive: bool | None = None,
    now: datetime,
) -> None:
    """Code one response by hand."""
    from testing.fieldwork.coding_desk import code_by_hand
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store:
        code_by_hand(
            store,
            protocol=protocol,
            response=response,
            category=category,
            coder=coder,
            positive=positive,
            now=now,
        )


def open_answers(folder: StudyFolder) -> "list[OpenCoding]":
    """List what the rules left open, blinded."""
    from testing.fieldwork.coding_desk import open_codings
    from testing.store.engine import open_store

    with open_store(folder.store, create=False) as store:
        return open_codings(store)
