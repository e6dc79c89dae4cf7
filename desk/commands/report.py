"""``evenhand report``: results go in, one page per language and a table of the disclosed estimates come out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.folder import StudyFolder

if TYPE_CHECKING:
    from analysis.results import Results

LANGUAGES = ("nl", "fr", "en")
EXAMPLES = """\b
evenhand report my-study
evenhand report results.json --out report --lang nl --lang fr"""
TABLE = "results.csv"
MIN_LANDLORDS = 10
FLOOR = 5
"""As in ``analysis.disclosure``, which is imported only when the command runs."""


def write_reports(
    results: "Results",
    folder: Path,
    *,
    languages: Sequence[str] = LANGUAGES,
    min_landlords: int = MIN_LANDLORDS,
) -> tuple[Path, ...]:
    """Write the report of results into a folder: a page for each language, and ``results.csv``.

    Args:
        results: One estimation.
        folder: Where the files go; made if absent.
        languages: Among ``nl``, ``fr`` and ``en``.
        min_landlords: Distinct landlords that a figure needs to be shown.

    Returns:
        Paths of the pages ``report-<language>.html``.
    """
    from analysis.report.html import write_pages
    from analysis.report.material import material_of
    from analysis.report.tables import write_table

    material = material_of(results, min_landlords=min_landlords)
    pages = write_pages(folder, material, languages)
    write_table(folder / TABLE, material.disclosed)
    return pages


@click.command(epilog=EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the report; of a study its report/.")
@click.option(
    "--lang",
    "languages",
    type=click.Choice(LANGUAGES),
    multiple=True,
    help="Language of a page; repeat for more. All three unless told otherwise.",
)
@click.option(
    "--min-landlords",
    type=click.IntRange(min=FLOOR),
    default=MIN_LANDLORDS,
    show_default=True,
    help="Different landlords that a figure needs to be shown.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def command(
    path: Path, out: Path | None, languages: tuple[str, ...], min_landlords: int, as_json: bool
) -> None:
    """Write the result page of PATH in nl, fr and en, with a table of its numbers.

    PATH is a study folder (its release/results.json is read) or a results.json. Small figures are hidden first.
    """
    from analysis.results import read_results

    source, folder = _places(path, out)
    results = read_results(source)
    _same_release(source, results)
    _of_pairs(source, results)
    chosen = [language for language in LANGUAGES if language in languages] or list(LANGUAGES)
    pages = write_reports(results, folder, languages=chosen, min_landlords=min_landlords)
    paths = [*pages, folder / TABLE]
    if as_json:
        click.echo(json.dumps({"results": str(source), "written": [str(one) for one in paths]}, indent=1))
    else:
        click.echo("\n".join(str(one) for one in paths))


def _of_pairs(source: Path, results: "Results") -> None:
    """Refuse a design without pairs: the page speaks of pairs, and would call every landlord untested.

    Raises:
        InputInvalid: applications were compared, and no pair.
    """
    from analysis.errors import InputInvalid
    from analysis.estimate import Estimand

    compared = any(it.estimand is Estimand.RATE_DIFFERENCE and it.n_pairs for it in results.estimates)
    if compared and not any(funnel.used for funnel in results.funnel):
        raise InputInvalid(
            [
                f"{source}: no pair stands behind these results, because each listing got one applicant; the "
                "result page speaks of pairs only so far; read them with evenhand estimate"
            ]
        )


def _places(path: Path, out: Path | None) -> tuple[Path, Path]:
    """Where the results are read and where the report goes.

    Raises:
        InputInvalid: nothing is there, or a study was not estimated yet.
    """
    from analysis.errors import InputInvalid

    if path.is_dir():
        source = path / "release" / "results.json"
        if not source.is_file():
            raise InputInvalid(
                [f"{source}: no such file; run `evenhand estimate {StudyFolder(root=path).typed}` first"]
            )
        return source, out or path / "report"
    if not path.is_file():
        raise InputInvalid([f"{path}: no such file or folder; give a study folder or a results.json"])
    return path, out or path.parent / "report"


def _same_release(source: Path, results: "Results") -> None:
    """Refuse results of another outcomes table than the one released beside them.

    Raises:
        InputChanged: the dictionary beside the results names another hash.
    """
    from analysis.dictionary import from_json
    from analysis.errors import InputChanged
    from analysis.outcomes import STEM

    beside = source.parent / f"{STEM}.dictionary.json"
    if not beside.is_file():
        return
    named = from_json(beside.read_text(encoding="utf-8"), file=str(beside)).sha256.get("csv")
    if named is not None and named != results.outcomes_sha256:
        raise InputChanged(
            f"{source}: was estimated from outcomes {results.outcomes_sha256[:12]}, but {beside} names"
            f" {named[:12]}; run `evenhand estimate` again"
        )
