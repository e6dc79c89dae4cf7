"""A listing in, the same with place, amounts and words in one form out; nothing is added."""

import re
from dataclasses import replace
from typing import Any

from testing.study.listing import Listing

_ARRONDISSEMENT = re.compile(
    r"(Paris|Lyon|Marseille)[ ,(-]{1,3}\d{1,2}\s?(?:e|er|è|ème|eme|th)?(?: arr(?:ondissement|\.)?)?\)?",
    re.IGNORECASE,
)


def normalise(listing: Listing) -> Listing:
    """One form of place, energy label, language, country and currency.

    Args:
        listing: as read.

    Returns:
        A new listing; a field that was None stays None.
    """
    changes: dict[str, Any] = {
        "city": _city(listing.city),
        "postcode": _postcode(listing.postcode, listing.country),
        "street": _one_spaced(listing.street),
        "house_number": _one_spaced(listing.house_number),
        "language": listing.language[:2].lower() if listing.language else None,
        "currency": listing.currency.upper() if listing.currency else None,
        "energy_label": listing.energy_label.upper() if listing.energy_label else None,
    }
    changed = {name: value for name, value in changes.items() if value != getattr(listing, name)}
    return replace(listing, **changed) if changed else listing


def _one_spaced(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text else None


def _city(city: str | None) -> str | None:
    name = _one_spaced(city)
    # Districts of the three French cities that number them: "Paris 12ème arrondissement".
    if name and (found := _ARRONDISSEMENT.fullmatch(name)):
        name = found[1]
    # Only a name in one case is put right: "DEN HAAG" and "geel", never "'s-Hertogenbosch".
    return (
        name.title()
        if name and (name.isupper() or name.islower()) and name.isascii() and "'" not in name
        else name
    )


def _postcode(postcode: str | None, country: str | None) -> str | None:
    code = _one_spaced(postcode)
    if code and country == "NL" and (found := re.fullmatch(r"(\d{4})\s?([A-Za-z]{2})", code)):
        return f"{found[1]} {found[2].upper()}"
    return re.sub(r"^[A-Z]{1,2}-", "", code) if code and country in ("BE", "DE", "FR", "AT", "LU") else code


class Normalise:
    """Pipeline step."""

    def process_item(self, item: Listing) -> Listing:
        """Pass on the listing in its one form."""
        return normalise(item)
