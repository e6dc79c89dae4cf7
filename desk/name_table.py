"""Names go in, the text of a ``names.csv`` comes out."""

import csv
import io
from collections.abc import Sequence

from testing.study.identity import LATER, Name
from testing.study.reading_names import COLUMNS


def names_text(names: Sequence[Name]) -> str:
    """Write a table of names; columns that not every table has are there where a name states them."""
    stated = {column for column in LATER if any(getattr(it, column) not in ("", None) for it in names)}
    columns = [column for column in COLUMNS if column not in LATER or column in stated]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for name in names:
        writer.writerow(["" if value is None else value for value in (getattr(name, it) for it in columns)])
    return out.getvalue()
