"""The error tree of ``analysis``; each leaf knows its documented exit code.

    AnalysisError            1   a check did not hold
    ├── InputInvalid         3   a table, mapping or analysis plan is wrong; says where and how to mend
    └── InputChanged         5   the file is not the one that its dictionary or lock names

A quantity that cannot be computed is not an error: it is an ``Estimate`` that has a reason for a value.
"""

from collections.abc import Sequence


class AnalysisError(Exception):
    """What a person can mend: printed without traceback, ends the command with ``exit_code``."""

    exit_code = 1


class InputInvalid(AnalysisError):
    """A table, mapping or plan does not hold what it must; carries every fault found, one sentence each."""

    exit_code = 3

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class InputChanged(AnalysisError):
    """The bytes of an input are not those that its dictionary or lock names."""

    exit_code = 5
