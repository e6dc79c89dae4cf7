"""Text of a page in, every data value that its scripts and attributes carry out, within bounds."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from crawler.readers import objects

MAX_VALUES = 60
MAX_LOOSE = 60_000
"""Characters in which a literal that is not strict JSON is looked for; larger ones are code, not an advert."""
MAX_FAILED = 40
"""Openings that turned out to be code, after which a script is left."""
_SCRIPT = re.compile(r"<script\b([^<>]{0,2000})>", re.IGNORECASE)
# An object or a list that is assigned, passed or pushed, and begins as data does.
_OPENING = re.compile(
    r"""(?:[=(,:]|\breturn)\s*(?=(?:JSON\.parse\(\s*)?(?:['"`]\s*)?[\[{]\s*(?:["'\[{\\]|[\w$]{1,40}\s*:))"""
)
_FLIGHT = re.compile(r"""self\.__next_f\.push\(\[\s*1\s*,\s*(?=["'])""")
_FLIGHT_ROW = re.compile(r"(?m)^[0-9a-f]{1,6}:(?=[\[{])")
_ATTRIBUTE = re.compile(
    r"""\s:?[\w-]{2,40}=(?:"(\s*(?:\{|\[\{)&quot;[^"]{20,200000})"|'(\s*(?:\{|\[\{)"[^']{20,200000})')"""
)
_WORDS = re.compile(
    r"price|prijs|prix|preis|cena|precio|prezzo|rent|huur|loyer|miete|czynsz|bedroom|surface|livingarea|wohnfl|area|postal|"
    r"zip_?code|locality|seller_?type|advertiser",
    re.IGNORECASE,
)
_HINT = re.compile(r"[A-Za-z0-9]{4,}")
_CODE = re.compile(r"application/(?:ld\+)?json", re.IGNORECASE)


def embedded(text: str) -> list[Any]:
    """Values in page order: JSON scripts, assigned or pushed literals, streamed state, JSON in attributes.

    Args:
        text: of the page. JSON-LD is left out, it has a reader of its own; so are scripts without a word of an advert.

    Returns:
        Objects and lists, at most ``MAX_VALUES``.
    """
    found: list[Any] = []
    streamed: list[str] = []
    budget = objects.Budget()
    for tag in _SCRIPT.finditer(text):
        end = text.find("</script", tag.end())
        if end < 0:
            break
        body = text[tag.end() : end]
        if "__next_f.push" in body:
            streamed += filter(None, (objects.string_at(body, it.end()) for it in _FLIGHT.finditer(body)))
            continue
        if "ld+json" in tag[1].lower() or not _WORDS.search(body):
            continue
        found += _of_script(body, budget, strict=bool(_CODE.search(tag[1])))
        if len(found) >= MAX_VALUES:
            return found[:MAX_VALUES]
    if streamed:
        found += _of_stream("".join(streamed))
    found += _of_attributes(text)
    return found[:MAX_VALUES]


def hints(url: str) -> tuple[str, ...]:
    """What may be the advert's number in its address: parts of the last two segments that hold a digit.

    >>> hints("https://portal.example/en/for-rent/flat-9000/gent/10234567?utm=12345678")
    ('10234567',)
    """
    segments = urlsplit(url).path.strip("/").split("/")[-2:]
    return tuple(it for segment in segments for it in _HINT.findall(segment) if re.search(r"\d", it))


def _of_script(body: str, budget: objects.Budget, *, strict: bool) -> Iterator[Any]:
    head = body.lstrip()
    if strict or head[:1] in ("{", "["):
        value = objects.value_at(body, len(body) - len(head))
        if isinstance(value, (dict, list)):
            yield value
            return
    position = failed = 0
    while failed < MAX_FAILED and budget.left and (opening := _OPENING.search(body, position)):
        value, end = objects.literal_at(body, opening.end(), MAX_LOOSE)
        if isinstance(value, (dict, list)) and value:
            yield value
            position = end
        else:
            failed += 1
            budget.spend(end - opening.end())
            position = opening.end()


def _of_stream(text: str) -> Iterator[Any]:
    """Rows of React's streamed state: an identifier, a colon, JSON."""
    decoder = json.JSONDecoder()
    for row in _FLIGHT_ROW.finditer(text):
        try:
            yield decoder.raw_decode(text, row.end())[0]
        except (ValueError, RecursionError):
            continue


def _of_attributes(text: str) -> Iterator[Any]:
    for number, hit in enumerate(_ATTRIBUTE.finditer(text)):
        if number >= MAX_VALUES:
            return
        raw = hit[1] or hit[2]
        if _WORDS.search(raw):
            try:
                yield json.loads(html.unescape(raw))
            except (ValueError, RecursionError):
                continue
