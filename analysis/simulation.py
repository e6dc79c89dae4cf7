"""A drawn design with assumed shares goes in; many studies of it are simulated and analysed, and what came out is told.

Every study is analysed by the same formulas as a real one: gap with Tango's interval, McNemar mid-p, net rate with its
closed form, and the linear model clustered by landlord (CR1, Student's t), by landlord type and for each two types. All
studies of a chunk are computed at once.

Numbers depend on the seed and nothing else: a chunk has a stream of its own, and chunks are added up in their order,
wherever they were computed.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from analysis.contrast_power import score
from analysis.power import Floats, last_rejected
from analysis.simulated_outcomes import (
    BOTH,
    LOST,
    OTHER_ONLY,
    REFERENCE_ONLY,
    Assumed,
    Cell,
    Drawn,
    Ints,
    outcomes,
)

CHUNK = 250
"""Studies that are computed at once; part of what a seed means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What one number of the analysis did over all studies."""

    contrast: str
    level: str
    """Landlord type, or «private - agency»."""
    quantity: str
    """``gap``, ``net rate``, ``gap, clustered`` or ``difference, clustered``."""
    method: str
    truth: float
    mean: float | None
    """Mean of the estimates; None where no study had any."""
    bias: float | None
    bias_error: float | None
    """Monte Carlo standard error of the bias."""
    coverage: float | None
    """Share of the studies with an interval whose interval holds the truth."""
    coverage_error: float | None
    power: float | None
    """Share of all studies in which the number was told from 0."""
    power_error: float | None
    studies: int
    with_interval: int
    """Studies in which there was an interval; the others count as not having found anything."""


def diagnose(
    samples: Sequence[Drawn],
    cells: Sequence[Cell],
    assumed: Assumed,
    *,
    studies: int,
    seed: int,
    run: Callable[[Iterable[tuple[Callable[..., Any], tuple[Any, ...]]]], Iterable[Any]] | None = None,
) -> list[Diagnosis]:
    """Simulate and analyse studies of a design.

    Args:
        samples: one or more draws of the design; the studies take turns.
        cells: what the numbers in ``samples`` stand for.
        assumed: correlation, losses and level.
        studies: how many; rounded up to whole chunks.
        seed: of everything that is random here.
        run: computes the calls that it is given and yields their results in order; None computes them here.
    """
    chunks = max(1, math.ceil(studies / CHUNK))
    calls = [
        (analysed, (samples[number % len(samples)], tuple(cells), assumed, seed, number))
        for number in range(chunks)
    ]
    results = run(calls) if run is not None else (function(*arguments) for function, arguments in calls)
    total: dict[tuple[str, str, str], Floats] = {}
    for found in results:
        for key, sums in found.items():
            total[key] = total[key] + sums if key in total else sums
    told = [_told(key, sums, cells, chunks * CHUNK) for key, sums in total.items()]
    place = {(it.contrast, it.landlord_type): number for number, it in enumerate(cells)}
    contrasts = list(dict.fromkeys(it.contrast for it in cells))
    return sorted(
        told, key=lambda it: (contrasts.index(it.contrast), place.get((it.contrast, it.level), len(cells)))
    )


def analysed(
    sample: Drawn, cells: tuple[Cell, ...], assumed: Assumed, seed: int, number: int
) -> dict[tuple[str, str, str], Floats]:
    """One chunk: for each quantity the sums of estimates, their squares, intervals, covering and finding ones."""
    outcome = outcomes(sample, cells, assumed, np.random.default_rng([seed, number]), CHUNK)
    return {key: numbers.sums() for key, numbers in analyse(sample, cells, outcome, assumed).items()}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Numbers:
    """One quantity in each study of a chunk."""

    value: Floats
    there: NDArray[np.bool_]
    """Where there is a value."""
    half: Floats | None
    """Half the width of a symmetric interval; None where the interval is none (Tango's)."""
    has: NDArray[np.bool_]
    """Where there is an interval."""
    inside: NDArray[np.bool_]
    """Where the interval holds the truth."""
    away: NDArray[np.bool_]
    """Where the number is told from 0."""

    def sums(self) -> Floats:
        """Studies with a value, sum and sum of squares, with an interval, holding the truth, away from 0."""
        kept = np.where(self.there, self.value, 0.0)
        parts = (
            self.there.sum(), kept.sum(), (kept**2).sum(), self.has.sum(), (self.has & self.inside).sum(),
            (self.has & self.away).sum(),
        )  # fmt: skip
        return np.array(parts, dtype=np.float64)


def analyse(
    sample: Drawn, cells: Sequence[Cell], outcome: NDArray[np.int8], assumed: Assumed
) -> dict[tuple[str, str, str], Numbers]:
    """Analyse the studies of a chunk: by contrast, level and quantity."""
    found: dict[tuple[str, str, str], Numbers] = {}
    for contrast in dict.fromkeys(it.contrast for it in cells):
        numbers = [n for n, it in enumerate(cells) if it.contrast == contrast]
        for n in numbers:
            found |= _paired(cells[n], outcome[:, sample.cell == n], assumed)
        found |= _clustered(sample, cells, numbers, outcome, assumed)
    return found


def _paired(cell: Cell, outcome: NDArray[np.int8], assumed: Assumed) -> dict[tuple[str, str, str], Numbers]:
    a, b, c = (
        (outcome == kind).sum(axis=1).astype(np.float64) for kind in (BOTH, REFERENCE_ONLY, OTHER_ONLY)
    )
    n = (outcome != LOST).sum(axis=1).astype(np.float64)
    z = float(ndtri(1 - assumed.alpha / 2))
    some, informative = n > 0, a + b + c
    safe, most = np.maximum(n, 1), np.maximum(informative, 1)
    covered = np.abs(_score(b, c, safe, cell.shares.gap)) <= z
    last = last_rejected(int(n.max(initial=0)), assumed.alpha, "mid-p")
    rejected = np.minimum(b, c) <= last[(b + c).astype(np.int64)]
    net = (b - c) / most
    error = np.sqrt(np.maximum(0.0, b + c - (b - c) ** 2 / most)) / most
    with_error = (informative > 0) & (error > 0)
    place = (cell.contrast, cell.landlord_type)
    found = {
        (*place, "gap"): Numbers(
            value=(b - c) / safe, there=some, half=None, has=some, inside=covered, away=rejected
        )
    }
    if cell.shares.net_rate is not None:
        found[*place, "net rate"] = _symmetric(
            net, z * error, informative > 0, with_error, cell.shares.net_rate
        )
    return found


def _score(b: Floats, c: Floats, n: Floats, delta: float) -> Floats:
    """Tango's statistic where the studies have different numbers of pairs."""
    found = np.empty_like(b)
    for pairs in np.unique(n):
        of = n == pairs
        found[of] = score(b[of], c[of], int(pairs), delta)
    return found


def _clustered(
    sample: Drawn,
    cells: Sequence[Cell],
    numbers: Sequence[int],
    outcome: NDArray[np.int8],
    assumed: Assumed,
) -> dict[tuple[str, str, str], Numbers]:
    """The linear model of one contrast: a mean for each landlord type, clustered by landlord."""
    inside = np.isin(sample.cell, numbers)
    order = np.flatnonzero(inside)[np.argsort(sample.landlord[inside], kind="stable")]
    if not order.size:
        return {}
    drawn, landlord, cell = outcome[:, order], sample.landlord[order], sample.cell[order]
    used = drawn != LOST
    difference = (drawn == REFERENCE_ONLY).astype(np.float64) - (drawn == OTHER_ONLY)
    starts = np.flatnonzero(np.r_[True, landlord[1:] != landlord[:-1]])
    there = np.add.reduceat(used, starts, axis=1) > 0
    clusters, pairs = there.sum(axis=1), used.sum(axis=1)
    present = [(used & (cell == n)).any(axis=1) for n in numbers]
    columns = np.sum(present, axis=0)
    enough = (clusters > 1) & (pairs > columns)
    factor = np.where(
        enough,
        clusters / np.maximum(clusters - 1, 1) * (pairs - 1) / np.maximum(pairs - columns, 1),
        np.nan,
    )
    quantile = stdtrit(np.maximum(clusters - 1, 1).astype(np.float64), 1 - assumed.alpha / 2)
    means, variances, landlords = [], [], []
    for n in numbers:
        mine = used & (cell == n)
        count = np.maximum(mine.sum(axis=1), 1)
        mean = np.where(mine, difference, 0.0).sum(axis=1) / count
        rest = np.where(mine, difference - mean[:, None], 0.0)
        squares = (np.add.reduceat(rest, starts, axis=1) ** 2).sum(axis=1)
        means.append(mean)
        variances.append(factor * squares / count**2)
        landlords.append((np.add.reduceat(mine, starts, axis=1) > 0).sum(axis=1))
    found = {}
    for k, n in enumerate(numbers):
        place = (cells[n].contrast, cells[n].landlord_type, "gap, clustered")
        found[place] = _tested(
            means[k], variances[k], present[k], landlords[k], cells[n].shares.gap, quantile
        )
        for j in range(k + 1, len(numbers)):
            one, two = cells[n], cells[numbers[j]]
            level = f"{one.landlord_type} - {two.landlord_type}"
            found[one.contrast, level, "difference, clustered"] = _tested(
                means[k] - means[j],
                variances[k] + variances[j],
                present[k] & present[j],
                np.minimum(landlords[k], landlords[j]),
                one.shares.gap - two.shares.gap,
                quantile,
            )
    return found


def _tested(
    value: Floats, variance: Floats, there: NDArray[np.bool_], landlords: Ints, truth: float, quantile: Floats
) -> Numbers:
    has = there & (landlords > 1) & (np.nan_to_num(variance) > 1e-20)
    return _symmetric(value, quantile * np.sqrt(np.where(has, variance, 0.0)), there, has, truth)


def _symmetric(
    value: Floats, half: Floats, there: NDArray[np.bool_], has: NDArray[np.bool_], truth: float
) -> Numbers:
    inside, away = np.abs(value - truth) <= half, np.abs(value) > half
    return Numbers(value=value, there=there, half=half, has=has, inside=inside, away=away)


METHODS = {
    "gap": "Tango's interval; McNemar mid-p",
    "net rate": "closed-form interval",
    "gap, clustered": "linear model, CR1 by landlord, t",
    "difference, clustered": "linear model, CR1 by landlord, t",
}


def _told(key: tuple[str, str, str], sums: Floats, cells: Sequence[Cell], studies: int) -> Diagnosis:
    contrast, level, quantity = key
    there, total, squares, has, inside, away = sums
    shares = {it.landlord_type: it.shares for it in cells if it.contrast == contrast}
    one, dash, two = level.partition(" - ")
    truth = shares[one].gap - shares[two].gap if dash else shares[level].gap
    if quantity == "net rate":
        truth = shares[level].net_rate or 0.0
    mean = total / there if there else None
    spread = math.sqrt(max(0.0, squares / there - (total / there) ** 2)) if there else 0.0
    return Diagnosis(
        contrast=contrast,
        level=level,
        quantity=quantity,
        method=METHODS[quantity],
        truth=truth,
        mean=mean,
        bias=None if mean is None else mean - truth,
        bias_error=spread / math.sqrt(there) if there else None,
        coverage=inside / has if has else None,
        coverage_error=_share_error(inside, has),
        power=away / studies,
        power_error=_share_error(away, studies),
        studies=studies,
        with_interval=int(has),
    )


def _share_error(count: float, of: float) -> float | None:
    return math.sqrt(count / of * (1 - count / of) / of) if of else None
