"""A portal's own words in, the word of the record out, in six languages: never a guess, None where nothing is said."""

import re
from typing import Any

_DWELLINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("parking", r"parking|garage|garaż|autostaan|stellplatz|carport"),
        ("office", r"\b(office|kantoor|bureau|büro|biuro)\b"),
        ("commercial", r"handels|commerc|gewerbe|shop|lokal|industri"),
        ("land", r"bouwgrond|terrain|\bland\b|\bplot\b|grundstück|działk"),
        ("studio", r"\bstudio\b|\bkawalerk|\bbedsit\b|flat[-_ ]?studio"),
        (
            "room",
            r"\b(student )?(room|kamer|kot|chambre|(?<![\d.,][- ])zimmer(?!-?wohn)|zimmer in \d|pokój|kamer_in|wg-zimmer)\b",
        ),
        (
            "apartment",
            r"ap{1,2}art?e?ment|\bflat\b|wohnung|mieszkani|penthouse|duplex|triplex|\bloft\b|ground[-_ ]floor|maisonette",
        ),
        (
            "house",
            r"house|\bhuis|\bhuizen|woning|maison|villa|haus|\bdom\b|cottage|bungalow|terraced|detached|eengezins|\bhome\b|farm",
        ),
    )
)
_RENT = re.compile(
    r"te huur|for[-_ ]rent|to[-_ ]rent|to[-_ ]let|\brent(al|als|ed|s)?\b|à louer|a-louer|\blouer\b|location|"
    r"zu vermieten|\bmiete|mietwohn|zur miete|vermiet|wynaj|verhuur|\bhuur|\bletting|\blease|loyer",
    re.IGNORECASE,
)
_SALE = re.compile(
    r"te koop|te-koop|for[-_ ]sale|\bsales?\b|\bbuy\b|à vendre|a-vendre|\bvente|\bvendre|kauf|sprzeda|\bkoop|\bsell\b|verkoop",
    re.IGNORECASE,
)
_CURRENCIES = (
    ("EUR", re.compile(r"€|\bEUR\b|&euro;|\beuros?\b", re.IGNORECASE)),
    ("GBP", re.compile(r"£|\bGBP\b|&pound;|\bpcm\b|\bpw\b", re.IGNORECASE)),
    ("PLN", re.compile(r"\bzł|\bPLN\b", re.IGNORECASE)),
    ("CHF", re.compile(r"\bCHF\b|\bFr\.\s?\d", re.IGNORECASE)),
    ("USD", re.compile(r"\bUSD\b|US\$|(?<![A-Z])\$\s?\d")),
    ("CZK", re.compile(r"\bKč|\bCZK\b", re.IGNORECASE)),
    ("SEK", re.compile(r"\bSEK\b")),
    ("DKK", re.compile(r"\bDKK\b")),
)
_PERIODS = (
    ("month", re.compile(
        r"/\s?(?:maand|mnd|mois|month|monat|mo\b|mth|miesiąc|mies|mese|mes\b|m\.?$)|(?:per|par|pro|al|por|a) (?:maand|mois|month|monat|mese|"
        r"mes)\b|\bpcm\b|\bp\.?\s?m\.?\b|\bmonthly\b|\bmensuel|\bmonatlich|maandelijks|miesięczn|\bmonat(?:s|lich)|\bmaandhuur|"
        r"za miesiąc|^(?:month|mon|monat|maand|mois|m)$|permonth|charges comprises|hors charges|\bc\.c\b|mensile|mensual|kaltmiete|warmmiete",
        re.IGNORECASE)),
    ("week", re.compile(r"/\s?(?:week|semaine|woche|wk)|(?:per|par|pro) (?:week|semaine|woche)|\bpw\b|\bp\.w|\bweekly\b|^week$", re.IGNORECASE)),
    ("year", re.compile(r"/\s?(?:jaar|an\b|year|jahr)|(?:per|par|pro) (?:jaar|an|year|annum|jahr)|\bp\.?a\.?\b|\byearly\b|^(?:year|annual(?:ly)?)$", re.IGNORECASE)),
    ("day", re.compile(r"/\s?(?:dag|nacht|night|nuit|day|tag)\b|(?:per|par|pro) (?:dag|nacht|night|nuit|day|tag)\b|^(?:day|daily|night)$", re.IGNORECASE)),
)  # fmt: skip
_RENT_KINDS = (
    ("base", re.compile(
        r"hors charges|\bh\.?c\.?\b|kalt(?:miete)?\b|exclusief|excl\.?\b|\bnetto(?:kalt)?miete|zzgl\.? (?:nk|neben)|excluding|\+ ?(?:charges|kosten)",
        re.IGNORECASE)),
    ("total", re.compile(
        r"charges comprises|\bc\.?c\.?\b|warm(?:miete)?\b|inclusief|\bincl\.?\b|all[- ]in|inkl\.? (?:nk|neben)|gesamtmiete|bills included|"
        r"charges incluses|including", re.IGNORECASE)),
)  # fmt: skip
_ADVERTISERS = (
    ("social_rental_agency", re.compile(r"social_rental|sociaal verhuurkantoor|agence immobilière sociale", re.IGNORECASE)),
    ("social_housing_company", re.compile(r"social_housing|social landlord|bailleur social", re.IGNORECASE)),
    ("notary", re.compile(r"^notar", re.IGNORECASE)),
    ("developer", re.compile(r"^(?:developer|promot|builder|bauträger|deweloper|new_?build)", re.IGNORECASE)),
    ("private", re.compile(
        r"^(?:private?|privat\w*|particulier\w*|individual|owner|private_(?:owner|person|user|seller|landlord)|c2c|consumer|person|"
        r"prywat\w*|osob\w* prywatn\w*|właściciel|eigentümer|eigenaar|propriétaire|particular|privato|landlord|by owner)\b",
        re.IGNORECASE)),
    ("agency", re.compile(
        r"^(?:agen[ctz]\w*|estate ?_?agen\w*|letting ?_?agen\w*|real_?estate_?agen\w*|pro|professional\w*|professionnel\w*|business|commercial|"
        r"b2c|gewerblich\w*|makler\w*|immobilienmakler|makela\w*|broker|dealer|company|biuro\w*|pośrednik|realtor|office|inmobiliaria)\b",
        re.IGNORECASE)),
)  # fmt: skip


def dwelling(value: Any) -> str | None:
    """house, apartment, studio, room, parking, office, commercial or land; None where no word says so."""
    text = str(value or "")[:300].replace("_", " ")
    hits = [(m.start(), name) for name, pattern in _DWELLINGS if (m := pattern.search(text))]
    return min(hits, key=lambda hit: hit[0])[1] if hits else None


def transaction(value: Any) -> str | None:
    """``rent`` or ``sale`` by the words of five languages; None where neither or both are there."""
    text = re.sub(r"[_/-]", " ", str(value or "")[:400])
    rent, sale = bool(_RENT.search(text)), bool(_SALE.search(text))
    return None if rent == sale else "rent" if rent else "sale"


def currency(value: Any) -> str | None:
    """ISO code of the currency that a text names, by code or sign; None where it names none or two.

    >>> [currency(v) for v in ("€ 950 /maand", "EUR", "1 200 zł", "CHF 2'710.–", "on request")]
    ['EUR', 'EUR', 'PLN', 'CHF', None]
    """
    text = str(value)[:300]
    found = {code for code, pattern in _CURRENCIES if pattern.search(text)}
    return found.pop() if len(found) == 1 else None


def period(value: Any) -> str | None:
    """What a rent pays for, by the words beside it; None where they do not say.

    >>> [period(v) for v in ("€ 950 /maand", "£300 pw", "Kaltmiete: 700 €", "MONTH", "1.200 €")]
    ['month', 'week', 'month', 'month', None]
    """
    text = str(value)[:300]
    return next((name for name, pattern in _PERIODS if pattern.search(text)), None)


def rent_kind(value: Any) -> str | None:
    """Whether a rent covers charges, by the words beside it; None where they do not say, or say both."""
    text = str(value)[:300]
    found = [name for name, pattern in _RENT_KINDS if pattern.search(text)]
    return found[0] if len(found) == 1 else None


def advertiser(value: Any) -> str | None:
    """Landlord type that a portal's own word for an advertiser names; None where it names none.

    >>> [advertiser(v) for v in ("PRIVATE", "Gewerblicher Anbieter", "agency", "gold")]
    ['private', 'agency', 'agency', None]
    """
    text = str(value).strip()[:80]
    return next((name for name, pattern in _ADVERTISERS if pattern.search(text)), None)
