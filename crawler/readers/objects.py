"""Text that starts with a value of JSON or of a JavaScript literal in, that value out, within bounds."""

import json
import re
from typing import Any

MAX_TOKENS = 400_000
"""Tokens of one literal; the largest page state seen in real pages has some 40,000."""
MAX_WASTED = 1_000_000
"""Characters of literals that turned out broken, after which those of a page are left."""
_MAX_DIGITS = 300
"""A longer number is none of an advert; Python refuses to print one of thousands of digits."""
_MAX_UNCLOSED = 20
"""Quotes and comments without an end in one literal; each costs a look at all that follows."""
MAX_DEPTH = 80

_STRICT = json.JSONDecoder()
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<comment>//[^\n]*+|/\*.*?\*/)
    | (?P<open>[\[{]) | (?P<close>[\]}]) | (?P<mark>[,:])
    | (?P<string>"(?:[^"\\]++|\\.)*+"|'(?:[^'\\]++|\\.)*+'|`(?:[^`\\]++|\\.)*+`)
    | (?P<number>-?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+))
    | (?P<word>[A-Za-z_$][\w$.]*)
    | (?P<other>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "0": "\0", "\n": ""}
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "undefined": None}


class Budget:
    """Characters that one page may still waste on literals that turn out broken."""

    def __init__(self) -> None:
        """Nothing is wasted yet."""
        self._wasted = 0

    @property
    def left(self) -> bool:
        """Whether another literal may be tried."""
        return self._wasted < MAX_WASTED

    def spend(self, characters: int) -> None:
        """Count what a broken literal cost."""
        self._wasted += characters


def value_at(text: str, start: int) -> Any:
    """The value that begins at ``start``: JSON, a quoted string that holds JSON, or a JavaScript literal.

    Returns:
        The value, or None where it is broken, cut off or larger than the bounds.
    """
    return literal_at(text, start, len(text))[0]


def literal_at(text: str, start: int, limit: int) -> tuple[Any, int]:
    """As ``value_at``, with the position behind the value, or None and where reading stopped.

    A JavaScript literal is read within ``limit`` characters only.
    """
    head = text[start : start + 40].lstrip()
    start += len(text[start : start + 40]) - len(head)
    if head.startswith("JSON.parse("):
        return literal_at(text, start + len("JSON.parse("), limit)
    if head[:1] in ("'", '"', "`"):
        token = _TOKEN.match(text, start)
        if token is None or token["string"] is None:
            return None, start
        return _strict(unescape(token["string"][1:-1]), 0), token.end()
    if head[:1] not in ("{", "["):
        return None, start
    try:
        return _STRICT.raw_decode(text, start)
    except (ValueError, RecursionError):
        return _loose(text[start : start + limit], start)


def _strict(text: str, start: int) -> Any:
    try:
        return _STRICT.raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        return None


def string_at(text: str, start: int) -> str | None:
    """The content of the quoted string that begins at ``start``, its escapes resolved."""
    found = _TOKEN.match(text, start)
    return None if found is None or found["string"] is None else unescape(found["string"][1:-1])


def unescape(text: str) -> str:
    r"""Resolve the escapes of a JavaScript string.

    >>> unescape("d\\'eau \\u0026 \\x41")
    "d'eau & A"
    """
    if "\\" not in text:
        return text
    joined = _ESCAPE.sub(_resolve, text)
    # Two \\u escapes may have made the halves of one character; a lone half becomes a replacement sign.
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _resolve(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "ux" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _SIMPLE.get(code, code)


def loose(text: str, start: int) -> Any:
    r"""A JavaScript literal: unquoted keys, single quotes, comments, trailing commas; expressions become None.

    >>> loose("{a: 'x', b: [1, 2,], c: foo(), // no\n d: {e: true}}", 0)
    {'a': 'x', 'b': [1, 2], 'c': None, 'd': {'e': True}}
    """
    return _loose(text[start:], start)[0]


def _loose(text: str, offset: int) -> tuple[Any, int]:
    """A literal at the beginning of a text, and the position where reading stopped, counted from ``offset``."""
    stack: list[Any] = []
    keys: list[str | None] = []
    skipping = unclosed = position = 0
    for _ in range(MAX_TOKENS):
        token = _TOKEN.match(text, position)
        if token is None:
            break
        position = token.end()
        if token["comment"] is not None:
            continue
        if token["other"] is not None:
            # Brackets of a call or an expression: its content is code, not data.
            skipping += {"(": 1, ")": -1}.get(token["other"], 0)
            unclosed += token["other"] in "\"'`" or text.startswith("/*", position - 1)
            if unclosed > _MAX_UNCLOSED:
                break
            continue
        if skipping > 0:
            continue
        if token["open"] is not None:
            fresh: Any = {} if token["open"] == "{" else []
            if len(stack) >= MAX_DEPTH:
                break
            if stack:
                _put(stack, keys, fresh)
            stack.append(fresh)
            keys.append(None)
        elif token["close"] is not None:
            done = stack.pop()
            keys.pop()
            if not stack:
                return done, offset + position
        elif token["mark"] is not None:
            if token["mark"] == "," and stack and isinstance(stack[-1], dict):
                keys[-1] = None
        elif stack:
            _literal(token, stack, keys)
        else:
            break
    return None, offset + position


def _literal(token: re.Match[str], stack: list[Any], keys: list[str | None]) -> None:
    if token["string"] is not None:
        value: Any = unescape(token["string"][1:-1])
    elif token["number"] is not None:
        value = _number(token["number"])
    else:
        value = _WORDS.get(token["word"])
    if isinstance(stack[-1], dict) and keys[-1] is None:
        keys[-1] = token["word"] if token["word"] is not None else str(value)
        stack[-1].setdefault(keys[-1], None)
    else:
        _put(stack, keys, value)


def _number(raw: str) -> float | None:
    if len(raw) > _MAX_DIGITS:
        return None
    if "x" in raw:
        return int(raw, 16)
    return float(raw) if re.search(r"[.eE]", raw) else int(raw)


def _put(stack: list[Any], keys: list[str | None], value: Any) -> None:
    holder = stack[-1]
    if isinstance(holder, list):
        holder.append(value)
    elif keys[-1] is not None and holder.get(keys[-1]) is None:
        holder[keys[-1]] = value
