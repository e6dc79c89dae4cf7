"""The bytes of one page in, its parts out, each built once and only when asked for."""

import codecs
import itertools
import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import lxml.etree

from crawler.readers import embedded, keyed, labelled, objects, places, tags, xml

if TYPE_CHECKING:
    from crawler.portals.profile import State

MAX_BYTES = 5_000_000
"""A larger body is not read; the largest real page seen has 0.6 MB."""
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?\s*([\w-]{3,20})", re.IGNORECASE)
_LD = re.compile(r"<script[^<>]{0,300}application/ld\+json[^<>]{0,300}>", re.IGNORECASE)
_OPEN = re.compile(r"[\[{]")
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,600})", re.IGNORECASE)
_META = re.compile(r"<meta\s[^<>]{1,3000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w:-])([\w:-]{1,80})\s{0,20}=\s*(?:"([^"]*)"|'([^']*)')""")
_MAX_BLOCKS = 40
MAX_ELEMENTS = 100_000
"""Elements of a tree that is walked; the largest real page seen has some 2,200."""
_HAS_MORE = lxml.etree.XPath(f"boolean(descendant::*[{MAX_ELEMENTS}])")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""First bytes that say the character set, whatever else is said."""
_NO_CHARSETS = frozenset(("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf_7"))
"""Codecs that Python counts among character sets and no page is written in."""


class Page:
    """One page: text, JSON-LD, embedded state, tree, labels. Nothing is parsed before it is needed."""

    def __init__(self, body: bytes, url: str, charset: str | None = None) -> None:
        self.body = body
        self.url = url
        self._charset = charset
        self.wanted: frozenset[str] | None = None
        """Labels that anybody will ask for; None where that is not known."""
        self.lexicon: keyed.Lexicon | None = None
        """What keys of embedded state speak of; None where nobody asks."""
        self._states: dict[int, Any] = {}
        self._budget = objects.Budget()

    @cached_property
    def charset(self) -> str:
        """Character set by the first bytes, else as the server declares it, else as the page does, else UTF-8."""
        for mark, name in _MARKS:
            if self.body.startswith(mark):
                return name
        if self._charset and _is_charset(self._charset):
            return self._charset
        found = _CHARSET.search(self.body[:4096])
        said = found[1].decode("ascii", "ignore").lower() if found else ""
        # A declaration that can be read as ASCII is not in a set of wider characters.
        return said if _is_charset(said) and _is_ascii_in(said) else "utf-8"

    @cached_property
    def text(self) -> str:
        """The body as text; bytes that are not of its character set become replacement signs."""
        return self.body.decode(self.charset, "replace")

    @cached_property
    def feed(self) -> tuple[str, Any] | None:
        """Root name and content of an XML document that is no page, or None; malformed XML raises ``ValueError``."""
        return xml.data(self.body) if xml.is_xml(self.body) else None

    @cached_property
    def document(self) -> Any:
        """The whole body as a JSON document, or None where it is not one."""
        if self.feed is not None:
            return {self.feed[0]: self.feed[1]}
        if self.body.lstrip()[:1] not in (b"{", b"["):
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @cached_property
    def title(self) -> str:
        """Text of the title element, or an empty string."""
        found = _TITLE.search(self.text)
        return found[1].strip() if found else ""

    @cached_property
    def ld(self) -> tuple[dict[str, Any], ...]:
        """Objects of all JSON-LD blocks, graphs taken apart; a malformed block costs only itself."""
        found: list[dict[str, Any]] = []
        if "ld+json" not in self.text:
            return ()
        end = 0
        for tag in itertools.islice(_LD.finditer(self.text), _MAX_BLOCKS):
            if tag.start() < end:
                continue  # inside the block before
            end = self.text.find("</script", tag.end())
            if end < 0:
                break
            start = _OPEN.search(self.text, tag.end(), end)
            if start:
                found.extend(_flatten(objects.value_at(self.text[start.start() : end], 0), 0))
        return tuple(found)

    @cached_property
    def meta(self) -> Mapping[str, str]:
        """Content of meta elements by name or property, the first of each."""
        found: dict[str, str] = {}
        for tag in _META.findall(self.text):
            marks = {name.lower(): a or b for name, a, b in _ATTRIBUTE.findall(tag)}
            key = marks.get("property") or marks.get("name")
            if key and "content" in marks:
                found.setdefault(key, marks["content"])
        return found

    @cached_property
    def tree(self) -> Any:
        """The element tree, or None where the page has none that can be afforded."""
        try:
            body, charset = self.body, self.charset
            if not _is_ascii_in(charset):
                body, charset = self.text.encode("utf-8", "replace"), "utf-8"
            if tags.is_overloaded(body):
                return None
            # The plain parser: lxml.html's own element classes cost a quarter of the walk.
            parser = lxml.etree.HTMLParser(encoding=charset, remove_comments=True, remove_pis=True)
            root = lxml.etree.fromstring(body, parser)
            return None if root is None or _HAS_MORE(root) else root
        except (lxml.etree.LxmlError, ValueError, LookupError, AssertionError):
            return None

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Value of each visible label (casefolded, without its colon), the first of each."""
        return {} if self.tree is None else labelled.pairs(self.tree, self.wanted)

    @cached_property
    def phrases(self) -> frozenset[str]:
        """Short texts that stand alone in an element, folded."""
        return frozenset() if self.tree is None else labelled.phrases(self.tree)

    @cached_property
    def adverts(self) -> tuple[keyed.Table, ...]:
        """The adverts in embedded state of any shape, by what its keys are called."""
        if self.lexicon is None:
            return ()
        values = [self.document] if self.document is not None else embedded.embedded(self.text)
        return keyed.adverts(values, self.lexicon, embedded.hints(self.url))

    @cached_property
    def advert(self) -> keyed.Table:
        """The only advert in embedded state; empty where there is none, or a list of them."""
        return self.adverts[0] if len(self.adverts) == 1 else {}

    @cached_property
    def country(self) -> str | None:
        """The country by the address's domain, else by the region of the page's language."""
        return places.country(self.url, self.text)

    @cached_property
    def place(self) -> Mapping[str, str]:
        """Postcode and town where the page writes an address as one text."""
        texts = [self.title, *(self.meta.get(name, "") for name in ("og:title", "description"))]
        return places.place(self.tree, texts, self.country)

    @cached_property
    def properties(self) -> Mapping[str, tuple[str, ...]]:
        """Microdata: the values of each ``itemprop``, in page order."""
        return {} if self.tree is None or b"itemprop" not in self.body else labelled.properties(self.tree)

    def state(self, declared: "State") -> Any:
        """The embedded state that the profile declares, or None where it is absent or broken."""
        if id(declared) not in self._states:
            self._states[id(declared)] = self._find(declared)
        return self._states[id(declared)]

    def _find(self, declared: "State") -> Any:
        if self.document is not None:
            return self.document
        merged: dict[str, Any] = {}
        for word, marker in declared.markers:
            if word not in self.text:
                continue  # to look for a word is ten times as fast as for a pattern
            behind = 0
            for found in itertools.islice(marker.finditer(self.text), _MAX_BLOCKS):
                if found.start() < behind or not self._budget.left:
                    continue  # inside the value before
                value, end = objects.literal_at(self.text, found.end(), len(self.text))
                if value is not None and not declared.merge:
                    return value
                if value is None:
                    self._budget.spend(end - found.end())
                else:
                    behind = end
                if isinstance(value, dict):
                    merged = {**value, **merged}
        return merged or None


def _is_charset(name: str) -> bool:
    try:
        "a".encode(name)  # some codecs are none of texts
        return codecs.lookup(name).name.replace("-", "_") not in _NO_CHARSETS
    except (LookupError, ValueError):
        return False


def _is_ascii_in(charset: str) -> bool:
    """Whether a tag has the same bytes in a character set as in ASCII."""
    return "<a b='1'>".encode(charset, "replace") == b"<a b='1'>"


def _flatten(value: Any, depth: int) -> list[dict[str, Any]]:
    if depth > 6:
        return []
    if isinstance(value, list):
        return [found for item in value[:200] for found in _flatten(item, depth + 1)]
    if not isinstance(value, dict):
        return []
    graph = value.get("@graph")
    return [value, *_flatten(graph, depth + 1)] if graph else [value]
