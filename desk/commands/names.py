"""``evenhand names``: a questionnaire about a study's names goes out, scores with intervals come back."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.folder import study_folder
from testing.study.errors import EvenhandError

if TYPE_CHECKING:
    from desk.name_pretest import Score

EXAMPLES = """\b
evenhand names questionnaire my-study --raters 100 --each 20 > questions.csv
evenhand names score my-study answers.csv
evenhand names score my-study answers.csv --write"""


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Have people rate a study's names before a wave: whom do they take them for?"""


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
