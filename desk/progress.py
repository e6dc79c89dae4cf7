"""Progress of long work, told to people on stderr: a line a stage, and a moving line on a terminal."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.status import Status


class Stages:
    """The stages of one long command, in order."""

    def __init__(self, names: Sequence[str]) -> None:
        """Announce the stages called ``names``."""
        self._names = list(names)
        self._console = Console(file=sys.stderr, highlight=False, soft_wrap=True)
        self._live: Status | None = None
        self._stage = ""
        self._words = ""
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        """Begin."""
        if self._console.is_terminal:
            self._live = self._console.status("")
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the stage under way, done or not."""
        if self._live:
            self._live.stop()
        self._close(done=error is None)

    def say(self, stage: str, words: str) -> None:
        """Say how far ``stage`` is; a new stage closes the one before it."""
        if stage != self._stage:
            self._close(done=True)
            self._stage, self._began = stage, time.monotonic()
        self._words = words
        if self._live:
            self._live.update(f"{self._heading()} {words}")

    def _close(self, *, done: bool) -> None:
        if self._stage:
            took = f"{time.monotonic() - self._began:.1f} s"
            self._console.print(f"{self._heading()} {self._words} ({took if done else 'not finished'})")

    def _heading(self) -> str:
        number = self._names.index(self._stage) + 1 if self._stage in self._names else 0
        return f"{number}/{len(self._names)} {self._stage:10}"


@contextmanager
def counting(label: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told how many of how many are done; on a terminal it moves a bar."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def tallying(words: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told two counts whose end nobody knows; ``words`` says both on a moving line."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield lambda first, second: None
        return
    with console.status("") as line:
        yield lambda first, second: line.update(words.format(first, second))
