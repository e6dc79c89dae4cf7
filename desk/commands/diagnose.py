"""``evenhand diagnose``: a study with its frame goes in, what its design and analysis would do comes out, simulated."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.commands.power import given_shares
from desk.design_groups import groups_of
from desk.folder import StudyFolder, study_folder
from testing.study.errors import EvenhandError

if TYPE_CHECKING:
    from analysis.simulated_outcomes import Cell, Drawn
    from testing.pairing.matching import Match
    from testing.study.letter_forms import Letters
    from testing.study.listing import Listing
    from testing.study.protocol import Protocol

EXAMPLES = """\b
evenhand diagnose my-study
evenhand diagnose my-study --studies 2000 --correlation 0.2 --json
evenhand diagnose my-study --dask tcp://scheduler:8786"""


@click.command(epilog=EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--studies", type=click.IntRange(1, 1_000_000), default=10_000, show_default=True)
@click.option(
    "--samples", type=click.IntRange(1, 1000), default=10, show_default=True, help="Draws of the sample."
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True)
@click.option(
    "--correlation",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="Of the pairs of one landlord.",
)
@click.option(
    "--lost",
    type=click.FloatRange(0, 0.9),
    default=0.05,
    show_default=True,
    help="Share of pairs that are lost.",
)
@click.option("--ground", help="Assume from published tables of: origin, income, disability.")
@click.option("--place", help="Only from tables of this city, where it has any.")
@click.option("--shares", type=float, nargs=2, metavar="B C", help="Shares: reference only, and other only.")
@click.option("--rates", type=float, nargs=2, metavar="R S", help="Invitation rates of reference and other.")
@click.option("--agreement", type=float, help="With --rates: correlation of a landlord's two answers.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Processes; the numbers stay the same.",
)
@click.option("--dask", metavar="ADDRESS", help="Compute on a Dask cluster; the numbers stay the same.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(
    folder: Path,
    studies: int,
    samples: int,
    seed: int,
    correlation: float,
    lost: float,
    ground: str | None,
    place: str | None,
    shares: tuple[float, float] | None,
    rates: tuple[float, float] | None,
    agreement: float | None,
    jobs: int,
    dask: str | None,
    as_json: bool,
) -> None:
    """Simulate a study many times: bias, coverage, power, and what it asks of landlords.

    The samples are drawn from the study's own frame by the engine that draws the plan, with keys of their own: nothing
    of the wave's key is used, nothing is recorded, nothing is sent. What pairs do is assumed as in evenhand power.
    """
    from analysis.diagnosis_printing import amiss, printed_diagnosis
    from analysis.simulated_outcomes import Assumed, Cell
    from analysis.simulation import CHUNK, diagnose

    study = study_folder(folder)
    protocol, letters, frame = _study(study)
    groups = groups_of(protocol, given_shares(shares, rates, agreement), ground=ground, place=place)
    cells = [Cell(contrast=it.contrast, landlord_type=it.landlord_type, shares=it.shares) for it in groups]
    drawn = [
        _matches(protocol, letters, frame, seed, number)
        for number in range(min(samples, -(-studies // CHUNK)))
    ]
    found = diagnose(
        [_sample(matches, cells) for matches in drawn],
        cells,
        Assumed(correlation=correlation, lost=lost),
        studies=studies,
        seed=seed,
        run=_run(jobs, dask),
    )
    burden = burden_of(drawn, cells)
    if as_json:
        told = {
            "diagnoses": [asdict(it) for it in found],
            "burden": burden,
            "assumed": {it.name: it.assumed_from for it in groups},
            "amiss": amiss(found, level=0.95),
        }
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
        return
    click.echo(
        f"{found[0].studies if found else 0:,} simulated studies of {len(drawn[0])} pairs, {len(drawn)} draws of the "
        f"sample, pairs of one landlord correlated by {correlation:g}, {100 * lost:g} % of the pairs lost\n"
    )
    click.echo(printed_diagnosis(found, level=0.95))
    click.echo(_burden_text(burden))
    click.echo(
        "Not simulated: rates, the logits, covariates, and the net rate's interval by redrawn landlords."
    )


def burden_of(drawn: "Sequence[Sequence[Match]]", cells: "Sequence[Cell]") -> list[dict[str, Any]]:
    """What the design asks of landlords, by type: means over the draws of the sample.

    Args:
        drawn: the pairs of each draw.
        cells: what is assumed of them.
    """
    shares = {(it.contrast, it.landlord_type): it.shares for it in cells}
    found = []
    for kind in dict.fromkeys(it.landlord_type for it in cells):
        tests, messages, landlords, most, offers = 0, 0, 0, 0, 0.0
        for matches in drawn:
            mine = [it for it in matches if it.drawn.stratum == kind]
            each: Counter[str] = Counter()
            for it in mine:
                each[it.drawn.landlord] += len(it.applicants)
            tests += len(mine)
            messages += each.total()
            landlords += len(each)
            most = max(most, max(each.values(), default=0))
            for it in mine:
                of = {contrast: shares[contrast or it.contrast, kind] for contrast in it.applicants}
                offers += sum(
                    assumed.both + (assumed.other_only if contrast else assumed.reference_only)
                    for contrast, assumed in of.items()
                )
        found.append(
            {
                "landlord_type": kind,
                "tests": tests / len(drawn),
                "messages": messages / len(drawn),
                "landlords": landlords / len(drawn),
                "most_messages_to_one": most,
                "viewings_to_decline": offers / len(drawn),
            }
        )
    return found


def _burden_text(burden: Sequence[dict[str, Any]]) -> str:
    from analysis.printing import table

    body = [
        [
            it["landlord_type"],
            f"{it['messages']:,.0f}",
            f"{it['landlords']:,.0f}",
            f"{it['most_messages_to_one']}",
            f"{it['viewings_to_decline']:,.0f}",
        ]
        for it in burden
    ]
    head = ["asked of landlords", "messages", "landlords", "most to one", "offered viewings to decline"]
    return "\n".join(table(head, body)[1:]) + "\n"


def _study(study: StudyFolder) -> "tuple[Protocol, Letters, list[Listing]]":
    from testing.store import crawls, frame
    from testing.store.engine import open_store
    from testing.study.reading import read_letters, read_protocol

    protocol = read_protocol(study.protocol)
    letters = read_letters(study.letters, protocol)
    with open_store(study.store, create=False) as store, store.read() as session:
        crawls.require_whole_frame(session)
        return protocol, letters, frame.listings(session)


def _matches(
    protocol: "Protocol", letters: "Letters", frame: "Sequence[Listing]", seed: int, number: int
) -> "list[Match]":
    from testing.pairing.drawing import design_pairs
    from testing.pairing.stream import Stream

    key = hashlib.sha256(f"evenhand diagnose {seed} {number}".encode()).digest()
    return design_pairs(protocol, letters, frame, key=key, stream=Stream(key, "diagnose"))[1]


def _sample(matches: "Sequence[Match]", cells: "Sequence[Cell]") -> "Drawn":
    import numpy as np

    from analysis.simulated_outcomes import Drawn

    number = {(it.contrast, it.landlord_type): k for k, it in enumerate(cells)}
    landlords: dict[str, int] = defaultdict(lambda: len(landlords))
    # Each treated applicant makes a pair with the reference applicant; a triad is two.
    pairs = [(it.drawn, contrast) for it in matches for contrast in it.applicants if contrast is not None]
    return Drawn(
        cell=np.array([number[contrast, drawn.stratum] for drawn, contrast in pairs], dtype=np.int64),
        landlord=np.array([landlords[drawn.landlord] for drawn, _ in pairs], dtype=np.int64),
    )


Calls = Iterable[tuple[Callable[..., Any], tuple[Any, ...]]]


def _run(jobs: int, dask: str | None) -> Callable[[Calls], Iterable[Any]] | None:
    """What computes the chunks: None for this process."""
    if jobs == 1 and dask is None:
        return None
    try:
        import joblib

        if dask is not None:
            import distributed
    except ImportError as error:
        raise EvenhandError(
            f"{error.name} is not installed, which more than one process needs; install evenhand[cluster], or leave "
            "--jobs and --dask away: the numbers are the same"
        ) from None

    def run(calls: Calls) -> Iterable[Any]:
        tasks = (joblib.delayed(function)(*arguments) for function, arguments in calls)
        if dask is None:
            return list(joblib.Parallel(n_jobs=jobs)(tasks))
        try:
            client = distributed.Client(dask, timeout="15s")
        except (OSError, ValueError) as error:
            raise EvenhandError(
                f"no Dask scheduler answers at {dask} ({error}); start one, or leave --dask away"
            ) from None
        with client, joblib.parallel_config(backend="dask"):
            return list(joblib.Parallel()(tasks))

    return run
