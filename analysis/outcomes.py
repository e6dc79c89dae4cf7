"""The door of the analysis: the outcomes table, one row per application, with its reader and writer.

A table is three files in one folder: ``outcomes.parquet``, ``outcomes.csv`` (the same rows) and
``outcomes.dictionary.json`` (what they mean, and the hash of both).
"""

import hashlib
import os
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pandas as pd

from analysis.columns import columns_of, typed
from analysis.dictionary import FORMAT, Contrast, Dictionary, Ground, from_json, to_json
from analysis.errors import InputChanged, InputInvalid
from analysis.faults import row_faults, table_faults

__all__ = [
    "FORMAT",
    "Contrast",
    "Dictionary",
    "Ground",
    "OutcomesTable",
    "outcomes_table",
    "read_outcomes",
    "write_outcomes",
]

STEM = "outcomes"
"""Files of a table are named after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesTable:
    """Applications with what came of them, and what the columns mean."""

    frame: pd.DataFrame
    """One row per application, columns and types of ``analysis.columns``."""
    dictionary: Dictionary
    """Grounds, contrasts, levels, hashes."""


def outcomes_table(
    frame: pd.DataFrame, dictionary: Dictionary, *, file: str = "outcomes table", empty_arms: bool = False
) -> OutcomesTable:
    """Check raw columns and give the table in canonical column order, row order and types.

    Args:
        frame: one row per application; text or typed values, a missing value empty or NA.
        dictionary: what the columns mean.
        file: name for messages; rows count from 1, lines of a ``.csv`` from 2 (the first is the header).
        empty_arms: accept an arm that is declared but has no application.

    Returns:
        The table, sorted by pair, order and application.

    Raises:
        InputInvalid: unknown or absent column, unknown level, arm without any application, duplicated
            application, missing key, outcome outside 0/1, a pair over two listings or landlords.
    """
    faults = table_faults(frame, dictionary, file=file)
    if faults:
        raise InputInvalid(faults)
    columns, unreadable = typed(frame.reset_index(drop=True), dictionary, file=file)
    faults = [*unreadable, *row_faults(columns, dictionary, file=file, empty_arms=empty_arms)]
    if faults:
        raise InputInvalid(faults)
    ordered = columns.sort_values(["pair", "order", "application"], kind="stable", ignore_index=True)
    return OutcomesTable(frame=ordered, dictionary=replace(dictionary, rows=len(ordered)))


def write_outcomes(folder: Path, table: OutcomesTable) -> OutcomesTable:
    """Write the three files, each at once and the dictionary last; the same table gives the same bytes.

    Args:
        folder: made where absent.
        table: checked again before anything is written.

    Returns:
        The table whose dictionary holds the number of rows, the columns' meanings and the two hashes.

    Raises:
        InputInvalid: as ``outcomes_table``; nothing is written then.
    """
    checked = outcomes_table(table.frame, table.dictionary)
    contents = {"csv": csv_bytes(checked.frame), "parquet": _parquet(checked.frame)}
    meanings = {column: meaning for column, (_, meaning) in columns_of(checked.dictionary).items()}
    dictionary = replace(
        checked.dictionary,
        columns={column: table.dictionary.columns.get(column, meanings[column]) for column in meanings},
        sha256={suffix: hashlib.sha256(content).hexdigest() for suffix, content in contents.items()},
    )
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, content in contents.items():
        replace_file(folder / f"{STEM}.{suffix}", content)
    replace_file(folder / f"{STEM}.dictionary.json", to_json(dictionary).encode())
    return OutcomesTable(frame=checked.frame, dictionary=dictionary)


def read_outcomes(path: Path) -> OutcomesTable:
    """Read an outcomes table from its folder, its CSV or its Parquet file.

    Args:
        path: a folder that holds ``outcomes.*``, or one of the two files with its dictionary beside it.

    Returns:
        The checked table.

    Raises:
        InputChanged: the bytes are not those that the dictionary names.
        InputInvalid: as ``outcomes_table``, or a file is absent or cannot be read.
    """
    file = _table_file(path)
    beside = file.with_name(f"{file.stem}.dictionary.json")
    if not beside.is_file():
        raise InputInvalid(
            [f"{beside}: absent; keep it beside the table, or describe anyone's audit with --map"]
        )
    dictionary = from_json(beside.read_text(encoding="utf-8"), file=str(beside))
    changed = _changed(path, file, dictionary)
    try:
        table = outcomes_table(_raw(file), dictionary, file=str(file))
    except InputInvalid as error:
        if changed:
            raise InputChanged("\n".join([*changed, *error.faults])) from None
        raise
    if changed:
        raise InputChanged("\n".join(changed))
    return table


def replace_file(path: Path, content: bytes) -> None:
    """Write bytes at once: a reader sees the old file or the new one, never a half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The CSV of a typed table; the same rows give the same bytes."""
    text = frame.copy()
    for column in ("sent_at", "answered_at"):
        text[column] = frame[column].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    text["delivered"] = frame["delivered"].map({True: "true", False: "false"})
    return text.to_csv(index=False, lineterminator="\n").encode()


def _table_file(path: Path) -> Path:
    if path.is_dir():
        for suffix in ("parquet", "csv"):
            if (path / f"{STEM}.{suffix}").is_file():
                return path / f"{STEM}.{suffix}"
        raise InputInvalid([f"{path}: holds no {STEM}.parquet and no {STEM}.csv; release the study first"])
    if not path.is_file():
        raise InputInvalid([f"{path}: no such file; give an outcomes table or the folder that holds one"])
    if path.suffix not in (".csv", ".parquet"):
        raise InputInvalid([f"{path}: neither .csv nor .parquet; give one of the table's two files"])
    return path


def _changed(path: Path, file: Path, dictionary: Dictionary) -> list[str]:
    """Name the files whose bytes differ; of a folder both are looked at, whichever is read."""
    files = [file] if not path.is_dir() else sorted(path.glob(f"{STEM}.[cp]*"))
    faults = []
    for each in files:
        named = dictionary.sha256.get(each.suffix.removeprefix("."))
        found = hashlib.sha256(each.read_bytes()).hexdigest()
        if named is not None and named != found:
            faults.append(
                f"{each}: its bytes (sha256 {found[:12]}…) are not those that its dictionary names"
                f" ({named[:12]}…); take the released file again, or release anew"
            )
    return faults


def _raw(file: Path) -> pd.DataFrame:
    try:
        if file.suffix == ".parquet":
            return pd.read_parquet(file)
        return pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8")
    except (ValueError, OSError) as error:
        raise InputInvalid([f"{file}: cannot be read: {error}; write it again"]) from None


def _parquet(frame: pd.DataFrame) -> bytes:
    """Bytes without pandas' own metadata, which would change with its version."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = BytesIO()
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
