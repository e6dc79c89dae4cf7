"""A CSS selector in, the first elements of a tree that it chooses out, at a cost that grows with the tree only.

The usual translation crosses sets: every ``b`` below every ``a``, and every alternative with every other, which on a
hostile page is the square of the page. Here each element is asked once: is it a ``b``, and is there an ``a`` above it?
"""

from functools import lru_cache
from typing import Any

import lxml.etree
from cssselect import ExpressionError, HTMLTranslator
from cssselect.parser import CombinedSelector, parse
from cssselect.xpath import XPathExpr

MAX_ASKED = 20_000
"""Elements whose surroundings are looked at, of those that a selector's last part chooses."""
_AXES = {" ": "ancestor::*", ">": "parent::*", "~": "preceding-sibling::*", "+": "preceding-sibling::*[1]"}


def chosen(selector: str, tree: Any, most: int) -> list[Any]:
    """Elements in page order, at most ``most``."""
    found: list[Any] = compiled(selector)(tree, most=most)
    return found


@lru_cache(maxsize=1024)
def compiled(selector: str) -> Any:
    """The selector as an XPath with a variable ``most``.

    Raises:
        cssselect.SelectorError: it does not parse.
    """
    alone, around = [], []
    for alternative in parse(selector):
        if alternative.pseudo_element:
            raise ExpressionError("a pseudo-element is no element of a tree")
        tree = alternative.parsed_tree
        last = tree.subselector if isinstance(tree, CombinedSelector) else tree
        alone.append(_condition(last))
        around.append(_with_surroundings(tree))
    path = f"descendant-or-self::*[{_any(alone)}]"
    if around != alone:
        path = f"({path})[position() <= {MAX_ASKED}][{_any(around)}]"
    return lxml.etree.XPath(f"({path})[position() <= $most]")


def _any(conditions: list[str]) -> str:
    return " or ".join(f"({it})" for it in conditions)


def _with_surroundings(tree: Any) -> str:
    if not isinstance(tree, CombinedSelector):
        return _condition(tree)
    return (
        f"({_condition(tree.subselector)}) and {_AXES[tree.combinator]}[{_with_surroundings(tree.selector)}]"
    )


def _condition(simple: Any) -> str:
    """What an element itself must be."""
    expression: XPathExpr = HTMLTranslator().xpath(simple)
    expression.add_name_test()
    return expression.condition or "true()"
