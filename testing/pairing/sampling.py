"""The sample: takes the frame of listings, gives a random draw per landlord type with its probabilities."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from testing.pairing.history import ONE_OWNER, History
from testing.pairing.plan import Stratum
from testing.pairing.stream import Stream
from testing.study.errors import EvenhandError
from testing.study.listing import LandlordType, Listing, RentPeriod, Transaction
from testing.study.protocol import Protocol
from testing.study.sameness import POSSIBLE, groups, pairs

ADDRESS = re.compile(r"[^@\s<>(),;:\"]+@[^@\s<>(),;:\"]+\.[^@\s<>(),;:\"]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One listing of the sample."""

    listing: Listing
    landlord: str
    """Pseudonymous landlord key."""
    stratum: str
    probability: float
    """Chance that this listing had to come into the sample, over 0 and at most 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The draw of a wave."""

    drawn: tuple[Drawn, ...]
    """By stratum, in the order of drawing."""
    strata: tuple[Stratum, ...]
    excluded: Mapping[str, int]
    """Listings of the frame that were not eligible, by reason."""


def draw_sample(protocol: Protocol, listings: Iterable[Listing], history: History, stream: Stream) -> Sample:
    """Draw listings from each stratum, at random and under the caps per landlord.

    In a stratum with the eligible listings of landlords L, each with n_L listings and c_L tests left under its
    cap, first every landlord keeps k_L = min(n_L, c_L) of its listings at random; then m = min(wanted, T) of the
    T = sum of k_L kept ones are drawn without replacement. The inclusion probability of a listing of landlord L is
    therefore (k_L / n_L) x (m / T), exactly, and never over 1; its inverse is the weight.

    Args:
        protocol: says who belongs to the frame, how many pairs are wanted and what the caps are.
        listings: the frame, in any order; the draw depends on its content only.
        history: the landlords under pseudonyms, and what was tested before.
        stream: random stream of the wave.

    Raises:
        EvenhandError: a stratum has no eligible listing at all, in a first batch.
    """
    frame = sorted(listings, key=lambda listing: listing.key)
    reasons = reasons_against(protocol, frame, history)
    drawn: list[Drawn] = []
    strata: list[Stratum] = []
    for kind in protocol.frame.landlord_types:
        there = [it for it in frame if reasons[it.key] is None and it.landlord.type == kind]
        if not there and not history.drawn:
            raise EvenhandError(_nothing_to_draw(kind, frame, reasons))
        picked = _draw_stratum(protocol, kind.value, there, history, stream.substream(f"sample/{kind}"))
        drawn += picked
        strata.append(
            Stratum(
                name=kind.value,
                eligible=len(there),
                wanted=_wanted(protocol, kind.value, history),
                drawn=len(picked),
            )
        )
    excluded = Counter(reason for reason in reasons.values() if reason is not None)
    return Sample(drawn=tuple(drawn), strata=tuple(strata), excluded=dict(sorted(excluded.items())))


def _wanted(protocol: Protocol, kind: str, history: History) -> int:
    """Tests of a stratum that are still wanted."""
    return max(0, protocol.sample.pairs[kind] - history.drawn.get(kind, 0))


def cap_of(protocol: Protocol, landlord_type: str) -> int:
    """Most pairs of the wave with one landlord of a type; every professional counts as an agency."""
    return protocol.sample.per_private_owner if landlord_type in ONE_OWNER else protocol.sample.per_agency


def reason_against(protocol: Protocol, listing: Listing) -> str | None:
    """Why a listing, by itself, is not eligible; None where it is.

    A rent without a period counts as a rent by month, as adverts have it; unknown bedrooms do not exclude.
    """
    frame = protocol.frame
    kind = (listing.dwelling_type or "").casefold()
    if listing.transaction is not Transaction.RENT:
        return "not a rental"
    if listing.landlord.type not in frame.landlord_types:
        return f"landlord type not tested: {listing.landlord.type.value}"
    if listing.rent_amount is None:
        return "rent unknown"
    if listing.rent_period not in (None, RentPeriod.MONTH):
        return "rent not by month"
    if listing.currency not in (None, "EUR"):
        return "rent not in euro"
    if not frame.rent_min <= listing.rent_amount <= frame.rent_max:
        return "rent out of range"
    if kind not in frame.dwelling_types:
        return "dwelling type not tested" if kind else "dwelling type unknown"
    if (listing.bedrooms or 0) > frame.bedrooms_max:
        return "too many bedrooms"
    if listing.language not in protocol.study.languages:
        return "no letters in its language" if listing.language else "language unknown"
    if not ADDRESS.fullmatch(listing.landlord.email or ""):
        return "no e-mail address"
    return None


def reasons_against(protocol: Protocol, frame: Sequence[Listing], history: History) -> dict[str, str | None]:
    """Why each listing of a frame is not eligible, by its key; None where it is.

    Args:
        protocol: the study.
        frame: its listings, sorted by key.
        history: each listing's landlord, and what was tested before.
    """
    landlords = history.landlords
    reasons: dict[str, str | None] = {
        it.key: reason_against(protocol, it) or history.closed.get(it.key) for it in frame
    }
    for listing in frame:
        left = cap_of(protocol, listing.landlord.type) - history.tests.get(landlords[listing.key], 0)
        if reasons[listing.key] is None and left <= 0:
            reasons[listing.key] = "landlord has had all its tests of the wave"
    open_to_test = [it for it in frame if reasons[it.key] is None]
    # In doubt a landlord is written to once rather than twice.
    known = {it.key for it in history.tested}
    beside = [it for it in open_to_test if it.key not in known]
    twins = [(it.one, it.other) for it in pairs([*beside, *history.tested], least=POSSIBLE)]
    together: dict[str, list[str]] = defaultdict(list)
    for key, head in groups([*(it.key for it in beside), *known], twins).items():
        together[head].append(key)
    for keys in together.values():
        mine, tested = sorted(key for key in keys if key not in known), not known.isdisjoint(keys)
        for key in mine if tested else mine[1:]:
            reasons[key] = (
                "same dwelling as one tested before" if tested else "same dwelling as another advert"
            )
    types = defaultdict(set)
    for listing in frame:
        if reasons[listing.key] is None:
            types[landlords[listing.key]].add(listing.landlord.type)
    for listing in frame:
        # In two strata at once, a landlord could be written to beyond either cap.
        if reasons[listing.key] is None and len(types[landlords[listing.key]]) > 1:
            reasons[listing.key] = "landlord's adverts contradict each other about its type"
    return reasons


def _draw_stratum(
    protocol: Protocol, kind: str, there: Sequence[Listing], history: History, stream: Stream
) -> list[Drawn]:
    by_landlord: dict[str, list[Listing]] = defaultdict(list)
    for listing in there:
        by_landlord[history.landlords[listing.key]].append(listing)
    kept: list[tuple[Listing, float]] = []
    for landlord, theirs in sorted(by_landlord.items()):
        left = cap_of(protocol, kind) - history.tests.get(landlord, 0)
        few = min(left, len(theirs))
        kept += [(listing, few / len(theirs)) for listing in stream.sample(theirs, few)]
    count = min(_wanted(protocol, kind, history), len(kept))
    return [
        Drawn(
            listing=listing,
            landlord=history.landlords[listing.key],
            stratum=kind,
            probability=chance * count / len(kept),
        )
        for listing, chance in stream.sample(kept, count)
    ]


def _nothing_to_draw(kind: LandlordType, frame: Sequence[Listing], reasons: Mapping[str, str | None]) -> str:
    theirs = Counter(reasons[it.key] for it in frame if it.landlord.type == kind)
    why = ", ".join(f"{count} {reason}" for reason, count in theirs.most_common())
    found = f"{sum(theirs.values())} adverts of this type: {why}" if theirs else "no advert of this type"
    return (
        f"stratum {kind.value}: 0 listings are eligible; the frame of {len(frame)} holds {found}. "
        "Crawl more portals or pages, widen [frame] in protocol.toml, or take the type out of "
        "frame.landlord_types and sample.pairs"
    )
