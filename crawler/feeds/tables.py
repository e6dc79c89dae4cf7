"""A CSV or XLSX table in, the same rows as one JSON document out, which the readers take like any page."""

import csv
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from testing.study.errors import EvenhandError

SUFFIXES = (".csv", ".tsv", ".xlsx")
MAX_ROWS = 200_000
ROW = "_row"
"""Column that is added: the number of the row, as a person sees it in a spreadsheet."""
_DELIMITERS = ",;\t|"


def read_table(path: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """Column names and rows of a table, whose first row names the columns.

    Args:
        path: a CSV (any of , ; tab |, UTF-8 or Windows-1252) or an XLSX, of which the first sheet is read.

    Raises:
        EvenhandError: it cannot be read, has no rows, or a column's name comes twice.
    """
    lines = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    try:
        head = [column_key(str(it or "")) for it in next(lines, [])]
        rows = [
            {
                **{
                    name: value
                    for name, value in zip(head, line, strict=False)
                    if name and value not in (None, "")
                },
                ROW: number,
            }
            for number, line in enumerate(islice(lines, MAX_ROWS), 2)
            if any(value not in (None, "") for value in line)
        ]
    except (csv.Error, ValueError, KeyError, zipfile.BadZipFile, OSError) as error:
        raise EvenhandError(
            f"{path}: not a table that can be read ({error}); save it anew as CSV (UTF-8)"
        ) from None
    named = [it for it in head if it]
    twice = sorted({it for it in named if named.count(it) > 1})
    if twice:
        raise EvenhandError(f"{path}: column {twice[0]!r} comes twice; give each column a name of its own")
    if not named or not rows:
        raise EvenhandError(f"{path}: no rows under a first row of column names")
    return named, rows


def as_document(rows: list[dict[str, Any]]) -> bytes:
    """The rows as the JSON document that is kept and read."""
    return json.dumps(rows, ensure_ascii=False, default=_plain).encode()


def column_key(name: str) -> str:
    """A column's name as rules speak of it: without the signs that have a meaning there."""
    return " ".join("".join(" " if sign in ".~[]=*@" else sign for sign in name).split())


def _csv(path: Path) -> Iterator[list[Any]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    yield from csv.reader(text.splitlines(keepends=True), delimiter=delimiter)


def _xlsx(path: Path) -> Iterator[list[Any]]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield list(row)
    finally:
        book.close()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
