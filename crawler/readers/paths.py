"""A path and nested data in, the values at that path out: ``customers.0.type``, ``attributes[key=rooms].value``."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

_STEP = re.compile(r"\[([^=\]]+)=([^\]]*)\]|([^.\[\]]+)")


@lru_cache(maxsize=4096)
def steps(path: str) -> tuple[tuple[str, str | None], ...]:
    """Parse a path: plain keys and indices, ``*`` for every element, ``[key=value]`` to choose in a list.

    >>> steps("a.0[k=v].b")
    (('a', None), ('0', None), ('k', 'v'), ('b', None))
    """
    return tuple((m[3], None) if m[3] is not None else (m[1], m[2]) for m in _STEP.finditer(path))


def values(data: Any, path: str) -> Iterator[Any]:
    """Every value at ``path`` that is not null, in page order."""
    found = [data]
    for key, wanted in steps(path):
        found = [inner for outer in found for inner in _step(outer, key, wanted)]
        if not found:
            return
    yield from (value for value in found if value is not None)


def _step(data: Any, key: str, wanted: str | None) -> Iterator[Any]:
    if wanted is not None:
        for item in data if isinstance(data, list) else ():
            if isinstance(item, dict) and str(item.get(key)) == wanted:
                yield item
    elif key == "*":
        yield from data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    elif isinstance(data, dict):
        if key in data:
            yield data[key]
    elif isinstance(data, list) and key.lstrip("-").isdigit() and -len(data) <= int(key) < len(data):
        yield data[int(key)]
