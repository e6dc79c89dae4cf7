"""``evenhand names``: names come in, a questionnaire about them goes out, scores with intervals come back."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.folder import study_folder
from testing.study.errors import EvenhandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desk.name_pretest import Score
    from testing.study.identity import Name

EXAMPLES = """\b
evenhand names starter --arm majority_nl=belgian --arm syrian=syrian
evenhand names import ratings.csv --map mapping.toml --into my-study
evenhand names questionnaire my-study --raters 100 --each 20 > questions.csv
evenhand names score my-study answers.csv
evenhand names score my-study answers.csv --write"""


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Get names for a study, and have people rate them before a wave: whom do they take them for?"""


@command.command("starter")
@click.option("--country", default="belgium", show_default=True, help="Whose set of names.")
@click.option(
    "--arm",
    "arms",
    multiple=True,
    metavar="GROUP=ARM",
    help="Take a group, as an arm of the study.  [default: all]",
)
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Study to put them into.")
def starter(country: str, arms: tuple[str, ...], into: Path | None) -> None:
    """Print names to begin with, which nobody has rated: a live wave refuses them until people have."""
    from desk.starter_names import starter_names

    pairs = [it.partition("=") for it in arms]
    for group, sign, arm in pairs:
        if not (group and sign and arm):
            raise click.UsageError(
                f"--arm takes GROUP=ARM, such as moroccan=moroccan, not {group + sign + arm!r}"
            )
    _give(starter_names(country, {group: arm for group, _, arm in pairs}), into)
    click.echo(
        "Nobody has rated these names. Next: evenhand names questionnaire, with the study's folder", err=True
    )


@command.command("import")
@click.argument("table", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--map", "mapping", required=True, help="What its columns mean: a TOML file, or a built-in mapping."
)
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Study to put them into.")
@click.option(
    "--at-least",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Leave out names that a smaller share saw as intended.",
)
@click.option("--source", help="Where the scores come from.  [default: as the mapping says]")
@click.option("--licence", help="Licence of the table.")
@click.option("--country", help="Country where the names were rated, as BE.")
@click.option("--year", type=int, help="Year in which they were rated.")
def take(
    table: Path,
    mapping: str,
    into: Path | None,
    at_least: float,
    source: str | None,
    licence: str | None,
    country: str | None,
    year: int | None,
) -> None:
    """Turn TABLE, a published table of name perceptions as CSV, into rows of names.csv.

    Built-in mappings: crabtree2023 and europe2025; both need a few words of your own, which they say.
    """
    from desk.name_import import import_names, reasons
    from desk.name_mapping import read_name_mapping

    given = {"source": source, "licence": licence, "country": country, "year": year}
    found = import_names(table, read_name_mapping(mapping, given), at_least=at_least)
    left = "; ".join(reasons(found.left_out))
    click.echo(f"{len(found.names)} names" + (f"; left out: {left}" if left else ""), err=True)
    if not found.names:
        raise EvenhandError(f"{table} gave no name; look at [arms], [sex_of] and [only] of the mapping")
    _give(found.names, into)


@command.command("questionnaire")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--raters", type=click.IntRange(1, 100_000), default=100, show_default=True, help="People asked."
)
@click.option(
    "--each", type=click.IntRange(1, 1000), default=20, show_default=True, help="Names that each rates."
)
@click.option("--seed", default="1", show_default=True, help="Of the order of the names.")
def ask(folder: Path, raters: int, each: int, seed: str) -> None:
    """Print who is asked for which names, in which order, as CSV with two columns to fill."""
    from desk.name_pretest import OTHER, UNKNOWN, origins, questionnaire
    from testing.study.reading import read_names, read_protocol

    study = study_folder(folder)
    protocol = read_protocol(study.protocol)
    click.echo(
        questionnaire(read_names(study.names, protocol), raters=raters, each=each, seed=seed), nl=False
    )
    choice = ", ".join((*origins(protocol), OTHER, UNKNOWN))
    click.echo(f"Fill origin with one of {choice}; sex with f, m or unclear.", err=True)
    click.echo("Next: evenhand names score, with the filled file", err=True)


@command.command("score")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("answers", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--write", is_flag=True, help="Write the scores into the study's names.csv.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def score(folder: Path, answers: Path, write: bool, as_json: bool) -> None:
    """Turn ANSWERS into the share of raters who saw the intended origin, with its interval."""
    from analysis.outcomes import replace_file
    from desk.name_pretest import origins, read_ratings, scored, scores
    from desk.name_table import names_text
    from testing.study.reading import read_names, read_protocol

    study = study_folder(folder)
    protocol = read_protocol(study.protocol)
    names = read_names(study.names, protocol)
    known = origins(protocol)
    if not known:
        raise EvenhandError("no ground of this study is signalled by a name; there is nothing to rate")
    found = scores(names, read_ratings(answers, names, known))
    if as_json:
        click.echo(
            json.dumps([{**asdict(it), "amiss": it.amiss} for it in found], indent=1, ensure_ascii=False)
        )
    else:
        click.echo(_table(found), nl=False)
    unfit = sum(bool(it.amiss) for it in found)
    click.echo(f"{len(found)} of {len(names)} names were rated; {unfit} are not fit as they are", err=True)
    if write:
        rows = scored(names, found, f"pretest: {answers.name}")
        replace_file(study.names, names_text(rows).encode())
        click.echo(
            f"scores written to {study.names}; a plan that was sealed before must be drawn up anew", err=True
        )


def _give(names: "Sequence[Name]", into: Path | None) -> None:
    """Print a table of names, or put them into a study's."""
    from analysis.outcomes import replace_file
    from desk.name_pretest import origins
    from desk.name_table import names_text, with_names
    from testing.study.name_checks import ARM_WITHOUT_GROUND
    from testing.study.reading import read_protocol

    if into is None:
        click.echo(names_text(names), nl=False)
        return
    study = study_folder(into)
    arms = origins(read_protocol(study.protocol)) or [ARM_WITHOUT_GROUND]
    table, added = with_names(study.names, arms, names)
    replace_file(study.names, names_text(table).encode())
    click.echo(f"{study.names}: {added} names added, {len(names) - added} were there", err=True)
    click.echo("A plan that was sealed before must be drawn up anew.", err=True)


def _table(found: "list[Score]") -> str:
    from analysis.printing import table

    body = [
        [
            f"{it.name.first} {it.name.last}",
            it.name.arm,
            it.name.sex,
            str(it.raters),
            f"{100 * it.share:.0f} % [{100 * it.lower:.0f}; {100 * it.upper:.0f}]",
            it.taken_for,
            "–" if it.clear_sex is None else f"{100 * it.clear_sex:.0f} %",
            "; ".join(it.amiss),
        ]
        for it in found
    ]
    head = ["name", "arm", "sex", "raters", "seen as intended", "else taken for", "sex clear", "amiss"]
    return "\n".join(table(head, body)[1:]) + "\n"
