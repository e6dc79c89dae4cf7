"""Bytes of a page in, whether a tag in it has more attributes than the parser can afford out."""

import re

SMALL = 300_000
"""Bytes of a page that cannot cost the parser more than a second, whatever is in its tags."""
MAX_UNITS = 9_000
"""Names, values and spaces in one tag; libxml2 takes the square of the number of attributes."""
_UNIT = rb"""(?:[\s/]++|[^\s/>=]++|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))?+)"""
_UNITS = rb"%s{0,%d}+" % (_UNIT, MAX_UNITS)
# Elements whose content is text: what looks like a tag there is none.
_RAW = rb"|".join(
    rb"<%s\b%s>[^<]*+(?:<(?!/%s)[^<]*+)*+" % (name, _UNITS, name)
    for name in (b"script", b"style", b"title", b"textarea", b"iframe", b"noframes", b"noembed", b"xmp")
)
_PAGE = re.compile(
    rb"(?:[^<]++"
    rb"|<!--(?:-?>|(?:[^-]++|-(?!-!?>))*+)"
    rb"|%s"
    rb"|</?[a-z]%s(?:>|\Z)"
    rb"|<[?!/][^>]*+|<+(?![a-z?!/]))*+" % (_RAW, _UNITS),
    re.IGNORECASE,
)
"""A page up to the first tag that has too many units; one expression, so that an ordinary page costs a millisecond."""


def is_overloaded(body: bytes) -> bool:
    """Whether a tag has more than ``MAX_UNITS`` parts; not asked of a small page.

    >>> is_overloaded(b"<p " + b"a " * 200_000 + b">"), is_overloaded(b"<p>" + b"a " * 200_000)
    (True, False)
    """
    if len(body) <= SMALL:
        return False
    found = _PAGE.match(body)
    return found is not None and found.end() < len(body)
