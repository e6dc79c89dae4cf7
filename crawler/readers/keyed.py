"""Embedded values of a page in, the advert's own object out, told by what its keys are called, as a flat table.

A page's state also holds configuration, the visitor, other adverts and the agency. The advert is the object in which
most keys of the lexicon meet; what stands under an agency's key is kept apart, so that its address is not the
dwelling's.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from crawler.readers.shapes import is_table, opened, pair, unpacked

MAX_NODES = 40_000
MAX_DEPTH = 14
MAX_ITEMS = 200
ENOUGH = 3
"""Fields of the lexicon that an object needs to be taken for an advert."""
PART = 0.65
"""Share of an object's fields that one part of it needs to be taken for the advert itself."""
ITEM = 4
"""Fields that an item of a list needs to be taken for an advert of its own."""

MAX_KEY = 120
"""Characters of a key that are looked at; to fold marks that combine costs the square of their number."""

_AGENT = re.compile(
    r"(?:^|_)(?:agen\w*|advertis\w*|seller\w*|publisher\w*|customers?|contacts?|brokers?|realtors?|owners?|vendors?|"
    r"office|company|organi[sz]ations?|branch\w*|lister|anbieter|makler|makelaar|annonceur|vendeur|provider|account|user|"
    r"dealer|partner|estateagent\w*|client|poster|author)(?:$|_)"
)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-zà-ž]+|[A-Z]+|\d+")
_INNER = frozenset(
    (
        "value",
        "amount",
        "raw",
        "text",
        "content",
        "number",
        "label",
        "formatted",
        "displayvalue",
        "val",
        "values",
    )
)
"""Keys under which the value of the key above stands."""


def fold_key(key: str) -> str:
    """A key as it is compared: letters and digits only, casefolded.

    >>> fold_key("monthlyRental_price"), fold_key("ESTATE_SIZE/LIVING_AREA"), fold_key("Référence")
    ('monthlyrentalprice', 'estatesizelivingarea', 'reference')
    """
    key = key[:MAX_KEY]
    plain = unicodedata.normalize("NFKD", key.casefold()) if not key.isascii() else key.casefold()
    return re.sub(r"[\W_]+", "", plain)


def is_agent(key: str) -> bool:
    """Whether a key names who advertises.

    >>> [is_agent(it) for it in ("agency", "contactInfo", "customers", "propertyUse", "sellerType")]
    [True, True, True, False, True]
    """
    return bool(_AGENT.search("_".join(_WORD.findall(key[:MAX_KEY])).casefold()))


class Lexicon:
    """Which folded keys (``price``, or ``location.city`` with the key above) speak of which field."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        """Take the keys of each field."""
        self._fields = {key: name for name, keys in fields.items() for key in keys}

    def field(self, key: str, parent: str, *, agent: bool) -> str | None:
        """The field that a key speaks of, if any."""
        if agent:
            return self._fields.get(f"agent.{key}")
        return self._fields.get(f"{parent}.{key}") or self._fields.get(key)


Table = Mapping[str, tuple[tuple[int, Any], ...]]
"""Depth and value by folded key and by ``parent.key``, the shallowest first; an agency's under ``agent.key``."""


_ANALYTICS = frozenset(
    ("pagetype", "pagename", "pagecategory", "pageid", "loggedin", "userloggedin", "loginstatus", "environment", "env",
     "eventtype", "visitortype", "labstest", "abtest", "experiment", "sitesection", "platform", "device", "polaris")
)  # fmt: skip


def is_analytics(table: Table) -> bool:
    """Whether a table is what a page tells its analytics: of whom it is, but often rounded and without accents."""
    return any(depth <= 1 for name in _ANALYTICS for depth, _ in table.get(name, ()))


def adverts(values: Sequence[Any], lexicon: Lexicon, hints: Sequence[str] = ()) -> tuple[Table, ...]:
    """The adverts of a page as tables: one of a detail page, several where the state is a list of them.

    Args:
        values: what is embedded in the page, in its order.
        lexicon: what keys mean.
        hints: numbers of the advert as its address has them; an object that bears one goes first.

    Returns:
        Empty where nothing looks like an advert.
    """
    build = _Build(lexicon, frozenset(hints))
    node = build.node(list(values), "", agent=False, depth=0)
    above: list[_Node] = []
    for _ in range(MAX_DEPTH):
        if items := _items(node):
            return tuple(table_of([it.value]) for it in items)
        part = _part(node)
        if part is None:
            break
        above.append(node)
        node = part
    if len(node.fields) < ENOUGH or isinstance(node.value, list):
        return ()
    if not node.hinted and any(_another(number, hint) for number in node.numbers for hint in hints):
        return ()
    return (table_of([node.value, *(it.value for it in reversed(above[-3:]))]),)


def found_in(table: Table, names: Sequence[str]) -> list[Any]:
    """Values under any of some keys, the shallowest first, then in the order of the names."""
    hits = [(depth, order, value) for order, name in enumerate(names) for depth, value in table.get(name, ())]
    return [value for _, _, value in sorted(hits, key=lambda hit: hit[:2])]


def table_of(nodes: Sequence[Any]) -> Table:
    """A flat table of an advert's object; of the objects around it only what they say of who advertises."""
    found: dict[str, list[tuple[int, Any]]] = {}
    for number, node in enumerate(nodes):
        for key, parent, value, agent, depth in _leaves(node):
            if number and not agent:
                continue
            names = [f"agent.{key}"] if agent else [f"{parent}.{key}", key]
            if key in _INNER and parent:
                names.append(f"agent.{parent}" if agent else parent)
            for name in names:
                found.setdefault(name, []).append((depth + 20 * number, value))
    return {name: tuple(values[:8]) for name, values in found.items()}


@dataclass
class _Node:
    """An object or list with the fields of the lexicon that it speaks of."""

    value: Any
    fields: set[str] = field(default_factory=set)
    """Without those of its lists of objects."""
    hinted: bool = False
    numbers: set[str] = field(default_factory=set)
    """What is called its number."""
    parts: list["_Node"] = field(default_factory=list)
    lists: list[list["_Node"]] = field(default_factory=list)

    @property
    def rank(self) -> tuple[bool, int]:
        """What is more of an advert: one that the address names, then the one with more fields."""
        return self.hinted and len(self.fields) >= ENOUGH, len(self.fields)

    @cached_property
    def best(self) -> tuple[bool, int]:
        """The highest rank in it."""
        inner = (it.best for it in (*self.parts, *(it for group in self.lists for it in group)))
        return max((self.rank, *inner))


class _Build:
    """Builds the nodes of all values in one walk."""

    def __init__(self, lexicon: Lexicon, hints: frozenset[str]) -> None:
        self._lexicon, self._hints, self._left = lexicon, hints, MAX_NODES

    def node(self, value: Any, key: str, *, agent: bool, depth: int) -> _Node:
        made = _Node(value)
        if depth > MAX_DEPTH or self._left < 0:
            return made
        if isinstance(value, list):
            made.lists.append(
                [
                    self.node(it, key, agent=agent, depth=depth + 1)
                    for it in value[:MAX_ITEMS]
                    if isinstance(it, (dict, list))
                ]
            )
            return made
        for raw, inner in value.items():
            self._left -= 1
            self._add(made, str(raw), opened(inner), key, agent=agent, depth=depth)
        return made

    def _add(self, made: _Node, raw: str, inner: Any, above: str, *, agent: bool, depth: int) -> None:
        key = fold_key(raw)
        its = agent or is_agent(raw)
        if isinstance(inner, list) and (is_table(inner) or len(inner) == 1):
            inner = unpacked(inner)
        if isinstance(inner, dict):
            part = self.node(inner, key, agent=its, depth=depth + 1)
            made.fields |= part.fields
            made.hinted = made.hinted or part.hinted
            made.parts.append(part)
        elif isinstance(inner, list) and inner and isinstance(inner[0], (dict, list)):
            made.lists += self.node(inner, key, agent=its, depth=depth + 1).lists
        elif inner not in (None, "", []):
            if spoken := self._lexicon.field(key, above, agent=agent):
                made.fields.add(spoken)
            made.hinted = made.hinted or (not agent and str(inner) in self._hints)
            if spoken == "listing_id":
                made.numbers.add(str(inner))


def _another(number: str, hint: str) -> bool:
    """Whether a number is one of another advert: digits as many as the address has, and others."""
    return number.isdigit() and hint.isdigit() and abs(len(number) - len(hint)) <= 1 and number != hint


def _part(node: _Node) -> _Node | None:
    """The part of a node that is the advert or leads to it, or None where the node is the advert itself."""
    parts = max(node.parts, key=lambda it: it.best, default=None)
    listed = max((it for group in node.lists for it in group), key=lambda it: it.best, default=None)
    # Others like it stand in a list beside an advert: an item must say more than the node itself.
    if listed and listed.best > node.rank and (parts is None or listed.best > parts.best):
        return listed
    if parts is None or parts.best[1] < ENOUGH:
        return None
    named = parts.best[0] > node.rank[0]
    return parts if named or parts.best[1] >= PART * len(node.fields) else None


def _items(node: _Node) -> list[_Node]:
    """The items of a list of adverts that outweighs the object it stands in."""
    for group in node.lists:
        adverts = [it for it in group if len(it.fields) >= ITEM]
        most = max((len(it.fields) for it in adverts), default=0)
        if len(adverts) > 1 and len(node.fields) < most and not any(it.hinted for it in group):
            return adverts
    return []


def _leaves(node: Any) -> Iterator[tuple[str, str, Any, bool, int]]:
    """Key, key above, value, whether it is an agency's, depth; the shallowest first; lists of objects stay closed."""
    queue: deque[tuple[Any, str, bool, int]] = deque([(node, "", False, 0)])
    while queue:
        current, parent, agent, depth = queue.popleft()
        if not isinstance(current, dict) or depth > MAX_DEPTH:
            continue
        for raw, value in (*current.items(), *pair(current)):
            key = fold_key(str(raw))
            inner = unpacked(opened(value))
            if isinstance(inner, dict):
                queue.append((inner, key, agent or is_agent(str(raw)), depth + 1))
            elif inner is not None and inner != "" and not isinstance(inner, list):
                # A scalar like ``sellerType`` speaks of the advert's own advertiser, not of an agency's object.
                yield key, parent, inner, agent, depth
