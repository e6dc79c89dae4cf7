"""Pages of the made-up town, read back through the portal's profile, give the adverts they were made from."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from crawler.portals.profile import load_profile
from crawler.readers.kinds import PageKind
from crawler.readers.reading import read_page
from desk.rehearsal.pages import SHAPES, list_page, listing_page, listing_path

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
SITE = "http://127.0.0.1:8000"
ADVERT: dict[str, Any] = {
    "id": "ev-0017", "title": "Lichte woonst <met> \"tuin\" & </script> vlak bij 't park", "language": "nl", "rent": 1250, "charges": 75,
    "street": "Sint-Annastraat", "house_number": "12 B", "postcode": "9990", "city": "Evenstad-Zuid", "dwelling_type": "apartment",
    "area_m2": 81.5, "bedrooms": 2, "energy_label": "B", "posted_date": date(2026, 10, 28), "landlord_type": "agency",
    "landlord_name": "Woonwinkel Vermaelen", "licence_no": "512345", "email": "relay-0017@evenstad.example", "reference": "WV/17",
}  # fmt: skip
NAMES = {"private": "An Peeters", "agency": "Woonwinkel Vermaelen", "social_rental_agency": "Het Open Dak"}


def _read(advert: dict[str, Any], shape: str) -> Any:
    body = listing_page(advert, shape).encode()
    reading = read_page(body, SITE + listing_path(advert), load_profile("evenstad"), NOW)
    assert reading.page_kind is PageKind.DETAIL, reading.reason
    return reading.listings[0]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("language", ["nl", "fr", "en"])
@pytest.mark.parametrize("landlord_type", ["private", "agency", "social_rental_agency"])
@pytest.mark.parametrize("dwelling_type", ["house", "apartment", "studio", "room"])
def test_every_field_of_an_advert_comes_back(
    shape: str, language: str, landlord_type: str, dwelling_type: str
) -> None:
    advert = {**ADVERT, "language": language, "landlord_type": landlord_type, "dwelling_type": dwelling_type,
              "landlord_name": NAMES[landlord_type],
              "licence_no": "512345" if landlord_type == "agency" else None}  # fmt: skip
    listing = _read(advert, shape)
    assert (listing.listing_id, listing.title) == (advert["id"], advert["title"])
    assert (listing.language, listing.transaction.value, listing.country) == (language, "rent", "BE")
    assert (listing.rent_amount, listing.rent_kind, listing.rent_period) == (1250, "base", "month")
    assert (listing.charges_amount, listing.currency) == (75, "EUR")
    assert (listing.street, listing.house_number) == ("Sint-Annastraat", "12 B")
    assert (listing.postcode, listing.city) == ("9990", "Evenstad-Zuid")
    assert (listing.dwelling_type, listing.area_m2, listing.bedrooms) == (dwelling_type, 81.5, 2)
    assert (listing.energy_label, listing.posted_date) == ("B", date(2026, 10, 28))
    assert (listing.landlord.type, listing.landlord.name) == (landlord_type, NAMES[landlord_type])
    assert (listing.landlord.licence_no, listing.landlord.email) == (advert["licence_no"], advert["email"])
    assert (listing.reference, listing.contact_channels) == ("WV/17", ("email",))
    assert listing.landlord.evidence
    assert set(listing.sources) >= {"rent_amount", "postcode", "city", "dwelling_type"}


@pytest.mark.parametrize("shape", SHAPES)
def test_charges_that_the_advert_does_not_state_stay_open(shape: str) -> None:
    assert _read({**ADVERT, "charges": None}, shape).charges_amount is None


def test_a_list_page_leads_to_its_adverts_and_the_next_list_page() -> None:
    body = list_page(["/advert/a", "/advert/b?x=1", "/advert/b", "/over-ons"], "/zoeken?bladzijde=2").encode()
    reading = read_page(body, SITE + "/zoeken", load_profile("evenstad"), NOW)
    assert reading.page_kind is PageKind.LIST
    assert reading.links == (f"{SITE}/advert/a", f"{SITE}/advert/b")
    assert reading.next_link == f"{SITE}/zoeken?bladzijde=2"


def test_a_page_shape_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="no page shape 'fancy'; shapes are state, jsonld, labelled"):
        listing_page(ADVERT, "fancy")
