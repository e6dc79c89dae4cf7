"""A mapping file goes in, what each column of a published table of names means comes out, or every fault.

``rows`` says whether a row is a name with its scores, or one rating of a name. ``like`` begins with a mapping that
comes with Evenhand; what a person writes stands over it.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from testing.study.errors import StudyFileInvalid
from testing.study.identity import SHARES, is_country
from testing.study.toml_file import TomlFile, load_toml

_FOLDER = "name_tables"
WHO = ("first", "last", "name", "sex", "origin", "born")
"""Columns that say which name it is."""
SCALES = ("perceived_class", "perceived_education", "perceived_religiosity")
"""Columns that hold a place on a scale, in both kinds of rows."""
COLUMNS = {
    "names": (*WHO, *SCALES, "perceived_share", "raters", "sex_clear"),
    "ratings": (*WHO, *SCALES, "rater", "seen", "right", "sex_seen", "sex_right"),
}
"""Columns that a mapping may name, by what a row is."""
TABLES = ("columns", "arms", "sex", "sex_of", "scales", "only")
PROVENANCE = ("source", "licence", "country", "year")
KEYS = ("like", "rows", "missing", *PROVENANCE, *TABLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameMapping:
    """What a published table of names means."""

    rows: str
    """``names``: a row is a name with its scores. ``ratings``: a row is what one rater said of a name."""
    columns: Mapping[str, str]
    """Column of the table for each thing that is taken from it."""
    arms: Mapping[str, str]
    """Arm of the study for each origin in the table; names of other origins are left out."""
    sexes: Mapping[str, str]
    """``f`` or ``m`` for each word that the table uses; empty for words whose names are left out."""
    sex_of: Mapping[str, str]
    """``f`` or ``m`` by first name, in small letters, for tables that do not state it."""
    scales: Mapping[str, tuple[float, float]]
    """The values of a column that become 0 and 1."""
    only: Mapping[str, tuple[str, ...]]
    """Rows that are taken: those whose cell in this column is one of these."""
    missing: tuple[str, ...]
    """Cells that say nothing, besides empty ones."""
    source: str
    licence: str
    country: str
    year: int

    def scaled(self, column: str, value: float) -> float:
        """A value of the table on the scale from 0 to 1; outside of it where it is no value of the scale."""
        low, high = self.scales.get(column, (0.0, 1.0))
        return (value - low) / (high - low)


def built_in() -> list[str]:
    """Names of the mappings that come with Evenhand, sorted."""
    found = files("desk.templates").joinpath(_FOLDER).iterdir()
    return sorted(it.name.removesuffix(".toml") for it in found if it.name.endswith(".toml"))


def read_name_mapping(mapping: str, given: Mapping[str, str | int | None]) -> NameMapping:
    """Read a mapping.

    Args:
        mapping: path of a TOML file, or the name of a built-in mapping.
        given: source, licence, country and year as given with the command; they stand over the file.

    Raises:
        StudyFileInvalid: with every fault.
    """
    built = TomlFile(file=mapping, data={"like": mapping}) if mapping in built_in() else None
    file = built or load_toml(Path(mapping))
    if file.data is None:
        raise StudyFileInvalid(file.faults)
    own = file.data | {key: value for key, value in given.items() if value is not None}
    whole = _over(_like(file, own), own)
    faults = [file.fault(key, problem, mend) for key, problem, mend in _wrong(whole)]
    if faults:
        raise StudyFileInvalid(faults)
    return NameMapping(
        rows=whole["rows"],
        columns=whole["columns"],
        arms=whole["arms"],
        sexes={"f": "f", "m": "m"} | whole.get("sex", {}),
        sex_of={first.casefold(): sex for first, sex in whole.get("sex_of", {}).items()},
        scales={key: (float(it[0]), float(it[1])) for key, it in whole.get("scales", {}).items()},
        only={key: tuple(it) for key, it in whole.get("only", {}).items()},
        missing=("NA", "NaN", *whole.get("missing", [])),
        **{key: whole[key] for key in PROVENANCE},
    )


def _like(file: TomlFile, own: Mapping[str, Any]) -> dict[str, Any]:
    like = own.get("like")
    if like is None:
        return {}
    if like not in built_in():
        mend = f"use one of {', '.join(built_in())}, or leave it out"
        raise StudyFileInvalid([file.fault(("like",), f"no mapping is called {like!r}", mend)])
    return tomllib.loads(files("desk.templates").joinpath(_FOLDER, f"{like}.toml").read_text("utf-8"))


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay tables over tables, key by key; anything else takes the place of what was there."""
    laid = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(below.get(key), dict)
        laid[key] = {**below[key], **value} if both else value
    return laid


Said = Iterator[tuple[tuple[str | int, ...], str, str]]


def _wrong(it: Mapping[str, Any]) -> Said:
    """Key, problem and mending of everything that is wrong with a mapping."""
    for key in it:
        if key not in KEYS:
            yield (key,), "unknown key", f"use {', '.join(KEYS)}"
    for table in TABLES:
        if not isinstance(it.get(table, {}), dict):
            yield (table,), "must be a table", f"write [{table}] on a line of its own"
            return
    rows = it.get("rows")
    if rows not in COLUMNS:
        yield (
            ("rows",),
            f"rows is {rows!r}",
            'write "names" (a row is a name) or "ratings" (a row is a rating)',
        )
        return
    yield from _wrong_columns(str(rows), it.get("columns", {}))
    yield from _wrong_words(it)
    yield from _wrong_provenance(it)


def _wrong_columns(rows: str, columns: Mapping[str, Any]) -> Said:
    for key, column in columns.items():
        if key not in COLUMNS[rows]:
            mend = f"use {', '.join(COLUMNS[rows])}"
            yield ("columns", key), f"nothing of that name is taken from {rows}", mend
        elif not isinstance(column, str) or not column:
            yield ("columns", key), "must be the name of a column", "write it in quotes"
    if "name" not in columns and not {"first", "last"} <= columns.keys():
        yield (
            ("columns",),
            "no column is the name",
            'name the columns of first and last, or of name ("An Maes")',
        )
    if "origin" not in columns:
        yield ("columns",), "no column is the intended origin", "name it: origin = ..."
    if rows == "ratings" and not {"seen", "right"} & columns.keys():
        mend = "name the column of seen (the origin that the rater chose) or of right (1 where it is the intended one)"
        yield ("columns",), "no column says what the raters saw", mend
    if rows == "names" and "perceived_share" not in columns:
        yield (
            ("columns",),
            "no column is the share who saw the intended origin",
            "name it: perceived_share = ...",
        )


def _wrong_words(it: Mapping[str, Any]) -> Said:
    if not it.get("arms"):
        yield (
            ("arms",),
            "no origin of the table is an arm",
            'write [arms] and below it for example "Turkey" = "turkish"',
        )
    for table, allowed in (("arms", None), ("sex", ("f", "m", "")), ("sex_of", ("f", "m"))):
        for word, value in it.get(table, {}).items():
            if not isinstance(value, str) or (value not in allowed if allowed else not value):
                yield (
                    (table, word),
                    f"stands for {value!r}",
                    f"use {' or '.join(allowed) if allowed else 'the name of an arm'}",
                )
    for column, ends in it.get("scales", {}).items():
        fit = isinstance(ends, list) and len(ends) == 2 and all(isinstance(end, int | float) for end in ends)
        if column not in SHARES:
            yield ("scales", column), "has no scale", f"use {', '.join(SHARES)}"
        elif not fit or ends[0] == ends[1]:
            yield (
                ("scales", column),
                "must be two numbers",
                "write the value that becomes 0 and the one that becomes 1",
            )
    for column, words in it.get("only", {}).items():
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            yield ("only", column), "must be a list of words", 'write for example ["Belgium"]'
    if not isinstance(missing := it.get("missing", []), list) or not all(
        isinstance(word, str) for word in missing
    ):
        yield ("missing",), "must be a list of words", 'write for example ["99"]'


def _wrong_provenance(it: Mapping[str, Any]) -> Said:
    """Whose scores they are must be said: a name without its source cannot be defended."""
    for key, meaning in (
        ("source", "where the scores come from"),
        ("licence", "under which licence they stand"),
    ):
        if not isinstance(it.get(key), str) or not it[key].strip():
            yield (key,), f"nothing says {meaning}", f'write {key} = "..." or give --{key}'
    if not isinstance(it.get("country"), str) or not is_country(it["country"]):
        yield (
            ("country",),
            "nothing says in which country they were rated",
            'write country = "BE" or give --country BE',
        )
    year = it.get("year")
    if not isinstance(year, int) or not 1900 <= year <= 2100:
        yield ("year",), "nothing says in which year they were rated", "write year = 2024 or give --year 2024"
