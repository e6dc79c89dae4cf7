"""A page and the rules of a profile in, one value per field with its source out: the first rule that holds."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crawler.portals.profile import PortalProfile
from crawler.readers import values, words
from crawler.readers.embedded import hints
from crawler.readers.keyed import is_analytics
from crawler.readers.page import Page
from crawler.readers.rules import FIELDS, STRUCTURED, Rule, candidates
from testing.study.listing import LandlordType, RentKind, RentPeriod

# Fields whose words are known in five languages without any map of the profile.
_LEXICON: Mapping[str, Callable[[Any], str | None]] = {
    "dwelling_type": words.dwelling,
    "transaction": words.transaction,
    "currency": words.currency,
    "rent_period": words.period,
    "rent_kind": words.rent_kind,
    "landlord_type": words.advertiser,
}

_WORDS: dict[str, frozenset[str]] = {
    "rent_kind": frozenset(kind.value for kind in RentKind),
    "rent_period": frozenset(period.value for period in RentPeriod),
    "landlord_type": frozenset(kind.value for kind in LandlordType),
    "status": frozenset(("available", "option", "let", "sold", "withdrawn")),
}


NAMES = frozenset(("street", "city", "district", "advertiser_name", "title"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A value and where it stood."""

    value: Any
    source: str
    quote: str
    """The literal value before mapping, cut to 200 characters."""


def read_fields(
    page: Page, profile: PortalProfile, generic: PortalProfile | None = None, item: Any = None
) -> dict[str, Found]:
    """All fields that the page gives.

    Args:
        page: what to read.
        profile: its rules come first.
        generic: rules that fill what the profile leaves to the generic readers.
        item: one item of a list page, for ``item:`` rules; then the item rules of the profile are used.
    """
    rules = profile.items.rules if item is not None and profile.items else profile.rules
    found: dict[str, Found] = {}
    for name, declared in rules.items() if profile is not generic else ():
        if hit := first(name, declared, page, profile, item):
            found[name] = hit
    if generic is None or item is not None:
        return found
    for name, declared in generic.rules.items():
        if name in found or name in profile.never:
            continue
        allowed = tuple(rule for rule in declared if _allowed(rule, profile))
        hit = _in_address(allowed, page, generic) if name == "listing_id" else None
        if FIELDS[name] == "amount" or name in NAMES:
            allowed = _by_trust(allowed, page)
        if hit := hit or first(name, allowed, page, generic):
            found[name] = hit
    return found


def _by_trust(rules: tuple[Rule, ...], page: Page) -> tuple[Rule, ...]:
    """What a page tells its analytics comes last: amounts are classes there, and names have lost their accents."""
    if not is_analytics(page.advert):
        return rules
    return tuple(sorted(rules, key=lambda rule: rule.reader == "key"))


def _in_address(rules: Iterable[Rule], page: Page, profile: PortalProfile) -> Found | None:
    """The advert's number: what the page states and its address bears too is more than either alone."""
    borne = set(hints(page.url))
    for rule in rules:
        for raw in candidates(rule, page, profile.states) if rule.reader != "url" else ():
            if str(raw) in borne:
                return Found(value=str(raw), source=rule.source, quote=values.quote(raw))
    return None


def read_keys(page: Page, generic: PortalProfile, table: Mapping[str, Any]) -> dict[str, Found]:
    """The fields of one advert of a list whose state is read by what its keys are called."""
    found: dict[str, Found] = {}
    for name, declared in generic.rules.items():
        # What is offered is often said once for the whole list.
        readers = ("key", "url", "title", "css") if name == "transaction" else ("key",)
        keyed = tuple(rule for rule in declared if rule.reader in readers)
        if hit := first(name, keyed, page, generic, table):
            found[name] = hit
    return found


def _allowed(rule: Rule, profile: PortalProfile) -> bool:
    kind = "structured" if rule.reader in STRUCTURED else "keys" if rule.reader == "key" else "labels"
    return kind in profile.generic


def first(
    name: str, rules: Iterable[Rule], page: Page, profile: PortalProfile, item: Any = None
) -> Found | None:
    """The first value of a field that converts, by the order of its rules."""
    value_map = profile.value_maps.get(name, {})
    for rule in rules:
        for raw in candidates(rule, page, profile.states, item):
            value = convert(name, raw, value_map)
            if value is not None:
                return Found(value=value, source=rule.source, quote=values.quote(raw))
    return None


def convert(name: str, raw: Any, value_map: Mapping[str, str]) -> Any:
    """The value of a field as its kind wants it, or None where the raw value says nothing."""
    if value_map and not isinstance(raw, (dict, list)):
        mapped = value_map.get(str(raw).strip().casefold())
        if mapped == "":
            return None  # the profile says: this value means nothing here
        if mapped is not None and FIELDS[name] == "word":
            return mapped
        raw = raw if mapped is None else mapped
    match FIELDS[name]:
        case "amount":
            return values.amount(raw)
        case "day":
            return values.day(raw)
        case "flag":
            return values.yes_or_no(raw)
        case "channel":
            return True if raw not in (None, "", False, [], {}) else None
        case "word":
            if isinstance(raw, str) and raw in _WORDS.get(name, ()):
                return raw
            return _LEXICON[name](raw) if name in _LEXICON else None
        case _:
            text = values.plain(raw)
            # A street or town that is a number is a key or a count of something.
            return None if name in NAMES and text and not re.search(r"[^\W\d_]", text) else text
