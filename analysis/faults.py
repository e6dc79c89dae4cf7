"""What can be wrong with an outcomes table: every fault as a sentence with file, row and column."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from analysis.columns import MAY_BE_EMPTY, columns_of, listed
from analysis.dictionary import Dictionary


def table_faults(frame: pd.DataFrame, dictionary: Dictionary, *, file: str) -> list[str]:
    """Faults of the table as a whole: columns that are unknown, absent or there twice."""
    known = columns_of(dictionary)
    found = [str(column) for column in frame.columns]
    unknown = [column for column in found if column not in known]
    absent = [column for column in known if column not in found]
    twice = sorted({column for column in found if found.count(column) > 1})
    return [
        *(f"{file}: column {column}: unknown; drop it or declare it" for column in unknown),
        *(f"{file}: column {column}: absent; add it (it may be empty)" for column in absent),
        *(f"{file}: column {column}: there twice; keep one" for column in twice),
    ]


def row_faults(
    frame: pd.DataFrame, dictionary: Dictionary, *, file: str, empty_arms: bool = False
) -> list[str]:
    """Faults of rows: missing keys, unknown levels, duplicates, pairs that are not one pair."""
    faults = [*_missing(frame, dictionary, file), *_levels(frame, dictionary, file)]
    faults += _names(frame, dictionary, file)
    if not empty_arms:
        faults += _empty_arms(frame, dictionary, file)
    faults += _duplicates(frame, file)
    faults += _torn_pairs(frame, file)
    bad = frame.index[(frame["weight"] <= 0).to_numpy()]
    return faults + listed(file, bad, lambda row: "column weight: not above 0; give 1 where unweighted")


def _missing(frame: pd.DataFrame, dictionary: Dictionary, file: str) -> Iterable[str]:
    for column in columns_of(dictionary):
        if column in MAY_BE_EMPTY or column.startswith(("outcome_", "x_")):
            continue
        sentence = f"column {column}: no value; every application has one"
        yield from _same(file, frame.index[frame[column].isna()], sentence)


def _levels(frame: pd.DataFrame, dictionary: Dictionary, file: str) -> Iterable[str]:
    declared: dict[str, tuple[str, ...]] = {"landlord_type": dictionary.landlord_types}
    declared |= {f"arm_{name}": ground.arms for name, ground in dictionary.grounds.items()}
    declared |= {f"x_{name}": levels for name, levels in dictionary.covariates.items() if levels is not None}
    for column, levels in declared.items():
        yield from _outside(frame, column, levels, file)


def _outside(frame: pd.DataFrame, column: str, levels: tuple[str, ...], file: str) -> Iterable[str]:
    values: pd.Series[Any] = frame[column]
    rows = frame.index[(values.notna() & ~values.isin(levels)).to_numpy()]
    kind = "arm" if column.startswith("arm_") else "level"
    yield from listed(
        file, rows, lambda row: f"column {column}: unknown {kind} {values[row]!r}; use one of {list(levels)}"
    )


def _names(frame: pd.DataFrame, dictionary: Dictionary, file: str) -> Iterable[str]:
    for column, name in (("study", dictionary.study), ("wave", dictionary.wave)):
        rows = frame.index[(frame[column].notna() & (frame[column] != name)).fillna(False).to_numpy()]
        yield from _same(
            file, rows, f"column {column}: not {name!r}, which its dictionary declares; use one name"
        )


def _empty_arms(frame: pd.DataFrame, dictionary: Dictionary, file: str) -> Iterable[str]:
    for name, ground in dictionary.grounds.items():
        present = set(frame[f"arm_{name}"].dropna())
        for arm in ground.arms:
            if arm not in present:
                yield (
                    f"{file}: column arm_{name}: the arm {arm!r} is declared but has no application;"
                    " declare only arms that were sent"
                )


def _duplicates(frame: pd.DataFrame, file: str) -> Iterable[str]:
    names: pd.Series[Any] = frame["application"]
    rows = frame.index[(names.notna() & names.duplicated()).to_numpy()]
    return listed(
        file, rows, lambda row: f"column application: {names[row]!r} is there already; keep one row"
    )


def _torn_pairs(frame: pd.DataFrame, file: str) -> Iterable[str]:
    for column in ("listing", "landlord", "landlord_type"):
        first = frame.groupby("pair", sort=False)[column].transform("first")
        torn = frame[["pair", column]].assign(first=first)[(frame[column] != first).fillna(False).to_numpy()]
        yield from _torn(file, column, torn)


def _torn(file: str, column: str, torn: pd.DataFrame) -> list[str]:
    def sentence(row: int) -> str:
        return (
            f"column {column}: pair {torn['pair'][row]!r} spans two: {torn['first'][row]!r} and"
            f" {torn[column][row]!r}; a pair goes to one listing of one landlord"
        )

    return listed(file, torn.index, sentence)


def _same(file: str, rows: "pd.Index[Any]", sentence: str) -> list[str]:
    return listed(file, rows, lambda row: sentence)
