"""``analysis.toml`` goes in, an analysis plan comes out: what is estimated, in order, and what is primary."""

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analysis.dictionary import Dictionary
from analysis.errors import InputInvalid
from analysis.estimate import Estimand
from analysis.toml_lines import lines_of, place

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """Frozen, and refuses unknown keys and guessed types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Primary(Strict):
    """The one pre-declared primary contrast; the first estimate that fits it bears the stamp."""

    contrast: str
    estimand: Estimand = Field(strict=False)
    group: Literal["all", "landlord_type"] = "all"
    level: str = "all"
    outcome: str | None = None
    """None is the dictionary's primary outcome."""


class Redraws(Strict):
    """The bootstrap over landlords."""

    draws: int = Field(default=2000, ge=200, le=100_000)
    seed: str = "evenhand"


class Step(Strict):
    """One estimator with its options."""

    estimator: Literal["rates", "pairs", "randomisation", "linear", "logit", "conditional_logit"]
    outcome: str | None = None
    """None is the dictionary's primary outcome."""
    by: Literal["all", "landlord_type"] = "landlord_type"
    """``landlord_type`` gives all landlords together, then each type."""
    covariates: list[str] = Field(default_factory=list)
    """``order`` or covariates of the table; for linear, logit and conditional_logit."""
    contrasts: list[str] = Field(default_factory=list)
    """Names of contrasts; empty is every contrast of the table."""


class AnalysisPlan(Strict):
    """What was promised before the data were seen."""

    format: Literal["evenhand-analysis/1"] = "evenhand-analysis/1"
    primary: Primary | None = None
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    equivalence_margin: float | None = Field(default=None, gt=0, lt=0.5)
    """Gap, as a share of all pairs, that is too small to matter: 0.05 is 5 points.

    Only where it was declared before the data are seen may a wave say that there is no gap; None: it may only say
    that none was found.
    """
    bootstrap: Redraws = Redraws()
    step: list[Step] = Field(min_length=1)
    sha256: str | None = Field(default=None, exclude=True)
    """Hash of the file's bytes; None where there was no file, and every estimate is exploratory."""
    file: str = Field(default="analysis.toml", exclude=True)
    """Where it was read, for messages."""
    lines: dict[str, int] = Field(default_factory=dict, exclude=True)
    """Line of each key, for messages."""


ESTIMATORS = ("rates", "pairs", "linear", "logit", "conditional_logit")


def default_plan(dictionary: Dictionary) -> AnalysisPlan:
    """Every estimator of ``ESTIMATORS``, over all landlords and by type; exploratory: nothing was promised.

    The randomisation test is run where a plan asks for it: without a known draw it repeats the exact McNemar test.

    Where the table has covariates, a second conditional logit adjusts for them and for the order.
    """
    steps = [Step.model_validate({"estimator": name}) for name in ESTIMATORS]
    if dictionary.covariates:
        names = [*dictionary.covariates, "order"]
        steps.append(Step(estimator="conditional_logit", by="all", covariates=names))
    return AnalysisPlan(step=steps)


def read_plan(path: Path) -> AnalysisPlan:
    """Read an analysis plan.

    Raises:
        InputInvalid: absent, not TOML, or keys that are wrong; every fault with file, line and key.
    """
    content, text = read_text(path)
    known = {"sha256": hashlib.sha256(content).hexdigest(), "file": str(path), "lines": lines_of(text)}
    return parsed(AnalysisPlan, text, file=str(path), known=known)


def read_text(path: Path) -> tuple[bytes, str]:
    """Bytes and text of a file that a person wrote.

    Raises:
        InputInvalid: absent, or not UTF-8.
    """
    try:
        content = path.read_bytes()
        return content, content.decode("utf-8")
    except OSError as error:
        raise InputInvalid([f"{path}: cannot be read: {error.strerror}; give an existing file"]) from None
    except UnicodeDecodeError:
        raise InputInvalid([f"{path}: not UTF-8; save it as UTF-8"]) from None


def parsed(model: type[Model], text: str, *, file: str, known: Mapping[str, Any] | None = None) -> Model:
    """Read TOML into a strict model; ``known`` adds values that do not stand in the file.

    Raises:
        InputInvalid: every fault with file, line and key.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputInvalid([f"{file}: not TOML: {error}; mend it there"]) from None
    reserved = sorted(set(data) & set(known or {}))
    if reserved:
        lines = lines_of(text)
        raise InputInvalid([f"{place(file, lines, [key])}: unknown key; remove it" for key in reserved])
    try:
        return model.model_validate({**data, **(known or {})})
    except ValidationError as error:
        lines = lines_of(text)
        raise InputInvalid(
            [f"{place(file, lines, fault['loc'])}: {_sentence(fault)}" for fault in error.errors()]
        ) from None


def plan_faults(plan: AnalysisPlan, dictionary: Dictionary) -> list[str]:
    """What a plan names that the table does not have, with file, line and key."""
    contrasts, covariates = list(dictionary.contrasts), ["order", *dictionary.covariates]
    named: list[tuple[tuple[str | int, ...], str, list[str]]] = []
    for index, step in enumerate(plan.step):
        named += [(("step", index, "contrasts"), name, contrasts) for name in step.contrasts]
        named += [(("step", index, "covariates"), name, covariates) for name in step.covariates]
        named += [(("step", index, "outcome"), step.outcome or dictionary.primary, list(dictionary.outcomes))]
    if plan.primary is not None:
        levels = ["all"] if plan.primary.group == "all" else list(dictionary.landlord_types)
        named += [(("primary", "contrast"), plan.primary.contrast, contrasts)]
        named += [
            (("primary", "outcome"), plan.primary.outcome or dictionary.primary, list(dictionary.outcomes))
        ]
        if " - " not in plan.primary.level:
            named += [(("primary", "level"), plan.primary.level, levels)]
    return [
        f"{place(plan.file, plan.lines, key)}: {name!r} is not in the outcomes table; use one of {allowed}"
        for key, name, allowed in named
        if name not in allowed
    ]


def _sentence(fault: Any) -> str:
    advice = {
        "missing": "add it",
        "extra_forbidden": "remove it or correct its name",
        "literal_error": "use one of the values named",
        "enum": "use one of the values named",
    }
    problem = "unknown key" if fault["type"] == "extra_forbidden" else str(fault["msg"])
    return f"{problem}; {advice.get(fault['type'], 'correct the value')}"
