"""``evenhand crawl``: takes a study's folder, walks its portals politely, puts what it finds into the frame."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.folder import StudyFolder, study_folder
from desk.progress import tallying
from desk.rehearsal.clock import clock_of

if TYPE_CHECKING:
    from crawler.run import CrawlCounts

LOOK_AHEAD = timedelta(hours=48)
"""An application that is due by then has its advert looked at by ``--due``."""


@click.command()
@click.argument("study", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--afresh", is_flag=True, help="Begin anew, also where a crawl was cut off.")
@click.option("--offline", is_flag=True, help="Read the kept pages anew; nothing is asked of any portal.")
@click.option(
    "--plan", "only_plan", is_flag=True, help="Say what a crawl would ask for, and ask for nothing."
)
@click.option(
    "--from",
    "sources",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="An alert e-mail, mailbox, sitemap or list of addresses whose adverts are asked for too.",
)
@click.option(
    "--due", is_flag=True, help="Look only whether adverts that are to be answered soon still stand."
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def command(
    study: Path,
    afresh: bool,
    offline: bool,
    only_plan: bool,
    sources: tuple[Path, ...],
    due: bool,
    as_json: bool,
) -> None:
    """Crawl the portals of the study in the folder STUDY into its frame.

    Robots rules are obeyed and pages asked for slowly. A portal that refuses is closed for the day. A crawl that
    was killed goes on where it stood when it is started again; until it has finished no plan is drawn.
    """
    folder = study_folder(study)
    if only_plan:
        from desk.crawl_plan import crawl_plan

        plans = crawl_plan(folder, clock_of(folder)())
        click.echo(
            json.dumps([asdict(it) for it in plans], indent=1, default=str)
            if as_json
            else "\n".join(map(str, plans))
        )
        return
    with tallying("{} rentals, {} pages skipped") as progress:
        if offline:
            counts = read_kept_pages(folder, clock=clock_of(folder))
        else:
            counts = crawl_study(
                folder, clock=clock_of(folder), progress=progress, afresh=afresh, sources=sources, due=due
            )
    for alarm in drift_alarms(folder):
        click.echo(f"DRIFT: {alarm}", err=True)
    if as_json:
        click.echo(json.dumps(asdict(counts), indent=1, sort_keys=True))
    else:
        for portal in counts.portals:
            click.echo(str(portal))
        if counts.left:
            click.echo(
                f"{counts.left} addresses wait for another day: the portals' day is spent or their hours are over. "
                f"Go on then: evenhand crawl {folder.typed}",
                err=True,
            )
        else:
            click.echo(f"Next: evenhand {'send' if due else 'plan'} {folder.typed}", err=True)
    if counts.left:
        click.get_current_context().exit(4)
    if not counts.listings and not due:
        click.echo("No rental came into the frame: look at the reasons above and at frame.portals.", err=True)
        click.get_current_context().exit(1)


def crawl_study(
    folder: StudyFolder,
    *,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] | None = None,
    delay: float | None = None,
    afresh: bool = False,
    sources: Sequence[Path] = (),
    due: bool = False,
) -> "CrawlCounts":
    """Walk a study's portals once, and write down that the frame is whole; one that was cut off goes on.

    Args:
        folder: the study's.
        clock: tells what time it is, aware, UTC.
        progress: told rentals and skipped pages so far.
        delay: seconds between two pages of one domain; under 2 s on loopback only.
        afresh: begin anew, also where a crawl was cut off.
        sources: alert e-mails, sitemaps and lists that name adverts to ask for too.
        due: ask only for the adverts that an application is to answer soon, to see whether they still stand.

    Raises:
        StudyFileInvalid: the study file is wrong.
        Refused: no legal basis, no contact, or the study is halted.
        EvenhandError: the crawl died; the store knows that the frame is not whole.
    """
    from crawler.feeds.addresses import addresses_in
    from crawler.permission import Permission
    from crawler.pipelines.into_store import StoreSink
    from crawler.portals.profile import load_profile
    from crawler.run import PortalToCrawl, crawl
    from testing.store import applications, changes, coverage, crawls, frame, frontier, waves
    from testing.store.engine import open_store
    from testing.store.lease import crawler, one_at_a_time
    from testing.study.errors import Refused
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    profiles = [load_profile(it.profile) for it in protocol.frame.portals]
    named: dict[str, list[str]] = {}
    for path in sources:
        for name, urls in addresses_in(path, profiles).items():
            named.setdefault(name, []).extend(urls)
    portals = [
        PortalToCrawl(
            profile=it.profile,
            start_urls=tuple(it.start),
            permission=Permission(basis=it.basis, recorded_by=it.recorded_by, recorded_on=it.recorded_on),
            adverts=tuple(named.get(it.profile, ())),
            pages_per_day=it.pages_per_day,
        )
        for it in protocol.frame.portals
    ]
    names, hours = [it.profile for it in portals], protocol.frame.hours
    with open_store(folder.store) as store, crawler(store) as runner:
        crawl_id = ""

        asked_at, answer = 0.0, False

        def halted() -> bool:
            # Asked for every page; the store is looked at four times a second.
            nonlocal asked_at, answer
            if time.monotonic() - asked_at > 0.25:
                with store.read() as session:
                    asked_at, answer = time.monotonic(), bool(waves.halted(session))
            return answer

        def sink() -> StoreSink:
            nonlocal crawl_id
            with store.begin() as session:
                one_at_a_time(session, "crawl")
                crawl_id = (not (afresh or due) and crawls.to_go_on(session, names, clock())) or ""
                if not crawl_id:
                    crawl_id = crawls.next_id(session)
                    crawls.start_crawl(
                        session,
                        crawl_id=crawl_id,
                        portals=names,
                        now=clock(),
                        loosened=protocol.frame.loosened(),
                        due=due,
                    )
            return StoreSink(store, crawl_id, clock, runner=runner, revisit=not due)

        if due:
            with store.read() as session:
                wanted = frame.addresses(session, applications.listings_due(session, clock() + LOOK_AHEAD))
            portals = [replace(it, adverts=wanted[it.profile]) for it in portals if it.profile in wanted]
            if not portals:
                raise Refused("no application is due soon, so there is no advert to look at")
            names = [it.profile for it in portals]
        counts = crawl(
            portals,
            sink=sink,
            contact=protocol.study.contact,
            clock=clock,
            progress=progress,
            delay=delay,
            halted=halted,
            hours=(hours[0], hours[1]) if hours else None,
            timezone=protocol.study.timezone,
            only_adverts=due,
        )
        with store.begin() as session:
            one_at_a_time(session, "crawl")
            if not frontier.left(session, crawl_id) and not crawls.is_finished(session, crawl_id):
                changes.close_crawl(session, crawl_id, clock())
                flat = (
                    counts.flat()
                    | changes.flat_counts(session, crawl_id)
                    | coverage.filled(session, crawl_id)
                )
                crawls.finish_crawl(session, crawl_id=crawl_id, counts=flat, now=clock())
    return counts


def read_kept_pages(folder: StudyFolder, *, clock: Callable[[], datetime]) -> "CrawlCounts":
    """Read the latest kept page of each address anew, by what the readers and profiles say today.

    Raises:
        Refused: no crawl finished yet, so the kept pages are not whole.
        EvenhandError: there is no store.
    """
    from crawler.frontier import PageCounts
    from crawler.offline import read_again
    from crawler.pipelines.into_store import StoreSink
    from crawler.run import CrawlCounts, PortalCounts
    from desk.commands.import_adverts import source_profile
    from testing.store import crawls, pages
    from testing.store.engine import open_store
    from testing.store.lease import sole_crawler

    with open_store(folder.store, create=False) as store, sole_crawler(store):
        with store.read() as session:
            crawls.require_whole_frame(session)
            names = sorted({name for it in crawls.finished(session) for name in it.portals})
            crawl_id = crawls.next_id(session)
        with store.begin() as session:
            crawls.start_crawl(session, crawl_id=crawl_id, portals=names, now=clock())
        sink = StoreSink(store, crawl_id, clock, log_changes=False)
        with store.read() as session:
            for outcome in read_again(pages.latest(session), lambda name: source_profile(folder, name)):
                sink.keep(outcome)
        found = sink.counts()
        counts = CrawlCounts(
            portals=tuple(
                PortalCounts(portal=name, pages=it.pages, listings=it.listings, skipped=dict(it.skipped))
                for name in names
                for it in [found.get(name, PageCounts())]
            )
        )
        with store.begin() as session:
            crawls.finish_crawl(session, crawl_id=crawl_id, counts=counts.flat(), now=clock())
    return counts


def drift_alarms(folder: StudyFolder) -> list[str]:
    """What the last crawl read less often than the one before: a portal changed its pages, or a profile is wrong."""
    from crawler.portals.profile import expectations
    from testing.store import coverage
    from testing.store.engine import open_store

    with open_store(folder.store) as store, store.read() as session:
        return [str(it) for it in coverage.alarms(session, expectations())]


def frame_is_whole(folder: StudyFolder) -> bool:
    """Say whether the study was crawled and its last crawl came to its end."""
    from testing.store import crawls
    from testing.store.engine import open_store
    from testing.study.errors import Refused

    with open_store(folder.store) as store, store.read() as session:
        try:
            crawls.require_whole_frame(session)
        except Refused:
            return False
    return True
