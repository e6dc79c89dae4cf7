"""Numbers per landlord and a seed go in; the interval of a ratio under redrawn landlords comes out."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 20
"""Landlords redrawn at once: bounds memory at about 25 MB."""
LEAST_DEFINED = 0.95
"""Share of draws that must have a denominator for the interval to be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """How landlords are redrawn."""

    draws: int = 2000
    seed: str = "evenhand"
    """Any text; with the names of contrast, outcome, group and level it keys a stream of its own."""


def ratio_interval(
    numerator: NDArray[np.int64],
    denominator: NDArray[np.int64],
    *,
    bootstrap: Bootstrap,
    key: str,
    confidence: float,
) -> tuple[float, float] | None:
    """Percentile interval of Σ numerator / Σ denominator when whole landlords are redrawn with replacement.

    Args:
        numerator: one whole number per landlord, at least −denominator.
        denominator: one whole number of at least 0 per landlord.
        bootstrap: number of draws and seed.
        key: names the stream, so that the order of estimates does not matter.
        confidence: level; the bounds are order statistics, never interpolated.

    Returns:
        The bounds, or None where more than one draw in twenty has no denominator. Made from raw Philox
        bits alone, which NumPy promises not to change.
    """
    # Both sums travel in one word, so that each redrawn landlord is looked up once.
    packed = (denominator << 32) + (numerator + denominator)
    sums = _redrawn_sums(packed, bootstrap, key)
    below = sums >> 32
    defined = below > 0
    if defined.mean() < LEAST_DEFINED:
        return None
    ratios = np.sort(((sums & 0xFFFFFFFF) - below)[defined] / below[defined])
    tail = max(1, int((len(ratios) + 1) * (1 - confidence) / 2 + 1e-9))
    return float(ratios[tail - 1]), float(ratios[-tail])


def _redrawn_sums(values: NDArray[np.int64], bootstrap: Bootstrap, key: str) -> NDArray[np.int64]:
    count = len(values)
    digest = hashlib.sha256(f"{bootstrap.seed}|{key}".encode()).digest()
    stream = np.random.Philox(key=int.from_bytes(digest[:16], "big"))
    at_once = max(1, CHUNK // count)
    sums = np.empty(bootstrap.draws, dtype=np.int64)
    for start in range(0, bootstrap.draws, at_once):
        draws = min(at_once, bootstrap.draws - start)
        bits = stream.random_raw((draws * count + 1) // 2).view(np.uint32)[: draws * count]
        # The top 32 bits of bits × count are uniform on 0..count−1 but for a bias below count / 2³².
        index = (bits.astype(np.uint64) * np.uint64(count)) >> np.uint64(32)
        sums[start : start + draws] = values[index.view(np.int64)].reshape(draws, count).sum(axis=1)
    return sums
