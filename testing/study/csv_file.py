"""One CSV file that a person wrote: takes a path, gives its rows with the line of each, or faults."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from testing.study.errors import Fault
from testing.study.toml_file import read_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row below the header."""

    line: int
    """1-based line on which it begins."""
    cells: dict[str, str]
    """Cells by column, without the spaces around them; every column of the header is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What stands in the file."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    """Rows that are not blank."""
    faults: tuple[Fault, ...] = ()


def read_table(path: Path, needed: Sequence[str] = (), mend: str = "add the column") -> Table:
    """Read a table; never raises for what a person can mend.

    Args:
        path: CSV in UTF-8 with a header, cells parted by commas.
        needed: columns that must be there; where one is missing, no rows are read.
        mend: what to do about a missing column.
    """
    text, unread = read_text(path)
    if text is None:
        return Table(header=(), rows=(), faults=tuple(unread))
    file = str(path)
    lines = _lines(file, text)
    header, problem = next(lines, (1, [])), "there is no such column"
    if isinstance(header, Fault):
        return Table(header=(), rows=(), faults=(header,))
    columns = tuple(cell.strip() for cell in header[1])
    faults = [
        Fault(file=file, line=1, key=column, problem=problem, mend=mend)
        for column in needed
        if column not in columns
    ]
    faults += [
        Fault(file=file, line=1, key=column, problem="the column stands there twice", mend="rename one")
        for place, column in enumerate(columns)
        if column and column in columns[:place]
    ]
    if faults:
        return Table(header=columns, rows=(), faults=tuple(faults))
    rows: list[Row] = []
    for it in lines:
        wrong = it if isinstance(it, Fault) else _misfit(file, *it, columns)
        if wrong is not None:
            faults.append(wrong)
        elif not isinstance(it, Fault) and any(cell.strip() for cell in it[1]):
            cells = dict(zip(columns, (cell.strip() for cell in it[1]), strict=False))
            rows.append(Row(line=it[0], cells=cells))
    return Table(header=columns, rows=tuple(rows), faults=tuple(faults))


def _lines(file: str, text: str) -> Iterator[tuple[int, list[str]] | Fault]:
    """Every row with its first line; the reading ends at what csv cannot take apart."""
    reader = csv.reader(io.StringIO(text, newline=""))
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            mend = "look for a stray quote or a character that is no text, there or further up"
            yield Fault(file=file, line=line, key="", problem=f"cannot be read as CSV ({error})", mend=mend)
            return
        yield line, cells


def _misfit(file: str, line: int, cells: list[str], columns: tuple[str, ...]) -> Fault | None:
    """What is wrong with a row before anybody asks what it means."""
    if not any(cell.strip() for cell in cells):
        return None
    for place, cell in enumerate(cells):
        if not cell.strip().isprintable():
            key = columns[place] if place < len(columns) else ""
            problem = "the cell holds a line break or another character that is no text"
            mend = "take it out; a quote that is not closed takes in the lines that follow"
            return Fault(file=file, line=line, key=key, problem=problem, mend=mend)
    told = len("".join(cells[len(columns) :]).strip())
    if len(cells) < len(columns) or told:
        problem = f"{len(cells)} cells where the header has {len(columns)}"
        mend = "fill the row" if not told else "put a cell that holds a comma in quotes"
        return Fault(file=file, line=line, key="", problem=problem, mend=mend)
    return None
