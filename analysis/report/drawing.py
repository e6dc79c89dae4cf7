"""Findings go in, the few coordinates of their small pictures come out: interval bars and icons out of 100."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.report.findings import Counts

STEP = 0.1
"""Distance of two grid lines, as a share: ten tests in a hundred."""
ICONS = 100
PER_ROW = 10
PITCH = 20
"""Distance of two icons in units of the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One scale shared by all bars of a table."""

    low: float
    high: float

    def at(self, share: float) -> str:
        """Place of a share from left to right, as a percentage of the width (4 to 96)."""
        part = (share - self.low) / (self.high - self.low)
        return f"{4 + 92 * min(max(part, 0.0), 1.0):.2f}%"

    @property
    def ticks(self) -> tuple[float, ...]:
        """Grid lines at whole tens, zero among them."""
        first, last = round(self.low / STEP), round(self.high / STEP)
        width = max(1, math.ceil((last - first) / 8))
        return tuple(k * STEP for k in range(first, last + 1) if k % width == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Icon:
    """One of a hundred tests."""

    kind: str
    """``both``, ``reference``, ``other`` or ``neither``."""
    x: int
    y: int


def scale_of(values: Iterable[float | None]) -> Scale:
    """Span zero and every number shown, out to whole tens."""
    numbers = [0.0, *(value for value in values if value is not None)]
    low = math.floor(round(min(numbers) / STEP, 9)) * STEP
    high = math.ceil(round(max(numbers) / STEP, 9)) * STEP
    return Scale(low=min(low, -STEP), high=max(high, STEP))


def out_of_hundred(counts: Counts) -> dict[str, int]:
    """Round the four outcomes to whole tests out of 100 that add up to 100 (largest remainder)."""
    parts = {
        "both": counts.both,
        "reference": counts.reference_only,
        "other": counts.other_only,
        "neither": counts.neither,
    }
    total = counts.pairs
    down = {kind: ICONS * count // total for kind, count in parts.items()}
    by_rest = sorted(parts, key=lambda kind: -(ICONS * parts[kind] % total))
    for kind in by_rest[: ICONS - sum(down.values())]:
        down[kind] += 1
    return down


def icons_of(counts: Counts) -> tuple[Icon, ...]:
    """Lay out the hundred, row by row."""
    kinds = [kind for kind, count in out_of_hundred(counts).items() for _ in range(count)]
    return tuple(
        Icon(kind=kind, x=10 + PITCH * (k % PER_ROW), y=10 + PITCH * (k // PER_ROW))
        for k, kind in enumerate(kinds)
    )
