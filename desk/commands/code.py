"""``evenhand code``: takes a study, codes its answers by the codebook's rules, lists what a person must code."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.folder import StudyFolder, study_folder
from desk.rehearsal.clock import clock_of
from desk.standing import SHOWN
from testing.study.outcome import POSITIVE, Category

if TYPE_CHECKING:
    from testing.fieldwork.coding_desk import CodeCounts, OpenCoding
    from testing.study.outcome import Outcome


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option(
    "--set",
    "by_hand",
    nargs=2,
    metavar="RESPONSE CATEGORY",
    help=f"Code one response by hand: {', '.join(it.value for it in Category)}.",
)
@click.option("--again", is_flag=True, help="List what waits for a second coder: with --coder, who that is.")
@click.option("--coder", default="", help="Code name of the person who codes.")
@click.option(
    "--positive/--not-positive",
    default=None,
    help="Whether a viewing is offered, where the category does not say (a referral).",
)
@click.option("--json", "as_json", is_flag=True, help="Print counts and open answers as JSON.")
def command(
    folder: Path,
    by_hand: tuple[str, str] | None,
    again: bool,
    coder: str,
    positive: bool | None,
    as_json: bool,
) -> None:
    """Code answers by the codebook; unclear ones stay open.

    Shows open answers without quote and name, so that whoever codes does not see the arm. --again shows those that the
    protocol draws for a second coder, without what the first one said; code them with --set.
    """
    study = study_folder(folder)
    now = clock_of(study)()
    if by_hand is not None and again:
        raise click.UsageError("--again lists, --set codes; give one of them")
    if by_hand is not None:
        response, category = by_hand
        outcome = code_one(
            study, response, _category(category, positive), coder=coder, positive=positive, now=now
        )
        if as_json:
            click.echo(json.dumps(asdict(outcome), indent=1, ensure_ascii=False))
        click.echo(f"{outcome.response[:SHOWN]} coded {category} by {coder}", err=True)
        return
    if again and coder and positive is None:
        _tell_again(study, coder, as_json=as_json)
        return
    if again:
        raise click.UsageError("--again needs --coder NAME, the second coder, and nothing else")
    if coder or positive is not None:
        raise click.UsageError("--coder and --positive go with --set RESPONSE CATEGORY")
    counts = code_responses(study, now=now)
    left = open_answers(study)
    if as_json:
        told = {**asdict(counts), "open_answers": [asdict(it) for it in left]}
        click.echo(json.dumps(told, indent=1, ensure_ascii=False, default=str))
        return
    for name, count in counts.categories.items():
        click.echo(f"{name}: {count}")
    _tell(left)
    click.echo(
        f"{counts.coded} coded, {len(left)} open"
        + (
            f"; code one with: evenhand code {study.typed} --set RESPONSE CATEGORY --coder NAME"
            if left
            else ""
        ),
        err=True,
    )


def _tell(answers: "Sequence[OpenCoding]") -> None:
    for it in answers:
        why = f"  ({it.reason})" if it.reason else ""
        click.echo(f"\n--- {it.response[:SHOWN]}  {it.received_at:%Y-%m-%d %H:%M}{why}\n{it.text}")


def _tell_again(study: StudyFolder, coder: str, *, as_json: bool) -> None:
    """List what a second coder must code, without what the first one said."""
    from testing.fieldwork.coding_desk import second_codings
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    with open_store(study.store, create=False) as store:
        left = second_codings(store, protocol=read_protocol(study.protocol), coder=coder)
    if as_json:
        click.echo(json.dumps([asdict(it) for it in left], indent=1, ensure_ascii=False, default=str))
        return
    _tell(left)
    click.echo(
        f"{len(left)} answers wait for {coder}; code one with: evenhand code {study.typed} --set RESPONSE CATEGORY "
        f"--coder {coder}",
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
) -> "Outcome":
    """Code one response by hand.

    Raises:
        Refused: no coder is named.
        EvenhandError: no response begins so.
    """
    from testing.fieldwork.coding_desk import code_by_hand
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store:
        return code_by_hand(
            store,
            protocol=protocol,
            response=response,
            category=category,
            coder=coder,
            positive=positive,
            now=now,
        )


def _category(named: str, positive: bool | None) -> Category:
    """The category that a person named, provided that it fits what they say of the viewing."""
    if named not in set(Category):
        raise click.BadParameter(f"{named!r} is not one of {', '.join(it.value for it in Category)}")
    if positive is False and named in POSITIVE:
        raise click.BadParameter(f"{named} offers a viewing, so it cannot be --not-positive")
    return Category(named)


def open_answers(folder: StudyFolder) -> "list[OpenCoding]":
    """List what the rules left open, blinded."""
    from testing.fieldwork.coding_desk import open_codings
    from testing.store.engine import open_store

    with open_store(folder.store, create=False) as store:
        return open_codings(store)
