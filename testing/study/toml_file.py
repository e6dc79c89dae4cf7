"""One TOML file that a person wrote: takes its path, gives data with the line of every key, or faults."""

import hashlib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from testing.study.errors import Fault
from testing.study.lines import Path, key_lines, line_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlFile:
    """What stands in the file."""

    file: str
    data: dict[str, Any] | None
    """Parsed content; None where it could not be read."""
    text: str = ""
    """What was parsed: searched for lines only when there is a fault to place."""
    faults: tuple[Fault, ...] = ()
    """Why it could not be read; empty where it could."""

    def fault(self, key: Iterable[str | int], problem: str, mend: str) -> Fault:
        """Place a fault at a key, or at the nearest parent that is written."""
        path = tuple(key)
        return Fault(
            file=self.file,
            line=line_of(_lines(self.text), path),
            key=".".join(map(str, path)),
            problem=problem,
            mend=mend,
        )


def load_toml(path: FilePath) -> TomlFile:
    """Read a TOML file; never raises for what a person can mend."""
    text, faults = read_text(path)
    if text is None:
        return TomlFile(file=str(path), data=None, faults=tuple(faults))
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return TomlFile(file=str(path), data=None, faults=(_syntax(path, text, error),))
    return TomlFile(file=str(path), data=data, text=text)


@lru_cache(maxsize=4)
def _lines(text: str) -> dict[Path, int]:
    return key_lines(text)


def read_text(path: FilePath) -> tuple[str | None, list[Fault]]:
    """Read a text file as UTF-8 (a byte order mark is dropped), or say why it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"), []
    except FileNotFoundError:
        problem, mend = "there is no such file", "write it, or copy it from a template: evenhand init FOLDER"
    except UnicodeDecodeError as error:
        problem, mend = f"not UTF-8 (byte {error.start + 1})", "save it as UTF-8"
    except OSError as error:
        problem, mend = f"cannot be read ({error.strerror})", "check what it is and who may read it"
    return None, [Fault(file=str(path), line=None, key="", problem=problem, mend=mend)]


def file_sha256(path: FilePath) -> str:
    """SHA-256 of a file's bytes, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _syntax(path: FilePath, text: str, error: tomllib.TOMLDecodeError) -> Fault:
    message = str(error)
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    line = int(place.group(1)) if place else max(1, len(text.rstrip("\n").splitlines()))
    says = message[: place.start()] if place else message.removesuffix(" (at end of document)")
    where = f" at column {place.group(2)}" if place else " at the end of the file"
    return Fault(
        file=str(path),
        line=line,
        key="",
        problem=f"not valid TOML{where}: {says[:1].lower()}{says[1:]}",
        mend='look for a missing quote, bracket or "=" there or on the line above',
    )
