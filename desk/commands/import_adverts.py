"""``evenhand import``: files that need no crawl go in, their adverts come into the frame, by the crawl's readers."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.folder import StudyFolder, study_folder
from desk.rehearsal.clock import clock_of

if TYPE_CHECKING:
    from crawler.frontier import Outcome
    from crawler.portals.profile import PortalProfile
    from testing.study.protocol import Protocol

EXAMPLES = """\b
evenhand import my-study stock.xml --source openimmo --whole
evenhand import my-study city.csv --source city --draft     # write sources/city.toml to look over
evenhand import my-study city.csv --source city --preview   # show what would come in
evenhand import my-study saved-pages/ archive.warc.gz"""
SHOWN = (
    "listing_id",
    "transaction",
    "rent_amount",
    "currency",
    "postcode",
    "city",
    "dwelling_type",
    "bedrooms",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import gave."""

    files: int
    listings: int
    skipped: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)


@click.command(epilog=EXAMPLES)
@click.argument("study", type=click.Path(path_type=Path, file_okay=False))
@click.argument("files", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
@click.option(
    "--source", help="Mapping in sources/, portal or feed format; else told from each page's address."
)
@click.option(
    "--whole", is_flag=True, help="The files are all that the source has: what is not in them is gone."
)
@click.option("--preview", is_flag=True, help="Show the first adverts; nothing is written.")
@click.option(
    "--draft", is_flag=True, help="Write a mapping for a table from its column names, to look over."
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def command(
    study: Path,
    files: tuple[Path, ...],
    source: str | None,
    whole: bool,
    preview: bool,
    draft: bool,
    as_json: bool,
) -> None:
    """Take the adverts of files into the frame of the study in the folder STUDY.

    OpenImmo and Kyero feeds, other XML and JSON feeds, CSV and XLSX, saved pages, WARC. All of it or, after any fault,
    nothing comes in. The source stands in the study file under frame.sources with its legal basis.
    """
    folder = study_folder(study)
    if (whole or draft) and not source:
        raise click.UsageError("--whole and --draft need --source")
    if draft:
        click.echo(
            f"Wrote {draft_mapping(folder, files, str(source))}. Look it over, then use --preview.", err=True
        )
        return
    if preview:
        show(folder, files, source)
        return
    counts = import_files(folder, files, source=source, whole=whole, clock=clock_of(folder))
    if as_json:
        click.echo(json.dumps(asdict(counts), indent=1, sort_keys=True))
    else:
        why = "; ".join(f"{reason}: {count}" for reason, count in sorted(counts.skipped.items()))
        click.echo(f"{counts.listings} rentals of {counts.files} files" + (f" ({why})" if why else ""))
    if not counts.listings:
        click.echo("No rental came into the frame: look at it with --preview.", err=True)
        click.get_current_context().exit(1)


def import_files(
    folder: StudyFolder,
    files: tuple[Path, ...],
    *,
    clock: Callable[[], datetime],
    source: str | None = None,
    whole: bool = False,
) -> Imported:
    """Take the adverts of files into the frame, in one transaction.

    Args:
        folder: the study's.
        files: files, and folders of files.
        clock: tells what time it is, aware, UTC.
        source: name of the source of all of them; None tells it from each page's address.
        whole: they are all that the source has today.

    Raises:
        StudyFileInvalid: the study file or the mapping is wrong, or there is no such source.
        Refused: a source has no recorded legal basis.
        EvenhandError: a file cannot be read; nothing came in.
    """
    from crawler.pipelines.into_store import keep_outcome
    from testing.store import changes, crawls, frame
    from testing.store.engine import open_store
    from testing.store.lease import one_at_a_time, sole_crawler
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    names = [source] if source else [it.name for it in protocol.frame.sources]
    for name in names if source else ():
        _require_basis(protocol, name)
    count, listings = 0, 0
    with open_store(folder.store) as store, sole_crawler(store), store.begin() as session:
        one_at_a_time(session, "crawl")
        crawl_id = crawls.next_id(session)
        crawls.start_crawl(session, crawl_id=crawl_id, portals=names, now=clock())
        for _, outcome in outcomes(folder, files, source):
            _require_basis(protocol, outcome.portal)
            keep_outcome(session, crawl_id, outcome, clock())
            count, listings = count + 1, listings + len(outcome.listings)
        for name in names:
            changes.close_import(session, crawl_id, name, clock(), whole=whole)
        skipped = frame.skipped_counts(session, crawl_id)
        seen = changes.flat_counts(session, crawl_id)
        counts = {"files": count, "listings": listings, **seen}
        crawls.finish_crawl(session, crawl_id=crawl_id, counts=counts, now=clock())
    return Imported(files=count, listings=listings, skipped=skipped, changes=seen)


def outcomes(
    folder: StudyFolder, files: tuple[Path, ...], source: str | None
) -> Iterator[tuple[Path, "Outcome"]]:
    """What each file gives, with the file.

    Raises:
        StudyFileInvalid: there is no such source, or its mapping is wrong.
        EvenhandError: a file cannot be read.
    """
    from crawler.feeds.files import fetches_of, files_in
    from crawler.offline import read_again

    profile = source_profile(folder, source) if source else None
    for path in files_in(files):
        for outcome in read_again(
            fetches_of(path, profile), lambda name: source_profile(folder, name), fresh=True
        ):
            yield path, outcome


def source_profile(folder: StudyFolder, name: str) -> "PortalProfile":
    """The declaration of a source: a mapping of the study, a feed format, or a portal.

    Raises:
        StudyFileInvalid: there is none of that name, or it is wrong.
    """
    from crawler.feeds.mapping import read_mapping
    from crawler.portals.profile import feed_formats, load_profile

    mapping = folder.sources / f"{name}.toml"
    if mapping.is_file():
        return read_mapping(mapping)
    return next((it for it in feed_formats() if it.name == name), None) or load_profile(name)


def draft_mapping(folder: StudyFolder, files: tuple[Path, ...], source: str) -> Path:
    """Write ``sources/<source>.toml`` from the column names of the first file.

    Raises:
        Refused: there is one already.
        EvenhandError: the file is no table.
    """
    from crawler.feeds import tables
    from crawler.feeds.mapping import draft
    from testing.study.errors import Refused

    path = folder.sources / f"{source}.toml"
    if path.exists():
        raise Refused(f"{path} exists; change it by hand, or take it away first")
    columns, _ = tables.read_table(files[0])
    path.parent.mkdir(exist_ok=True)
    path.write_text(draft(source, columns), "utf-8")
    return path


def show(folder: StudyFolder, files: tuple[Path, ...], source: str | None, most: int = 10) -> None:
    """Print the first adverts that would come in, and every reason for the others."""
    from collections import Counter

    from crawler.feeds.tables import ROW

    reasons: Counter[str] = Counter()
    shown, total, numbered = 0, 0, False
    for path, outcome in outcomes(folder, files, source):
        reasons.update(reason for _, reason in outcome.skipped)
        total += len(outcome.listings)
        numbered = numbered or any(it.sources.get("listing_id") == f"item:{ROW}" for it in outcome.listings)
        for listing in outcome.listings[: most - shown]:
            shown += 1
            told = [
                f"{name} {_plain(getattr(listing, name))}"
                for name in SHOWN
                if getattr(listing, name) is not None
            ]
            click.echo(f"{path.name}: {', '.join(told)}, landlord {listing.landlord.type.value}")
    why = "; ".join(f"{reason}: {count}" for reason, count in sorted(reasons.items()))
    if numbered:
        click.echo(
            "No column is the listing_id: rows are numbered, and a later file's adverts are all new.",
            err=True,
        )
    click.echo(f"{total} rentals would come in" + (f"; not: {why}" if why else ""), err=True)


def _plain(value: Any) -> Any:
    return getattr(value, "value", f"{value:g}" if isinstance(value, float) else value)


def _require_basis(protocol: "Protocol", name: str) -> None:
    from crawler.portals.profile import GENERIC
    from testing.study.errors import Refused

    if name == GENERIC:
        raise Refused(
            "whose adverts these are cannot be told from the files; name their source with --source"
        )
    if all(it.name != name for it in protocol.frame.sources):
        raise Refused(
            f"source {name!r} has no recorded legal basis, so nothing of it comes in; add to protocol.toml: "
            f'[[frame.sources]] name = "{name}", basis = ..., recorded_by = ..., recorded_on = ...'
        )
