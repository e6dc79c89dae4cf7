"""What was tested before: takes other waves' tests and this wave's earlier batches, says what may not be drawn again.

Adverts arrive all through a wave, so it may be drawn in batches. Each advert has one chance, in the first batch whose
frame holds it; nothing that an earlier batch assigned is touched; and caps count everything that went before.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from testing.pairing.landlords import landlord_keys
from testing.pairing.plan import Plan
from testing.study.listing import LandlordType, Listing
from testing.study.protocol import Protocol

ONE_OWNER = frozenset({LandlordType.PRIVATE, LandlordType.FLATMATE})
"""Landlords who are one person, whom a wave tests once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierTest:
    """A test of another wave."""

    listing: Listing
    day: date
    """Local day on which its first message left, or was due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """Everything that a batch must know of what went before it."""

    elsewhere: tuple[EarlierTest, ...] = ()
    """Tests of other waves, whichever study they belong to."""
    plan: Plan | None = None
    """The wave's plan so far; None before its first batch."""
    frames: tuple[Sequence[Listing], ...] = ()
    """The frames of the wave's batches so far, in order."""

    @property
    def number(self) -> int:
        """Number of the batch that comes next, from 1."""
        return 1 + len(self.frames)

    def tested(self) -> list[Listing]:
        """Adverts that this wave tests already, as they were when drawn."""
        if self.plan is None:
            return []
        keys = {it.listing for it in self.plan.applications}
        return [it for frame in self.frames for it in frame if it.key in keys]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What went before, for the landlords and adverts of a frame."""

    landlords: Mapping[str, str]
    """Pseudonym of the landlord of each advert, by the advert's key; those tested before keep theirs."""
    closed: Mapping[str, str] = field(default_factory=dict)
    """Why an advert may not be drawn, by its key."""
    tested: Sequence[Listing] = ()
    """Adverts that were tested, here or elsewhere: their dwellings are not tested again."""
    tests: Mapping[str, int] = field(default_factory=dict)
    """Tests of this wave with a landlord, by pseudonym."""
    days: Mapping[str, Sequence[date]] = field(default_factory=dict)
    """Days of those tests."""
    drawn: Mapping[str, int] = field(default_factory=dict)
    """Tests of this wave in each stratum."""


def history_of(
    protocol: Protocol, frame: Sequence[Listing], before: Before, *, key: bytes, first_day: date
) -> History:
    """Work out what went before.

    Args:
        protocol: how long landlords are left alone.
        frame: adverts of the batch to be drawn.
        before: what went before it.
        key: the wave's secret key.
        first_day: first day on which the batch may write.
    """
    mine = before.tested()
    others = [it for it in before.elsewhere if (first_day - it.day).days < _rest(protocol, it.listing)]
    keys = landlord_keys(key, [*frame, *mine, *(it.listing for it in others)])
    applications = before.plan.applications if before.plan else ()
    known: dict[str, str] = {}
    for it in applications:
        known[keys[it.listing]] = min(known.get(keys[it.listing], it.landlord), it.landlord)
    landlords = {listing: known.get(landlord, landlord) for listing, landlord in keys.items()}
    zone = ZoneInfo(protocol.study.timezone)
    tests: dict[str, set[str]] = defaultdict(set)
    days: dict[str, list[date]] = defaultdict(list)
    for it in applications:
        tests[landlords[it.listing]].add(it.pair)
        if it.order == 1:
            days[landlords[it.listing]].append(it.due_at.astimezone(zone).date())
    return History(
        landlords=landlords,
        closed=_closed(frame, before, landlords, {landlords[it.listing.key] for it in others}),
        tested=[*mine, *(it.listing for it in others)],
        tests={landlord: len(theirs) for landlord, theirs in tests.items()},
        days=days,
        drawn=Counter(it.stratum for it in applications if it.order == 1),
    )


def _rest(protocol: Protocol, listing: Listing) -> int:
    """Days for which a landlord, and the dwelling, are left alone after a test of another wave."""
    one = listing.landlord.type in ONE_OWNER
    return protocol.sample.private_rest_days if one else protocol.sample.agency_rest_days


def _closed(
    frame: Iterable[Listing], before: Before, landlords: Mapping[str, str], resting: set[str]
) -> dict[str, str]:
    seen = {it.key for earlier in before.frames for it in earlier}
    closed = {it.key: "had its chance in an earlier batch" for it in frame if it.key in seen}
    return closed | {
        it.key: "landlord tested in another wave not long ago"
        for it in frame
        if it.key not in closed and landlords[it.key] in resting
    }
