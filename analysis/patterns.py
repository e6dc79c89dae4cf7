"""Counts of response patterns go in, one row per application comes out."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.columns import listed
from analysis.errors import InputInvalid
from analysis.mapping import Applications, PatternMapping

Integers = NDArray[np.int64]


def pattern_rows(raw: pd.DataFrame, mapping: PatternMapping, ground: str, *, file: str) -> pd.DataFrame:
    """Write each pair of each pattern out.

    Args:
        raw: the file, every value as text.
        mapping: which column counts what.
        ground: name of the ground.
        file: its name for messages.

    Returns:
        Columns pair, arm and outcome, and landlord and landlord type where the file has them.

    Raises:
        InputInvalid: a count that is no whole number of at least 0, more positive applications than were
            sent, or a design that the mapping does not know.
    """
    faults: list[str] = []
    arms = mapping.ground[ground].positive
    pairs = _counts(raw, mapping.columns.count, file, faults)
    positive = {arm: _counts(raw, column, file, faults) for arm, column in arms.items()}
    sent = {arm: _sent(raw, arm, mapping.applications, file, faults) for arm in arms}
    for arm, column in arms.items():
        sentence = f"column {column}: more positive applications than were sent; correct one of the two"
        faults += listed(file, raw.index[positive[arm] > sent[arm]], lambda row, s=sentence: s)  # type: ignore[misc]
    if faults:
        raise InputInvalid(faults)
    pattern = np.repeat(np.arange(len(raw)), pairs)
    within = np.arange(len(pattern)) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    parts = [_of_arm(arm, pattern, within, positive[arm], sent[arm]) for arm in arms]
    rows = pd.concat(parts, ignore_index=True)
    frame = pd.DataFrame(
        {
            "pair": (rows["pattern"] + 2).astype(str) + "-" + (rows["within"] + 1).astype(str),
            f"arm_{ground}": rows["arm"],
            f"outcome_{mapping.outcome}": rows["positive"].astype(str),
        }
    )
    for ours, theirs in (
        ("landlord", mapping.columns.landlord),
        ("landlord_type", mapping.columns.landlord_type),
    ):
        if theirs is not None:
            frame[ours] = raw[theirs].to_numpy()[rows["pattern"]]
    return frame


def _of_arm(
    arm: str, pattern: Integers, within: Integers, positive: Integers, sent: Integers
) -> pd.DataFrame:
    number = sent[pattern]
    application = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    rows = np.repeat(pattern, number)
    return pd.DataFrame(
        {
            "pattern": rows,
            "within": np.repeat(within, number),
            "arm": arm,
            "positive": (application < positive[rows]).astype(np.int64),
        }
    )


def _counts(raw: pd.DataFrame, column: str, file: str, faults: list[str]) -> Integers:
    values: pd.Series[Any] = raw[column]
    numbers = pd.to_numeric(values, errors="coerce")
    wrong = values.index[(numbers.isna() | (numbers < 0) | (numbers != numbers.round())).to_numpy()]
    faults += listed(
        file, wrong, lambda row: f"column {column}: {values[row]!r} is no whole number of at least 0"
    )
    return np.asarray(numbers.where(~values.index.isin(wrong), 0), dtype=np.int64)


def _sent(
    raw: pd.DataFrame, arm: str, applications: Applications | None, file: str, faults: list[str]
) -> Integers:
    if applications is None:
        return np.ones(len(raw), dtype=np.int64)
    if not applications.values:
        return _counts(raw, applications.column, file, faults)
    numbers = {
        design: number if isinstance(number, int) else number.get(arm, 0)
        for design, number in applications.values.items()
    }
    designs: pd.Series[Any] = raw[applications.column]
    wrong, column = designs.index[~designs.isin(list(numbers))], applications.column
    faults += listed(
        file,
        wrong,
        lambda row: f"column {column}: {designs[row]!r} is not in the mapping's applications.values",
    )
    return np.asarray(designs.map(numbers).fillna(0), dtype=np.int64)
