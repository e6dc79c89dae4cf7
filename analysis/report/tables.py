"""Disclosed estimates go in, ``results.csv`` comes out: one row each, hidden ones with their reason."""

import csv
import io
from dataclasses import fields
from pathlib import Path

from analysis.disclosure import Disclosed
from analysis.estimate import Estimate
from analysis.outcomes import replace_file

COLUMNS = tuple(field.name for field in fields(Estimate))
"""The fields of an estimate, in its own order."""
DIGITS = 8
"""Significant digits, as in ``results.json``."""


def csv_of(disclosed: Disclosed) -> str:
    """Write the estimates as CSV (RFC 4180 quoting, line feed); an absent value is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in disclosed.estimates:
        hidden = row.value is None and row.n_pairs == 0
        writer.writerow("" if hidden and name == "n_pairs" else _text(getattr(row, name)) for name in COLUMNS)
    return out.getvalue()


def write_table(path: Path, disclosed: Disclosed) -> Path:
    """Write ``csv_of`` at once.

    Returns:
        The path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, csv_of(disclosed).encode())
    return path


def _text(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:.{DIGITS}g}" if isinstance(value, float) else str(value)
    # A label that a spreadsheet would run as a formula is made plain text; numbers keep their minus.
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "@", "\t", "\r") else text
