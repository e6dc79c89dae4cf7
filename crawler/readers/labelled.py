"""An element tree in, its label-value pairs and microdata out, in one bounded walk each."""

import re
from collections.abc import Mapping
from typing import Any

MAX_ELEMENTS = 60_000
MAX_LABEL = 60
MAX_VALUE = 300
_SKIP = frozenset(("script", "style", "noscript", "template", "svg", "head", "select", "button", "nav"))
_ROWS = frozenset(("li", "div", "p", "tr", "span", "a"))
_SPACES = re.compile(r"\s+")


def fold(label: str) -> str:
    """A label as it is compared: one-spaced, casefolded, without colon or footnote mark.

    >>> fold(" Kaltmiete (netto):* ")
    'kaltmiete (netto)'
    """
    return _SPACES.sub(" ", label).strip(" :*\u00a0?").casefold()


def text_of(element: Any, limit: int = MAX_VALUE) -> str:
    """Visible text of an element, one-spaced and cut at ``limit`` characters."""
    parts: list[str] = []
    size = 0
    for piece in element.itertext():
        parent = piece.getparent() if hasattr(piece, "getparent") else None
        if parent is not None and parent.tag in ("script", "style") and not getattr(piece, "is_tail", False):
            continue
        parts.append(piece)
        size += len(piece)
        if size > limit * 4:
            break
    return _SPACES.sub(" ", " ".join(parts)).strip()[:limit]


def pairs(tree: Any) -> Mapping[str, str]:
    """Label-value pairs: dt with dd, th with td, rows of exactly two parts, and ``label: value`` leaves."""
    found: dict[str, str] = {}
    for number, element in enumerate(tree.iter("*")):
        if number > MAX_ELEMENTS:
            break
        tag = element.tag
        if tag in ("dt", "th"):
            follower = element.getnext()
            if follower is not None and follower.tag in ("dd", "td"):
                _keep(found, element, follower)
        elif tag in _ROWS:
            _row(found, element)
    return found


def _row(found: dict[str, str], element: Any) -> None:
    children = len(element)
    if children == 2:
        first, second = element[0], element[1]
        if first.tag not in _SKIP and second.tag not in _SKIP and len(first) <= 2 and not _own(element):
            _keep(found, first, second)
    elif children == 0 or (children == 1 and _own(element)):
        text = element.text or ""
        label, colon, rest = text.partition(":")
        if colon and 2 < len(label.strip()) <= MAX_LABEL:
            value = rest.strip() or (text_of(element[0]) if children else "")
            if value:
                found.setdefault(fold(label), _SPACES.sub(" ", value)[:MAX_VALUE])
        elif children == 1 and (tail := (element[0].tail or "").strip()) and not text.strip():
            _keep_text(found, text_of(element[0], MAX_LABEL + 1), tail)
    elif children == 1 and not (element.text or "").strip() and (tail := (element[0].tail or "").strip()):
        _keep_text(found, text_of(element[0], MAX_LABEL + 1), tail)


def _own(element: Any) -> bool:
    return bool((element.text or "").strip() or any((child.tail or "").strip() for child in element))


def _keep(found: dict[str, str], label: Any, value: Any) -> None:
    name = text_of(label, MAX_LABEL + 1)
    if 1 < len(name) <= MAX_LABEL:
        _keep_text(found, name, text_of(value))


def _keep_text(found: dict[str, str], label: str, value: str) -> None:
    if 1 < len(label) <= MAX_LABEL and value.strip():
        found.setdefault(fold(label), _SPACES.sub(" ", value).strip()[:MAX_VALUE])


def properties(tree: Any) -> Mapping[str, tuple[str, ...]]:
    """Values of each ``itemprop``: content, datetime or value attribute, else text."""
    found: dict[str, list[str]] = {}
    for element in tree.iterfind(".//*[@itemprop]"):
        value = element.get("content") or element.get("datetime") or element.get("value")
        value = value if value is not None else text_of(element)
        if value:
            for name in element.get("itemprop", "").split()[:4]:
                found.setdefault(name, []).append(value)
    return {name: tuple(values[:20]) for name, values in found.items()}
