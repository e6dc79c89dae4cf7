"""A mapping file in, the declaration out by which a table's columns are read: one column a field, words into values."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from crawler.feeds.tables import ROW, column_key
from crawler.portals.profile import GENERIC, PortalProfile, load_profile, read_profile
from crawler.readers.keyed import fold_key
from crawler.readers.rules import FIELDS
from testing.study.errors import Fault, StudyFileInvalid

COLUMNS = "columns"
NO_ID = "# listing_id = the column by which an advert is known again; without it rows are numbered, and each is new"


def read_mapping(path: Path) -> PortalProfile:
    """Check a mapping file.

    Args:
        path: TOML with ``name``, ``title``, perhaps ``country``, ``languages``, ``currency`` and ``maps`` as a portal's
            profile has them, and a table ``columns``: for each field of the record the column's name.

    Raises:
        StudyFileInvalid: with every fault.
    """
    text = path.read_text("utf-8")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return read_profile(text, str(path))  # which says where
    columns = raw.pop(COLUMNS, None)
    if columns is None:
        return read_profile(text, str(path))
    wrong = [
        Fault(file=str(path), line=_line(text, name), key=f"{COLUMNS}.{name}", problem=problem, mend=mend)
        for name, column in (columns.items() if isinstance(columns, dict) else [("", columns)])
        for problem, mend in _fault(name, column)
    ]
    if wrong:
        raise StudyFileInvalid(wrong)
    fields = {name: [f"item:{column_key(column)}"] for name, column in columns.items()}
    fields.setdefault("listing_id", [f"item:{ROW}"])
    whole = {
        "domains": [], **raw,
        "states": {"rows": {"after": ["rows"]}},
        "items": {"path": "state@rows:", "fields": fields},
        "fields": {},
    }  # fmt: skip
    return read_profile(_toml(whole), str(path))


def draft(name: str, columns: Sequence[str]) -> str:
    """A mapping file to begin with: the columns whose names are understood, the others as comments.

    Args:
        name: of the source.
        columns: of its table.
    """
    lexicon = load_profile(GENERIC).lexicon
    known: dict[str, str] = {}
    rest = []
    for column in columns:
        field = lexicon.field(fold_key(column), "", agent=False) if lexicon else None
        if field is None or field in known or field not in FIELDS:
            rest.append(column)
        else:
            known[field] = column
    lines = [
        "# Which column of the table holds which field; written by evenhand from the columns' names: look it over.",
        f'name = "{name}"',
        f'title = "{name}"',
        'country = "BE"',
        'currency = "EUR"',
        "",
        f"[{COLUMNS}]",
        *(f"{field} = {_quoted(column)}" for field, column in known.items()),
        *([] if "listing_id" in known else [NO_ID]),
        *(f"# ??? = {_quoted(column)}" for column in rest),
        "",
        "# Words of the table and what they mean, for example:",
        "# [maps.landlord_type]",
        '# particulier = "private"',
        '# makelaar = "agency"',
    ]
    return "\n".join(lines) + "\n"


def _fault(name: str, column: object) -> list[tuple[str, str]]:
    if name not in FIELDS:
        return [(f"no field of the record is called {name!r}", f"take one of {', '.join(sorted(FIELDS))}")]
    if not isinstance(column, str) or not column.strip():
        return [("a column's name is missing", "write the name as the table's first row has it")]
    return []


def _line(text: str, key: str) -> int | None:
    for number, line in enumerate(text.splitlines(), 1):
        if line.partition("=")[0].strip().strip('"') == key:
            return number
    return None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _toml(value: object) -> str:
    """Plain tables, lists and texts as TOML; all that a mapping holds."""
    assert isinstance(value, dict)
    return "\n".join(f"{_quoted(name)} = {_inline(it)}" for name, it in value.items())


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(name)} = {_inline(it)}" for name, it in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return _quoted(value) if isinstance(value, str) else str(value)
