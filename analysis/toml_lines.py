"""The text of a TOML file goes in, the line of each of its keys comes out, for messages that say where."""

import re
from collections.abc import Sequence

HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
ASSIGNMENT = re.compile(r"^\s*([A-Za-z0-9_.\"'-]+)\s*=")


def lines_of(text: str) -> dict[str, int]:
    """Map dotted keys (``step.0.outcome``) to 1-based lines, as far as one line at a time tells.

    Keys inside inline tables and lists have the line of the key that they stand under.
    """
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            prefix = _plain(header[2])
            if header[1] == "[[":
                counts[prefix] = counts.get(prefix, -1) + 1
                lines.setdefault(prefix, number)
                prefix = f"{prefix}.{counts[prefix]}"
            lines.setdefault(prefix, number)
        elif assignment := ASSIGNMENT.match(line):
            key = _plain(assignment[1])
            lines.setdefault(f"{prefix}.{key}" if prefix else key, number)
    return lines


def place(file: str, lines: dict[str, int], key: Sequence[str | int]) -> str:
    """``file:line: key`` of a key, with the line of the nearest parent that is written."""
    parts = [str(part) for part in key]
    name = ".".join(parts)
    for end in range(len(parts), 0, -1):
        if (line := lines.get(".".join(parts[:end]))) is not None:
            return f"{file}:{line}: {name}"
    return f"{file}: {name}" if name else file


def _plain(key: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in key.split("."))
