"""An element tree in, its label-value pairs and microdata out, in one bounded walk each."""

import itertools
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import lxml.etree

MAX_ELEMENTS = 60_000
MAX_LABEL = 60
MAX_VALUE = 300
MAX_PROPERTIES = 2_000
_STEPS = 200
"""Tags that are looked at for a text, beside one a character: elements may be nested deep around many others."""
_DEEP = 8
_OPENING = 4
"""Letters of a label by which a text is told that cannot begin with one."""
_SKIP = frozenset(("script", "style", "noscript", "template", "svg", "head", "select", "button", "nav"))
_MUTE = frozenset(("br", "svg", "img", "i", "hr", "script", "style"))
"""Elements that stand between or before a label and its value and say nothing."""
_PARTS = 4
_ASKED = ("dt", "th", "li", "div", "p", "tr", "span", "a")
_MARKS = re.compile(r" ([,;])(?= |$)")


def fold(label: str) -> str:
    """A label as it is compared: one-spaced, casefolded, without colon or footnote mark.

    >>> fold(" Kaltmiete (netto):* ")
    'kaltmiete (netto)'
    """
    return " ".join(label.split()).strip(" :*?").casefold()


def text_of(element: Any, limit: int = MAX_VALUE) -> str:
    """Visible text of an element, one-spaced and cut at ``limit`` characters; what stands very far inside is left."""
    only = _only_text(element)
    if only is not None:
        return _spaced(only)[:limit]
    parts: list[str] = []
    size = 0
    walk = lxml.etree.iterwalk(element, events=("start", "end"))
    for event, inner in itertools.islice(walk, _STEPS + limit):
        piece = inner.text if event == "start" else inner.tail if inner is not element else None
        if not piece or (event == "start" and inner.tag in ("script", "style")):
            continue
        # «m²» is often written m<sup>2</sup>.
        parts.append(piece if event == "start" and inner.tag in ("sup", "sub") else f" {piece}")
        size += len(piece)
        if size > limit * 4:
            break
    return _spaced("".join(parts))[:limit]


def _only_text(element: Any) -> str | None:
    """The text of an element that holds nothing beside it, perhaps inside further elements; None for any other."""
    for _ in range(_DEEP):
        if element.tag in ("script", "style"):
            return None
        if len(element) == 0:
            return element.text or ""
        inner = element[0]
        if len(element) > 1 or (element.text and element.text.strip()) or (inner.tail and inner.tail.strip()):
            return None
        element = inner
    return None


def _spaced(text: str) -> str:
    return _MARKS.sub(r"\1", " ".join(text.split())).replace(" m 2", " m2")


def pairs(tree: Any, wanted: frozenset[str] | None = None) -> Mapping[str, str]:
    """Label-value pairs: dt with dd, th with td, rows of exactly two parts, and ``label: value`` leaves.

    Args:
        tree: the page.
        wanted: keep these folded labels only, which spares most of the work.
    """
    found: dict[str, str] = {}
    openings = None if wanted is None else _openings(wanted)
    for element in itertools.islice(tree.iter(*_ASKED), MAX_ELEMENTS):
        children, leads = len(element), element.tag in ("dt", "th")
        if children > _PARTS and not leads:
            continue
        if children == 0 and not leads and ":" not in (element.text or ""):
            continue
        if openings is not None and not _may_open(element, openings):
            continue
        if leads:
            follower = element.getnext()
            if follower is not None and follower.tag in ("dd", "td"):
                _keep(found, wanted, element, follower)
        elif children > 2:
            parts = [it for it in element if it.tag not in _MUTE and text_of(it, 2).strip(" :")]
            if len(parts) == 2 and parts[0].tag not in _SKIP and parts[1].tag not in _SKIP:
                _keep(found, wanted, *parts)
        elif children == 2:
            if (
                element[0].tag not in _SKIP
                and element[1].tag not in _SKIP
                and len(element[0]) <= 2
                and not _own(element)
            ):
                _keep(found, wanted, element[0], element[1])
                if wanted is not None and len(element[0]) == 0:
                    _keep_under(found, wanted, element[0].text or "", element[1])
        else:
            _leaf(found, wanted, element)
    return found


@lru_cache(maxsize=64)
def _openings(wanted: frozenset[str]) -> frozenset[str]:
    return frozenset(label[:_OPENING] for label in wanted)


def _may_open(element: Any, openings: frozenset[str]) -> bool:
    """Whether a wanted label may stand at the start of an element: by its first letters, which most texts fail."""
    for _ in range(_DEEP):
        text = element.text
        if text and (text := text.lstrip(" :*?\n\t")):
            start = text[:_OPENING]
            return len(start) < _OPENING or not start.isalpha() or start.casefold()[:_OPENING] in openings
        if len(element) == 0:
            return True
        element = element[0]
    return True


def phrases(tree: Any) -> frozenset[str]:
    """Folded texts of elements that hold nothing else, up to 40 characters."""
    found = set()
    for element in itertools.islice(
        tree.iter("span", "div", "p", "a", "li", "strong", "b", "dd", "td"), MAX_ELEMENTS
    ):
        text = element.text or ""
        if len(element) == 0 and 3 < len(text.strip()) <= 40:
            found.add(fold(text))
    return frozenset(found)


def _leaf(found: dict[str, str], wanted: frozenset[str] | None, element: Any) -> None:
    """``label: value``, ``label: <b>value</b>``, ``<b>label</b> value``, ``label <b>value</b>``, ``1 <b>label</b>``."""
    text = element.text or ""
    inner = element[0] if len(element) else None
    label, colon, rest = text.partition(":")
    if colon and 2 < len(label.strip()) <= MAX_LABEL:
        _keep_text(found, wanted, label, rest if rest.strip() or inner is None else text_of(inner))
    elif inner is None:
        return
    elif tail := (inner.tail or "").strip():
        if not text.strip():
            _keep_text(found, wanted, text_of(inner, MAX_LABEL + 1), tail)
    elif wanted is not None and 0 < len(text.strip()) <= MAX_LABEL:
        if fold(text) in wanted:
            _keep_text(found, wanted, text, text_of(inner))
        else:
            _keep_under(found, wanted, text, inner)


def _own(element: Any) -> bool:
    """Whether an element of two children has text of its own."""
    pieces = (element.text, element[0].tail, element[1].tail)
    return any(piece and not piece.isspace() for piece in pieces)


def _keep(found: dict[str, str], wanted: frozenset[str] | None, label: Any, value: Any) -> None:
    name = (label.text or "") if len(label) == 0 else text_of(label, MAX_LABEL + 1)
    folded = fold(name) if 1 < len(name.strip()) <= MAX_LABEL else ""
    if folded and folded not in found and (wanted is None or folded in wanted):
        _keep_text(found, wanted, name, text_of(value))


def _keep_under(found: dict[str, str], wanted: frozenset[str], figure: str, label: Any) -> None:
    """A figure with its label behind or under it; a name before a word is no value of it."""
    if any(sign.isdigit() for sign in figure):
        _keep_text(found, wanted, text_of(label, MAX_LABEL + 1), figure)


def _keep_text(found: dict[str, str], wanted: frozenset[str] | None, label: str, value: str) -> None:
    folded = fold(label) if 1 < len(label.strip()) <= MAX_LABEL else ""
    if folded and value.strip() and (wanted is None or folded in wanted):
        found.setdefault(folded, " ".join(value.split())[:MAX_VALUE])


def properties(tree: Any) -> Mapping[str, tuple[str, ...]]:
    """Values of each ``itemprop``: content, datetime or value attribute, else text."""
    found: dict[str, list[str]] = {}
    for element in itertools.islice(tree.iterfind(".//*[@itemprop]"), MAX_PROPERTIES):
        value = element.get("content") or element.get("datetime") or element.get("value")
        value = value if value is not None else text_of(element)
        if value:
            for name in element.get("itemprop", "").split()[:4]:
                found.setdefault(name, []).append(value)
    return {name: tuple(values[:20]) for name, values in found.items()}
