"""Names go in, the text of a ``names.csv`` comes out, or a study's table with them in it."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from testing.study.errors import Fault, StudyFileInvalid
from testing.study.identity import LATER, Name
from testing.study.reading_names import COLUMNS, placed_names


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


def with_names(path: Path, arms: Sequence[str], new: Sequence[Name]) -> tuple[list[Name], int]:
    """Put names into a study's table: a scored one over the row of that name, others behind what is there.

    Args:
        path: the study's ``names.csv``.
        arms: that the study signals by name.
        new: names to put in.

    Returns:
        The whole table, and how many names of it were not there before.

    Raises:
        StudyFileInvalid: the table cannot be read, or a name is of an arm that the study does not have, or stands there
            with another arm or sex.
    """
    rows, faults = placed_names(path)
    there = {it.name.full.casefold(): place for place, it in enumerate(rows)}
    table, added = [it.name for it in rows], 0
    unknown = sorted({it.arm for it in new} - set(arms))
    faults += [
        _fault(path, None, "arm", f"no arm signalled by name is called {arm!r}", f"use {', '.join(arms)}")
        for arm in unknown
    ]
    for name in new:
        place = there.get(name.full.casefold())
        if place is None:
            table.append(name)
            added += 1
            continue
        old = rows[place]
        if (old.name.arm, old.name.sex) != (name.arm, name.sex):
            was, comes = (f"{it.arm}, {it.sex}" for it in (old.name, name))
            problem = f"{name.full} stands here as {was}, and would come as {comes}"
            faults.append(
                _fault(path, old.line, "first, last", problem, "drop it here, or leave it out there")
            )
        elif name.scored:
            table[place] = _scored_anew(old.name, name)
    if faults:
        raise StudyFileInvalid(faults)
    return table, added


def _scored_anew(old: Name, new: Name) -> Name:
    """The name with new scores; what they do not state stays as a person wrote it."""
    kept = {column: getattr(old, column) for column in ("born", "spelling_of") if not getattr(new, column)}
    return replace(new, first=old.first, last=old.last, **kept)


def _fault(path: Path, line: int | None, key: str, problem: str, mend: str) -> Fault:
    return Fault(file=str(path), line=line, key=key, problem=problem, mend=mend)
