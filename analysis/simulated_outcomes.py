"""A drawn sample with assumed shares and a random stream go in; the outcome of each pair in many studies comes out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.shares import Shares

BOTH, REFERENCE_ONLY, OTHER_ONLY, NEITHER, LOST = range(5)
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """The pairs of one drawn sample."""

    cell: Ints
    """Number of each pair's cell (contrast and landlord type)."""
    landlord: Ints
    """Number of each pair's landlord; a landlord is of one type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The pairs of one contrast with landlords of one type."""

    contrast: str
    landlord_type: str
    shares: Shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What is assumed beside the shares."""

    correlation: float = 0.1
    """Of the differences of two pairs with one landlord."""
    lost: float = 0.05
    """Share of pairs of which a message bounced or an advert was gone: they are left out of the analysis."""
    alpha: float = 0.05


def outcomes(
    sample: Drawn, cells: Sequence[Cell], assumed: Assumed, rng: np.random.Generator, studies: int
) -> NDArray[np.int8]:
    """Draw what each pair of each study does, studies by pairs.

    A pair follows its landlord's own mood with probability √ρ, else it is drawn alone: shares are kept exactly, and two
    pairs of one landlord in one contrast are correlated by ρ.
    """
    pairs = sample.cell.size
    mood = rng.random((studies, int(sample.landlord.max(initial=-1)) + 1))[:, sample.landlord]
    follows = rng.random((studies, pairs)) < math.sqrt(assumed.correlation)
    at = np.where(follows, mood, rng.random((studies, pairs)))
    drawn = np.full((studies, pairs), NEITHER, dtype=np.int8)
    for number, it in enumerate(cells):
        mine = sample.cell == number
        # In the order of the difference, so that a landlord's mood means the same in every contrast.
        ends = np.cumsum([it.shares.reference_only, it.shares.both, 1 - it.shares.informative])
        kinds = np.array([REFERENCE_ONLY, BOTH, NEITHER, OTHER_ONLY], dtype=np.int8)
        drawn[:, mine] = kinds[np.searchsorted(ends, at[:, mine], side="right")]
    drawn[rng.random((studies, pairs)) < assumed.lost] = LOST
    return drawn
