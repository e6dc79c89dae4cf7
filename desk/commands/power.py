"""``evenhand power``: a study, or pairs and what is assumed of them, go in; what can be detected comes out."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from desk.design_groups import group_of, groups_apart, groups_of
from desk.folder import StudyFolder

if TYPE_CHECKING:
    from analysis.design import Group
    from analysis.shares import Shares
    from analysis.unpaired_power import GroupApart

EXAMPLES = """\b
evenhand power my-study
evenhand power my-study --margin 0.05 --svg power.svg
evenhand power --pairs private=150 --pairs agency=300 --ground origin
evenhand power --pairs 300 --shares 0.10 0.04
evenhand power --pairs 300 --rates 0.40 0.30 --agreement 0.7"""


@click.command(epilog=EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option(
    "--pairs", multiple=True, metavar="[TYPE=]N", help="Pairs, of a landlord type if named; repeatable."
)
@click.option(
    "--ground", help="Assume from published tables of: origin, income, disability (default origin)."
)
@click.option("--place", help="Only from tables of this city, where it has any.")
@click.option("--shares", type=float, nargs=2, metavar="B C", help="Shares: reference only, and other only.")
@click.option("--rates", type=float, nargs=2, metavar="R S", help="Invitation rates of reference and other.")
@click.option("--agreement", type=float, help="With --rates: correlation of a landlord's two answers.")
@click.option(
    "--per-landlord", type=float, default=1.0, show_default=True, help="Mean pairs of one landlord."
)
@click.option(
    "--correlation", type=float, default=0.1, show_default=True, help="Of the pairs of one landlord."
)
@click.option("--alpha", type=float, default=0.05, show_default=True, help="Two-sided level.")
@click.option("--power", "wanted", type=float, default=0.8, show_default=True, help="Wanted power.")
@click.option("--test", type=click.Choice(["mid-p", "exact"]), default="mid-p", show_default=True)
@click.option(
    "--margin", type=float, help="Equivalence margin, for example 0.05; else that of analysis.toml."
)
@click.option("--precision", type=float, help="Also: pairs for a gap known to plus or minus this share.")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Write the power curve here.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(
    folder: Path | None,
    pairs: tuple[str, ...],
    ground: str | None,
    place: str | None,
    shares: tuple[float, float] | None,
    rates: tuple[float, float] | None,
    agreement: float | None,
    per_landlord: float,
    correlation: float,
    alpha: float,
    wanted: float,
    test: Literal["mid-p", "exact"],
    margin: float | None,
    precision: float | None,
    svg: Path | None,
    as_json: bool,
) -> None:
    """Say what a design can detect, before anything is sent.

    FOLDER is a study: its strata and contrasts are the groups. Without one, --pairs says how many. What pairs do is
    assumed from published Belgian tables of the ground and landlord type, unless --shares or --rates say otherwise.
    """
    from analysis.design import Question, examine
    from analysis.design_printing import printed_design

    if (folder is None) == (not pairs):
        raise click.UsageError("give either a study folder or --pairs; see evenhand power --help")
    given = given_shares(shares, rates, agreement)
    effect = (per_landlord, correlation)
    if not (per_landlord >= 1 and 0 <= correlation <= 1):
        raise click.UsageError("--per-landlord is at least 1, and --correlation lies between 0 and 1")
    if margin is None and folder is not None:
        margin = declared_margin(StudyFolder(root=folder))
    try:
        question = Question(alpha=alpha, power=wanted, test=test, margin=margin)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if folder is not None:
        from testing.study.reading import read_protocol

        protocol = read_protocol(StudyFolder(root=folder).protocol)
        if protocol.design.applicants == "one":
            if svg is not None or precision is not None:
                raise click.UsageError("--svg and --precision speak of pairs; this study has none")
            apart = groups_apart(protocol, given, ground=ground, place=place, effect=effect)
            _print_apart(apart, alpha=alpha, power=wanted, as_json=as_json)
            return
        groups = groups_of(protocol, given, ground=ground, place=place, effect=effect)
    else:
        groups = [
            group_of(
                "pairs" if given else ground or "origin",
                kind,
                number,
                given,
                ground or "origin",
                place,
                effect,
            )
            for kind, number in (_pairs(text) for text in pairs)
        ]
    if len({it.name for it in groups}) < len(groups):
        raise click.UsageError("a landlord type stands twice in --pairs; add its pairs up")
    design = examine(groups, question)
    if svg is not None:
        from analysis.power_curve import curve_svg

        svg.write_text(curve_svg(design), "utf-8")
        click.echo(f"curve written to {svg}", err=True)
    if as_json:
        click.echo(json.dumps(asdict(design), indent=1, ensure_ascii=False))
        return
    click.echo(printed_design(design), nl=False)
    if precision is not None:
        click.echo(_precise(groups, precision), nl=False)


def _print_apart(groups: "Sequence[GroupApart]", *, alpha: float, power: float, as_json: bool) -> None:
    from analysis.unpaired_power import examine_apart, printed_apart

    found = examine_apart(groups, alpha=alpha, power=power)
    if as_json:
        click.echo(json.dumps([asdict(it) for it in found], indent=1, ensure_ascii=False))
        return
    click.echo(printed_apart(found, alpha=alpha, power=power), nl=False)


def declared_margin(study: StudyFolder) -> float | None:
    """The equivalence margin that a study's analysis plan declares; None where there is no plan, or none in it.

    Raises:
        InputInvalid: the plan does not hold what it must.
    """
    from analysis.plan import read_plan

    return read_plan(study.analysis).equivalence_margin if study.analysis.is_file() else None


def given_shares(
    shares: tuple[float, float] | None, rates: tuple[float, float] | None, agreement: float | None
) -> "Shares | None":
    """The shares that options give; None where they give none.

    Raises:
        click.UsageError: they contradict each other, or no pair table has them.
    """
    from analysis.shares import Shares, shares_of_rates

    if shares is not None and rates is not None:
        raise click.UsageError("give --shares or --rates, not both")
    if (rates is None) != (agreement is None):
        raise click.UsageError(
            "--rates and --agreement go together: the rates alone leave open how often only one is invited "
            "(agreement in Belgian tests: 0.5 to 0.9)"
        )
    try:
        if shares is not None:
            return Shares(both=0.0, reference_only=shares[0], other_only=shares[1])
        if rates is not None and agreement is not None:
            return shares_of_rates(*rates, agreement)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return None


def _pairs(text: str) -> tuple[str, int]:
    kind, equals, number = text.rpartition("=")
    if not number.isdecimal() or not 0 < int(number) <= 100_000 or (equals and not kind):
        raise click.UsageError(
            f"--pairs {text!r}: write a number of pairs over 0, or TYPE=number, for example agency=150"
        )
    return kind or "all", int(number)


def _precise(groups: "Sequence[Group]", precision: float) -> str:
    from analysis.power import pairs_for_precision

    if not 0 < precision < 1:
        raise click.UsageError("--precision is a share over 0 and under 1, for example 0.05")
    lines = [f"  {it.name}: {pairs_for_precision(it.shares, precision):,} pairs that count" for it in groups]
    return "\n".join([f"Pairs for a gap known to ± {100 * precision:g} points:", *lines]) + "\n"
