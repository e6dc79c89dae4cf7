"""Where a key stands in a TOML file: takes text that parsed, gives the line of every key path."""

import re
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""Keys and list positions from the root, for example ``("frame", "portals", 0, "basis")``."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\s#]+(?: [0-9][^,\]}\s#]*)?")
_SPACE = re.compile(r"[ \t]*")
_FILL = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")


def key_lines(text: str) -> dict[Path, int]:
    r"""Find the 1-based line of every table, key and list item.

    Dotted keys, dotted tables, arrays of tables, inline tables and lists over several lines are followed; a
    parent that is never written itself has the line of its first child.

    Args:
        text: TOML that ``tomllib`` accepts; the result for anything else is without meaning.

    >>> key_lines("a = 1\n[b.c]\nd = [1,\n 2]")[("b", "c", "d", 1)]
    4
    """
    scan = _Scan(text=text)
    scan.run()
    return scan.lines


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """Line of a key path, or of the nearest parent that is written; None where not even that is."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return None


@dataclass
class _Scan:
    """A walk over the text, which notes the line of each key as it passes."""

    text: str
    at: int = 0
    lines: dict[Path, int] = field(default_factory=dict)
    counts: dict[Path, int] = field(default_factory=dict)
    """Tables seen so far of each array of tables."""

    def run(self) -> None:
        table: Path = ()
        while self._fill():
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)

    def _fill(self) -> bool:
        self._match(_FILL)
        return self.at < len(self.text)

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            self.at += 1
            return ""
        self.at = found.end()
        return found.group()

    def _note(self, path: Path) -> None:
        line = self.text.count("\n", 0, self.at) + 1
        for end in range(1, len(path) + 1):
            self.lines.setdefault(path[:end], line)

    def _header(self) -> Path:
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        path: Path = ()
        for key in self._keys():
            path = (*path, key)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        if array:
            name = path[:-1] if path and isinstance(path[-1], int) else path
            self.counts[name] = self.counts.get(name, 0) + 1
            path = (*name, self.counts[name] - 1)
        self._note(path)
        self.at += 2 if array else 1
        return path

    def _keys(self) -> Path:
        keys = [self._key()]
        while self.text.startswith(".", self.at):
            self.at += 1
            keys.append(self._key())
        return tuple(keys)

    def _key(self) -> str:
        self._match(_SPACE)
        quote = self.text[self.at : self.at + 1]
        key = self._string()[1:-1] if quote in ('"', "'") else self._match(_BARE)
        self._match(_SPACE)
        return key

    def _pair(self, table: Path) -> None:
        start = self.at
        path = (*table, *self._keys())
        end, self.at = self.at, start
        self._note(path)
        self.at = end + 1
        self._match(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        sign = self.text[self.at : self.at + 1]
        if sign in ('"', "'"):
            self._string()
        elif sign in ("[", "{"):
            self.at += 1
            self._inside(path, "]" if sign == "[" else "}")
        else:
            self._match(_SCALAR)

    def _inside(self, path: Path, closing: str) -> None:
        position = 0
        while self._fill() and not self.text.startswith(closing, self.at):
            if closing == "]":
                self._note((*path, position))
                self._value((*path, position))
                position += 1
            else:
                self._pair(path)
        self.at += 1

    def _string(self) -> str:
        quote = self.text[self.at]
        fence = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        start, self.at = self.at, self.at + len(fence)
        while self.at < len(self.text) and not self.text.startswith(fence, self.at):
            self.at += 2 if self.text[self.at] == "\\" and quote == '"' else 1
        self.at += len(fence)
        while len(fence) == 3 and self.text.startswith(quote, self.at):
            self.at += 1  # a multi-line string may end in up to two quotes of its own
        return self.text[start : self.at]
