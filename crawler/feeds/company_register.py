"""The open data of the Belgian company register in, the companies out whose main activity says what landlord they are.

Read are ``activity.csv`` and ``meta.csv`` of a full extract, out of its ZIP or its folder; of 1.6 GB a line at a time.
"""

import csv
import io
import tomllib
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TextIO

from crawler.landlords import company
from testing.study.errors import EvenhandError
from testing.study.listing import Company, LandlordType

ACTIVITIES = Path(__file__).parents[1] / "portals" / "activities.toml"
COLUMNS = ("EntityNumber", "NaceVersion", "NaceCode", "Classification")
_MAIN = "MAIN"


def companies(path: Path) -> tuple[list[Company], date]:
    """Read an extract.

    Args:
        path: ``KboOpenData_..._Full.zip``, or the folder that it was unpacked to.

    Returns:
        Companies whose main activities say one landlord type, by number, and the day of the extract. One whose main
        activities say two different things is left out, and so are establishment units.

    Raises:
        EvenhandError: no full extract, or a row that cannot be read, with its line.
    """
    found: dict[str, Company | None] = {}
    with ExitStack() as opened:
        as_of = _day(path, opened)
        file = _open(path, "activity.csv", opened)
        for entity, version, code in _main_activities(file, path):
            kind = says(version, code)
            number = company(entity, "BE") if kind else None
            if kind is None or number is None:
                continue
            other = found.get(number, ...)
            if other is ... or (other is not None and other.says is kind):
                found[number] = Company(number=number, says=kind, activity=f"{version}:{code}", as_of=as_of)
            else:
                found[number] = None
    return [it for _, it in sorted(found.items()) if it is not None], as_of


def says(version: str, code: str) -> LandlordType | None:
    """What an activity says of the landlord.

    >>> says("2008", "68311"), says("2025", "68310"), says("2008", "56101")
    (<LandlordType.AGENCY: 'agency'>, <LandlordType.AGENCY: 'agency'>, None)
    """
    known = _declared()
    return known.get((version, code)) or known.get((version, code[:4]))


@lru_cache(maxsize=1)
def _declared() -> Mapping[tuple[str, str], LandlordType]:
    rows = tomllib.loads(ACTIVITIES.read_text("utf-8"))["activity"]
    return {(row["version"], row["code"]): LandlordType(row["type"]) for row in rows}


def _main_activities(file: TextIO, path: Path) -> Iterator[tuple[str, str, str]]:
    rows = csv.reader(file)
    header = next(rows, [])
    if not set(COLUMNS) <= set(header):
        raise EvenhandError(
            f"{path}: activity.csv, line 1: columns {', '.join(COLUMNS)} are wanted; is it an extract of the "
            "company register?"
        )
    places = [header.index(name) for name in COLUMNS]
    try:
        for row in rows:
            if len(row) != len(header):
                raise EvenhandError(
                    f"{path}: activity.csv, line {rows.line_num}: {len(row)} cells, {len(header)} are wanted; the "
                    "file may be cut off, fetch the extract again"
                )
            entity, version, code, classification = (row[place] for place in places)
            if classification == _MAIN:
                yield entity, version, code
    except (csv.Error, UnicodeDecodeError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise EvenhandError(
            f"{path}: activity.csv, after line {rows.line_num}: {error}; fetch the extract again"
        ) from error


def _day(path: Path, opened: ExitStack) -> date:
    meta = {row[0]: row[1] for row in csv.reader(_open(path, "meta.csv", opened)) if len(row) == 2}
    if meta.get("ExtractType", "full").casefold() != "full":
        raise EvenhandError(f"{path} holds updates only; fetch the full extract")
    day = meta.get("SnapshotDate", "")
    try:
        return datetime.strptime(day, "%d-%m-%Y").replace(tzinfo=UTC).date()
    except ValueError:
        raise EvenhandError(
            f"{path}: meta.csv: SnapshotDate is {day!r}, a day like 22-07-2026 is wanted"
        ) from None


def _open(path: Path, name: str, opened: ExitStack) -> TextIO:
    try:
        if path.is_dir():
            return opened.enter_context((path / name).open(encoding="utf-8-sig", newline=""))
        packed = opened.enter_context(zipfile.ZipFile(path))
        inner = opened.enter_context(packed.open(name))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise EvenhandError(
            f"{path}: no {name} can be read ({error}); give the full extract of the company register, a ZIP or "
            "its folder"
        ) from error
    return opened.enter_context(io.TextIOWrapper(inner, "utf-8-sig", newline=""))
