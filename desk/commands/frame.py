"""``evenhand frame``: takes a study's store, writes the page about its frame, and its kept pages as a WARC."""

import json
from pathlib import Path

import click

from desk.folder import StudyFolder, study_folder
from desk.rehearsal.clock import clock_of

WARC = "pages.warc.gz"


@click.command()
@click.argument("study", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--warc", is_flag=True, help="Write the kept pages as a WARC too; they hold personal data.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def command(study: Path, warc: bool, as_json: bool) -> None:
    """Say what the frame of the study in the folder STUDY holds, and write a page about it.

    What was left out and why, landlord types with their evidence, places and rents, what changed, how whole it is. The
    page (nl, fr, en) names no advert and no advertiser.
    """
    folder = study_folder(study)
    written = write_frame(folder)
    if warc:
        written.append(write_pages_as_warc(folder))
    if as_json:
        click.echo(json.dumps(numbers(folder), indent=1, sort_keys=True))
    else:
        click.echo("\n".join(map(str, written)))


def write_frame(folder: StudyFolder) -> list[Path]:
    """Write ``report/frame-<language>.html``.

    Raises:
        StudyFileInvalid: the study file is wrong.
        Refused: nothing was crawled or imported yet, or a crawl did not finish.
    """
    from desk.frame_page.facts import frame_facts
    from desk.frame_page.page import write_frame_pages
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store, store.read() as session:
        facts = frame_facts(session, protocol, clock_of(folder)(), rehearsal=folder.virtual_clock.exists())
    return write_frame_pages(folder.report, facts)


def numbers(folder: StudyFolder) -> dict[str, object]:
    """The numbers of the page."""
    from desk.frame_page.facts import frame_facts
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store, store.read() as session:
        facts = frame_facts(session, protocol, clock_of(folder)())
    return {
        "adverts": facts.adverts,
        "landlords": facts.landlords,
        "testable": facts.testable,
        "left_out": dict(facts.left_out),
        "excluded": dict(facts.excluded),
        "by_type": {kind: count for kind, (count, _, _) in facts.by_type.items()},
        "changes": dict(facts.changes),
        "alarms": [str(it) for it in facts.alarms],
    }


def write_pages_as_warc(folder: StudyFolder) -> Path:
    """Write the latest kept page of each address as ``data/pages.warc.gz``, beside the store.

    Raises:
        StoreUnusable: there is no store.
    """
    from importlib.metadata import version

    from crawler.feeds.warc import write_warc
    from testing.store import pages
    from testing.store.engine import open_store

    path = folder.root / "data" / WARC
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_store(folder.store, create=False) as store, store.read() as session:
        write_warc(path, pages.latest(session), software=f"evenhand {version('evenhand')}")
    return path
