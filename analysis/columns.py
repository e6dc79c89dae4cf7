"""The columns of an outcomes table: which there are, of what type, and raw values turned into them."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from analysis.dictionary import Dictionary

FIXED: Mapping[str, tuple[str, str]] = {
    "study": ("text", "Study"),
    "wave": ("text", "Wave of the study"),
    "pair": ("text", "Key of the pair: the applications to one listing in one test"),
    "listing": ("text", "Key of the listing"),
    "landlord": ("text", "Key of the landlord, the same over all its listings; never a name"),
    "landlord_type": ("text", "Who lets the dwelling"),
    "stratum": ("text", "Stratum that the listing was drawn in; empty where there is none"),
    "application": ("text", "Key of the application, once in the table"),
    "order": ("integer", "Place of the application in its pair by time, from 1; empty where unknown"),
    "sent_at": ("time", "When it was sent, UTC; empty where unknown"),
    "answered_at": ("time", "When the first answer came, UTC; empty where none or unknown"),
    "delivered": ("truth", "Whether the landlord's server took it: true or false"),
    "weight": ("number", "Design weight: one over the probability of being drawn, 1 where unweighted"),
}
"""Column, then its type and meaning; arms, category, outcomes and covariates follow."""

MAY_BE_EMPTY = frozenset({"stratum", "order", "sent_at", "answered_at", "category"})
"""Besides outcomes and covariates: a missing value there is knowledge, not a fault."""

SHOWN = 20
"""Faults of one kind that are written out; the rest is counted."""


def columns_of(dictionary: Dictionary) -> dict[str, tuple[str, str]]:
    """Every column of a table in order, with its type and meaning."""
    columns = dict(FIXED)
    if dictionary.assignment == "blocks":
        columns["block"] = (
            "text",
            "Block that the order of the pair was drawn in: each order once in a block",
        )
    for ground in dictionary.grounds:
        columns[f"arm_{ground}"] = ("text", f"Arm of the ground {ground}")
    columns["category"] = ("text", "Category of the answer by the codebook; empty where not coded")
    for outcome in dictionary.outcomes:
        columns[f"outcome_{outcome}"] = ("binary", f"Outcome {outcome}: 1 yes, 0 no, empty unknown")
    for name, levels in dictionary.covariates.items():
        kind = "number" if levels is None else "text"
        columns[f"x_{name}"] = (kind, f"Covariate {name}")
    return columns


def place(file: str, index: int) -> str:
    """Where a row stands: the line of a CSV file (the header is line 1), else the row counted from 1."""
    return f"{file}:{index + 2}" if file.endswith(".csv") else f"{file}: row {index + 1}"


def listed(file: str, rows: "pd.Index[Any]", sentence: Callable[[int], str]) -> list[str]:
    """One sentence for each row, the first ``SHOWN`` written out and the rest counted."""
    faults = [f"{place(file, row)}: {sentence(row)}" for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        faults.append(f"{file}: and {len(rows) - SHOWN} more rows of this kind: {sentence(rows[SHOWN])}")
    return faults


def typed(frame: pd.DataFrame, dictionary: Dictionary, *, file: str) -> tuple[pd.DataFrame, list[str]]:
    """Turn raw columns into typed ones, in order.

    Returns:
        The typed table, and one fault for each value that is not of its column's type (NA in the table).
    """
    columns: dict[str, pd.Series[Any]] = {}
    faults: list[str] = []
    for column, (kind, _) in columns_of(dictionary).items():
        raw = frame[column].astype(object)
        empty = raw.isna() | (raw == "")
        raw = raw.mask(empty, None)
        columns[column] = READERS[kind](raw)
        faults += _unreadable(file, column, raw[columns[column].isna() & ~empty], WANTED[kind])
    return pd.DataFrame(columns, index=frame.index), faults


def _unreadable(file: str, column: str, values: "pd.Series[Any]", wanted: str) -> list[str]:
    return listed(file, values.index, lambda row: f"column {column}: {values[row]!r} is not {wanted}")


def _text(raw: "pd.Series[Any]") -> "pd.Series[Any]":
    return raw.map(str, na_action="ignore").astype("string")


def _integer(raw: "pd.Series[Any]") -> "pd.Series[Any]":
    numbers = pd.to_numeric(raw, errors="coerce").astype("Float64")
    return numbers.mask((numbers != numbers.round()).fillna(False)).astype("Int64")


def _binary(raw: "pd.Series[Any]") -> "pd.Series[Any]":
    numbers = _integer(raw)
    return numbers.where(numbers.isin([0, 1])).astype("Int8")


def _number(raw: "pd.Series[Any]") -> "pd.Series[Any]":
    numbers = pd.to_numeric(raw, errors="coerce").astype("float64")
    return numbers.where(numbers.abs() != float("inf"))


def _time(raw: "pd.Series[Any]") -> "pd.Series[Any]":
    times = pd.to_datetime(raw, errors="coerce", utc=True, format="ISO8601")
    return times.astype("datetime64[us, UTC]")


def _truth(raw: "pd.Series[Any]") -> "pd.Series[Any]":
    known = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
    return raw.map(lambda value: known.get(str(value).lower()), na_action="ignore").astype("boolean")


READERS: Mapping[str, Callable[["pd.Series[Any]"], "pd.Series[Any]"]] = {
    "text": _text,
    "integer": _integer,
    "binary": _binary,
    "number": _number,
    "time": _time,
    "truth": _truth,
}
WANTED = {
    "text": "text",
    "integer": "a whole number",
    "binary": "an outcome: write 1 (yes), 0 (no) or leave it empty (unknown)",
    "number": "a finite number",
    "time": "a time: write it as 2026-03-02T09:00:00Z",
    "truth": "true or false",
}
