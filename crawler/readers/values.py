"""Printed or embedded values in, plain values out: amounts, dates, yes and no, dwelling types. Never a guess."""

import html
import re
from datetime import UTC, date, datetime
from typing import Any

_NUMBER = re.compile(r"\d[\d.,\u2019'’\u00a0\u202f\u2009 ]*")
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
_TAGS = re.compile(
    r"</?(?:a|b|i|p|u|br|em|li|ul|ol|div|span|strong|sup|sub|h\d)\b[^<>]{0,500}>", re.IGNORECASE
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DMY = re.compile(r"\b(\d{1,2})[-./](\d{1,2})[-./](\d{4})\b")
_NAMED = re.compile(r"\b(\d{1,2})\.?(?:st|nd|rd|th)?\s+([^\W\d_]{3,12})\.?,?\s+'?(\d{4}|\d{2})\b")
_MONTH_STEMS = (
    ("jan", "sty"),
    ("feb", "fév", "fev", "lut"),
    ("maa", "mar", "mrt", "mär"),
    ("apr", "avr", "kwi"),
    ("mei", "may", "mai", "maj"),
    ("jun", "juin", "cze"),
    ("jul", "juil", "lip"),
    ("aug", "aoû", "aou", "sie"),
    ("sep", "wrz"),
    ("okt", "oct", "paź", "paz"),
    ("nov", "lis"),
    ("dec", "déc", "dez", "gru"),
)


MAX_RAW = 100_000
"""Characters of a raw text that are looked at."""
_LONG_REFERENCE = re.compile(r"&#[0-9]{9,};?")
"""A character by a number that no character has; Python refuses to convert one of thousands of digits."""
_UNKEPT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Characters that a database or a UTF-8 file cannot keep, or that nobody prints."""


def plain(value: Any) -> str | None:
    """Text without tags, entities and runs of spaces; None where nothing is left."""
    if value is None or isinstance(value, (bool, dict, list)):
        return None
    text = str(value)[:MAX_RAW]
    if "<" in text:
        text = _TAGS.sub(" ", text)
    if "&" in text:
        text = unescape(text)
    return _SPACES.sub(" ", kept(text[:4000])).strip(" \t\n;|·•") or None


def unescape(text: str) -> str:
    """Text with its character references resolved, whatever number they bear."""
    return html.unescape(_LONG_REFERENCE.sub("\ufffd", text))


def kept(text: str) -> str:
    """Text without what cannot be kept: control characters and halves of characters."""
    return _UNKEPT.sub("", text)


def quote(value: Any) -> str:
    """The beginning of a raw value as it stood, as far as it can be kept."""
    return kept(str(value)[:200])


def amount(value: Any) -> float | None:
    """The first number of a value, read with points, commas, spaces or apostrophes between thousands.

    Args:
        value: a number, or text such as ``€ 2.250``, ``1 190 €``, ``CHF 2'710.–`` or ``81,45 m²``.

    Returns:
        The number, or None where the value holds none. A lone separator before exactly three digits parts
        thousands; any other lone separator is the decimal one.

    >>> [amount(v) for v in ("€1,700", "1.539 m²", "81,45", "CHF 2'710.–", "1 190 €", 995, "on request")]
    [1700.0, 1539.0, 81.45, 2710.0, 1190.0, 995.0, None]
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return float(value) if 0 <= value < 1e9 else None
    if not isinstance(value, str):
        return None
    found = _NUMBER.search(value[:400])
    if not found:
        return None
    digits = re.sub(r"[^\d.,]", "", _first_group(found.group())).rstrip(".,")
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0:
        mark, other = digits[last], "," if digits[last] == "." else "."
        whole = digits[:last]
        thousands = other not in whole and (mark in whole or len(digits) - last - 1 == 3) and whole != "0"
        digits = (
            digits.replace(",", "").replace(".", "")
            if thousands
            else (whole.replace(other, "").replace(mark, "") + "." + digits[last + 1 :])
        )
    try:
        number = float(digits)
    except ValueError:
        return None
    return number if 0 <= number < 1e9 else None


def _first_group(text: str) -> str:
    """Cut at a space that does not part thousands: ``2 pièces`` after ``37`` is another number."""
    parts = re.split(r"[\s\u00a0\u202f\u2009]", text)
    kept = parts[0]
    for part in parts[1:]:
        if (
            not re.match(r"\d{3}(\D|$)", part)
            or len(re.sub(r"\D", "", kept)) > 6
            or re.search(r"[.,]\d{1,2}$", kept)
        ):
            break
        kept += part
    return kept


def day(value: Any) -> date | None:
    """A calendar day out of ISO text, ``25/09/2026``, ``22 November 2017`` or a Unix time in (milli)seconds."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        if not 6e8 < value < 6e12:  # also a number too large to divide
            return None
        seconds = value / 1000 if value > 1e11 else value
        return datetime.fromtimestamp(seconds, UTC).date() if 6e8 < seconds < 6e9 else None
    text = html.unescape(str(value)[:200])
    try:
        if re.fullmatch(r"20\d{6}", text):
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if found := _ISO.search(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DMY.search(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := _NAMED.search(text):
            month = _month(found[2])
            year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
            return date(year, month, int(found[1])) if month else None
    except ValueError:
        return None
    return None


def _month(word: str) -> int | None:
    folded = word.casefold()
    if folded.startswith("juil"):
        return 7
    return next((n for n, stems in enumerate(_MONTH_STEMS, 1) if folded.startswith(stems)), None)


def yes_or_no(value: Any) -> bool | None:
    """True, False, or None where the value says neither."""
    if isinstance(value, bool):
        return value
    folded = str(value).strip().casefold()
    if re.match(
        r"(1|true|yes|ja|oui|tak|y|furnished|gemeubeld|gestoffeerd en gemeubeld|meubl|möbliert|umeblow)",
        folded,
    ):
        return True
    if re.match(
        r"(0|false|no\b|nee|non|nein|nie|n$|unfurnished|ongemeubeld|upholstered|unmöbliert|kaal|shell)",
        folded,
    ):
        return False
    return None


_STREET = re.compile(
    r"^(?P<street>[^\d,]{3,80}?)\s+(?P<number>\d{1,5}(?:\s?[-/]?\s?[A-Za-z]{1,3}\d{0,3}|[-/]\d{1,4})?)$"
)
_STREET_FIRST = re.compile(r"^(?P<number>\d{1,5}[A-Za-z]?),?\s+(?P<street>[^\d,]{3,80})$")


def street_and_number(text: str) -> tuple[str, str | None]:
    """Street and house number where the text is exactly that, else the text and None.

    >>> [street_and_number(t) for t in ("Hoofdweg 147 B", "12 rue Haute", "Opolska", "Plein 1944")]
    [('Hoofdweg', '147 B'), ('rue Haute', '12'), ('Opolska', None), ('Plein 1944', None)]
    """
    found = _STREET.match(text) or _STREET_FIRST.match(text)
    if not found or (
        re.match(r"(plein|place|square|rue du|plac)\b", found["street"], re.IGNORECASE)
        and len(found["number"]) == 4
    ):
        return text, None
    return found["street"].strip(), found["number"].strip()
