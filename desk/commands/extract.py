"""``evenhand extract``: saved pages, lists and feeds go in, one record per advert comes out; nothing is fetched."""

import json
from pathlib import Path
from typing import Any

import click

EXAMPLES = """\b
evenhand extract saved/*.html --json > records.jsonl
evenhand extract page.html --url https://portal.example/te-huur/123 --provenance --json
evenhand extract broker.xml --json"""
SHOWN = ("page_kind", "reason", "transaction", "rent_amount", "currency", "postcode", "city", "landlord_type")
"""What a person sees of a record; all of it with --json."""


@click.command(epilog=EXAMPLES)
@click.argument("files", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
@click.option("--url", help="Where the page was seen; of one file only.")
@click.option("--portal", help="Profile of its portal; told from the page's own address where absent.")
@click.option("--generic", is_flag=True, help="Use no portal's profile.")
@click.option("--provenance", is_flag=True, help="Add where each value stood, with the rule and its rank.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON record a line.")
def command(
    files: tuple[Path, ...],
    url: str | None,
    portal: str | None,
    generic: bool,
    provenance: bool,
    as_json: bool,
) -> None:
    """Read saved pages, lists, feeds, tables (CSV, XLSX) and WARC files into records.

    A folder stands for all files in it. A page without an advert gives one record with its kind and the reason.
    Absent is null; nothing is guessed and nothing is fetched.
    """
    from crawler.feeds.files import files_in

    paths = list(files_in(files))
    if generic and portal:
        raise click.UsageError("--portal and --generic exclude one another")
    if url and len(paths) != 1:
        raise click.UsageError("--url belongs to one file; extract the others without it")
    for path in paths:
        for record in records_of(path, url=url, portal=portal, generic=generic, provenance=provenance):
            if as_json:
                click.echo(json.dumps(record, ensure_ascii=False, default=str))
            else:
                told = (f"{name} {record[name]}" for name in SHOWN if record.get(name) is not None)
                click.echo(f"{path}: {', '.join(told)}")


def records_of(
    path: Path,
    *,
    url: str | None = None,
    portal: str | None = None,
    generic: bool = False,
    provenance: bool = False,
) -> list[dict[str, Any]]:
    """Read one file.

    Args:
        path: a saved page, list or feed, a table, or a WARC.
        url: where it was seen.
        portal: name of its portal's profile; None tells it from the address.
        generic: use no portal's profile.
        provenance: add where each value stood.

    Raises:
        StudyFileInvalid: there is no portal of that name.
    """
    from crawler.extract import extract_file
    from crawler.portals.profile import GENERIC, load_profile

    profile = load_profile(portal or GENERIC) if generic or portal else None
    return extract_file(path, profile, url, provenance=provenance)
