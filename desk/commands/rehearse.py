"""``evenhand rehearse``: takes a folder, rehearses a study in a made-up town, prints estimates and truth."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.folder import StudyFolder

if TYPE_CHECKING:
    from desk.rehearsal.rehearsal import Rehearsed

PORT = 8173
"""Port of the town's listings site; fixed, because the study file names it and the plan seals that file."""
SEED = "evenstad"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default="rehearsal")
@click.option("--seed", default=SEED, show_default=True, help="The same seed gives the same study.")
@click.option(
    "--town", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Another town's file."
)
@click.option(
    "--port", type=click.IntRange(1024, 65535), default=PORT, show_default=True, help="On 127.0.0.1."
)
@click.option("--json", "as_json", is_flag=True, help="Print estimates and truth as JSON.")
def command(folder: Path, seed: str, town: Path | None, port: int, as_json: bool) -> None:
    """Run a whole study in a made-up town, on this machine only.

    A listings site is crawled, a plan drawn up and sealed, letters are mailed to made-up landlords with a
    known bias, their answers coded, and discrimination estimated beside the truth. FOLDER takes everything;
    a rehearsal that was killed goes on where it stopped.
    """
    from desk.progress import Stages
    from desk.rehearsal.rehearsal import STAGES, rehearse

    began = time.monotonic()
    with Stages(STAGES) as stages:
        rehearsed = rehearse(folder, seed=seed, town_file=town, port=port, say=stages.say)
    if as_json:
        click.echo(json.dumps(_beside_truth(rehearsed), indent=1, sort_keys=True))
        return
    click.echo(_table(rehearsed))
    click.echo(f"\nDone in {time.monotonic() - began:.0f} s. Read the report:", err=True)
    for page in rehearsed.pages:
        click.echo(f"  {page}", err=True)
    typed = StudyFolder(root=folder).typed
    click.echo(
        f"Next: look at {folder}/ and ask `evenhand status {typed}`; change the bias in a copy of "
        f"{folder}/town/town.toml and rehearse with --town; or begin a study with `evenhand init my-study`.",
        err=True,
    )


def _beside_truth(rehearsed: "Rehearsed") -> list[dict[str, Any]]:
    """The gap and the net rate of each contrast and landlord type, with interval and truth."""
    rows: list[dict[str, Any]] = []
    told: set[tuple[str, str, str]] = set()
    for row in rehearsed.results.estimates:
        known = rehearsed.truths.get((row.contrast, row.level))
        if known is None or row.estimand not in ("gap", "net_rate") or row.value is None:
            continue
        # The first interval of a measure allows for landlords with several adverts; the closed form does not.
        if (which := (row.contrast, row.level, row.estimand.value)) in told:
            continue
        told.add(which)
        rows.append(
            {
                "contrast": row.contrast,
                "landlord_type": row.level,
                "estimand": row.estimand.value,
                "pairs": row.n_pairs,
                "estimate": row.value,
                "lower": row.lower,
                "upper": row.upper,
                "method": row.method,
                "truth": known.gap if row.estimand == "gap" else known.net_rate,
            }
        )
    return rows


def _table(rehearsed: "Rehearsed") -> str:
    lines = [
        f"{'contrast':15} {'landlord':10} {'measure':9} pairs  estimate  95 % interval     truth  method"
    ]
    for row in _beside_truth(rehearsed):
        inside = row["lower"] is not None and row["lower"] <= row["truth"] <= row["upper"]
        interval = f"{row['lower']:6.1%} to {row['upper']:6.1%}" if row["lower"] is not None else "none"
        lines.append(
            f"{row['contrast']:15} {row['landlord_type']:10} {row['estimand']:9} {row['pairs']:5}  "
            f"{row['estimate']:7.1%}  {interval:17} {row['truth']:6.1%}  {row['method']}"
            f"{'' if inside else '  (truth outside: expected once in 20)'}"
        )
    return "\n".join(lines)
