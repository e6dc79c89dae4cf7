"""A contradiction between two tables of a study file, and the shape of the checks that look for them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """One contradiction, at one key."""

    key: tuple[str | int, ...]
    problem: str
    mend: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.key))}: {self.problem}; {self.mend}"


class Unreadable(Exception):
    """A value that a check asks for has a fault of its own, so the check cannot say anything."""


Check = tuple[tuple[str, ...], Callable[..., Iterator[Misfit]]]
"""The tables that a check needs, and the check itself."""
