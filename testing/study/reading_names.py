"""The table of names: takes ``names.csv``, gives its rows as records, or every fault with its line."""

import difflib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from testing.study.csv_file import Row, read_table
from testing.study.errors import Fault
from testing.study.identity import LATER, SHARES, Name, birth_years, is_country
from testing.study.name_checks import Needs, Placed, between_rows, faults_of_needs

COLUMNS = tuple(each.name for each in fields(Name))
"""Columns of names.csv, named as the fields of the record."""
NEEDED = COLUMNS[:4]
"""Columns without which a table cannot be read."""
COUNTS = ("raters", "rated_year")


def names_of(path: Path, needs: Needs) -> tuple[tuple[Name, ...], list[Fault]]:
    """Read the table and check it.

    Args:
        path: the CSV file.
        needs: what the study asks of its names.
    """
    rows, faults = placed_names(path)
    faults += between_rows(str(path), rows)
    faults += faults_of_needs(str(path), rows, needs)
    return tuple(it.name for it in rows), faults


def placed_names(path: Path) -> tuple[list[Placed], list[Fault]]:
    """Read the rows alone, each with its line: what they are together is not looked at."""
    first_line = ",".join(it for it in COLUMNS if it not in LATER)
    table = read_table(path, NEEDED, f"let the first line read {first_line}")
    file, faults = str(path), list(table.faults)
    faults += [
        Fault(file=file, line=1, key=column, problem="unknown column", mend=_nearest(column, COLUMNS))
        for column in table.header
        if column not in COLUMNS
    ]
    if any(fault.line == 1 for fault in faults):
        return [], faults
    rows = []
    for row in table.rows:
        wrong = [
            Fault(file=file, line=row.line, key=column, problem=problem, mend=mend)
            for column, problem, mend in _wrong(row)
        ]
        faults += wrong
        if not wrong:
            rows.append(Placed(line=row.line, name=_name(row)))
    return rows, sorted(faults, key=lambda it: it.line or 0)


def _wrong(row: Row) -> Iterator[tuple[str, str, str]]:
    """Column, problem and mending of each fault of a row."""
    value = row.cells
    for column in ("first", "last", "arm"):
        if not value[column]:
            yield column, "empty", "fill it in, or drop the row"
    if value["sex"] not in ("f", "m"):
        yield "sex", f'"{value["sex"]}" is not a sex', "write f or m, as perceived"
    for column in SHARES:
        told = value.get(column, "")
        share = number(told)
        if told and (share is None or not 0 <= share <= 1):
            mend = "write for example 0.87, or leave it empty while unscored"
            yield column, f'"{told}" is not a share between 0 and 1', mend
    for column in COUNTS:
        told = value.get(column, "")
        if told and not (told.isascii() and told.isdigit()):
            yield column, f'"{told}" is not a count', "write a whole number"
    if value.get("born") and birth_years(value["born"]) is None:
        yield "born", f'"{value["born"]}" is not two years in order', "write for example 1975-1995"
    if value.get("rated_country") and not is_country(value["rated_country"]):
        yield (
            "rated_country",
            f'"{value["rated_country"]}" is not a country code',
            "write two capital letters, as BE",
        )


def _name(row: Row) -> Name:
    told = {column: value for column, value in row.cells.items() if value}
    read: dict[str, object] = {**told}
    read |= {column: number(told[column]) for column in SHARES if column in told}
    read |= {column: int(told[column]) for column in COUNTS if column in told}
    return Name(**read)  # type: ignore[arg-type]


def _nearest(column: str, known: tuple[str, ...]) -> str:
    nearest = difflib.get_close_matches(column, known, n=1)
    return f"did you mean {nearest[0]!r}?" if nearest else f"use {', '.join(known)}"


def number(text: str) -> float | None:
    """A number, or None where the text is none."""
    try:
        return float(text) if text else None
    except ValueError:
        return None
