"""What a person points at goes in (a study folder, a table, anyone's audit); its estimation comes out."""

from collections.abc import Sequence
from pathlib import Path

from analysis.audit import read_audit
from analysis.errors import InputInvalid
from analysis.estimation import estimate
from analysis.outcomes import OutcomesTable, read_outcomes
from analysis.plan import read_plan
from analysis.printing import printed_estimates
from analysis.results import Results, as_written, canonical

RELEASE, PLAN, RESULTS = "release", "analysis.toml", "results.json"
"""Where a study folder keeps its released table, its analysis plan and, in the release, its results."""


def estimate_path(path: Path, *, mapping: Path | None = None, plan: Path | None = None) -> Results:
    """Estimate what lies at a path; the numbers are those that ``write_results`` writes.

    Args:
        path: a study folder, an outcomes table (its folder or a file of it), or with ``mapping`` any file.
        mapping: describes an audit that is no outcomes table.
        plan: the analysis plan; of a study folder ``analysis.toml`` inside it, else none.

    Raises:
        InputInvalid: something is absent or wrong; every fault with its place.
        InputChanged: a released file has other bytes than its dictionary names.
    """
    table = read_audit(path, mapping) if mapping is not None else _table(path)
    chosen = plan if plan is not None else _own_plan(path)
    return as_written(estimate(table, read_plan(chosen) if chosen is not None else None))


def results_path(path: Path) -> Path | None:
    """Where a study folder's results go; None for a file, whose results are only printed."""
    return path / RELEASE / RESULTS if (path / RELEASE).is_dir() else None


def counts_printed(counts: Sequence[int], *, as_json: bool) -> str:
    """The headline set of four counts (both, reference only, other only, neither).

    Raises:
        InputInvalid: a count is below 0, or there are not four.
    """
    from dataclasses import asdict

    from analysis.estimators.paired import headline_of_counts
    from analysis.estimators.proportions import PairCounts

    if len(counts) != 4 or min(counts) < 0:
        raise InputInvalid(
            ["counts: give four numbers of at least 0: both, reference only, other only, neither"]
        )
    both, reference_only, other_only, neither = counts
    table = PairCounts(both=both, reference_only=reference_only, other_only=other_only, neither=neither)
    estimates = headline_of_counts(table, confidence=0.95, reference="reference", other="other")
    if as_json:
        return canonical([asdict(row) for row in estimates])
    return "\n".join(printed_estimates(estimates)).strip("\n") + "\n"


def _table(path: Path) -> OutcomesTable:
    return read_outcomes(path / RELEASE if (path / RELEASE).is_dir() else path)


def _own_plan(path: Path) -> Path | None:
    own = path / PLAN
    return own if own.is_file() else None
