"""The usable pairs of a contrast go in; its headline set (counts, gap, rates, tests) comes out as estimates.

Every number names its denominator. Where a cell has several applications per pair, the counts are those of
favoured pairs (see ``counts_of``), and gap and relative gap compare shares of applications.
"""

import numpy as np

from analysis.estimate import Estimand, Estimate
from analysis.estimators.bootstrap import Bootstrap, ratio_interval
from analysis.estimators.pairs import Pairs, counts_of, subject_of
from analysis.estimators.proportions import (
    PairCounts,
    mcnemar_exact,
    mcnemar_midp,
    net_rate_error,
    normal_quantile,
    relative_gap,
    tango,
    wilson,
)
from analysis.estimators.several import equal_treatment, share_gaps
from analysis.estimators.subject import Subject, row

NO_PAIRS = "there is no usable pair"
NOBODY = "nobody was invited in any usable pair"
NO_DISCORDANT = "no pair is discordant: no landlord favoured one of the two"
ONE_LANDLORD = "all usable pairs go to one landlord; redrawing landlords needs at least two"
NO_KEYS = "the four counts do not say which pairs go to the same landlord"
NO_WIDTH = "all informative pairs have the same outcome, so the interval has no width"
NET = "(b − c) / (a + b + c), pairs with at least one invited"


def headline(pairs: Pairs, *, confidence: float, bootstrap: Bootstrap) -> list[Estimate]:
    """The headline set of one contrast, outcome, group and level.

    Args:
        pairs: the usable pairs; there may be none.
        confidence: level of every interval.
        bootstrap: how landlords are redrawn for the net rate's first interval.

    Returns:
        Four counts, gap, relative gap, net rate (redrawn landlords, then closed form), two gross rates,
        McNemar mid-p and exact. A number that does not exist is None with its reason.
    """
    counts, subject = counts_of(pairs), subject_of(pairs, confidence)
    gaps = _gaps(counts, subject) if pairs.single else share_gaps(pairs, subject)
    return [
        *_counts(counts, subject, single=pairs.single),
        *([] if pairs.single or pairs.group != "all" else equal_treatment(pairs, subject)),
        *gaps,
        _net_rate_redrawn(pairs, counts, subject, bootstrap),
        *_counted(counts, subject),
    ]


def headline_of_counts(
    counts: PairCounts, *, confidence: float, reference: str, other: str
) -> list[Estimate]:
    """The headline set of four counts alone; what needs landlords has a reason for a value."""
    subject = Subject(
        contrast=other,
        reference=reference,
        other=other,
        outcome="positive",
        confidence=confidence,
        n_pairs=counts.n,
        n_informative=counts.informative,
        n_discordant=counts.discordant,
    )
    redrawn = _net_rate_row(subject, counts, interval=None, reason=_no_net(counts) or NO_KEYS)
    return [
        *_counts(counts, subject, single=True),
        *_gaps(counts, subject),
        redrawn,
        *_counted(counts, subject),
    ]


def _counts(counts: PairCounts, subject: Subject, *, single: bool) -> list[Estimate]:
    favoured = "" if single else "; favoured: the larger share of its applications in the pair was positive"
    numbers = {
        Estimand.PAIRS_BOTH: (counts.both, "a, both" if single else "a, equal shares above 0"),
        Estimand.PAIRS_REFERENCE_ONLY: (counts.reference_only, "b, reference only" + favoured),
        Estimand.PAIRS_OTHER_ONLY: (counts.other_only, "c, other only" + favoured),
        Estimand.PAIRS_NEITHER: (counts.neither, "d, neither (non-informative)"),
    }
    return [
        row(subject, estimand, count, method="count", convention=convention)
        for estimand, (count, convention) in numbers.items()
    ]


def _gaps(counts: PairCounts, subject: Subject) -> list[Estimate]:
    b, c, reference = counts.reference_only, counts.other_only, counts.both + counts.reference_only
    gap = row(
        subject,
        Estimand.GAP,
        (b - c) / counts.n if counts.n else None,
        interval=tango(counts, subject.confidence) if counts.n else None,
        method="Tango 1998 score interval",
        convention="(b − c) / n, all pairs; pairs as independent",
        reason=None if counts.n else NO_PAIRS,
    )
    interval = relative_gap(counts, subject.confidence)
    relative = row(
        subject,
        Estimand.RELATIVE_GAP,
        (b - c) / reference if reference else None,
        interval=interval,
        method="paired log-ratio interval",
        convention="1 − (a + c) / (a + b), invitations of the reference; pairs as independent",
        reason=None if interval else _no_ratio(counts),
    )
    return [gap, relative]


def _no_ratio(counts: PairCounts) -> str:
    if not counts.n:
        return NO_PAIRS
    if not counts.both + counts.reference_only:
        return "the reference was never invited, so there is nothing to be relative to"
    if not counts.both + counts.other_only:
        return "the other cell was never invited: the log ratio has no interval"
    return NO_DISCORDANT + ", so the log ratio has no interval"


def _no_net(counts: PairCounts) -> str | None:
    if not counts.n:
        return NO_PAIRS
    return None if counts.informative else NOBODY


def _net_rate_row(
    subject: Subject, counts: PairCounts, interval: tuple[float, float] | None, reason: str | None
) -> Estimate:
    net = counts.reference_only - counts.other_only
    return row(
        subject,
        Estimand.NET_RATE,
        net / counts.informative if counts.informative else None,
        interval=interval,
        method="landlords redrawn, percentile interval",
        convention=NET + "; whole landlords redrawn",
        reason=reason,
    )


def _net_rate_redrawn(pairs: Pairs, counts: PairCounts, subject: Subject, bootstrap: Bootstrap) -> Estimate:
    why = _no_net(counts) or (ONE_LANDLORD if subject.n_landlords == 1 else None)
    if why:
        return _net_rate_row(subject, counts, None, why)
    lead = pairs.reference_positive * pairs.other_number - pairs.other_positive * pairs.reference_number
    informative = (pairs.reference_positive + pairs.other_positive > 0).astype(np.int64)
    _, code = np.unique(pairs.landlord, return_inverse=True)
    interval = ratio_interval(
        np.bincount(code, weights=np.sign(lead)).astype(np.int64),
        np.bincount(code, weights=informative).astype(np.int64),
        bootstrap=bootstrap,
        key="|".join((subject.contrast, subject.outcome, subject.group, subject.level)),
        confidence=subject.confidence,
    )
    why = None if interval else "too few landlords had an informative pair to redraw them"
    if interval and interval[0] == interval[1]:
        interval, why = None, NO_WIDTH
    return _net_rate_row(subject, counts, interval, why)


def _counted(counts: PairCounts, subject: Subject) -> list[Estimate]:
    return [_net_rate_closed(counts, subject), *_gross_rates(counts, subject), *_mcnemar(counts, subject)]


def _net_rate_closed(counts: PairCounts, subject: Subject) -> Estimate:
    method, convention = "closed-form normal interval", NET + "; pairs as independent, cut at ±1"
    why = _no_net(counts)
    if why:
        return row(subject, Estimand.NET_RATE, None, method=method, convention=convention, reason=why)
    value = (counts.reference_only - counts.other_only) / counts.informative
    error = net_rate_error(counts)
    half = normal_quantile(subject.confidence) * error
    return row(
        subject,
        Estimand.NET_RATE,
        value,
        standard_error=error or None,
        interval=(max(-1.0, value - half), min(1.0, value + half)) if error else None,
        method=method,
        convention=convention,
        reason=None if error else NO_WIDTH,
    )


def _gross_rates(counts: PairCounts, subject: Subject) -> list[Estimate]:
    parts = {
        Estimand.GROSS_RATE_REFERENCE: (counts.reference_only, "b / n, all pairs"),
        Estimand.GROSS_RATE_OTHER: (counts.other_only, "c / n, all pairs"),
    }
    return [
        row(
            subject,
            estimand,
            count / counts.n if counts.n else None,
            interval=wilson(count, counts.n, subject.confidence) if counts.n else None,
            method="Wilson 1927 score interval",
            convention=convention + "; pairs as independent",
            reason=None if counts.n else NO_PAIRS,
        )
        for estimand, (count, convention) in parts.items()
    ]


def _mcnemar(counts: PairCounts, subject: Subject) -> list[Estimate]:
    tests = {"McNemar mid-p": mcnemar_midp, "McNemar exact": mcnemar_exact}
    return [
        row(
            subject,
            Estimand.MCNEMAR,
            counts.reference_only / counts.discordant if counts.discordant else None,
            p_value=test(counts) if counts.n else None,
            method=f"{name}, two-sided",
            convention="b / (b + c), discordant pairs; p is 1 where there are none",
            reason=None if counts.discordant else (NO_DISCORDANT if counts.n else NO_PAIRS),
        )
        for name, test in tests.items()
    ]
