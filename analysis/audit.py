"""Anyone's audit and a small mapping of its columns go in, an outcomes table comes out."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.columns import columns_of, listed
from analysis.dictionary import Contrast, Dictionary, Ground
from analysis.errors import InputInvalid
from analysis.estimation import UNKNOWN
from analysis.mapping import Described, LongMapping, MappedGround, MappedOutcome, PatternMapping, read_mapping
from analysis.outcomes import OutcomesTable, outcomes_table
from analysis.patterns import pattern_rows


def read_audit(data: Path, mapping: Path) -> OutcomesTable:
    """Read an audit through a mapping.

    Args:
        data: a CSV (UTF-8) or Parquet file.
        mapping: TOML, see ``analysis.mapping``.

    Returns:
        The checked table; its dictionary names the hash of both files, and has one contrast for each arm
        that is not the reference, named after it.

    Raises:
        InputInvalid: every fault of either file, with line, key or column and how to mend it.
    """
    described, content = read_mapping(mapping)
    raw = _text_frame(data)
    if isinstance(described, LongMapping):
        frame, dictionary, names = _long(raw, described, data, mapping)
    else:
        frame, dictionary, names = _patterns(raw, described, data, mapping)
    hashes = {"data": _sha256(data.read_bytes()), "mapping": _sha256(content)}
    try:
        return outcomes_table(frame, replace(dictionary, sha256=hashes), file=str(data))
    except InputInvalid as error:
        raise InputInvalid([_in_their_words(fault, names) for fault in error.faults]) from None


Parts = tuple[pd.DataFrame, Dictionary, Mapping[str, str]]
"""Raw table, dictionary, and for messages each of our columns with the audit's name for it."""


def _long(raw: pd.DataFrame, mapping: LongMapping, data: Path, where: Path) -> Parts:
    given = {key: column for key, column in mapping.columns.model_dump().items() if column is not None}
    names = {
        **given,
        **{f"arm_{name}": ground.column for name, ground in mapping.ground.items()},
        **{f"outcome_{name}": outcome.column for name, outcome in mapping.outcome.items()},
        **{f"x_{name}": covariate.column for name, covariate in mapping.covariate.items()},
    }
    _refuse_absent(raw, names.values(), data, where)
    columns: dict[str, Any] = {key: raw[column] for key, column in given.items()}
    faults: list[str] = []
    for name, ground in mapping.ground.items():
        columns[f"arm_{name}"] = _arms(raw[ground.column], ground, str(data), faults)
    for name, outcome in mapping.outcome.items():
        columns[f"outcome_{name}"] = _outcome(raw[outcome.column], outcome, str(data), faults)
    if faults:
        raise InputInvalid(faults)
    columns |= {f"x_{name}": raw[covariate.column] for name, covariate in mapping.covariate.items()}
    frame = _completed(pd.DataFrame(columns), mapping)
    covariates = {
        name: None if covariate.kind == "number" else _values(frame[f"x_{name}"])
        for name, covariate in mapping.covariate.items()
    }
    grounds = {
        name: _ground(ground, frame[f"arm_{name}"], name, where) for name, ground in mapping.ground.items()
    }
    dictionary = _dictionary(mapping, frame, grounds, tuple(mapping.outcome), covariates)
    return frame[list(columns_of(dictionary))], dictionary, names


def _patterns(raw: pd.DataFrame, mapping: PatternMapping, data: Path, where: Path) -> Parts:
    ((name, ground),) = mapping.ground.items()
    wanted = [
        *(column for column in mapping.columns.model_dump().values() if column),
        *ground.positive.values(),
    ]
    wanted += [mapping.applications.column] if mapping.applications else []
    _refuse_absent(raw, wanted, data, where)
    known = list(ground.positive)
    if ground.reference not in known:
        raise InputInvalid(
            [f"{where}: ground.{name}.reference: {ground.reference!r} has no column; use one of {known}"]
        )
    frame = _completed(pattern_rows(raw, mapping, name, file=str(data)), mapping)
    declared = Ground(arms=tuple(ground.positive), reference=ground.reference, labels=ground.labels)
    dictionary = _dictionary(mapping, frame, {name: declared}, (mapping.outcome,), {})
    return frame[list(columns_of(dictionary))], dictionary, {}


def _text_frame(data: Path) -> pd.DataFrame:
    """Every value as text; whole numbers of a Parquet file without a decimal point."""
    if not data.is_file():
        raise InputInvalid([f"{data}: no such file; give the audit's CSV or Parquet file"])
    try:
        if data.suffix == ".parquet":
            frame = pd.read_parquet(data)
            return pd.DataFrame({str(name): column.map(_as_text) for name, column in frame.items()})
        frame = pd.read_csv(
            data, dtype=str, keep_default_na=False, encoding="utf-8-sig", sep=_separator(data)
        )
    except (ValueError, OSError) as error:
        raise InputInvalid([f"{data}: cannot be read as a table: {error}; save it as UTF-8 CSV"]) from None
    if frame.empty:
        raise InputInvalid([f"{data}: there is no row under the header; save the audit with its rows"])
    return frame


def _separator(data: Path) -> str:
    """What parts the header's columns: comma, or the semicolon or tab that a spreadsheet may write instead."""
    with data.open(encoding="utf-8-sig") as file:
        head = file.readline()
    return max(",;\t", key=head.count)


def _as_text(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _refuse_absent(raw: pd.DataFrame, wanted: Any, data: Path, where: Path) -> None:
    absent = [column for column in dict.fromkeys(wanted) if column not in raw.columns]
    if absent:
        have = ", ".join(raw.columns)
        raise InputInvalid(
            [
                f"{data}: column {column!r}: absent, though {where} names it; it has {have}"
                for column in absent
            ]
        )


def _arms(values: "pd.Series[Any]", ground: MappedGround, file: str, faults: list[str]) -> "pd.Series[Any]":
    if not ground.arms:
        return values
    wrong = values.index[~values.isin(list(ground.arms))]
    known = list(ground.arms)
    faults += listed(
        file,
        wrong,
        lambda row: f"column {ground.column}: {values[row]!r} is no arm of the mapping; it names {known}",
    )
    return values.map(ground.arms)


def _outcome(
    values: "pd.Series[Any]", outcome: MappedOutcome, file: str, faults: list[str]
) -> "pd.Series[Any]":
    meanings: dict[str, str] = {}
    for meaning, written in (("", outcome.unknown), ("0", outcome.negative), ("1", outcome.positive)):
        meanings |= {str(value): meaning for value in written}
    wrong = values.index[~values.isin(list(meanings))]
    column = outcome.column
    faults += listed(
        file,
        wrong,
        lambda row: (
            f"column {column}: {values[row]!r} is neither positive, negative nor unknown in the mapping"
        ),
    )
    return values.map(meanings)


def _completed(frame: pd.DataFrame, mapping: Described) -> pd.DataFrame:
    """Add what the audit does not say: each pair its own landlord, everything delivered, weight 1."""
    number = (frame.groupby("pair", sort=False).cumcount() + 1).astype(str)
    rest: dict[str, Any] = {
        "study": mapping.study,
        "wave": mapping.wave,
        "listing": frame["pair"],
        "landlord": frame["pair"],
        "landlord_type": UNKNOWN,
        "stratum": "",
        "application": frame["pair"] + "/" + number,
        "order": "",
        "sent_at": "",
        "answered_at": "",
        "delivered": "true",
        "weight": "1",
        "category": "",
    }
    full = frame.assign(**{column: value for column, value in rest.items() if column not in frame.columns})
    levels = mapping.landlord_type
    types = full["landlord_type"].replace(
        {**levels.rename, **({"": levels.missing} if levels.missing else {})}
    )
    return full.assign(landlord_type=types)


def _dictionary(
    mapping: Described,
    frame: pd.DataFrame,
    grounds: Mapping[str, Ground],
    outcomes: tuple[str, ...],
    covariates: Mapping[str, tuple[str, ...] | None],
) -> Dictionary:
    found = _values(frame["landlord_type"])
    renamed = [level for level in dict.fromkeys(mapping.landlord_type.rename.values()) if level in found]
    notes = {"landlord_means": mapping.landlord_means, "source": mapping.source}
    return Dictionary(
        study=mapping.study,
        wave=mapping.wave,
        grounds=grounds,
        contrasts=_contrasts(grounds),
        outcomes=outcomes,
        primary=outcomes[0],
        landlord_types=(*renamed, *(level for level in found if level not in renamed)) or (UNKNOWN,),
        covariates=covariates,
        notes={key: value for key, value in notes.items() if value},
    )


def _ground(ground: MappedGround, values: "pd.Series[Any]", name: str, where: Path) -> Ground:
    arms = tuple(dict.fromkeys(ground.arms.values())) if ground.arms else _values(values)
    if ground.reference not in arms:
        raise InputInvalid(
            [f"{where}: ground.{name}.reference: {ground.reference!r} is not an arm; use one of {list(arms)}"]
        )
    return Ground(arms=arms, reference=ground.reference, labels=ground.labels)


def _contrasts(grounds: Mapping[str, Ground]) -> dict[str, Contrast]:
    """One for each arm that is not the reference, the other grounds at their reference."""
    base = {name: ground.reference for name, ground in grounds.items()}
    contrasts: dict[str, Contrast] = {}
    for name, ground in grounds.items():
        for arm in ground.arms:
            if arm != ground.reference:
                key = arm if arm not in contrasts else f"{name}.{arm}"
                contrasts[key] = Contrast(
                    reference=base,
                    other={**base, name: arm},
                    labels={
                        language: words[arm] for language, words in ground.labels.items() if arm in words
                    },
                )
    return contrasts


def _values(column: "pd.Series[Any]") -> tuple[str, ...]:
    return tuple(sorted(str(value) for value in np.unique(column.to_numpy(dtype=str)) if value))


def _in_their_words(fault: str, names: Mapping[str, str]) -> str:
    for ours, theirs in names.items():
        fault = fault.replace(f"column {ours}:", f"column {theirs}:", 1)
    return fault


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
