"""Runs ``evenhand rehearse`` as its user would, in a process of its own, in a town that is rehearsed in seconds."""

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

PUBLISHED = (
    "plan/plan.json",
    "release/outcomes.csv",
    "release/outcomes.parquet",
    "release/outcomes.dictionary.json",
    "release/results.json",
    "report/report-nl.html",
    "report/report-fr.html",
    "report/report-en.html",
    "report/results.csv",
)
"""What must be the same to the byte for the same seed."""
SMALL = {"private": 40, "agency": 44, "social_rental_agency": 2, "count": 16, "weeks": 1}
"""Adverts, agencies and weeks of a town that is rehearsed in seconds."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def town_text(**changes: int) -> str:
    text = files("desk.rehearsal").joinpath("town.toml").read_text("utf-8")
    for name, value in (SMALL | changes).items():
        text, count = re.subn(rf"(?m)^{name} = \d+", f"{name} = {value}", text)
        assert count == 1, name
    return text


def rehearsing(folder: Path, town: Path, port: int, *more: str, threads: int = 1) -> subprocess.Popen[str]:
    """Start ``evenhand rehearse`` with a number of threads for linear algebra."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "desk",
            "rehearse",
            str(folder),
            "--town",
            str(town),
            "--port",
            str(port),
            *more,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **dict.fromkeys(names, str(threads))},
        cwd=town.parent,
        # A test run in the background ignores Ctrl-C and would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def hashes(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in PUBLISHED}


@dataclass(frozen=True)
class Whole:
    """A rehearsal that ran to its end."""

    folder: Path
    code: int
    out: str
    err: str


def rehearsed(folder: Path, town: Path, port: int, *more: str, threads: int = 1) -> Whole:
    process = rehearsing(folder, town, port, *more, threads=threads)
    out, err = process.communicate()
    return Whole(folder=folder, code=process.returncode, out=out, err=err)
