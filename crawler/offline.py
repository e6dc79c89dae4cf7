"""Pages that were kept in, the same outcomes out as when they came, by what the readers and profiles say today."""

from collections.abc import Iterable, Iterator

from crawler.frontier import Outcome
from crawler.pipelines.normalise import normalise
from crawler.pipelines.rentals_only import why_not
from crawler.portals.profile import load_profile
from crawler.readers.reading import offered, read_page
from testing.store.pages import Fetch
from testing.study.listing import Listing


def read_again(fetches: Iterable[Fetch]) -> Iterator[Outcome]:
    """Read kept pages anew; nothing is asked of any portal.

    Args:
        fetches: with their bytes.

    Yields:
        One outcome a page; each advert was seen when its page came.

    Raises:
        StudyFileInvalid: a portal has no profile any more.
    """
    for it in fetches:
        reading = read_page(it.body or b"", it.url, load_profile(it.portal), it.fetched_at, it.charset)
        listings: list[Listing] = []
        skipped: list[tuple[str, str]] = []
        for listing, reason in offered(reading, it.url):
            why = reason if listing is None else reason or why_not(listing)
            if listing is not None and why is None:
                listings.append(normalise(listing))
            elif why is not None:
                skipped.append((listing.url if listing else it.url, why))
        yield Outcome(
            portal=it.portal, url=it.url, asked=False, listings=tuple(listings), skipped=tuple(skipped)
        )
