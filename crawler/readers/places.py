"""Where a page says in words that a dwelling is: the page in, postcode and town out; an agency's address is not it."""

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from crawler.readers import labelled

_TOP = {"be": "BE", "nl": "NL", "fr": "FR", "de": "DE", "at": "AT", "ch": "CH", "pl": "PL", "uk": "GB", "ie": "IE",
        "es": "ES", "it": "IT", "lu": "LU", "pt": "PT", "dk": "DK", "se": "SE", "cz": "CZ", "us": "US", "ca": "CA"}  # fmt: skip
CURRENCIES = {**dict.fromkeys(("BE", "NL", "FR", "DE", "AT", "IE", "ES", "IT", "LU", "PT"), "EUR"), "GB": "GBP", "CH": "CHF",
              "PL": "PLN", "DK": "DKK", "SE": "SEK", "CZ": "CZK"}  # fmt: skip
"""What amounts are in where a page of the country names no currency."""
MONTHLY = frozenset(("BE", "NL", "FR", "DE", "AT", "CH", "LU", "ES", "IT", "PT", "PL", "DK", "SE", "CZ"))
"""Countries where rents are advertised by month unless the page says otherwise; not GB and IE, where weeks are usual too."""
APART = frozenset(("BE", "NL", "DE", "AT", "CH", "PL"))
"""Countries where an advert that states its charges states them beside the rent; not FR, where they are often inside it."""
_LANG = re.compile(
    r"""<html[^>]{0,300}\blang=["']?[a-z]{2}[-_]([A-Z]{2})\b|og:locale["'][^>]{0,40}content=["'][a-z]{2}[-_]([A-Z]{2})"""
)
_TOWN = r"(?P<city>[A-ZÀ-ŽŚŁŻŹĆ'][^\W\d_]+(?:(?:[ '’./-]| [aan]{2,3} [a-z]{2,3} |-[a-z]{2,4}-)[A-ZÀ-Ž(a-z'’][^\W\d_]*\)?){0,4})"
_FOUR = r"\b(?<![\d.,€$£-])(?P<postcode>[1-9]\d{3})\s*[,-]?\s+"
_FIVE = r"\b(?<![\d.,€$£-])(?P<postcode>\d{5})\s*[,-]?\s+"
_SHAPES = {
    "NL": r"\b(?P<postcode>[1-9]\d{3}\s?[A-Z]{2})\b[\s,]+(?:\()?",
    "PL": r"\b(?P<postcode>\d{2}-\d{3})\s+",
    **dict.fromkeys(("BE", "AT", "CH", "LU", "DK"), _FOUR),
    **dict.fromkeys(("DE", "FR", "ES", "IT"), _FIVE),
}
_PATTERNS = {country: re.compile(shape + _TOWN) for country, shape in _SHAPES.items()}
_BARE = {
    "GB": re.compile(
        r"(?:(?P<city>[A-Z][^\W\d_]+(?:[ -][A-Z][^\W\d_]+){0,2}),?\s+)?\b(?P<postcode>[A-Z]{1,2}\d[A-Z\d]?(?:\s\d[A-Z]{2})?)\b"
    ),
    "IE": re.compile(r"\b(?P<postcode>(?:[AC-FHKNPRTV-Y]\d{2}|D6W)\s?[0-9AC-FHKNPRTV-Y]{4})\b"),
}
_PLAIN = ("NL", "PL", "DE")
"""Countries whose shape no other number has: taken where the country is not known. Five digits are French too."""
_QUARTER = re.compile(
    r"\(([^\W\d_][^()\d]{2,30})\)?$|^,? ?\(([^\W\d_][^()\d]{2,30})\)|^, ([A-ZÀ-Ž][^\W\d_]+(?:[ -][^\W\d_]+){0,2})$"
)
_STREET = re.compile(
    r"[^\W\d_][^\d,;:|]{2,50} \d{1,4}(?: ?[a-zA-Z])?(?:[-/ ]\d{1,4})?(?: ?(?:bus|bte|box) ?\w{1,5})?"
)
_FOLLOWS = re.compile(rf"{_STREET.pattern}(?=$|[,;|]|\s\d{{4,5}}\s)")
_NAMED = re.compile(r"^(?:adress?e?|address|lage|standort|ligging|location)\b[: ]*", re.IGNORECASE)
_PREFIX = {
    "32": "BE",
    "31": "NL",
    "33": "FR",
    "49": "DE",
    "43": "AT",
    "41": "CH",
    "48": "PL",
    "44": "GB",
    "353": "IE",
    "352": "LU",
}
_SIGNS = {"£": "GB", "&pound;": "GB", " zł": "PL", "CHF ": "CH"}
"""Currencies of one country; a text that names one twice is of it."""
_PHONE = re.compile(r"(?:\+|\b00)(3[123]|353|352|4[13489])[ (/.-]?\(?0?\)?[ (/.-]?\d")
_HOST = re.compile(r"""\bhref=["']https?://[\w.-]{1,80}\.([a-z]{2})[/"']""")
_BEFORE = (
    "address",
    "location",
    "adres",
    "adresse",
    "lage",
    "place",
    "street",
    "locality",
    "localisation",
    "standort",
)
_NOT = re.compile(r"agen|contact|footer|broker|seller|office|makelaar|vendor|publisher|company|related|similar|nearby", re.IGNORECASE)  # fmt: skip
_MAX = 60
_MAX_TRIED = 1_000
"""Elements whose text is looked at for an address."""
_YEARS = re.compile(r"(?:19|20)\d{2}")
_BEFORE_YEAR = frozenset(
    [
        "vanaf",
        "sinds",
        "tot",
        "in",
        "jaar",
        "bouwjaar",
        "depuis",
        "dès",
        "en",
        "année",
        "since",
        "from",
        "until",
        "built",
        "year",
        "seit",
        "ab",
        "baujahr",
        "©",
        "copyright",
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
        "january",
        "february",
        "march",
        "may",
        "june",
        "july",
        "august",
        "october",
    ]
)


def country(url: str, text: str) -> str | None:
    """The country of a page by its domain, else by the region of its language, else by its telephone numbers.

    >>> country("https://www.kamers.be/1", ""), country("https://x.com/1", "tel. +48 71 123 45 67")
    ('BE', 'PL')
    """
    if found := _TOP.get((urlsplit(url).hostname or "").rpartition(".")[2]):
        return found
    if region := _LANG.search(text[:6000]):
        return region[1] or region[2]
    numbers: Counter[str] = Counter(_PREFIX[it] for it in _PHONE.findall(text))
    if numbers:
        return numbers.most_common(1)[0][0]
    hosts = Counter(_TOP[it] for it in _HOST.findall(text[:200_000]) if it in _TOP)
    if len(hosts) == 1:
        return hosts.most_common(1)[0][0]
    return next((land for sign, land in _SIGNS.items() if text.count(sign) >= 2), None)


def split(address: str, land: str | None) -> Mapping[str, str]:
    """Street, postcode and town of an address that is written as one text; what is not plainly there is left out.

    >>> split("Larumsebrugweg 194, 2440 Geel", "BE")
    {'street': 'Larumsebrugweg 194', 'postcode': '2440', 'city': 'Geel'}
    >>> split("School Road, Birmingham, B14", "GB")
    {'street': 'School Road', 'postcode': 'B14', 'city': 'Birmingham'}
    """
    text = " ".join(address.split())[:200]
    pattern = _PATTERNS.get(land or "") or _BARE.get(land or "")
    found = pattern.search(text) if pattern else None
    if found is None or _is_year(text, found):
        return {}
    parts = {key: value.strip(" -.,'()") for key, value in found.groupdict().items() if value}
    before = text[: found.start()].strip(" ,;-|·•")
    street = before.split(",")[0 if land == "GB" else -1].strip()
    if 3 < len(street) <= 60 and not re.match(r"\d+$", street):
        parts = {"street": street, **parts}
    return {key: parts[key] for key in ("street", "postcode", "city") if parts.get(key)}


def place(tree: Any, texts: Sequence[str], land: str | None) -> Mapping[str, str]:
    """Postcode and town as they are written in an element of the dwelling's address, a heading or the title.

    Args:
        tree: the page's elements, or None.
        texts: title and what else is said of the page as a whole.
        land: ISO code; None where it is not known, and then only shapes that are no other number are taken.
    """
    known = [land] if land in _PATTERNS or land in _BARE else _PLAIN
    addresses, headings = _addresses(tree)
    for number, text in enumerate((*addresses, *headings, *texts)):
        for name in known:
            pattern = _PATTERNS.get(name or "") or _BARE.get(name or "")
            found = pattern.search(text[:400]) if pattern else None
            if found and not _is_year(text, found):
                parts = {key: value.strip(" -.,'") for key, value in found.groupdict().items() if value}
                parts["city"] = _QUARTER.sub("", parts.get("city", "")).strip()
                return {**(_around(text, found) if number < len(addresses) else {}), **parts}
    return {}


def _around(text: str, found: re.Match[str]) -> Mapping[str, str]:
    """Street with its number before or behind postcode and town, and the part of town that is named with it."""
    before, behind = text[: found.start()].strip(" ,;-|·•"), text[found.end() :]
    parts: dict[str, str] = {}
    if quarter := _QUARTER.search(found["city"] or "") or _QUARTER.match(behind):
        parts["district"] = next(filter(None, quarter.groups()))
    if street := _STREET.fullmatch(_NAMED.sub("", before)) or _FOLLOWS.match(behind.lstrip(" ,)")):
        parts["street"] = street[0]
    return parts


def _is_year(text: str, found: re.Match[str]) -> bool:
    """Whether four digits are rather a year: 2018 is also a postcode of Antwerp, so the word before decides."""
    before = text[: found.start()].rstrip(" ,:").rpartition(" ")[2].casefold()
    return bool(_YEARS.fullmatch(found["postcode"])) and before in _BEFORE_YEAR


def _addresses(tree: Any) -> tuple[list[str], list[str]]:
    """Short texts of elements that are called an address and stand in nothing of an agency's; and the headings."""
    if tree is None:
        return [], []
    found: list[str] = []
    tried = 0
    for element in tree.iter("address", "div", "span", "p", "li", "a", "h2", "h3", "dd", "td"):
        marks = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('data-testid') or ''}".casefold()
        if element.tag == "address" or any(word in marks for word in _BEFORE):
            text = labelled.text_of(element, 200)
            tried += 1
            if 4 < len(text) < 160 and not _of_somebody(element):
                found.append(text)
            if len(found) >= _MAX or tried >= _MAX_TRIED:
                break
    headings = itertools.islice(tree.iter("h1", "h2"), _MAX_TRIED)
    return found, [labelled.text_of(it, 300) for it in headings]


def _of_somebody(element: Any) -> bool:
    for _ in range(7):
        marks = f"{element.get('class') or ''} {element.get('id') or ''}"
        if element.tag in ("footer", "aside", "nav") or _NOT.search(marks):
            return True
        element = element.getparent()
        if element is None:
            return False
    return False
