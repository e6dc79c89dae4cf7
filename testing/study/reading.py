"""Reads a study's files: takes paths, gives protocol, letters and names, or every fault at once."""

import hashlib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from testing.study.errors import Fault, StudyFileInvalid
from testing.study.identity import Name
from testing.study.letter_forms import Letters
from testing.study.letter_needs import needs_of
from testing.study.misfits import misfits
from testing.study.name_checks import Needs
from testing.study.partial import readable_tables
from testing.study.protocol import Protocol
from testing.study.reading_letters import letters_of
from testing.study.reading_names import names_of
from testing.study.toml_file import TomlFile, file_sha256, load_toml
from testing.study.wording import fault_of, key_path

__all__ = ["check_study", "file_sha256", "read_letters", "read_names", "read_protocol", "study_inputs"]

PROTOCOL, NAMES, LETTERS = "protocol.toml", "names.csv", "letters"
"""Where the files lie in a study's folder."""


def read_protocol(path: Path) -> Protocol:
    """Read the study file.

    Raises:
        StudyFileInvalid: it does not hold what it must; carries every fault.
    """
    protocol, _, faults = _protocol(path)
    if protocol is None:
        raise StudyFileInvalid(faults)
    return protocol


def read_letters(folder: Path, protocol: Protocol) -> Letters:
    """Read the letter forms of every language of the study.

    Args:
        folder: holds one ``<language>.toml`` for each of ``protocol.study.languages``.
        protocol: says which grounds a sentence signals.

    Raises:
        StudyFileInvalid: a file is missing, or a form does not hold what it must; carries every fault.
    """
    languages = list(protocol.study.languages)
    letters, faults = letters_of(folder, languages, needs_of(dict(protocol)))
    if faults:
        raise StudyFileInvalid(faults)
    return letters


def read_names(path: Path, protocol: Protocol | None = None) -> tuple[Name, ...]:
    """Read the table of names, in the order of the file.

    Args:
        path: CSV with the fields of a name as columns; of which first, last, sex and arm are needed.
        protocol: where given, the arms, sexes and ages that it uses must have names enough.

    Raises:
        StudyFileInvalid: a row does not hold what it must, or there are too few names; carries every fault.
    """
    names, faults = names_of(path, _name_needs({} if protocol is None else dict(protocol)))
    if faults:
        raise StudyFileInvalid(faults)
    return names


def check_study(root: Path) -> list[Fault]:
    """Find every fault of a study's protocol, letters and names.

    Args:
        root: the study's folder.

    Returns:
        All faults, in the order of files and lines; empty where there are none. The names of portal profiles
        and the analysis plan are checked by whoever can see them.
    """
    _, tables, faults = _protocol(root / PROTOCOL)
    study = tables.get("study")
    languages = list(getattr(study, "__dict__", {}).get("languages") or _languages_found(root / LETTERS))
    faults += letters_of(root / LETTERS, languages, needs_of(tables))[1]
    faults += names_of(root / NAMES, _name_needs(tables))[1]
    return faults


def study_inputs(folder_root: Path) -> dict[str, str]:
    """Hash what a plan is drawn from, besides the frame: SHA-256 (hex) of protocol, letters and names.

    The hash of the letters is that of the lines «hash, two spaces, file name» of every file in the folder, by
    name, so that adding or exchanging one shows (the form that ``sha256sum`` prints).

    Raises:
        OSError: a file cannot be read.
    """
    letters = "".join(
        f"{file_sha256(it)}  {it.name}\n" for it in sorted((folder_root / LETTERS).glob("*.toml"))
    )
    return {
        "protocol": file_sha256(folder_root / PROTOCOL),
        "letters": hashlib.sha256(letters.encode()).hexdigest(),
        "names": file_sha256(folder_root / NAMES),
    }


def _protocol(path: Path) -> tuple[Protocol | None, dict[str, Any], list[Fault]]:
    """Read what can be read: the protocol, or its readable tables and all faults."""
    file = load_toml(path)
    if file.data is None:
        return None, {}, list(file.faults)
    try:
        protocol = Protocol.model_validate(file.data)
    except ValidationError as error:
        tables, faults = _explain(file, error)
        return None, tables, faults
    return protocol, dict(protocol), []


def _explain(file: TomlFile, error: ValidationError) -> tuple[dict[str, Any], list[Fault]]:
    assert file.data is not None
    # An error without a key comes from the checks between tables, which run below and say it better.
    errors = [item for item in error.errors() if key_path(item)]
    tables = readable_tables(file.data, {key_path(item) for item in errors})
    faults = [fault for item in errors for fault in fault_of(item, file)]
    faults += [file.fault(misfit.key, misfit.problem, misfit.mend) for misfit in misfits(tables)]
    return tables, sorted(faults, key=lambda fault: (fault.line or 0, fault.key))


def _name_needs(tables: dict[str, Any]) -> Needs:
    """What is asked of the names, as far as the readable tables tell."""
    design, wave = (getattr(tables.get(it), "__dict__", {}) for it in ("design", "wave"))
    sexes = {"f": ("f",), "m": ("m",)}.get(design.get("sex", "both"), ("f", "m"))
    if "grounds" not in tables:
        return Needs(sexes=sexes)
    signalled = [g for g in map(vars, tables["grounds"].values()) if g.get("signal") == "name"]
    ages, first_day = design.get("age"), wave.get("first_day")
    return Needs(
        arms=tuple(arm for ground in signalled for arm in ground.get("arms", {})),
        sexes=sexes,
        ages=(ages[0], ages[1]) if ages and ages[0] <= ages[1] else None,
        year=first_day.year if first_day else None,
    )


def _languages_found(folder: Path) -> list[str]:
    return sorted(file.stem for file in folder.glob("*.toml"))
