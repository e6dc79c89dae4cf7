"""One rule of a profile and a page in, the candidate values out: ``state:price.mainValue``, ``label:huurprijs``.

    state:PATH, state@NAME:PATH   embedded state (the first declared, or the one of that name)
    item:PATH                     one item of a list page's state or of a feed
    feed:                         the adverts of a feed
    ld:TYPE|TYPE.PATH             JSON-LD objects of a type
    prop:NAME                     microdata
    meta:NAME                     meta element
    key:NAME|PARENT.NAME          embedded state of any shape, by what its keys are called; agent.NAME: the advertiser's
    label:TEXT|TEXT               value of a visible label
    said:TEXT|TEXT                visible label with its value, as one text
    phrase:TEXT|TEXT              a short text that stands alone in an element
    place:postcode, place:city    postcode and town where an address is written as one text
    css:SELECTOR, ...@ATTRIBUTE   element text or attribute
    title:, url:                  the page's title, its address
    text:REGEX                    first group, anywhere in the page's source
    const:VALUE                   holds for every page of the portal

Any of them may end in `` ~ REGEX``: the value is then its first group.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crawler.readers import labelled, paths, selectors
from crawler.readers.keyed import fold_key, found_in
from crawler.readers.page import Page

READERS = frozenset(
    (
        "feed",
        "state",
        "item",
        "ld",
        "prop",
        "meta",
        "key",
        "label",
        "said",
        "phrase",
        "place",
        "css",
        "title",
        "url",
        "text",
        "const",
    )
)
STRUCTURED = frozenset(("ld", "prop", "meta", "state"))
KINDS: dict[str, tuple[str, ...]] = {
    "text": (
        "listing_id", "title", "language", "street", "house_number", "district", "postcode", "city",
        "country", "address", "energy_label", "reference", "advertiser_name", "licence_no", "company_no",
        "landlord_email", "link", "description",
    ),
    "amount": (
        "price", "rent_amount", "sale_price", "charges_amount", "deposit", "heating_amount", "total_amount",
        "base_amount", "area_m2", "rooms", "bedrooms",
    ),
    "day": ("posted_date", "available_from"),
    "flag": ("furnished", "landlord_private", "landlord_professional"),
    "word": (
        "currency","transaction", "rent_kind", "rent_period", "dwelling_type", "status", "landlord_type"),
    "channel": ("channel_email", "channel_phone", "channel_form"),
}  # fmt: skip
FIELDS: dict[str, str] = {name: kind for kind, names in KINDS.items() for name in names}
_MAX_HITS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where one field may stand."""

    text: str
    """The rule as it was written."""
    reader: str
    state: str | None
    argument: str
    pattern: re.Pattern[str] | None

    @property
    def source(self) -> str:
        """How the place is named in ``Listing.sources`` and ``Evidence.source``."""
        name = f"@{self.state}" if self.state else ""
        return f"{self.reader}{name}:{self.argument}"[:200]


@lru_cache(maxsize=4096)
def parse_rule(text: str) -> Rule:
    """Parse one rule.

    Raises:
        ValueError: no such reader, or not a regular expression or selector.
    """
    place, _, pattern = text.partition(" ~ ")
    reader, colon, argument = place.partition(":")
    reader, _, state = reader.partition("@")
    if not colon or reader not in READERS:
        raise ValueError(
            f"not a rule: {text!r}; it begins with one of {', '.join(sorted(READERS))} and a colon"
        )
    try:
        if reader == "css":
            selectors.compiled(argument.rpartition("@")[0] or argument)
        if reader == "text":
            re.compile(argument)
        compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL) if pattern else None
    except Exception as error:
        raise ValueError(f"the rule {text!r} does not parse: {error}") from None
    return Rule(text=text, reader=reader, state=state or None, argument=argument, pattern=compiled)


def candidates(rule: Rule, page: Page, states: dict[str, Any], item: Any = None) -> Iterator[Any]:
    """Values that stand where the rule points, best first, its pattern applied; at most a few.

    Args:
        rule: what to look for.
        page: where.
        states: the profile's declared states by name.
        item: the list item that ``item:`` rules speak of.
    """
    for number, value in enumerate(_raw(rule, page, states, item)):
        if number >= _MAX_HITS:
            return
        if rule.pattern is None:
            yield value
        elif isinstance(value, (str, int, float)) and (found := rule.pattern.search(str(value)[:4000])):
            yield found[1] if rule.pattern.groups else found[0]


def _raw(rule: Rule, page: Page, states: dict[str, Any], item: Any) -> Iterator[Any]:
    match rule.reader:
        case "item":
            yield from paths.values(item, rule.argument)
        case "state":
            name = rule.state or next(iter(states), None)
            if name in states:
                yield from paths.values(page.state(states[name]), rule.argument)
        case "ld":
            yield from _ld(rule.argument, page)
        case "prop":
            yield from page.properties.get(rule.argument, ())
        case "meta":
            if rule.argument in page.meta:
                yield page.meta[rule.argument]
        case "key":
            table = item if isinstance(item, Mapping) else page.advert
            yield from found_in(table, key_names(rule.argument))
        case "label":
            yield from (page.labels[name] for name in label_names(rule.argument) if name in page.labels)
        case "said":
            names = (name for name in label_names(rule.argument) if name in page.labels)
            yield from (f"{name}: {page.labels[name]}" for name in names)
        case "phrase":
            yield from (f"yes: {name}" for name in label_names(rule.argument) if name in page.phrases)
        case "place":
            yield from (found for found in (page.place.get(rule.argument),) if found)
        case "css":
            yield from _css(rule.argument, page)
        case "title":
            yield page.title
        case "url":
            yield page.url
        case "text":
            yield from (m[1] for m in _compiled(rule.argument).finditer(page.text) if m[1])
        case _:
            yield rule.argument


@lru_cache(maxsize=1024)
def label_names(argument: str) -> tuple[str, ...]:
    """The folded labels that a ``label:`` rule asks for."""
    return tuple(labelled.fold(name) for name in argument.split("|"))


@lru_cache(maxsize=1024)
def key_names(argument: str) -> tuple[str, ...]:
    """The folded keys, each with the folded key above it where the rule names one, that a ``key:`` rule asks for."""
    return tuple(".".join(fold_key(part) for part in name.split(".")) for name in argument.split("|"))


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


def _ld(argument: str, page: Page) -> Iterator[Any]:
    kinds, _, path = argument.partition(".")
    wanted = set(kinds.split("|"))
    for found in page.ld:
        kind = found.get("@type")
        if wanted & ({str(k) for k in kind} if isinstance(kind, list) else {str(kind)}):
            yield from paths.values(found, path)


def _css(argument: str, page: Page) -> Iterator[str]:
    selector, at, attribute = argument.rpartition("@")
    if page.tree is None:
        return
    for element in selectors.chosen(selector if at else argument, page.tree, _MAX_HITS):
        value = element.get(attribute) if at else labelled.text_of(element, 2000)
        if value:
            yield value
