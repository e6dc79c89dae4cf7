"""Adverts of the made-up town in, the pages of its listings site out: HTML in the three shapes real portals have."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

SHAPES = ("state", "jsonld", "labelled")
"""Embedded page state; JSON-LD with an analytics layer; plain label-value lists, as on an agency's own site."""

# The words that the site prints, by language of the advert.
_WORDS: dict[str, dict[str, str]] = {
    "nl": {
        "to_rent": "te huur", "rent": "Huurprijs", "charges": "Lasten", "month": "per maand", "address": "Adres", "kind": "Type woning",
        "area": "Bewoonbare oppervlakte", "bedrooms": "Slaapkamers", "energy": "EPC-label", "posted": "Geplaatst op", "reference": "Referentie",
        "advertiser": "Aanbieder", "private": "Particulier", "social_rental_agency": "Sociaal verhuurkantoor", "mail": "Mail de aanbieder",
        "garage": "Garage mogelijk", "office": "Kantoor", "next": "Volgende", "contact": "Contact",
        "house": "huis", "apartment": "appartement", "studio": "studio", "room": "kamer",
    },
    "fr": {
        "to_rent": "à louer", "rent": "Loyer", "charges": "Charges", "month": "par mois", "address": "Adresse", "kind": "Type de bien",
        "area": "Surface habitable", "bedrooms": "Chambres", "energy": "Label PEB", "posted": "Publié le", "reference": "Référence",
        "advertiser": "Annonceur", "private": "Particulier", "social_rental_agency": "Agence immobilière sociale", "mail": "Écrire à l'annonceur",
        "garage": "Garage possible", "office": "Bureau", "next": "Suivant", "contact": "Contact",
        "house": "maison", "apartment": "appartement", "studio": "studio", "room": "chambre",
    },
    "en": {
        "to_rent": "to rent", "rent": "Rent", "charges": "Charges", "month": "per month", "address": "Address", "kind": "Property type",
        "area": "Living area", "bedrooms": "Bedrooms", "energy": "EPC label", "posted": "Posted on", "reference": "Reference",
        "advertiser": "Advertiser", "private": "Private owner", "social_rental_agency": "Social rental agency", "mail": "Mail the advertiser",
        "garage": "Garage available", "office": "Office", "next": "Next", "contact": "Contact",
        "house": "house", "apartment": "flat", "studio": "studio", "room": "room",
    },
}  # fmt: skip
_STATE_TYPES = {"private": "PRIVATE", "agency": "AGENCY", "social_rental_agency": "SOCIAL_RENTAL_AGENCY"}
_LAYER_TYPES = {"private": "private", "agency": "professional", "social_rental_agency": "social"}
_LD_TYPES = {"house": "House", "apartment": "Apartment", "studio": "Accommodation", "room": "Room"}


def listing_path(advert: Mapping[str, Any]) -> str:
    """Path of an advert's page on the site; the portal's profile knows detail pages by it."""
    return f"/advert/{advert['id']}"


def listing_page(advert: Mapping[str, Any], shape: str) -> str:
    """The page of one advert.

    Args:
        advert: id, title, language (nl, fr, en), rent, charges (or None), street, house_number, postcode, city, dwelling_type,
            area_m2, bedrooms, energy_label, posted_date, landlord_type (private, agency, social_rental_agency), landlord_name,
            licence_no (agencies), email, reference.
        shape: one of ``SHAPES``.

    Raises:
        ValueError: no such shape.
    """
    if shape not in SHAPES:
        raise ValueError(f"no page shape {shape!r}; shapes are {', '.join(SHAPES)}")
    words = _WORDS[advert["language"]]
    head, body = {"state": _state, "jsonld": _jsonld, "labelled": _labelled}[shape](advert, words)
    title = f"{advert['title']} - {words[advert['dwelling_type']]} {words['to_rent']} - {advert['city']}"
    return _document(advert["language"], title, head, body)


def list_page(links: Sequence[str], next_link: str | None = None) -> str:
    """A list page: links to adverts, and to the next list page if there is one."""
    rows = "".join(f'<li class="result"><a href="{escape(link)}">{escape(link)}</a></li>\n' for link in links)
    onward = (
        f'<nav><a class="pagination" rel="next" href="{escape(next_link)}">Volgende</a></nav>'
        if next_link
        else ""
    )
    return _document("nl", "Te huur in Evenstad", "", f'<ul class="results">\n{rows}</ul>\n{onward}')


def _document(language: str, title: str, head: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)} | Evenstad</title>\n'
        f'{head}\n</head>\n<body>\n<header><a href="/">Evenstad</a></header>\n<main>\n{body}\n</main>\n</body>\n</html>\n'
    )


def _script(data: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


def _mail(advert: Mapping[str, Any], words: Mapping[str, str]) -> str:
    return (
        f'<p><a class="contact-mail" href="mailto:{escape(advert["email"])}">{escape(words["mail"])}</a></p>'
    )


def _state(advert: Mapping[str, Any], words: Mapping[str, str]) -> tuple[str, str]:
    private = advert["landlord_type"] == "private"
    state = {
        "id": advert["id"],
        "customers": [{
            "type": _STATE_TYPES[advert["landlord_type"]], "name": advert["landlord_name"], "email": advert["email"],
            "ipiNo": advert.get("licence_no"), "isOwner": True,
            # An office's own address stands beside the dwelling's on real pages too.
            "location": None if private else {"street": "Kantoorplein", "number": "1", "postalCode": "9998", "locality": "Overstad"},
        }],
        "property": {
            "type": advert["dwelling_type"].upper(), "title": advert["title"], "bedroomCount": advert["bedrooms"],
            "netHabitableSurface": advert["area_m2"],
            "location": {"street": advert["street"], "number": advert["house_number"], "postalCode": advert["postcode"], "locality": advert["city"]},
        },
        "publication": {"creationDate": f"{advert['posted_date']}T09:00:00Z"},
        "transaction": {
            "type": "FOR_RENT", "certificates": {"epcScore": advert["energy_label"]},
            "rental": {"monthlyRentalPrice": advert["rent"], "monthlyRentalCosts": advert.get("charges")},
        },
        "externalReference": advert["reference"],
    }  # fmt: skip
    head = f"<script>window.classified = {_script(state)};</script>"
    price = f"€ {advert['rent']} {words['month']}"
    return head, f'<h1>{escape(advert["title"])}</h1>\n<p class="price">{price}</p>\n{_mail(advert, words)}'


def _jsonld(advert: Mapping[str, Any], words: Mapping[str, str]) -> tuple[str, str]:
    block = {
        "@context": "https://schema.org", "@type": "RealEstateListing", "name": advert["title"], "identifier": advert["id"],
        "datePosted": str(advert["posted_date"]), "inLanguage": advert["language"],
        "offers": {"@type": "Offer", "price": advert["rent"], "priceCurrency": "EUR", "businessFunction": "http://purl.org/goodrelations/v1#LeaseOut"},
        "about": {
            "@type": _LD_TYPES[advert["dwelling_type"]], "numberOfBedrooms": advert["bedrooms"],
            "floorSize": {"@type": "QuantitativeValue", "value": advert["area_m2"], "unitCode": "MTK"},
            "address": {"@type": "PostalAddress", "streetAddress": f"{advert['street']} {advert['house_number']}",
                        "postalCode": advert["postcode"], "addressLocality": advert["city"]},
        },
    }  # fmt: skip
    layer = {
        "page": "detail", "seller_type": _LAYER_TYPES[advert["landlord_type"]], "seller_name": advert["landlord_name"],
        "dwelling": advert["dwelling_type"], "licence": advert.get("licence_no"),
    }  # fmt: skip
    head = (
        f'<script type="application/ld+json">{_script(block)}</script>\n'
        f"<script>window.dataLayer = window.dataLayer || []; dataLayer.push({_script(layer)});</script>"
    )
    rows = _rows([(words["charges"], _euro(advert.get("charges"))), (words["energy"], advert["energy_label"]),
                  (words["reference"], advert["reference"]), (words["garage"], "€ 75")])  # fmt: skip
    return head, f"<h1>{escape(advert['title'])}</h1>\n{rows}\n{_mail(advert, words)}"


def _labelled(advert: Mapping[str, Any], words: Mapping[str, str]) -> tuple[str, str]:
    kind = advert["landlord_type"]
    address = f"{advert['street']} {advert['house_number']}, {advert['postcode']} {advert['city']}"
    rows = _rows([
        (words["reference"], advert["reference"]), (words["rent"], f"€ {advert['rent']} {words['month']}"),
        (words["charges"], _euro(advert.get("charges"))), (words["address"], address), (words["kind"], words[advert["dwelling_type"]]),
        (words["area"], f"{advert['area_m2']} m²"), (words["bedrooms"], advert["bedrooms"]), (words["energy"], advert["energy_label"]),
        (words["garage"], "€ 75"), (words["posted"], advert["posted_date"]),
        # An agency shows its licence, as the law asks; the others say what they are.
        (words["advertiser"], None if kind == "agency" else words[kind]), (words["contact"], advert["landlord_name"]),
    ])  # fmt: skip
    licence = (
        f"BIV {advert['licence_no']} - {escape(words['office'])}: Kantoorplein 1, 9998 Overstad"
        if kind == "agency"
        else ""
    )
    return "", (
        f'<h1 data-advert="{escape(str(advert["id"]))}">{escape(advert["title"])}</h1>\n{rows}\n{_mail(advert, words)}\n<footer>{licence}</footer>'
    )


def _euro(amount: object) -> str | None:
    return None if amount is None else f"€ {amount}"


def _rows(rows: Sequence[tuple[str, Any]]) -> str:
    shown = "\n".join(
        f"<dt>{escape(label)}</dt><dd>{escape(str(value))}</dd>"
        for label, value in rows
        if value not in (None, "")
    )
    return f'<dl class="facts">\n{shown}\n</dl>'
