"""Same dwelling, same landlord: takes adverts, says which belong together and by which signs, each with its weight.

Two questions, kept apart: a dwelling is never tested twice, and a landlord is not written to beyond the cap.
The weights are judgements of ours in bits (how many times a sign doubles the odds), not measured shares; each decision
carries the signs that it rests on, so that a person can look it over.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from testing.study.listing import Landlord, Listing

SAME, POSSIBLE = 12.0, 6.0
"""Bits from which two adverts are held for one dwelling, and from which it is too likely to write to both."""
CROWD = 60
"""A mark that more adverts share says nothing of one dwelling; it is not compared pair by pair."""

_ENDING = re.compile(r"(?<=\w)str$")
_SHORT = {
    "st": "sint", "str": "straat", "stw": "steenweg", "stwg": "steenweg", "av": "avenue", "ave": "avenue",
    "bd": "boulevard", "bld": "boulevard", "blvd": "boulevard", "bvd": "boulevard", "ch": "chaussee",
    "chee": "chaussee", "pl": "place", "rte": "route",
}  # fmt: skip
"""Short forms in the names of streets."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that speaks for or against."""

    bits: float
    says: str


@dataclass(frozen=True, slots=True)
class Sameness:
    """What two adverts have in common."""

    one: str
    """``Listing.key``."""
    other: str
    signs: tuple[Sign, ...]

    @property
    def bits(self) -> float:
        """All signs together."""
        return sum(sign.bits for sign in self.signs)

    def __str__(self) -> str:
        return "; ".join(f"{sign.says} ({sign.bits:+g})" for sign in self.signs)


def compare(one: Listing, other: Listing) -> Sameness:
    """Hold two adverts against each other; without an anchor (address, reference, own words) nothing speaks for.

    Args:
        one: an advert.
        other: another, of the same portal or not, in the same language or not.

    Returns:
        The signs; ``bits`` from ``SAME`` on is one dwelling.
    """
    anchors = [*_address(one, other), *_own_words(one, other)]
    anchored = any(sign.bits > 0 for sign in anchors)
    signs = [*anchors, *_measures(one, other, anchored)]
    return Sameness(one.key, other.key, tuple(signs) if anchored else ())


def pairs(adverts: Sequence[Listing], least: float = SAME) -> list[Sameness]:
    """All pairs of adverts that are one dwelling, by key.

    Adverts are only compared where they share a street with its number, a reference, or a title with a place; so
    the cost grows with the adverts and with how many share such a mark, at most ``CROWD`` of them.
    """
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, advert in enumerate(adverts):
        for mark in set(_marks(advert)):
            blocks[mark].append(place)
    near = {pair for block in blocks.values() if len(block) <= CROWD for pair in combinations(block, 2)}
    found = (compare(adverts[a], adverts[b]) for a, b in near)
    return sorted((it for it in found if it.bits >= least), key=lambda it: (it.one, it.other))


def groups(keys: Iterable[str], joined: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For each key the smallest key of its group, where pairs are joined through each other too."""
    head = {key: key for key in keys}

    def top(key: str) -> str:
        while head[key] != key:
            head[key] = head[head[key]]
            key = head[key]
        return key

    for one, other in joined:
        first, second = sorted((top(one), top(other)))
        head[second] = first
    return {key: top(key) for key in head}


def landlord_groups(adverts: Sequence[Listing]) -> dict[str, str]:
    """For each advert's key the group of its landlord: all that share a company, a licence, an address or a name.

    A name joins only inside one postcode's first two digits: «Immo Plus» in two provinces may be two firms.
    """
    first: dict[tuple[str, str], str] = {}
    joined = []
    for advert in adverts:
        for mark in landlord_marks(advert.landlord, advert.postcode):
            joined.append((first.setdefault(mark, advert.key), advert.key))
    return groups((it.key for it in adverts), joined)


def landlord_marks(landlord: Landlord, postcode: str | None = None) -> Iterator[tuple[str, str]]:
    """What tells a landlord again: kind and value of each mark, in one spelling."""
    if landlord.company_no:
        digits = re.sub(r"\D", "", landlord.company_no)
        # An establishment's number (SIRET, Belgian unit) begins with its company's.
        yield "company", digits[:9] if len(digits) == 14 else digits
    for number in re.findall(r"\d{5,}", landlord.licence_no or ""):
        yield "licence", number
    if landlord.email:
        yield "email", landlord.email.casefold()
    if landlord.name:
        yield "name", f"{_folded(landlord.name)}/{(postcode or '')[:2]}"


def _marks(advert: Listing) -> Iterator[tuple[str, ...]]:
    place = advert.postcode or _folded(advert.city)
    if advert.street and advert.house_number and place:
        yield "address", place, _street(advert.street), _number(advert.house_number)[0]
    if advert.reference and len(_folded(advert.reference)) >= 4:
        yield "reference", _folded(advert.reference)
    if advert.title and place:
        yield "title", place, _folded(advert.title)
    if advert.street and place and advert.rent_amount:
        yield "street and rent", place, _street(advert.street), f"{advert.rent_amount:.0f}"
    if place and advert.rent_amount and advert.area_m2:
        yield "rent and area", place, f"{advert.rent_amount:.0f}", f"{advert.area_m2:.0f}"
    if place and advert.rent_amount and advert.house_number:
        yield "number and rent", place, _number(advert.house_number)[0], f"{advert.rent_amount:.0f}"


def _address(one: Listing, other: Listing) -> Iterator[Sign]:
    if one.postcode and other.postcode and one.postcode != other.postcode:
        yield Sign(-20, f"postcode {one.postcode} and {other.postcode}")
        return
    # One postcode is no anchor: it is counted with the measures.
    if not (one.street and other.street):
        return
    street, other_street = _street(one.street), _street(other.street)
    slip = street != other_street
    if slip and not _is_slip(street, other_street):
        # Two languages name one street differently; then its number, and other signs, can tell.
        translated = one.language != other.language
        yield Sign(-2 if translated else -14, f"street {one.street} and {other.street}")
        if translated and one.house_number and _number(one.house_number) == _number(other.house_number or ""):
            yield Sign(5, f"house number {one.house_number} in two languages")
        return
    shown = f"{one.street} and {other.street}" if slip else one.street
    if not (one.house_number and other.house_number):
        yield Sign(3 if slip else 5, f"street {shown}")
        return
    (number, box), (other_number, other_box) = _number(one.house_number), _number(other.house_number)
    if number != other_number:
        yield Sign(-20, f"house number {one.house_number} and {other.house_number}")
    elif box and other_box and box != other_box:
        yield Sign(-20, f"box {box} and {other_box}")
    else:
        yield Sign(7 if slip else 9, f"address {shown} {one.house_number}")


def _own_words(one: Listing, other: Listing) -> Iterator[Sign]:
    a, b = _folded(one.reference), _folded(other.reference)
    shared = set(landlord_marks(one.landlord)) & set(landlord_marks(other.landlord))
    if a and b and a == b and len(a) >= 4:
        yield Sign(10 if shared else 8, f"reference {one.reference}")
    elif a and b and shared and one.portal != other.portal:
        yield Sign(-4, f"reference {one.reference} and {other.reference} of one advertiser")
    if (
        one.title
        and other.title
        and len(_folded(one.title)) >= 16
        and _folded(one.title) == _folded(other.title)
    ):
        yield Sign(3, "the same title")


def _measures(one: Listing, other: Listing, anchored: bool) -> Iterator[Sign]:
    if not anchored:
        return
    if one.postcode and one.postcode == other.postcode:
        yield Sign(3, f"postcode {one.postcode}")
    for name, near, far in (("rent_amount", 4, -6), ("sale_price", 4, -6), ("area_m2", 4, -12)):
        yield from _amount(name, getattr(one, name), getattr(other, name), near, far)
    if _apart(one.rent_amount, other.rent_amount) and _apart(one.area_m2, other.area_m2):
        yield Sign(-6, "rent and area both differ: two units of one building do")
    for name, equal, unequal in (
        ("bedrooms", 1, -6), ("dwelling_type", 0.5, -4), ("furnished", 0.5, -3), ("energy_label", 1, -2),
    ):  # fmt: skip
        a, b = getattr(one, name), getattr(other, name)
        if a is not None and b is not None:
            yield Sign(equal if a == b else unequal, f"{_shown(name)} {a}" + ("" if a == b else f" and {b}"))
    if one.portal == other.portal:
        yield Sign(-3, "on one portal, which lists a dwelling once")
    if one.transaction is not other.transaction:
        yield Sign(-20, f"for {one.transaction.value} and for {other.transaction.value}")
    ours, theirs = set(landlord_marks(one.landlord)), set(landlord_marks(other.landlord))
    if ours and theirs:
        yield (
            Sign(2, "the same advertiser") if ours & theirs else Sign(-2, "no mark of the advertisers agrees")
        )


def _amount(name: str, a: float | None, b: float | None, near: float, far: float) -> Iterator[Sign]:
    if a is None or b is None:
        return
    apart = abs(a - b)
    if apart <= 1:
        yield Sign(near, f"{_shown(name)} {a:g}")
    elif apart <= 0.05 * max(a, b):
        yield Sign(near / 4, f"{_shown(name)} {a:g} and {b:g}")
    elif apart > 0.15 * max(a, b):
        yield Sign(far, f"{_shown(name)} {a:g} and {b:g}")
    else:
        yield Sign(-1, f"{_shown(name)} {a:g} and {b:g}")


def _apart(a: float | None, b: float | None) -> bool:
    return a is not None and b is not None and abs(a - b) > 1


def _shown(name: str) -> str:
    return name.removesuffix("_amount").removesuffix("_m2").replace("_", " ")


def _street(name: str) -> str:
    """A street's name in one spelling: without accents and signs, its usual short forms written out."""
    words = re.split(r"[\W_]+", _plain(name))
    return "".join(_SHORT.get(word, _ENDING.sub("straat", word)) for word in words)


def _is_slip(one: str, other: str) -> bool:
    """Whether one letter more, less or changed makes one name of another; digits are never a slip.

    >>> _is_slip("kerkstraat", "kerkstrat"), _is_slip("kerkstraat", "perkstraat"), _is_slip("laan1", "laan2")
    (True, True, False)
    """
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1 or len(short) < 6:
        return False
    at = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    rest = short[at + (len(short) == len(long)) :]
    return rest == long[at + 1 :] and not (short[at : at + 1] + long[at]).strip().isdigit()


def _number(text: str) -> tuple[str, str]:
    """House number with its letter, and the box behind it."""
    found = re.match(r"\s*(\d+)\s*([a-z]?)(?![a-z])[\s,/\-]*(.*)", text.casefold())
    if not found:
        return text.casefold().strip(), ""
    return found[1] + found[2], re.sub(r"\b(?:bus|bte|boîte|boite|box|b)\b|[\W_]", "", found[3])


def _folded(text: str | None) -> str:
    return re.sub(r"[\W_]+", "", _plain(text or ""))


def _plain(text: str) -> str:
    signs = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in signs if not unicodedata.combining(sign))
