"""A value of embedded state in, what it stands for out: JSON in a string, a table of names, a name with its value."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_NAME_KEYS = ("key", "name", "label", "code", "attribute", "id", "type", "title", "@id")
_VALUE_KEYS = (
    "value_label", "localizedValue", "localized", "displayValue", "formattedValue", "text", "value", "values",
    "content", "unlocalizedValue",
)  # fmt: skip


def unpacked(value: Any) -> Any:
    """A list as what it stands for: a table of names, its only object, its first plain value, or nothing."""
    if not isinstance(value, list):
        return value
    if is_table(value):
        return dict(rows(value))
    if value and not isinstance(value[0], (dict, list)):
        return value[0]
    return value[0] if len(value) == 1 and isinstance(value[0], dict) else None


def pair(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The name and value that a small object stands for."""
    named = _named(value) if 2 <= len(value) <= 4 else None
    if named is not None and len(named[0]) <= 40 and "label" in value:
        yield named


def opened(value: Any) -> Any:
    """A value that is JSON in a string, opened."""
    if isinstance(value, str) and len(value) > 20 and value.lstrip()[:2] in ('{"', "[{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def is_table(value: list[Any]) -> bool:
    """Whether a list holds names with values, like ``{"key": "rooms", "value": "3"}``."""
    rows = [it for it in value[:40] if isinstance(it, dict)]
    if len(rows) < 2 or len(rows) < len(value[:40]):
        return False
    good = sum(len(it) <= 8 and _named(it) is not None for it in rows)
    return good >= 0.8 * len(rows)


def _named(row: Mapping[str, Any]) -> tuple[str, Any] | None:
    name = next((row[key] for key in _NAME_KEYS if isinstance(row.get(key), str) and row[key]), None)
    for key in _VALUE_KEYS:
        value = row.get(key)
        if isinstance(value, list) and value and not isinstance(value[0], (dict, list)):
            value = value[0]
        if (
            name is not None
            and value not in (None, "")
            and not isinstance(value, (dict, list))
            and value != name
        ):
            return name, value
    return None


def rows(value: list[Any]) -> Iterator[tuple[str, Any]]:
    """Names and values of such a table."""
    for row in value:
        if isinstance(row, dict) and (named := _named(row)):
            yield named
