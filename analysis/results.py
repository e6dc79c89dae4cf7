"""What an estimation gives: estimates, their origin and what a report needs, to and from canonical JSON."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from analysis.dictionary import Dictionary
from analysis.errors import InputInvalid
from analysis.estimate import Estimate
from analysis.outcomes import replace_file

FORMAT: Literal["evenhand-results/1"] = "evenhand-results/1"
DIGITS = 8
"""Significant digits: linear algebra differs after these between one and two threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """How many pairs of one contrast and outcome the estimates rest on."""

    contrast: str
    outcome: str
    pairs: int
    """Pairs in the table with an application in at least one of the two cells."""
    used: int
    """Pairs with every application delivered and every outcome known in both cells."""
    dropped: Mapping[str, int]
    """Reason, then pairs; each dropped pair counts once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One estimation of one outcomes table; a report needs nothing else."""

    format: Literal["evenhand-results/1"] = FORMAT
    study: str
    wave: str
    outcomes_sha256: str
    """Hash of the outcomes table as CSV, or of the file of a mapped audit."""
    plan_sha256: str | None
    """Hash of the analysis plan, None where there was none (every estimate is exploratory then)."""
    software: str
    """Name and version, for example ``evenhand 0.1.0``."""
    dictionary: Dictionary
    """Grounds, contrasts, landlord types, labels and notes of the table."""
    applications: int
    """Applications in the table."""
    funnel: tuple[Funnel, ...]
    """One for each contrast and outcome, in order."""
    estimates: tuple[Estimate, ...]
    """In the order of the analysis plan."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """What a reader should know of this run, for example that no plan was given."""
    order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Grounds and contrasts as the study declared them, since canonical JSON sorts keys; set when written."""


def software() -> str:
    """Name and version of this program."""
    try:
        return f"evenhand {version('evenhand')}"
    except PackageNotFoundError:  # a checkout on the path that was never installed
        return "evenhand (not installed)"


def canonical(value: Any) -> str:
    """Write JSON whose bytes are the same wherever the numbers agree to ``DIGITS`` significant digits."""
    return json.dumps(_rounded(value), ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"


def results_json(results: Results) -> str:
    """The canonical JSON of an estimation: sorted keys, 8 significant digits, trailing newline."""
    dictionary = results.dictionary
    order = {"grounds": tuple(dictionary.grounds), "contrasts": tuple(dictionary.contrasts)}
    return canonical(asdict(replace(results, order=order)))


def write_results(path: Path, results: Results) -> None:
    """Write the canonical JSON at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, results_json(results).encode())


def read_results(path: Path) -> Results:
    """Read what ``write_results`` wrote.

    Raises:
        InputInvalid: absent, not JSON, or a key is missing or of the wrong type; every fault is listed.
    """
    if not path.is_file():
        raise InputInvalid([f"{path}: no such file; run `evenhand estimate` first"])
    try:
        return _declared_order(_adapter().validate_json(path.read_bytes(), strict=True))
    except ValidationError as error:
        faults = [f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise InputInvalid([f"{fault}; run `evenhand estimate` again" for fault in faults]) from None


def as_written(results: Results) -> Results:
    """Return results with every number as it is written: what is printed or rendered must not depend on more.

    Two solvers, or one solver on two threads, agree to ``DIGITS`` digits and no further; a number that lies
    between two printed ones would be told differently.
    """
    return _declared_order(_adapter().validate_json(results_json(results), strict=True))


def _declared_order(results: Results) -> Results:
    grounds, contrasts = results.dictionary.grounds, results.dictionary.contrasts
    order = results.order
    dictionary = replace(
        results.dictionary,
        grounds={name: grounds[name] for name in order.get("grounds", grounds)},
        contrasts={name: contrasts[name] for name in order.get("contrasts", contrasts)},
    )
    return replace(results, dictionary=dictionary)


@cache
def _adapter() -> TypeAdapter[Results]:
    return TypeAdapter(Results)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a number is not finite; give None and a reason")
        # Adding 0.0 turns -0.0, which differs between solvers, into 0.0.
        return float(f"{value:.{DIGITS}g}") + 0.0
    if isinstance(value, Mapping):
        return {str(key): _rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    return value
