"""A study's store in, the numbers of the frame's page out; counts only, never an advert or an advertiser."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crawler.portals.profile import expectations, load_profile
from testing.pairing.history import History
from testing.pairing.sampling import reasons_against
from testing.store import changes, coverage, crawls, frame, pages, portals
from testing.store.engine import Session
from testing.study.listing import Listing
from testing.study.protocol import Protocol
from testing.study.sameness import landlord_groups, pairs

BAND = 100
"""Width of a band of rents."""
FEWEST_AGAIN = 7
"""Dwellings on both portals, below which the number of unseen ones is not estimated (the estimator's own rule)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A portal or an imported source."""

    name: str
    basis: str
    recorded_by: str
    crawled: bool
    unverified: bool
    adverts: int
    shares: Mapping[str, float] = field(default_factory=dict)
    """Of the last crawl's adverts, on which share each watched field was read."""
    opt_outs: Mapping[str, int] = field(default_factory=dict)
    closed_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """How many dwellings two portals hold together, by those that both advertise."""

    one: str
    other: str
    seen: int
    both: int
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFacts:
    """All numbers of the page."""

    study: str
    titles: Mapping[str, str]
    as_of: datetime
    crawl: str
    answers: int
    left_out: Mapping[str, int]
    """Adverts and pages of the last crawl or import that did not come into the frame, by reason."""
    adverts: int
    landlords: int
    twice: int
    """Pairs of adverts that are one dwelling."""
    excluded: Mapping[str, int]
    """Adverts of the frame that are not tested, by reason."""
    testable: int
    by_type: Mapping[str, tuple[int, int, Mapping[int, int]]]
    """Adverts, those that can be tested, and adverts by the strongest rung of evidence."""
    by_place: Sequence[tuple[str, int]]
    by_rent: Mapping[int, int]
    """Adverts by the lower end of their band; rents by month."""
    rent_unknown: int
    changes: Mapping[str, int]
    """Changes that the last crawl of each portal saw: ``<portal>.<kind>``."""
    rents_down: int
    rents_up: int
    unseen: Sequence[Unseen]
    alarms: Sequence[coverage.Alarm]
    sources: Sequence[Source]
    rehearsal: bool = False


def frame_facts(
    session: Session, protocol: Protocol, now: datetime, *, rehearsal: bool = False
) -> FrameFacts:
    """Count what the page shows.

    Args:
        session: of the study's store.
        protocol: the study.
        now: by the study's clock.
        rehearsal: the study is of a made-up town.

    Raises:
        Refused: nothing was crawled or imported yet.
    """
    last = crawls.require_whole_frame(session)
    adverts = frame.listings(session)
    landlords = landlord_groups(adverts)
    reasons = reasons_against(protocol, adverts, History(landlords=landlords))
    rungs: dict[str, Counter[int]] = {}
    for it in adverts:
        evidence = it.landlord.evidence
        rungs.setdefault(it.landlord.type.value, Counter())[evidence[0].rung if evidence else 0] += 1
    testable = Counter(it.landlord.type.value for it in adverts if reasons[it.key] is None)
    rents = [
        it.rent_amount for it in adverts if it.rent_amount is not None and it.rent_period in (None, "month")
    ]
    twins = pairs(adverts)
    events = changes.events(session, last.id)
    moved = [it for it in events if it.field == "rent_amount" and it.before and it.after]
    return FrameFacts(
        study=protocol.study.name,
        titles={str(k): v for k, v in protocol.study.title.items()},
        as_of=last.finished_at or now,
        crawl=last.id,
        answers=sum(pages.counts(session, last.id).values()),
        left_out=frame.skipped_counts(session, last.id),
        adverts=len(adverts),
        landlords=len(set(landlords.values())),
        twice=len(twins),
        excluded=Counter(it for it in reasons.values() if it is not None),
        testable=sum(testable.values()),
        by_type={
            kind: (found.total(), testable[kind], dict(found))
            for kind, found in sorted(rungs.items(), key=lambda it: (-it[1].total(), it[0]))
        },
        by_place=Counter(f"{it.postcode or ''} {it.city or ''}".strip() for it in adverts).most_common(),
        by_rent=dict(sorted(Counter(int(it // BAND) * BAND for it in rents).items())),
        rent_unknown=len(adverts) - len(rents),
        changes={name: n for name, n in last.counts.items() if name.rpartition(".")[2] in _KINDS},
        rents_down=sum(float(it.after or 0) < float(it.before or 0) for it in moved),
        rents_up=sum(float(it.after or 0) > float(it.before or 0) for it in moved),
        unseen=_unseen(adverts, [(it.one, it.other) for it in twins]),
        alarms=coverage.alarms(session, expectations()),
        sources=_sources(session, protocol, adverts, now),
        rehearsal=rehearsal,
    )


_KINDS = frozenset((changes.NEW, changes.CHANGED, changes.DELISTED, changes.RELISTED))


def chapman(first: int, second: int, both: int) -> tuple[float, float, float]:
    """How many there are in all, by two catches and those in both (Chapman 1951), with a 95 % interval.

    The variance is Seber's (1970); the interval is normal on the log of the unseen, so never below what was seen.

    >>> round(chapman(10, 15, 5)[0], 1)
    28.3
    """
    estimate = (first + 1) * (second + 1) / (both + 1) - 1
    seen = first + second - both
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    unseen = estimate - seen
    if unseen <= 0:
        return estimate, float(seen), estimate
    spread = math.exp(1.96 * math.sqrt(math.log1p(variance / unseen**2)))
    return estimate, seen + unseen / spread, seen + unseen * spread


def _unseen(adverts: Sequence[Listing], twins: Sequence[tuple[str, str]]) -> list[Unseen]:
    portal = {it.key: it.portal for it in adverts}
    sizes = Counter(portal.values())
    both = Counter(tuple(sorted((portal[a], portal[b]))) for a, b in twins if portal[a] != portal[b])
    found = []
    for (one, other), count in sorted(both.items()):
        if count >= FEWEST_AGAIN:
            estimate, lower, upper = chapman(sizes[one], sizes[other], count)
            seen = sizes[one] + sizes[other] - count
            found.append(
                Unseen(
                    one=one, other=other, seen=seen, both=count, estimate=estimate, lower=lower, upper=upper
                )
            )
    return found


def _sources(session: Session, protocol: Protocol, adverts: Sequence[Listing], now: datetime) -> list[Source]:
    sizes = Counter(it.portal for it in adverts)
    rows = [(it.profile, it.basis, it.recorded_by, True) for it in protocol.frame.portals]
    rows += [(it.name, it.basis, it.recorded_by, False) for it in protocol.frame.sources]
    closed = {it.portal: it.until for it in portals.closed(session, [row[0] for row in rows], now)}
    last = {name: it for it in crawls.finished(session) for name in it.portals}
    found = []
    for name, basis, recorded_by, crawled in rows:
        crawl = last.get(name)
        found.append(
            Source(
                name=name, basis=basis, recorded_by=recorded_by, crawled=crawled,
                unverified=crawled and load_profile(name).unverified,
                adverts=sizes[name],
                shares=coverage.shares(dict(crawl.counts)).get(name, {}) if crawl else {},
                opt_outs=pages.opt_outs(session, crawl.id).get(name, {}) if crawl else {},
                closed_until=closed.get(name),
            )
        )  # fmt: skip
    return found
