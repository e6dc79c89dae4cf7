"""Pages that are there already in, the same outcomes out as when asked for, by what readers and profiles say today."""

from collections.abc import Callable, Iterable, Iterator

from crawler.frontier import Kept, Outcome
from crawler.pipelines.normalise import normalise
from crawler.pipelines.rentals_only import why_not
from crawler.portals.profile import PortalProfile, load_profile
from crawler.readers.kinds import PageKind
from crawler.readers.reading import offered, read_page
from testing.store.pages import Fetch
from testing.study.listing import Listing


def read_again(
    fetches: Iterable[Fetch],
    profile_of: Callable[[str], PortalProfile] = load_profile,
    *,
    fresh: bool = False,
) -> Iterator[Outcome]:
    """Read pages; nothing is asked of any portal.

    Args:
        fetches: with their bytes.
        profile_of: gives the declaration of a portal or source by its name.
        fresh: they were not kept before, so that their bytes are to be; a saved file's address tells no detail page.

    Yields:
        One outcome a page; each advert was seen when its page came.

    Raises:
        StudyFileInvalid: a portal has no profile any more.
    """
    for it in fetches:
        expect = PageKind.DETAIL if fresh else None
        reading = read_page(
            it.body or b"", it.url, profile_of(it.portal), it.fetched_at, it.charset, expect=expect
        )
        listings: list[Listing] = []
        skipped: list[tuple[str, str]] = []
        for listing, reason in offered(reading, it.url):
            why = reason if listing is None else reason or why_not(listing)
            if listing is not None and why is None:
                listings.append(normalise(listing))
            elif why is not None:
                skipped.append((listing.url if listing else it.url, why))
        if fresh and reading.links and not listings:
            skipped.append((it.url, f"a list that leads to {len(reading.links)} adverts and holds none"))
        kept = Kept(
            status=it.status, body=it.body, charset=it.charset, etag=it.etag, last_modified=it.last_modified
        )
        yield Outcome(
            portal=it.portal,
            url=it.url,
            asked=fresh,
            answer=kept,
            listings=tuple(listings),
            skipped=tuple(skipped),
        )
