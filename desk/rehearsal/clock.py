"""The virtual clock: time passes when the rehearsal says so, kept in a file so that a killed one goes on."""

import json
from datetime import UTC, datetime
from pathlib import Path


class Clock:
    """Virtual time of one rehearsal; it never runs back."""

    def __init__(self, file: Path, start: datetime) -> None:
        """Take up the time kept in ``file``, or begin at ``start`` where there is none."""
        self._file = file
        self._now = start.astimezone(UTC)
        if file.exists():
            self._now = datetime.fromisoformat(json.loads(file.read_text("utf-8"))["now"])

    def __call__(self) -> datetime:
        """Return the moment it is, aware, UTC."""
        return self._now

    def advance(self, moment: datetime) -> None:
        """Let time pass until ``moment``; a moment that has passed changes nothing."""
        if moment <= self._now:
            return
        self._now = moment.astimezone(UTC)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps({"now": self._now.isoformat()}) + "\n", "utf-8")
        draft.replace(self._file)
