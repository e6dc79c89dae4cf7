"""A study's folder on disk: takes a path, gives the place of every file that a stage reads or writes.

protocol.toml  analysis.toml  names.csv  letters/<language>.toml      written by people
data/study.sqlite   the store: frame, plan, applications, responses, codings, ledger
secrets/wave.key    the wave's secret key; never leaves, is destroyed at erasure
plan/plan.json      the sealed plan
plan/manifest.json  its seal, the key's commitment, hashes and counts: nothing of anybody, made to be published
plan/frame.jsonl.gz the adverts that it was drawn from, as they were; for evenhand verify. frame-2 of batch 2
plan/elsewhere.jsonl.gz  the tests of other waves that it was drawn with, where there were any
mail/               Maildir that answers are read from
release/            outcomes table, dictionary, results.json
report/             pages for readers
town/               in a rehearsal's folder only: the made-up town, its clock, its truth and its mail
"""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from testing.study.errors import Fault, StudyFileInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFolder:
    """Where the files of one study lie."""

    root: Path

    @property
    def typed(self) -> str:
        """The folder as a person types it after a command."""
        return shlex.quote(str(self.root))

    @property
    def protocol(self) -> Path:
        """The study file."""
        return self.root / "protocol.toml"

    @property
    def analysis(self) -> Path:
        """The analysis plan."""
        return self.root / "analysis.toml"

    @property
    def names(self) -> Path:
        """The table of names."""
        return self.root / "names.csv"

    @property
    def letters(self) -> Path:
        """Folder of letter forms, one file per language."""
        return self.root / "letters"

    @property
    def sources(self) -> Path:
        """Folder of mapping files, one for each table that is imported."""
        return self.root / "sources"

    @property
    def store(self) -> str:
        """Database URL: EVENHAND_DATABASE_URL where it is set, else SQLite in the folder."""
        return os.environ.get("EVENHAND_DATABASE_URL") or self.store_within

    @property
    def store_within(self) -> str:
        """Database URL of the store in the folder: another study's, where the environment names this one's."""
        return f"sqlite:///{self.root / 'data' / 'study.sqlite'}"

    @property
    def key(self) -> Path:
        """The secret wave key."""
        return self.root / "secrets" / "wave.key"

    @property
    def plan(self) -> Path:
        """The sealed plan."""
        return self.root / "plan" / "plan.json"

    @property
    def manifest(self) -> Path:
        """What of the sealed plan may be published."""
        return self.root / "plan" / "manifest.json"

    @property
    def planned_frame(self) -> Path:
        """The frame that the plan's first batch was drawn from."""
        return self.planned_frame_of(1)

    def planned_frame_of(self, batch: int) -> Path:
        """The frame that a batch of the plan was drawn from; batches count from 1."""
        return self.root / "plan" / ("frame.jsonl.gz" if batch == 1 else f"frame-{batch}.jsonl.gz")

    def planned_elsewhere_of(self, batch: int) -> Path:
        """The tests of other waves that a batch was drawn with; there is a file only where there were any."""
        return self.root / "plan" / ("elsewhere.jsonl.gz" if batch == 1 else f"elsewhere-{batch}.jsonl.gz")

    @property
    def mail(self) -> Path:
        """Maildir of incoming answers."""
        return self.root / "mail"

    @property
    def virtual_clock(self) -> Path:
        """Time of the made-up town; in a rehearsal's folder only."""
        return self.root / "town" / "clock.json"

    @property
    def truth(self) -> Path:
        """What a rehearsal's release says of itself: that it is one, and the town's true bias."""
        return self.root / "town" / "truth.json"

    @property
    def release(self) -> Path:
        """Folder of the outcomes table and the results."""
        return self.root / "release"

    @property
    def report(self) -> Path:
        """Folder of the pages."""
        return self.root / "report"


def study_folder(path: Path) -> StudyFolder:
    """Take a folder as a study's.

    Raises:
        StudyFileInvalid: there is no protocol.toml in it.
    """
    folder = StudyFolder(root=path)
    if not folder.protocol.is_file():
        raise StudyFileInvalid(
            [
                Fault(
                    file=str(folder.protocol),
                    line=None,
                    key="",
                    problem="there is no study file here",
                    mend="name a study's folder, or write one with: evenhand init FOLDER",
                )
            ]
        )
    return folder
