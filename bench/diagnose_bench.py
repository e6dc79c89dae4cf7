"""Simulated studies a second: ours, and the same analysis by statsmodels one study at a time, on the same outcomes.

    python bench/diagnose_bench.py [--studies 10000] [--peer 200]

The design is that of Brugge 2021 in size: 719 pairs, of which 300 with private owners, and three with each agency. Both
sides test each landlord type (McNemar: ours mid-p, theirs exact) and fit the linear model on pair differences,
clustered by landlord, with the difference of the types; ours adds Tango's interval and the net rate.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from analysis.shares import Shares  # noqa: E402
from analysis.simulated_outcomes import LOST, OTHER_ONLY, REFERENCE_ONLY, Assumed, Cell, Drawn, outcomes  # noqa: E402
from analysis.simulation import diagnose  # noqa: E402

PRIVATE, AGENCY = 300, 419
CELLS = (
    Cell(
        contrast="origin",
        landlord_type="private",
        shares=Shares(both=0.14, reference_only=0.18, other_only=0.03),
    ),
    Cell(
        contrast="origin",
        landlord_type="agency",
        shares=Shares(both=0.3, reference_only=0.12, other_only=0.05),
    ),
)


def sample() -> Drawn:
    landlords = np.r_[np.arange(PRIVATE), PRIVATE + np.arange(AGENCY) // 3]
    return Drawn(cell=np.r_[np.zeros(PRIVATE, int), np.ones(AGENCY, int)], landlord=landlords)


def peer(drawn: Drawn, studies: int) -> None:
    """The same by statsmodels, one study after another."""
    import statsmodels.api as sm
    from statsmodels.stats.contingency_tables import mcnemar

    for outcome in outcomes(drawn, CELLS, Assumed(), np.random.default_rng(1), studies):
        used = outcome != LOST
        for cell in (0, 1):
            mine = outcome[used & (drawn.cell == cell)]
            b, c = int((mine == REFERENCE_ONLY).sum()), int((mine == OTHER_ONLY).sum())
            mcnemar([[0, b], [c, 0]], exact=True)
        difference = (outcome[used] == REFERENCE_ONLY).astype(float) - (outcome[used] == OTHER_ONLY)
        dummies = (drawn.cell[used][:, None] == np.array([0, 1])).astype(float)
        groups = {"groups": drawn.landlord[used]}
        fitted = sm.OLS(difference, dummies).fit(cov_type="cluster", cov_kwds=groups)
        fitted.conf_int()
        fitted.t_test([1, -1]).conf_int()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=10_000)
    parser.add_argument("--peer", type=int, default=200, help="Studies that statsmodels is given.")
    asked = parser.parse_args()
    drawn = sample()
    diagnose([drawn], CELLS, Assumed(), studies=250, seed=0)  # what is loaded once is not measured
    peer(drawn, 2)
    started = time.perf_counter()
    diagnose([drawn], CELLS, Assumed(), studies=asked.studies, seed=1)
    ours = (time.perf_counter() - started) / asked.studies
    started = time.perf_counter()
    peer(drawn, asked.peer)
    theirs = (time.perf_counter() - started) / asked.peer
    print(f"ours       {asked.studies:6,d} studies of {PRIVATE + AGENCY} pairs: {1e6 * ours:8.1f} µs a study")
    print(f"statsmodels{asked.peer:6,d} studies of {PRIVATE + AGENCY} pairs: {1e6 * theirs:8.1f} µs a study")
    print(
        f"ours is {theirs / ours:.0f} times as fast; {asked.studies:,} studies take {asked.studies * ours:.2f} s"
    )


if __name__ == "__main__":
    main()
