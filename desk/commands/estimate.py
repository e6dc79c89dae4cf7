"""``evenhand estimate``: an outcomes table, anyone's audit or four counts go in, the estimates come out."""

from pathlib import Path

import click

from desk.folder import StudyFolder

EXAMPLES = """\b
evenhand estimate my-study
evenhand estimate audit.csv --map mapping.toml --plan analysis.toml --out results.json
evenhand estimate --counts 46 111 46 1120"""


@click.command(epilog=EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--map", "mapping", type=click.Path(path_type=Path), help="TOML that describes anyone's audit.")
@click.option("--plan", type=click.Path(path_type=Path), help="Analysis plan; of a study its analysis.toml.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write results.json here; of a study into release/."
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as canonical JSON.")
@click.option("--counts", type=int, nargs=4, metavar="N11 N10 N01 N00", help="Four counts instead of a file.")
def command(
    path: Path | None,
    mapping: Path | None,
    plan: Path | None,
    out: Path | None,
    as_json: bool,
    counts: tuple[int, int, int, int] | None,
) -> None:
    """Estimate discrimination from PATH.

    PATH is a study folder, an outcomes table (its folder, CSV or Parquet file), or with --map the file of any
    audit: one row per application, or counts of response patterns. Four counts of pairs need no file: both
    invited, reference only, other only, neither.
    """
    from analysis.printing import printed
    from analysis.reading import counts_printed, estimate_path, results_path
    from analysis.results import results_json, write_results

    if counts is not None:
        if path is not None or mapping is not None or plan is not None or out is not None:
            raise click.UsageError("--counts stands alone or with --json; drop the other arguments")
        click.echo(counts_printed(counts, as_json=as_json), nl=False)
        return
    if path is None:
        raise click.UsageError("give a study folder, a table or --counts; see evenhand estimate --help")
    results = estimate_path(path, mapping=mapping, plan=plan)
    target = out if out is not None else results_path(path)
    if target is not None:
        write_results(target, results)
        click.echo(f"results written to {target}", err=True)
    click.echo(results_json(results) if as_json else printed(results), nl=False)
    if target is not None and path.is_dir():
        click.echo(f"Next: evenhand report {StudyFolder(root=path).typed}", err=True)
