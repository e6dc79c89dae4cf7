"""Bytes of an XML document in, nested data out: as a feed or a sitemap has it, within bounds and without entities."""

import re
from typing import Any

import lxml.etree

MAX_ELEMENTS = 2_000_000
MAX_DEPTH = 60
MAX_ATTRIBUTES = 1_000
"""Attributes of one element; to list them takes the square of their number."""
_START = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml\b|<(?!!doctype html|html|!--|head|body)[A-Za-z][\w:.-]*[\s/>])",
    re.IGNORECASE,
)
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


def is_xml(body: bytes) -> bool:
    """Whether a body is an XML document other than a page.

    >>> is_xml(b'<?xml version="1.0"?><openimmo/>'), is_xml(b"<!DOCTYPE html><html>"), is_xml(b"<html><p>")
    (True, False, False)
    """
    head = body[:2000]
    return bool(_START.match(head)) and not re.search(rb"<html\b|<!doctype html", head, re.IGNORECASE)


def data(body: bytes) -> tuple[str, Any]:
    """Name of the root element, and all in it as nested data.

    An element with children is a mapping: children by name (a list where a name repeats), attributes by ``@name``,
    ``@child`` the name of the first child and ``@true`` the name of the first attribute that says true. Any other
    element is its text; an empty one is left out.

    Raises:
        ValueError: not well-formed, or it declares entities, or it is larger than the bounds.
    """
    if _ENTITY.search(body):
        raise ValueError("the document declares entities; they are not followed")
    parser = lxml.etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = lxml.etree.fromstring(body, parser)
    except lxml.etree.XMLSyntaxError as error:
        raise ValueError(f"not well-formed XML: {error}") from None
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise ValueError(f"more than {MAX_ELEMENTS} elements")
    return _name(root), _value(root, 0)


def _name(element: Any) -> str:
    return lxml.etree.QName(element).localname


def _value(element: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} elements")
    if len(element.attrib) > MAX_ATTRIBUTES:
        raise ValueError(f"more than {MAX_ATTRIBUTES} attributes on one element")
    text = (element.text or "").strip()
    if len(element) == 0 and not element.attrib:
        return text or None
    found: dict[str, Any] = {f"@{name}": value for name, value in element.attrib.items() if value}
    said = next((name for name, value in element.attrib.items() if value.casefold() in ("true", "1")), None)
    if said:
        found["@true"] = said
    if text:
        found["text"] = text
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name, value = _name(child), _value(child, depth + 1)
        found.setdefault("@child", name)
        if value is None:
            continue
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    if len(element) == 0 and text and set(found) == {"text"}:
        return text
    return found or None


def items(root: Any, name: str) -> list[dict[str, Any]]:
    """Every element of a name, wherever it stands, with what its parent says beside it under ``above``."""
    found: list[dict[str, Any]] = []
    _collect(root, name, found)
    return found


def _collect(node: Any, name: str, found: list[dict[str, Any]]) -> None:
    if isinstance(node, list):
        for it in node:
            _collect(it, name, found)
    elif isinstance(node, dict):
        inner = node.get(name)
        above = {key: value for key, value in node.items() if key != name and not isinstance(value, list)}
        for it in inner if isinstance(inner, list) else [inner]:
            if isinstance(it, dict):
                found.append({**it, "above": above})
        for key, value in node.items():
            if key != name:
                _collect(value, name, found)
