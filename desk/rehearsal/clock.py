"""What time it is for a study: the machine's clock, or in a rehearsal's folder the virtual one.

Virtual time passes when the rehearsal says so. It is kept in a file, so that a rehearsal that was killed goes on,
and so that every command that is given a rehearsal's folder lives in the rehearsal's time.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from desk.folder import StudyFolder
from testing.study.errors import EvenhandError


class Clock:
    """Virtual time of one rehearsal; it never runs back."""

    def __init__(self, file: Path, start: datetime | None = None) -> None:
        """Take up the time kept in ``file``, or begin at ``start`` where there is none.

        Raises:
            EvenhandError: the file does not hold a moment.
        """
        self._file = file
        if start is not None and not file.exists():
            self._set(start)
        self._now = _kept(file)

    def __call__(self) -> datetime:
        """Return the moment it is, aware, UTC."""
        return self._now

    def advance(self, moment: datetime) -> None:
        """Let time pass until ``moment``; a moment that has passed changes nothing."""
        if moment > self._now:
            self._set(moment)

    def _set(self, moment: datetime) -> None:
        self._now = moment.astimezone(UTC)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps({"now": self._now.isoformat()}) + "\n", "utf-8")
        draft.replace(self._file)


def _kept(file: Path) -> datetime:
    try:
        kept = datetime.fromisoformat(json.loads(file.read_text("utf-8"))["now"])
    except (ValueError, TypeError, KeyError):
        kept = None
    if kept is None or kept.tzinfo is None:
        raise EvenhandError(
            f"{file} does not say what time it is in the rehearsal; delete the rehearsal's folder and rehearse again"
        )
    return kept


def clock_of(folder: StudyFolder) -> Callable[[], datetime]:
    """Return the clock that a command goes by in a study's folder."""
    if folder.virtual_clock.exists():
        return Clock(folder.virtual_clock)
    return lambda: datetime.now(UTC)
