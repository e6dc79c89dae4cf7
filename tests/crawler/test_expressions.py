"""Every regular expression that reads pages, against texts made of its own parts: it costs what its text is long."""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from itertools import islice, takewhile
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import crawler.readers
from crawler.portals.profile import GENERIC, PortalProfile, feed_formats, load_profile, profile_names
from crawler.readers.rules import Rule

FAR = 24_000
"""Characters of a text for an expression that sees whole pages."""
BOUNDS = {"label": 300, "said": 400, "phrase": 60, "title": 600, "css": 2_000, "url": 2_000, "meta": 3_000}
"""Characters that a rule's pattern sees at most, by the reader of the rule; 4,000 for any other."""
ONE_SPACED = frozenset(("label", "said", "phrase", "css"))
FLOOR = 0.01
"""Seconds below which a search is cheap whatever its growth, on any machine."""
YARDSTICK = re.compile("a*b"), "", "a", 2_000, "\x01"
"""A search that doubles its text to four times the cost, measured beside each suspect: machines differ."""
CHEAP = 4
"""So many times the yardstick's cost a search may take whatever its growth."""
TAILS = ("\x01", "\x01 \"'/<>,;:)]}\n\x01")
"""What a text ends with: nothing that an expression waits for, or all that may close what is open."""
LETTERS = "aA1 .,-/<>\"'=:\\&€\nzé{["


def test_no_regular_expression_takes_more_than_its_text_is_long() -> None:
    found = dict(expressions())
    assert len(found) > 250
    slow = {
        name: worst
        for name, (pattern, bound, flat) in found.items()
        if (worst := growth(pattern, bound, flat))
    }
    assert slow == {}


@pytest.mark.parametrize(
    "text",
    [
        r"a*!",
        r"(a+)+!",
        r'id="map"[^>]*>x',
        r"^[^,]+,\s*([^,]+?)\s*,",
        r"x>\s*(?:<[^>]*>\s*)*(y)",
        r"\d[\d.,]*\s?€",
        r"(?:a|b|ab)*c",
    ],
)
def test_planted_bug_an_expression_that_explodes_is_found(text: str) -> None:
    assert growth(re.compile(text), FAR, False)


def expressions() -> Iterator[tuple[str, tuple[re.Pattern[Any], int, bool]]]:
    """Name, and each expression with how much text it sees and whether that text is one-spaced."""
    for profile in [load_profile(name) for name in (*profile_names(), GENERIC)] + list(feed_formats()):
        yield f"{profile.name}: next", (profile.next_pattern, 2_000, False)
        for number, pattern in enumerate(profile.detail_patterns):
            yield f"{profile.name}: detail {number}", (pattern, 2_000, False)
        markers = [marker for state in profile.states.values() for _, marker in state.markers]
        for marker in markers:
            yield f"{profile.name}: {marker.pattern}", (marker, FAR, False)
        for rule in rules(profile):
            if rule.reader == "text":
                yield f"{profile.name}: {rule.text}", (re.compile(rule.argument, re.DOTALL), FAR, False)
            if rule.pattern:
                bound = BOUNDS.get(rule.reader, 4_000)
                yield f"{profile.name}: {rule.text} ~", (rule.pattern, bound, rule.reader in ONE_SPACED)
    for module in pkgutil.iter_modules(crawler.readers.__path__):
        content = vars(importlib.import_module(f"crawler.readers.{module.name}"))
        for name, pattern in patterns_in(module.name, content):
            yield name, (pattern, next((CUT[it] for it in CUT if name.startswith(it)), FAR), False)
    for name, pattern in patterns_in("landlords", vars(importlib.import_module("crawler.landlords"))):
        yield name, (pattern, 8_000, False)


CUT = {
    "places._PATTERNS": 400, "places._BARE": 400, "words._": 400,
    "values._NUMBER": 400, "values._ISO": 400, "values._DMY": 400, "values._NAMED": 400,
    "links._HREF": 2_000,
    "paths._STEP": 200,  # of a profile, never of a page
    "objects._TOKEN": 2_000,  # tried at one place; test_fuzzed_pages has its quotes and comments
}  # fmt: skip
"""What is cut before an expression of a module sees it."""


def rules(profile: PortalProfile) -> list[Rule]:
    items = profile.items.rules.values() if profile.items else ()
    return [rule for some in (*profile.rules.values(), *items) for rule in some]


def patterns_in(name: str, value: object) -> Iterator[tuple[str, re.Pattern[Any]]]:
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, (dict, tuple, list)):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, it in inner:
            if not str(key).startswith("__"):
                yield from patterns_in(f"{name}.{key}", it)


def growth(pattern: re.Pattern[Any], bound: int, flat: bool) -> tuple[float, str, str] | None:
    """How much more a search costs in twice the text, with that text, where it is more than thrice; else None."""
    for head, unit in islice(texts(pattern), 150):
        if flat and (" ".join(head.split()), unit.strip() or "a") != (head.strip(), unit):
            continue
        for tail in TAILS:
            if found := growth_of(pattern, head, unit, bound, tail):
                return found, head, unit
    return None


def growth_of(pattern: re.Pattern[Any], head: str, unit: str, bound: int, tail: str) -> float | None:
    if cost(pattern, head, unit, 25, tail) > 10 * FLOOR:
        return float("inf")  # a text this short costs nothing unless each character doubles it
    for size in (bound >> shift for shift in (6, 4, 2, 1, 0)):
        spent = cost(pattern, head, unit, size, tail)
        if spent > FLOOR:
            # What grows does so every time that it is looked at; a busy moment comes once.
            rounds = (times_half(pattern, head, unit, size, tail) for _ in range(3))
            found = list(takewhile(lambda times: times > 3, rounds))
            return min(found) if len(found) == 3 else None
    return None


def times_half(pattern: re.Pattern[Any], head: str, unit: str, size: int, tail: str) -> float:
    """How many times the cost of half the text; 0 where the whole is cheap beside the yardstick."""
    measured = [
        (cost(*YARDSTICK), cost(pattern, head, unit, size // 2, tail), cost(pattern, head, unit, size, tail))
        for _ in range(5)
    ]
    # Measured in turn; the least of each is what it costs undisturbed.
    yardstick, half, spent = map(min, zip(*measured, strict=True))
    return spent / max(half, 1e-5) if spent > CHEAP * yardstick else 0.0


def cost(pattern: re.Pattern[Any], head: str, unit: str, size: int, tail: str) -> float:
    text = (head + unit * (size // len(unit)))[:size] + tail
    given = text.encode() if isinstance(pattern.pattern, bytes) else text
    begun = time.process_time()
    for _ in pattern.finditer(given):
        pass
    return time.process_time() - begun


def texts(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str]]:
    """Beginning and what is repeated behind it: what each repetition takes, alone and with what stands before."""
    given = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = _parser.parse(given, pattern.flags & ~re.LOCALE)
    whole = matching(tree, 0)
    pairs = [("", whole), ("", whole[:-1])]
    for before, body in repeated(tree, ""):
        pairs += [(before, body), ("", before + body), ("", before), (whole, body), ("", body + " ")]
        pairs.append((before, body + whole[:1]))
    yield from dict.fromkeys((head, unit) for head, unit in pairs if unit)


def repeated(tree: Any, before: str) -> Iterator[tuple[str, str]]:
    """What stands before each long repetition, with some texts of what is repeated."""
    for kind, inner in tree:
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            if inner[1] >= 20:
                yield from ((before, matching(inner[2], branch)) for branch in range(3))
            yield from repeated(inner[2], before)
        elif kind in (op.SUBPATTERN, op.ATOMIC_GROUP, op.ASSERT, op.ASSERT_NOT):
            yield from repeated(inner if kind is op.ATOMIC_GROUP else inner[-1], before)
        elif kind is op.BRANCH:
            for branch in inner[1]:
                yield from repeated(branch, before)
        before += matching([(kind, inner)], 0)


def matching(tree: Any, branch: int) -> str:
    """One of the shortest texts that a parsed expression matches."""
    made = ""
    for kind, inner in tree:
        if kind is op.LITERAL:
            made += chr(inner)
        elif kind in (op.ANY, op.NOT_LITERAL):
            made += "b" if inner == ord("a") else "a"
        elif kind is op.IN:
            fits = [it for it in LETTERS if is_in(it, inner)] or [
                chr(inner[-1][1] if inner[-1][0] is op.LITERAL else 97)
            ]
            made += fits[min(branch, len(fits) - 1)]
        elif kind is op.BRANCH:
            made += matching(inner[1][branch % len(inner[1])], branch)
        elif kind is op.SUBPATTERN:
            made += matching(inner[3], branch)
        elif kind is op.ATOMIC_GROUP:
            made += matching(inner, branch)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            made += matching(inner[2], branch) * max(inner[0], 0)
    return made


def is_in(letter: str, members: Any) -> bool:
    tests = {
        op.CATEGORY_DIGIT: str.isdigit,
        op.CATEGORY_SPACE: str.isspace,
        op.CATEGORY_WORD: lambda it: it.isalnum() or it == "_",
    }
    others = {
        op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT,
        op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE,
        op.CATEGORY_NOT_WORD: op.CATEGORY_WORD,
    }
    hit = any(
        (kind is op.LITERAL and ord(letter) == it)
        or (kind is op.RANGE and it[0] <= ord(letter) <= it[1])
        or (kind is op.CATEGORY and (tests[it](letter) if it in tests else not tests[others[it]](letter)))
        for kind, it in members
    )
    return hit != (members[0][0] is op.NEGATE)
