"""The error tree of ``crawler``, ``testing`` and ``desk``; each leaf knows its documented exit code.

    EvenhandError            1   a check did not hold
    ├── StudyFileInvalid     3   a file that a person wrote is wrong (carries every fault at once)
    ├── Refused              4   a guard said no: not approved, halted, over a cap, no legal basis
    ├── LockMismatch         5   an input differs from the seal or the lock that names it
    ├── IllegalTransition    1   an application cannot go from one state to another
    └── StoreUnusable        1   the store cannot be opened, read or written

A message says what is wrong, where, and how to mend it. Anything else that escapes is a bug and keeps its
traceback. ``analysis`` has a tree of its own, because it imports nothing of ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class EvenhandError(Exception):
    """What a person can mend: printed without traceback, ends the command with ``exit_code``."""

    exit_code = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in one place of a file that a person wrote."""

    file: str
    """Path as the person gave it."""
    line: int | None
    """1-based line, or None where the fault is that something is absent from the file."""
    key: str
    """Dotted key, for example ``design.contrasts.0.share``; empty for the file as a whole."""
    problem: str
    """What is wrong, as one sentence without a full stop."""
    mend: str
    """How to mend it, as one sentence without a full stop."""

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        key = f" {self.key}:" if self.key else ""
        return f"{where}:{key} {self.problem}; {self.mend}"


class StudyFileInvalid(EvenhandError):
    """A study file does not hold what it must; carries all faults, not the first."""

    exit_code = 3

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Refused(EvenhandError):
    """A guard said no. Nothing was done."""

    exit_code = 4


class LockMismatch(EvenhandError):
    """An input is not the one that was sealed or locked."""

    exit_code = 5


class IllegalTransition(EvenhandError):
    """An application was asked to go where its state does not lead."""


class StoreUnusable(EvenhandError):
    """The store cannot be opened, read or written: absent, read-only, full, locked or of a newer program."""
