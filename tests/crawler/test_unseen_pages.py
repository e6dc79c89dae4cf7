"""Pages of portals that nobody declared: the advert is found by what keys and labels are called, traps are not."""

import json
from typing import Any

import pytest

from crawler.portals.profile import GENERIC, load_profile
from crawler.readers.kinds import PageKind
from crawler.readers.reading import PageReading, read_page
from testing.study.listing import LandlordType, Transaction
from tests.crawler.conftest import NOW

URL = "https://woning.portal.be/te-huur/appartement/gent/48213377"
ADVERT: dict[str, Any] = {
    "id": 48213377,
    "transactionType": "FOR_RENT",
    "propertyType": "APARTMENT",
    "price": {"amount": 870, "currency": "EUR", "display": "€ 870 /maand"},
    "monthlyCosts": 45,
    "location": {"street": "Coupure", "houseNumber": "12", "postalCode": "9000", "city": "Gent"},
    "livingArea": 78,
    "bedroomCount": 2,
    "publishedAt": "2026-10-01T08:00:00Z",
    "agency": {
        "name": "Kantoor Leie",
        "type": "AGENCY",
        "address": {"postalCode": "8500", "city": "Kortrijk"},
    },
}
OTHERS = [
    {
        **ADVERT,
        "id": 48210000 + n,
        "price": {"amount": 500 + n},
        "location": {"city": "Aalst", "postalCode": "9300"},
    }
    for n in range(6)
]
STATE = {"props": {"pageProps": {"visitor": {"city": "Brussel"}, "listing": ADVERT, "similar": OTHERS}}}


def page(inside: str, title: str = "Appartement te huur in Gent") -> bytes:
    return f"<html lang='nl'><head><title>{title}</title></head><body>{inside}</body></html>".encode()


def read(body: bytes, url: str = URL) -> PageReading:
    return read_page(body, url, load_profile(GENERIC), NOW)


def flight(value: Any) -> str:
    """As a server-rendered React page streams its state, cut in two pieces."""
    text = "0:[1]\n7:" + json.dumps(value) + "\n"
    pieces = (text[:90], text[90:])
    return "".join(f"<script>self.__next_f.push([1,{json.dumps(it)}])</script>" for it in pieces)


SHAPES = {
    "a script of JSON": f'<script id="x" type="application/json">{json.dumps(STATE)}</script>',
    "an assigned object": f"<script>window.__STATE__ = {json.dumps(STATE)}; start();</script>",
    "JSON in a string": f"<script>window.S = JSON.parse({json.dumps(json.dumps(STATE))});</script>",
    "JSON in JSON": f"<script>var a = {json.dumps({'cache': json.dumps(STATE)})}</script>",
    "streamed state": flight(STATE),
    "an attribute": f'<div data-props="{json.dumps(STATE).replace(chr(34), "&quot;")}"></div>',
    "a literal": "<script>app({listing: {id: 48213377, transactionType: 'FOR_RENT', propertyType: 'APARTMENT', "
    "price: {amount: 870, currency: 'EUR', display: '€ 870 /maand',}, monthlyCosts: 45, location: {street: 'Coupure', "
    "houseNumber: '12', postalCode: '9000', city: 'Gent'}, livingArea: 78, bedroomCount: 2, "
    "publishedAt: '2026-10-01T08:00:00Z', agency: {name: 'Kantoor Leie', type: 'AGENCY'}}, "
    "fn: function() { x() }})</script>",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_an_advert_is_found_in_embedded_state_of_any_shape(shape: str) -> None:
    (it,) = read(page(SHAPES[shape])).listings
    assert (it.listing_id, it.transaction, it.rent_amount) == ("48213377", Transaction.RENT, 870)
    assert (it.currency, it.rent_period, it.charges_amount) == ("EUR", "month", 45)
    assert (it.street, it.house_number, it.postcode, it.city) == ("Coupure", "12", "9000", "Gent")
    assert (it.dwelling_type, it.area_m2, it.bedrooms) == ("apartment", 78, 2)
    assert str(it.posted_date) == "2026-10-01"
    assert (it.landlord.type, it.landlord.name) == (LandlordType.AGENCY, "Kantoor Leie")
    assert it.country == "BE"


def test_the_state_of_another_advert_is_not_taken_for_this_one() -> None:
    state = json.dumps({"similar": OTHERS[0]})
    labels = "<dl><dt>Huurprijs</dt><dd>€ 910</dd><dt>Gemeente</dt><dd>Gent</dd></dl>"
    (it,) = read(page(f"<script type='application/json'>{state}</script>{labels}")).listings
    assert (it.rent_amount, it.city) == (910, "Gent")


def test_without_the_advert_s_own_address_the_agency_s_is_not_taken() -> None:
    bare = {key: value for key, value in ADVERT.items() if key != "location"}
    state = f"<script>s = {json.dumps({'listing': bare})}</script>"
    (it,) = read(page(state, "Appartement te huur")).listings
    assert (it.postcode, it.city) == (None, None)
    (it,) = read(page(state)).listings
    assert (it.postcode, it.city) == (None, "Gent")


def test_what_a_page_tells_its_analytics_is_rounded_and_comes_last() -> None:
    told = {
        "pageType": "detail",
        "price": 1000,
        "surface": 100,
        "city": "Luik",
        "rooms": 3,
        "sellerType": "private",
    }
    labels = (
        "<ul><li>Huurprijs: 870 €</li><li>Bewoonbare oppervlakte: 78 m²</li><li>Gemeente: Liège</li></ul>"
    )
    (it,) = read(page(f"<script>dataLayer.push({json.dumps(told)})</script>{labels}")).listings
    assert (it.rent_amount, it.area_m2, it.city) == (870, 78, "Liège")
    assert (it.rooms, it.landlord.type) == (3, LandlordType.PRIVATE)


def test_a_list_in_state_gives_its_adverts_in_order() -> None:
    body = page(
        f"<script>window.list = {json.dumps({'results': OTHERS, 'total': 6})}</script>", "Te huur in Aalst"
    )
    reading = read(body, "https://woning.portal.be/te-huur/aalst")
    assert reading.page_kind is PageKind.LIST
    assert [it.rent_amount for it in reading.listings] == [500 + n for n in range(6)]
    assert {it.transaction for it in reading.listings} == {Transaction.RENT}


def test_an_answer_of_an_interface_is_read_like_a_page() -> None:
    (it,) = read(json.dumps(STATE["props"]["pageProps"]).encode()).listings
    assert (it.listing_id, it.rent_amount, it.city) == ("48213377", 870, "Gent")


@pytest.mark.parametrize(
    ("labels", "rent", "kind", "period"),
    [
        ("Kaltmiete: 700 €|Warmmiete: 850 €", 700, "base", "month"),
        ("Warmmiete: 850 €", 850, "total", "month"),
        ("Loyer charges comprises: 1 190 €", 1190, "total", "month"),
        ("Loyer hors charges: 1 140 €|Charges: 50 €", 1140, "base", "month"),
        ("Huurprijs: € 870 per maand", 870, None, "month"),
        ("Rent: £300 pw", 300, None, "week"),
        ("Huurprijs: € 870", 870, None, "month"),
    ],
)
def test_a_label_says_what_the_rent_covers_and_for_how_long(
    labels: str, rent: float, kind: str | None, period: str | None
) -> None:
    rows = "".join(f"<li>{it}</li>" for it in labels.split("|"))
    (it,) = read(page(f"<ul>{rows}</ul>", "Te huur")).listings
    assert (it.rent_amount, it.rent_kind, it.rent_period) == (rent, kind, period)


@pytest.mark.parametrize(
    ("url", "written", "street", "number", "postcode", "city"),
    [
        ("https://x.be/te-huur/1234567", "Coupure 12, 9000 Gent", "Coupure", "12", "9000", "Gent"),
        (
            "https://x.nl/te-huur/1234567",
            "Hoofdweg 3, 1057 CN Amsterdam",
            "Hoofdweg",
            "3",
            "1057 CN",
            "Amsterdam",
        ),
        (
            "https://x.de/miete/1234567",
            "Goltzstraße 13, 10781 Berlin",
            "Goltzstraße",
            "13",
            "10781",
            "Berlin",
        ),
        (
            "https://x.co.uk/to-rent/1234567",
            "School Road, Birmingham, B14",
            "School Road",
            None,
            "B14",
            "Birmingham",
        ),
        ("https://x.be/te-huur/1234567", "in de buurt van het station", None, None, None, None),
        ("https://x.be/te-huur/1234567", "beschikbaar vanaf 2026 Gent", None, None, None, None),
    ],
)
def test_an_address_in_one_line_is_taken_apart(
    url: str, written: str, street: str | None, number: str | None, postcode: str | None, city: str | None
) -> None:
    inside = f'<p class="property-address">{written}</p><p>Huurprijs: € 870</p>'
    footer = '<footer><p class="address">Grote Markt 1, 8500 Kortrijk</p></footer>'
    (it,) = read(page(inside + footer, "Te huur"), url).listings
    assert (it.street, it.house_number, it.postcode, it.city) == (street, number, postcode, city)


def test_both_words_for_an_advertiser_say_nothing() -> None:
    both = (
        "<label><span>Particulier</span></label><label><span>Makelaar</span></label><p>Huurprijs: € 870</p>"
    )
    (it,) = read(page(both)).listings
    assert it.landlord.type is LandlordType.UNKNOWN
    one = "<span>Particulier</span><p>Huurprijs: € 870</p>"
    assert read(page(one)).listings[0].landlord.type is LandlordType.PRIVATE


def test_a_page_without_an_advert_gives_none() -> None:
    for inside in (
        "",
        "<p>Over ons</p>",
        f"<script>x = {json.dumps({'user': {'city': 'Gent'}, 'price': 3})}</script>",
    ):
        assert read(page(inside, "Over ons"), "https://woning.portal.be/over-ons").listings == ()


@pytest.mark.parametrize(
    ("url", "label", "currency", "period"),
    [
        ("https://x.be/te-huur/1234567", "Huurprijs: 870", "EUR", "month"),
        ("https://x.ch/mieten/1234567", "Miete: 2'710", "CHF", "month"),
        ("https://x.pl/wynajem/1234567", "Czynsz najmu: 2 710", "PLN", "month"),
        ("https://x.co.uk/to-rent/1234567", "Rent: 870", "GBP", None),
        ("https://x.com/to-rent/1234567", "Rent: 870", None, None),
        ("https://x.be/te-huur/1234567", "Huurprijs: € 300 per week", "EUR", "week"),
        ("https://x.be/te-huur/1234567", "Huurprijs: 45", "EUR", None),
    ],
)
def test_what_is_usual_in_a_country_holds_only_where_the_page_says_nothing(
    url: str, label: str, currency: str | None, period: str | None
) -> None:
    (it,) = read(page(f"<ul><li>{label}</li></ul>", "Te huur / zu vermieten / to rent"), url).listings
    assert (it.currency, it.rent_period) == (currency, period)
    if period == "month":
        assert it.sources["rent_period"].startswith("usual:"), "the record says that nobody stated it"


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://x.be/apartment-for-rent/amsterdam/dd58755b/hoofdweg", "dd58755b"),
        ("https://x.de/wohnungssuche/detail/1771-14563-258.html", "1771-14563-258"),
        ("https://x.co.uk/property-to-rent/property-51775029.html", "51775029"),
        ("https://x.be/te-huur/huis-in-gent-4194141", "4194141"),
        ("https://x.be/te-huur/gent/groot-huis", "groot-huis"),
    ],
)
def test_an_advert_is_known_by_the_number_of_its_address(url: str, number: str) -> None:
    (it,) = read(page("<ul><li>Huurprijs: € 870</li></ul>"), url).listings
    assert it.listing_id == number


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        ('<meta name="description" content="Aangeboden door Makelaars Zee, Gent">', "Makelaars Zee", "agency"),
        ('<meta name="description" content="House. Marketed by Tide Letting Agents">', "Tide Letting Agents", "agency"),
        ('<meta property="og:site_name" content="Zeebries Vastgoed">', "Zeebries Vastgoed", "agency"),
        ('<meta property="og:site_name" content="Immoportaal">', None, "unknown"),
        ('<meta property="og:site_name" content="Vastgoed.portal">', None, "unknown"),
        ('<meta property="og:description" content="Aangeboden door 3 kandidaten">', None, "unknown"),
    ],
)  # fmt: skip
def test_who_offers_is_said_in_the_head_but_a_portal_s_own_name_is_nobody(
    head: str, name: str | None, kind: str
) -> None:
    body = page("<ul><li>Huurprijs: € 870</li></ul>").replace(b"</head>", head.encode() + b"</head>")
    (it,) = read(body).listings
    assert it.landlord.type.value == kind
    if name:
        assert it.landlord.name == name


def test_the_day_of_an_advert_is_the_one_behind_the_word() -> None:
    for said, day in (
        ("<span>Geplaatst op</span> <b>04/10/2026</b>", "2026-10-04"),
        ("Online seit: 4.10.2026", "2026-10-04"),
        ("Beschikbaar op 04/10/2026", None),
    ):
        (it,) = read(page(f"<ul><li>Huurprijs: € 870</li></ul><p>{said}</p>")).listings
        assert (it.posted_date.isoformat() if it.posted_date else None) == day


FACTS = """<h1>Helle Wohnung</h1>{place}
<div class="facts"><div class="fact"> 81,45 m² <div class="label">Wohnfläche (ca.)</div></div>
<div class="fact"> 2 <div class="label">Zimmer</div></div>
<div><strong>725 €</strong><div class="label">Kaltmiete zzgl. NK</div></div>
<ul><li>Kaution<span>1.450 €</span></li>
<li><i class="icon"></i><span>Nebenkosten</span><b>:</b><span>120 €</span></li></ul></div>
<a href="https://hilfe.wohnen-hier.de/x">Hilfe</a>"""


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ('<div class="location">10781 Berlin (Schöneberg), Goltzstraße 13 B</div>',
         ("Goltzstraße", "13 B", "Schöneberg")),
        ('<p class="address"><b>Adresse:</b><br>Frankfurter Allee 218,<br>10781 Berlin, Lichtenberg</p>',
         ("Frankfurter Allee", "218", "Lichtenberg")),
        ('<div class="location">10781 Berlin</div>', (None, None, None)),
        # A heading is no address: what stands before its postcode is no street.
        ("<h2>Neubau 5 in 10781 Berlin</h2>", (None, None, None)),
    ],
)  # fmt: skip
def test_facts_with_their_labels_under_or_beside_them_and_an_address_in_words_are_read(
    place: str, expected: tuple[str | None, str | None, str | None]
) -> None:
    (it,) = read(
        page(FACTS.format(place=place), "Wohnung zur Miete"), "https://x.example/expose/2DKF449"
    ).listings
    assert (it.area_m2, it.rooms, it.rent_amount, it.rent_kind) == (81.45, 2, 725, "base")
    assert (it.deposit, it.charges_amount) == (1450, 120)
    assert (it.postcode, it.city, it.country) == ("10781", "Berlin", "DE")
    assert (it.street, it.house_number, it.district) == expected


@pytest.mark.parametrize(("land", "kind"), [("be", "base"), ("fr", None)])
def test_charges_beside_a_rent_make_it_a_base_rent_only_where_that_is_usual(
    land: str, kind: str | None
) -> None:
    labels = "<dl><dt>Loyer</dt><dd>900 €</dd><dt>Charges</dt><dd>50 €</dd><dt>Commune</dt><dd>Mons</dd></dl>"
    (it,) = read(page(labels, "Appartement à louer"), f"https://logis.{land}/annonce/48213377").listings
    assert (it.rent_amount, it.charges_amount, it.rent_kind) == (900, 50, kind)


def test_a_rent_that_makes_the_stated_whole_with_its_charges_is_a_base_rent() -> None:
    labels = "<dl><dt>Nebenkosten</dt><dd>250 €</dd><dt>Warmmiete</dt><dd>1.850 €</dd></dl>"
    state = '<script>d = {"Zimmer": 2, "ExactPreis": 1600, "adid": "48213377", "plz": "40235"}</script>'
    for price, kind in ((1600, "base"), (1700, None)):
        body = page(
            state.replace("1600", str(price)) + f"<h1>Loft</h1><h2 class='price'>{price} €</h2>" + labels,
            "Loft",
        )
        (it,) = read(body, "https://x.example/s-anzeige/48213377").listings
        assert (it.rent_amount, it.rent_kind) == (price, kind)


def test_a_name_with_a_word_under_it_is_no_value_of_that_word() -> None:
    facts = "<div><b>Jan Peeters</b><i>Makelaar</i></div><div><b>2</b><i>Slaapkamers</i></div><h2>€ 910 /maand</h2>"
    (it,) = read(page(facts)).listings
    assert (it.bedrooms, it.landlord.name, it.landlord.type) == (2, None, LandlordType.UNKNOWN)
