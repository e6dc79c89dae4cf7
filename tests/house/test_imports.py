"""The law of imports bites when it is broken, and asking for help loads nothing heavy."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import PACKAGES, ROOT

BREACHES = {
    "analysis imports nothing of ours": ("analysis/planted.py", "import testing.study.listing"),
    "the crawler sees the study's records and the store only": (
        "crawler/planted.py",
        "import testing.pairing",
    ),
    "testing never reaches back to the crawler nor up to the desk": (
        "testing/study/planted_up.py",
        "import desk.folder",
    ),
    "only custody of testing sees analysis, and only its door": (
        "testing/fieldwork/planted.py",
        "import analysis.outcomes",
    ),
    "custody knows the outcomes door of analysis, nothing behind it": (
        "testing/custody/planted.py",
        "import analysis.estimate",
    ),
    "inside testing: study below, then pairing and store, then fieldwork, then custody": (
        "testing/study/planted.py",
        "import testing.custody",
    ),
    "pairing is pure: no clock, file, database or network": ("testing/pairing/planted.py", "import time"),
    "only the store knows SQLAlchemy (sessions are opened in desk and in one crawler pipeline)": (
        "desk/planted.py",
        "import sqlalchemy",
    ),
    "scrapy lives in the crawler (and is started from its command)": (
        "testing/store/planted.py",
        "import scrapy",
    ),
}
"""For each contract of pyproject.toml, a file that breaks it."""

HEAVY = (
    "pandas",
    "scrapy",
    "twisted",
    "statsmodels",
    "sqlalchemy",
    "matplotlib",
    "pydantic",
    "numpy",
    "rich",
)


def lint(folder: Path) -> str:
    """What import-linter says of the packages in a folder."""
    program = "from importlinter.cli import lint_imports_command as run; run()"
    command = [sys.executable, "-c", program, "--no-cache"]
    ended = subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False
    )
    return ended.stdout + ended.stderr


def test_every_contract_finds_a_planted_breach(tmp_path: Path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, line in BREACHES.values():
        (tmp_path / file).write_text(f'"""A planted breach."""\n\n{line}\n', encoding="utf-8")
    said = " ".join(lint(tmp_path).split())
    assert f"0 kept, {len(BREACHES)} broken" in said, said
    assert [name for name in BREACHES if f"{name} BROKEN" not in said] == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["no-such-command"]])
def test_asking_for_help_loads_nothing_heavy(arguments: list[str]):
    program = (
        "import sys, json\n"
        "from desk.commands import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "finally:\n"
        f"    print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert json.loads(ended.stderr.strip().splitlines()[-1]) == []
