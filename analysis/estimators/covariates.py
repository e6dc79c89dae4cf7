"""Names of covariates and a table go in; numeric columns for a model, one row per application, come out.

A categorical covariate becomes one column per level but the first; ``order`` is categorical, because the
second message need not lie halfway between the first and the third (that is how the published odds ratios
of the US rental study are reached: 0.6016 with order as levels, 0.6027 with order as a number).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.errors import InputInvalid
from analysis.outcomes import OutcomesTable

Floats = NDArray[np.float64]

ORDER = "order"
"""Name by which the column ``order`` is asked for; other names are those of the dictionary's covariates."""


def covariate_columns(table: OutcomesTable, names: Sequence[str]) -> Floats:
    """Expand covariates.

    Args:
        table: the outcomes table.
        names: ``order`` or covariates of the dictionary, without ``x_``.

    Returns:
        Shape (applications of the table, columns); NaN where a value is missing.

    Raises:
        InputInvalid: a name that the table does not have.
    """
    unknown = [name for name in names if name != ORDER and name not in table.dictionary.covariates]
    if unknown:
        known = [ORDER, *table.dictionary.covariates]
        raise InputInvalid([f"covariate {name!r}: not in the table; use one of {known}" for name in unknown])
    parts = [np.empty((len(table.frame), 0)), *(_expanded(table, name) for name in names)]
    return np.concatenate(parts, axis=1)


def adjusted(names: Sequence[str], left_out: int, unit: str) -> str:
    """How a convention names the covariates, and how much had to stay out because one is missing."""
    without = f"; {left_out} {unit} without them left out" if left_out else ""
    return f"; adjusted for {', '.join(names)}{without}" if names else ""


def scaled(columns: Floats) -> Floats:
    """Columns with mean 0 and deviation 1 over the known values, so that rents do not unsettle a fit."""
    if not len(columns):
        return columns
    known = np.where(np.isnan(columns), 0.0, 1.0)
    number = np.maximum(known.sum(axis=0), 1)
    centred = columns - np.nansum(columns, axis=0) / number
    deviation = np.sqrt(np.nansum(centred**2, axis=0) / number)
    return np.asarray(centred / np.where(deviation > 0, deviation, 1.0))


def independent(columns: Floats) -> NDArray[np.int64]:
    """Positions of the columns that do not follow from those to their left."""
    if not columns.size:
        return np.empty(0, dtype=np.int64)
    scale = np.linalg.norm(columns, axis=0)
    remainder = np.abs(np.diag(np.linalg.qr(columns / np.where(scale > 0, scale, 1.0), mode="r")))
    full = np.zeros(columns.shape[1])
    full[: len(remainder)] = remainder
    return np.flatnonzero((full > 1e-9) & (scale > 0))


def _expanded(table: OutcomesTable, name: str) -> Floats:
    if name == ORDER:
        values = table.frame["order"].to_numpy(dtype=np.float64, na_value=np.nan)
        levels = np.unique(values[~np.isnan(values)])
        return _dummies(values, levels, np.isnan(values))
    column, declared = table.frame[f"x_{name}"], table.dictionary.covariates[name]
    if declared is None:
        return column.to_numpy(dtype=np.float64)[:, None]
    values = column.fillna("").to_numpy(dtype=object)
    return _dummies(values, np.array(declared, dtype=object), column.isna().to_numpy())


def _dummies(values: NDArray[np.generic], levels: NDArray[np.generic], missing: NDArray[np.bool_]) -> Floats:
    columns = [np.asarray(values == level, dtype=np.float64) for level in levels[1:]]
    # A covariate of one level has no column, yet a missing value must still be seen.
    matrix = np.stack(columns, axis=1) if columns else np.zeros((len(values), 1))
    matrix[missing] = np.nan
    return matrix
