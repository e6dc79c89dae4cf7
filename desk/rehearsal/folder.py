"""A rehearsal's folder: a study folder with the town beside it, marked so that a killed rehearsal goes on."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from desk.folder import StudyFolder
from testing.study.errors import EvenhandError, LockMismatch, Refused

FORMAT = "evenhand-rehearsal/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a rehearsal was begun with; another one never goes on in its folder."""

    format: str
    seed: str
    port: int
    town_sha256: str
    """Hash of the town's file."""
    complete: bool
    """Whether its report is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalFolder:
    """Where the files of one rehearsal lie."""

    root: Path

    @property
    def study(self) -> StudyFolder:
        """The study that is rehearsed: the folder itself."""
        return StudyFolder(root=self.root)

    @property
    def town(self) -> Path:
        """What belongs to the made-up town: its file, its clock, its landlords' mail."""
        return self.root / "town"

    @property
    def marker(self) -> Path:
        """File that says what was begun here."""
        return self.root / "rehearsal.json"

    def read_marker(self) -> Marker | None:
        """Return what was begun here, or None for a folder that is empty or absent.

        Raises:
            Refused: the folder holds something that is not a rehearsal.
        """
        if self.marker.exists():
            try:
                return Marker(**json.loads(self.marker.read_text("utf-8")))
            except (ValueError, TypeError):
                raise Refused(
                    f"{self.marker} is not readable as a rehearsal's mark; name another folder"
                ) from None
        if self.root.exists() and any(self.root.iterdir()):
            raise Refused(
                f"{self.root} holds something that is not a rehearsal; name an empty or a new folder"
            )
        return None

    def write_marker(self, marker: Marker) -> None:
        """Write the mark, whole or not at all.

        Raises:
            EvenhandError: the folder cannot be written.
        """
        try:
            self.town.mkdir(parents=True, exist_ok=True)
            draft = self.marker.with_suffix(".draft")
            draft.write_text(json.dumps(asdict(marker), indent=2) + "\n", "utf-8")
            draft.replace(self.marker)
        except OSError as error:
            raise EvenhandError(
                f"{self.root} cannot be written ({error.strerror}); name another folder"
            ) from error

    def begin(self, wanted: Marker) -> Marker:
        """Take up what was begun here, or begin.

        Raises:
            LockMismatch: something else was begun here.
        """
        found = self.read_marker()
        if found is None:
            self.write_marker(wanted)
            return wanted
        for name in ("format", "seed", "port", "town_sha256"):
            if getattr(found, name) != getattr(wanted, name):
                raise LockMismatch(
                    f"{self.root} holds a rehearsal with another {name} ({getattr(found, name)!r}, "
                    f"not {getattr(wanted, name)!r}); go on with the same, or name another folder"
                )
        return found

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for one process; the system lets go of it when the process ends, however it ends.

        Raises:
            Refused: another process rehearses here.
        """
        with (self.town / "held").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Refused(
                    f"another process rehearses in {self.root}; wait for it, or name another folder"
                ) from None
            yield
