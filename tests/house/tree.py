"""Takes nothing, gives the files of the project as they would be committed, and where its parts lie."""

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("analysis", "crawler", "desk", "testing")

PURPOSELESS = re.compile(r"(^|/)(utils?|common|helpers?|manager|misc)(\.py$|/)")
"""A module that is named after no purpose grows without one."""

LONGEST = 320
"""Lines that a code file may have; the goal is 250."""

REGISTRIES = re.compile(
    "|".join(["py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.(org|com)", "crates" + r"\.io"])
)
"""Addresses of package registries, taken apart so that this file holds none."""

MACHINE_PATH = re.compile(
    r"(?<![\w.~>)}\-])/(?:" + "|".join(["work", "root", "home", "Users", "tmp"]) + r")/\w"
)
"""An absolute path that exists on one machine only."""


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be tracked, relative to the root; all files where there is no git."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode == 0 and found.stdout:
        paths = [Path(name) for name in found.stdout.split("\0") if name]
    else:
        paths = [path.relative_to(ROOT) for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return tuple(sorted(path for path in paths if (ROOT / path).is_file()))


def code() -> list[Path]:
    """Python files of the four packages."""
    return [path for path in files() if path.suffix == ".py" and path.parts[0] in PACKAGES]


def text(path: Path) -> str:
    """Content of a file, empty where it is not text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def lines_that_match(pattern: re.Pattern[str], content: str) -> list[str]:
    """Lines in which a pattern is found."""
    return [line.strip() for line in content.splitlines() if pattern.search(line)]
