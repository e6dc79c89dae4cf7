"""``evenhand portal``: lists portals, drafts a new one's profile, records a golden page, checks profiles on theirs."""

from datetime import UTC, datetime
from pathlib import Path

import click

from desk.folder import study_folder

PAGES = Path("tests/portals")
"""Where golden pages lie in a checkout."""
FRESH_DAYS = 180
"""A profile that was verified longer ago is to be looked at again."""
FIXTURES = 3
"""Golden pages that a profile must have to be called verified."""


@click.group()
def command() -> None:
    """Declare portals, and hold what is declared against real pages."""


@command.command("list")
def show() -> None:
    """List the declared portals: domains, and when each was last held against real pages."""
    from crawler.portals.profile import load_profile, profile_names

    for name in profile_names():
        profile = load_profile(name)
        state = f"verified {profile.verified}" if profile.verified else "UNVERIFIED"
        click.echo(
            f"{name}: {', '.join(profile.domains) or 'no domain'}; {state}"
            + (f"; {profile.access}" if profile.access else "")
        )


@command.command()
@click.argument("name")
@click.argument("pages", type=click.Path(path_type=Path, exists=True, dir_okay=False), nargs=-1)
@click.option("--domain", required=True, help="The portal's domain, without www.")
@click.option("--country", help="ISO 3166-1, two letters.")
@click.option("--language", multiple=True, help="ISO 639-1; repeat for more.")
@click.option("--currency", default="EUR", show_default=True, help="ISO 4217.")
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("crawler/portals"),
    help="Folder of profiles.",
)
def new(
    name: str,
    pages: tuple[Path, ...],
    domain: str,
    country: str | None,
    language: tuple[str, ...],
    currency: str,
    to: Path,
) -> None:
    """Draft the profile NAME from saved PAGES: the rules by which the generic readers found each field.

    It stays unverified until you have looked at it, recorded three golden pages and written a date.
    """
    from crawler.portals.drafting import draft
    from crawler.portals.profile import read_profile
    from testing.study.errors import Refused

    path = to / f"{name}.toml"
    if path.exists():
        raise Refused(f"{path} exists; change it by hand, or take it away first")
    text = draft(name, list(pages), domain=domain, country=country, languages=language, currency=currency)
    read_profile(text, path.name)
    to.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    click.echo(
        f"Wrote {path}. Next: crawl or import a page, then evenhand portal record STUDY URL --portal {name}",
        err=True,
    )


@command.command()
@click.argument("study", type=click.Path(path_type=Path, file_okay=False))
@click.argument("url")
@click.option("--case", required=True, help="Name of the case, for example rent_by_owner.")
@click.option("--portal", help="Its profile; told from the address where absent.")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), default=PAGES, show_default=True)
def record(study: Path, url: str, case: str, portal: str | None, to: Path) -> None:
    """Write the page that the study kept of URL as a golden page, without what leads to a person.

    Mail addresses, telephone numbers, accounts, the advertiser's name, street and position are replaced. Look the page
    and what is expected of it over before anybody else sees them: a name inside a text is not found.
    """
    from crawler.feeds.files import portal_at
    from crawler.portals import golden
    from crawler.portals.profile import load_profile
    from testing.store import pages
    from testing.store.engine import open_store
    from testing.study.errors import Refused

    folder = study_folder(study)
    with open_store(folder.store, create=False) as store, store.read() as session:
        body = pages.body(session, url)
    if body is None:
        raise Refused(f"the study has kept no page of {url}; crawl it, or import it, first")
    name = portal or portal_at(url)
    written = golden.record(to / name / case, body, url, load_profile(name))
    click.echo(
        f"Wrote {written} and {golden.EXPECTED} beside it. Look both over: names in running text stay.",
        err=True,
    )


@command.command()
@click.argument("study", type=click.Path(path_type=Path, file_okay=False))
@click.argument("name")
@click.option("--language", type=click.Choice(["nl", "fr", "en"]), default="nl", show_default=True)
def letter(study: Path, name: str, language: str) -> None:
    """Print a letter that asks the portal NAME for leave, or for its data, filled in from the study file."""
    from crawler.portals.profile import load_profile
    from desk.templates import permission_letter
    from testing.study.reading import read_protocol

    protocol = read_protocol(study_folder(study).protocol)
    click.echo(permission_letter(protocol, load_profile(name).title, name, language))


@command.command()
@click.argument("names", nargs=-1)
@click.option("--pages", type=click.Path(path_type=Path, file_okay=False), default=PAGES, show_default=True)
def check(names: tuple[str, ...], pages: Path) -> None:
    """Hold profiles against their golden pages; all of them where no NAME is given. Exit code 1 if any differs."""
    from crawler.portals import golden
    from crawler.portals.profile import load_profile, profile_names

    wrong = 0
    for name in names or profile_names():
        cases, profile = golden.check(name, pages), load_profile(name)
        faults = [f"{case.name}: {fault}" for case in cases for fault in case.faults]
        wrong += len(faults)
        notes = [
            f"{len(cases)} golden pages",
            f"verified {profile.verified}" if profile.verified else "UNVERIFIED",
        ]
        if profile.verified and (datetime.now(UTC).date() - profile.verified).days > FRESH_DAYS:
            notes.append(f"more than {FRESH_DAYS} days ago: look at a page anew")
        if profile.verified and len(cases) < FIXTURES:
            notes.append(f"fewer than {FIXTURES} golden pages")
        click.echo(f"{name}: {'; '.join(notes)}" + "".join(f"\n  {fault}" for fault in faults))
    if wrong:
        click.get_current_context().exit(1)
