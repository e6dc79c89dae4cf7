"""``evenhand register``: an extract of a company register goes in, adverts of its companies get a type by it."""

import json
from collections import Counter
from pathlib import Path

import click

from desk.folder import StudyFolder, study_folder
from desk.rehearsal.clock import clock_of


@click.command()
@click.argument("study", type=click.Path(path_type=Path, file_okay=False))
@click.argument("extract", type=click.Path(path_type=Path, exists=True))
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def command(study: Path, extract: Path, as_json: bool) -> None:
    """Take an EXTRACT of the Belgian company register (KBO/BCE open data, full) into the study in the folder STUDY.

    Kept are the numbers of companies whose main activity says what landlord they are, without names, instead of those
    of the extract before. Adverts that show such a number get the type by it when they are next read.
    """
    folder = study_folder(study)
    counts, as_of = take_register(folder, extract)
    if as_json:
        click.echo(json.dumps({"as_of": as_of, "companies": counts}, indent=1, sort_keys=True))
    else:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        click.echo(f"{sum(counts.values())} companies of {as_of}" + (f": {told}" if told else ""))
    click.echo(f"Next: read what was crawled anew, evenhand crawl {study} --offline", err=True)


def take_register(folder: StudyFolder, extract: Path) -> tuple[dict[str, int], str]:
    """Keep an extract in the study's store, all of it or, after any fault, nothing.

    Returns:
        Companies by landlord type, and the day of the extract.

    Raises:
        EvenhandError: it is no full extract, or a row cannot be read.
        Refused: a crawl runs.
    """
    from crawler.feeds.company_register import companies
    from testing.store import companies as kept
    from testing.store.engine import open_store
    from testing.store.lease import sole_crawler

    found, as_of = companies(extract)
    with open_store(folder.store) as store, sole_crawler(store), store.begin() as session:
        kept.replace_all(session, found, as_of, clock_of(folder)())
    return dict(Counter(it.says.value for it in found)), as_of.isoformat()
