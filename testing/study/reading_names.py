"""The table of names: takes ``names.csv``, gives its rows as records, or every fault with its line."""

import csv
import difflib
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from testing.study.errors import Fault
from testing.study.identity import Name
from testing.study.toml_file import read_text

COLUMNS = ("first", "last", "sex", "arm", "perceived_share", "raters", "source", "licence")
NAMES_PER_ARM = 5
"""Fewest names for each arm and sex; with fewer, name and group cannot be told apart (Gaddis 2017)."""
ARM_WITHOUT_GROUND = "any"
"""Arm to write where no ground is signalled by name."""


def names_of(
    path: Path, arms: Sequence[str] | None, sexes: Sequence[str]
) -> tuple[tuple[Name, ...], list[Fault]]:
    """Read the table and check it.

    Args:
        path: the CSV file.
        arms: arms that are signalled by name; empty where none is, None where that is not known.
        sexes: sexes of the applicants, ``f`` and ``m``.
    """
    text, faults = read_text(path)
    if text is None:
        return (), faults
    reader = csv.reader(io.StringIO(text))
    header = [column.strip() for column in next(reader, [])]
    faults = _header_faults(str(path), header)
    if faults:
        return (), faults
    rows: list[tuple[int, Name]] = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        name, wrong = _row(str(path), reader.line_num, dict(zip(header, cells, strict=False)), len(header))
        faults += wrong
        if name is not None:
            rows.append((reader.line_num, name))
    faults += _between_rows(str(path), rows)
    if arms is not None:
        faults += _arm_faults(str(path), rows, arms or [ARM_WITHOUT_GROUND], sexes)
    return tuple(name for _, name in rows), faults


def _header_faults(file: str, header: list[str]) -> list[Fault]:
    faults = []
    for column in COLUMNS[:4]:
        if column not in header:
            faults.append(
                _fault(
                    file,
                    1,
                    column,
                    "there is no such column",
                    f"let the first line read {','.join(COLUMNS)}",
                )
            )
    for column in header:
        if column not in COLUMNS:
            nearest = difflib.get_close_matches(column, COLUMNS, n=1)
            mend = f"did you mean {nearest[0]!r}?" if nearest else f"use {', '.join(COLUMNS)}"
            faults.append(_fault(file, 1, column, "unknown column", mend))
    return faults


def _row(file: str, line: int, cells: dict[str, str], width: int) -> tuple[Name | None, list[Fault]]:
    faults = []
    if len(cells) < width:
        faults.append(
            _fault(file, line, "", f"{len(cells)} cells where the header has {width}", "fill the row")
        )
    value = {column: cells.get(column, "").strip() for column in COLUMNS}
    for column in ("first", "last", "arm"):
        if not value[column]:
            faults.append(_fault(file, line, column, "empty", "fill it in, or drop the row"))
    if value["sex"] not in ("f", "m"):
        faults.append(
            _fault(file, line, "sex", f'"{value["sex"]}" is not a sex', "write f or m, as perceived")
        )
    share = _number(value["perceived_share"])
    if value["perceived_share"] and (share is None or not 0 <= share <= 1):
        faults.append(
            _fault(
                file,
                line,
                "perceived_share",
                f'"{value["perceived_share"]}" is not a share between 0 and 1',
                "write for example 0.87, or leave it empty while unscored",
            )
        )
    raters = value["raters"]
    if raters and not (raters.isascii() and raters.isdigit()):
        faults.append(_fault(file, line, "raters", f'"{raters}" is not a count', "write a whole number"))
    if faults:
        return None, faults
    name = Name(
        first=value["first"],
        last=value["last"],
        sex=value["sex"],
        arm=value["arm"],
        perceived_share=share,
        raters=int(raters) if raters else None,
        source=value["source"],
        licence=value["licence"],
    )
    return name, []


def _between_rows(file: str, rows: list[tuple[int, Name]]) -> list[Fault]:
    seen: dict[tuple[str, str], tuple[int, Name]] = {}
    faults = []
    for line, name in rows:
        before, first = seen.setdefault((name.first.casefold(), name.last.casefold()), (line, name))
        if before == line:
            continue
        where = "again" if first.arm == name.arm else f"in arm {name.arm} too, so it would signal nothing"
        faults.append(
            _fault(
                file,
                line,
                "first, last",
                f"{name.first} {name.last} of line {before} is {where}",
                "drop one of the two",
            )
        )
    return faults


def _arm_faults(
    file: str, rows: list[tuple[int, Name]], arms: Sequence[str], sexes: Sequence[str]
) -> list[Fault]:
    faults = []
    for line, name in rows:
        if name.arm not in arms:
            nearest = difflib.get_close_matches(name.arm, arms, n=1)
            mend = f"did you mean {nearest[0]!r}?" if nearest else f"use one of {', '.join(arms)}"
            faults.append(_fault(file, line, "arm", f"no arm signalled by name is called {name.arm!r}", mend))
    counts = Counter((name.arm, name.sex) for _, name in rows)
    for arm in arms:
        for sex in sexes:
            if counts[arm, sex] < NAMES_PER_ARM:
                faults.append(
                    _fault(
                        file,
                        None,
                        "arm",
                        f"arm {arm} has {counts[arm, sex]} names of sex {sex}",
                        f"give at least {NAMES_PER_ARM}, so that name and group can be told apart",
                    )
                )
    return faults


def _number(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _fault(file: str, line: int | None, key: str, problem: str, mend: str) -> Fault:
    return Fault(file=file, line=line, key=key, problem=problem, mend=mend)
