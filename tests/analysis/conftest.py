"""A small outcomes table from lists of pairs, for every test of the analysis."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pytest

from analysis.outcomes import Contrast, Dictionary, Ground, OutcomesTable, outcomes_table

Pair = dict[str, Any]
"""``responses`` {arm: outcome or list of outcomes}, and where wanted ``landlord``, ``type``, ``lost`` arms."""
MakeTable = Callable[..., OutcomesTable]


def _rows(index: int, pair: Pair, arms: Sequence[str]) -> list[dict[str, Any]]:
    rows = []
    for arm in arms:
        responses = pair["responses"].get(arm, [])
        for response in responses if isinstance(responses, list) else [responses]:
            rows.append(
                {
                    "study": "town",
                    "wave": "1",
                    "pair": f"p{index:05d}",
                    "listing": f"l{index:05d}",
                    "landlord": pair.get("landlord", f"w{index:05d}"),
                    "landlord_type": pair.get("type", "private"),
                    "stratum": None,
                    "application": f"a{index:05d}-{len(rows)}",
                    "order": len(rows) + 1,
                    "sent_at": "2026-03-02T09:00:00Z",
                    "answered_at": None,
                    "delivered": arm not in pair.get("lost", ()),
                    "weight": 1,
                    "arm_origin": arm,
                    "category": None,
                    "outcome_invited": response,
                    "x_gender": pair.get("gender", {}).get(arm, "woman"),
                }
            )
    return rows


@pytest.fixture(scope="session")
def make_table() -> MakeTable:
    """Build a table: arms (the first is the reference), pairs, landlord types."""

    def make(
        pairs: Sequence[Pair],
        *,
        arms: Sequence[str] = ("belgian", "moroccan"),
        types: Sequence[str] = ("private", "agency"),
    ) -> OutcomesTable:
        dictionary = Dictionary(
            study="town",
            wave="1",
            grounds={"origin": Ground(arms=tuple(arms), reference=arms[0])},
            contrasts={
                arm: Contrast(reference={"origin": arms[0]}, other={"origin": arm}) for arm in arms[1:]
            },
            outcomes=("invited",),
            primary="invited",
            landlord_types=tuple(types),
            covariates={"gender": ("woman", "man")},
        )
        rows = [row for index, pair in enumerate(pairs) for row in _rows(index, pair, arms)]
        return outcomes_table(pd.DataFrame(rows), dictionary, empty_arms=True)

    return make


@pytest.fixture(scope="session")
def pairs_with() -> Callable[..., list[Pair]]:
    """Pairs with given numbers of the four outcomes: both, reference only, other only, neither."""

    def pairs(both: int, reference_only: int, other_only: int, neither: int, **rest: Any) -> list[Pair]:
        outcomes = [(1, 1)] * both + [(1, 0)] * reference_only + [(0, 1)] * other_only + [(0, 0)] * neither
        return [{"responses": {"belgian": x, "moroccan": y}, **rest} for x, y in outcomes]

    return pairs
