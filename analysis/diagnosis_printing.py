"""What simulated studies did goes in, a table for a terminal comes out."""

import textwrap
from collections.abc import Sequence

from analysis.design_printing import COLUMNS
from analysis.printing import table
from analysis.simulation import Diagnosis


def printed_diagnosis(found: Sequence[Diagnosis], *, level: float) -> str:
    """Bias, coverage and power of each number, each with its Monte Carlo error, and what is amiss.

    Args:
        found: as ``simulation.diagnose`` gave it.
        level: confidence of the intervals.
    """
    body = [
        [
            f"{it.contrast} · {it.level}",
            it.quantity,
            f"{100 * it.truth:.1f}",
            _pair(it.bias, it.bias_error, 2),
            _pair(it.coverage, it.coverage_error, 1),
            _pair(it.power, it.power_error, 1),
            f"{it.with_interval:,}",
        ]
        for it in found
    ]
    head = [
        "simulated", "quantity", "truth", "bias (points)", f"coverage of {100 * level:g} % (%)", "told from 0 (%)",
        "with interval",
    ]  # fmt: skip
    methods = dict.fromkeys(f"{it.quantity}: {it.method}" for it in found)
    said = textwrap.wrap("± is the Monte Carlo error. By: " + "; ".join(methods) + ".", COLUMNS)
    lines = [*table(head, body)[1:], "", *said]
    return "\n".join([*lines, *(f"  ! {line}" for line in amiss(found, level=level))]) + "\n"


def amiss(found: Sequence[Diagnosis], *, level: float) -> list[str]:
    """Intervals that cover clearly less often than they claim, and numbers that are clearly biased."""
    said = []
    for it in found:
        name = f"{it.contrast} · {it.level}, {it.quantity}"
        short = None if it.coverage is None else level - it.coverage
        if short is not None and short > max(0.01, 3 * (it.coverage_error or 0.0)):
            said.append(
                f"{name}: its interval holds the truth in {100 * (it.coverage or 0):.1f} % of the studies only"
            )
        if it.bias is not None and abs(it.bias) > max(0.005, 3 * (it.bias_error or 0.0)):
            said.append(f"{name}: it is {100 * it.bias:+.1f} points off on average")
    return said


def _pair(value: float | None, error: float | None, digits: int) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.{digits}f}" + ("" if error is None else f" ± {100 * error:.{digits}f}")
