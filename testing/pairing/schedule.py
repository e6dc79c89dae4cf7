"""When to write: takes the sample, gives each listing its moments on one working day of the wave."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from testing.pairing.sampling import Drawn
from testing.pairing.stream import Stream
from testing.study.application import Application
from testing.study.errors import EvenhandError
from testing.study.misfits import applicants_to_one, working_days
from testing.study.protocol import Protocol

DAYS_APART = 5
"""Days between two pairs with one landlord, where the wave leaves room for it (our choice: once a week)."""


Moments = tuple[datetime, ...]
"""When the applicants to one listing are due, in order, UTC: as many as the largest test of the study needs."""


def schedule(
    protocol: Protocol,
    drawn: Sequence[Drawn],
    stream: Stream,
    *,
    first_day: date,
    load: Mapping[date, int],
    days_of: Mapping[str, Sequence[date]],
) -> dict[str, Moments]:
    """Spread tests evenly over the wave's working days, within opening hours and the daily cap.

    Args:
        protocol: wave, opening hours, daily cap, gap and time zone; public holidays are not known.
        drawn: the sample, one test each.
        stream: random stream of the wave.
        first_day: of these tests.
        load: applications that are due already, by local day.
        days_of: days of tests that a landlord has already.

    Returns:
        Moments by listing key.

    Raises:
        EvenhandError: the wave has too few working days for so many pairs.
    """
    days = working_days(first_day, protocol.wave.last_day, protocol.sending.weekends)
    applicants = applicants_to_one(protocol.contrasts, protocol.design)
    free = [(protocol.sending.daily_cap - load.get(day, 0)) // applicants for day in days]
    if len(drawn) > sum(free):
        over = f" over {sum(load.get(day, 0) for day in days)} that are due already" if load else ""
        raise EvenhandError(
            f"wave {protocol.wave.name}: {len(days)} working days of {protocol.sending.daily_cap} "
            f"applications{over} cannot hold {len(drawn)} tests of {applicants}; lengthen the wave, raise "
            "sending.daily_cap or lower sample.pairs in protocol.toml"
        )
    assigned = _days(drawn, days, _room(len(drawn), free), days_of, stream.substream("days"))
    times = stream.substream("times")
    return {it.listing.key: _moments(protocol, assigned[it.listing.key], applicants, times) for it in drawn}


def load_of(protocol: Protocol, applications: Sequence[Application]) -> dict[date, int]:
    """Applications that are due on each local day."""
    zone = ZoneInfo(protocol.study.timezone)
    return Counter(it.due_at.astimezone(zone).date() for it in applications)


def _room(count: int, free: Sequence[int]) -> list[int]:
    """Tests for each day: evenly, and what a day has no room for on the next ones that have.

    >>> _room(5, [9, 9]), _room(5, [1, 9])
    ([2, 3], [1, 4])
    """
    room = [(n + 1) * count // len(free) - n * count // len(free) for n in range(len(free))]
    over = 0
    for n in (*range(len(free)), *range(len(free))):
        over += max(0, room[n] - free[n])
        room[n] = min(room[n], free[n])
        more = min(over, free[n] - room[n])
        room[n], over = room[n] + more, over - more
    return room


def _days(
    drawn: Sequence[Drawn],
    days: Sequence[date],
    room: list[int],
    days_of: Mapping[str, Sequence[date]],
    stream: Stream,
) -> dict[str, date]:
    """Give every listing a day; landlords with several pairs first, so that theirs lie apart."""
    by_landlord: dict[str, list[Drawn]] = defaultdict(list)
    for it in drawn:
        by_landlord[it.landlord].append(it)
    assigned: dict[str, date] = {}
    several = sorted(
        (it for landlord, it in by_landlord.items() if len(it) > 1 or landlord in days_of),
        key=len,
        reverse=True,
    )
    for theirs in several:
        taken = list(days_of.get(theirs[0].landlord, ()))
        for it in theirs:
            place = _place(room, days, taken, stream.below(len(days)))
            room[place] -= 1
            taken.append(days[place])
            assigned[it.listing.key] = days[place]
    left = stream.shuffled([day for day, count in zip(days, room, strict=True) for _ in range(count)])
    single = [it[0] for landlord, it in by_landlord.items() if len(it) == 1 and landlord not in days_of]
    assigned |= {it.listing.key: day for it, day in zip(single, left, strict=True)}
    return assigned


def _place(room: Sequence[int], days: Sequence[date], taken: Sequence[date], start: int) -> int:
    """The next day with room that lies apart from those taken, from a random start; else the farthest."""
    farthest, best = -1, -1
    for step in range(len(days)):
        place = (start + step) % len(days)
        if not room[place]:
            continue
        apart = min((abs((days[place] - day).days) for day in taken), default=DAYS_APART)
        if apart >= DAYS_APART:
            return place
        if apart > best:
            farthest, best = place, apart
    return farthest


def _moments(protocol: Protocol, day: date, applicants: int, stream: Stream) -> Moments:
    zone = ZoneInfo(protocol.study.timezone)
    # In UTC, because a day on which clocks change is an hour shorter or longer than its opening hours say.
    opens = datetime.combine(day, protocol.sending.opens, zone).astimezone(UTC)
    closes = datetime.combine(day, protocol.sending.closes, zone).astimezone(UTC)
    length = (closes - opens).total_seconds() / 3600
    low, high = protocol.design.gap_hours
    gaps = [stream.seconds(low, min(high, length / (applicants - 1))) for _ in range(applicants - 1)]
    moments = [opens + timedelta(seconds=stream.seconds(0, length - sum(gaps) / 3600))]
    for gap in gaps:
        moments.append(moments[-1] + timedelta(seconds=gap))
    return tuple(moments)
