"""Selectors choose what lxml's own translation chooses, and cost what the tree is large."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lxml.etree
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.cssselect import CSSSelector, SelectorError

from crawler.portals.profile import GENERIC, load_profile, profile_names
from crawler.readers.selectors import chosen
from tests.crawler.test_expressions import rules

PAGES = sorted((Path(__file__).parents[1] / "portals").glob("*/*/page.html"))
OF_ALL_KINDS = [
    "*", "p, b", "div p", "div > p", "p + b", "p ~ b", "div.a b#c", "div > p b", "p b i", ".a:not(.b)", "[x]",
    "[x=y] b, p.a > i", "div b, b", "p:first-child", "a[href^='x'], a[href$=y] > b", ":is(p, b) i", "#c .a > b ~ i",
]  # fmt: skip


def declared() -> list[str]:
    """The selectors of every profile, without the attribute that is taken."""
    found = [
        rule.argument.rpartition("@")[0] or rule.argument
        for name in (*profile_names(), GENERIC)
        for rule in rules(load_profile(name))
        if rule.reader == "css"
    ]
    return sorted(set(found))


def usual(selector: str, tree: Any, most: int) -> list[Any]:
    found: list[Any] = CSSSelector(selector, translator="html")(tree)[:most]
    return found


def parsed(body: bytes) -> Any:
    return lxml.etree.fromstring(body, lxml.etree.HTMLParser(remove_comments=True, remove_pis=True))


def test_declared_selectors_choose_on_golden_pages_what_the_usual_translation_chooses() -> None:
    asked = declared()
    assert len(asked) > 50 and len(PAGES) > 20
    hits = 0
    for page in PAGES:
        tree = parsed(page.read_bytes())
        for selector in asked:
            found = chosen(selector, tree, 25)
            assert found == usual(selector, tree, 25), (page, selector)
            hits += len(found)
    assert hits > 100


MARKS = st.sampled_from(
    ["", ' class="a"', ' class="b a"', ' id="c"', ' x="y"', ' href="xy"', ' class="a" id="c" x="y"']
)
TREES = st.recursive(
    st.just("t"),
    lambda inner: st.builds(
        lambda name, marks, parts: f"<{name}{marks}>{''.join(parts)}</{name}>",
        st.sampled_from(["div", "p", "b", "i", "a", "span"]),
        MARKS,
        st.lists(inner, max_size=4),
    ),
    max_leaves=25,
)


@given(st.lists(TREES, min_size=1, max_size=4))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_selectors_of_all_kinds_choose_what_the_usual_translation_chooses(parts: list[str]) -> None:
    tree = parsed(f"<html><body>{''.join(parts)}</body></html>".encode())
    for selector in OF_ALL_KINDS:
        assert chosen(selector, tree, 1000) == usual(selector, tree, 1000), selector


@pytest.mark.parametrize("wrong", ["", "p >", "p::before", "p:hover(", "b:no-such"])
def test_a_selector_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(SelectorError):
        chosen(wrong, parsed(b"<p>x</p>"), 1)


CROSSED = ".outer .inner, .inner"


def growth(choose: Callable[[str, Any, int], list[Any]]) -> float:
    """How many times more a choice costs in eight times the tree."""

    def cost(k: int) -> float:
        tree = parsed(b"<html><body>" + b"<div class=outer>" * 40 + b"<i class=inner></i>" * k)
        begun = time.process_time()
        assert len(choose(CROSSED, tree, 25)) == 25
        return time.process_time() - begun

    return cost(16_000) / max(0.01, min(cost(2_000) for _ in range(3)))


def test_a_selector_costs_what_the_tree_is_large() -> None:
    assert growth(chosen) < 24


def test_planted_bug_a_selector_that_crosses_sets_is_found() -> None:
    assert growth(usual) > 24
