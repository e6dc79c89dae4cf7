"""Feeds that brokers hand over: each advert of a known format, of any other by its words; hostile ones cost nothing."""

import time

import pytest

from crawler.portals.profile import GENERIC, feed_formats, load_profile
from crawler.readers.kinds import PageKind
from crawler.readers.reading import PageReading, read_page
from testing.study.listing import LandlordType, Transaction
from tests.crawler.conftest import NOW

OPENIMMO = """<?xml version="1.0" encoding="UTF-8"?>
<openimmo><uebertragung art="ONLINE"/><anbieter><firma>Immobilien Sonnig GmbH</firma><lizenzkennung>AB12</lizenzkennung>
{adverts}</anbieter></openimmo>"""
IMMOBILIE = """<immobilie>
<objektkategorie><vermarktungsart KAUF="{buy}" MIETE_PACHT="{let}"/>
<objektart><wohnung wohnungtyp="ETAGE"/></objektart></objektkategorie>
<geo><plz>10781</plz><ort>Berlin</ort><strasse>Goltzstraße</strasse><hausnummer>13</hausnummer>
<land iso_land="DEU"/></geo>
<kontaktperson><email_direkt>makler@sonnig.example</email_direkt><plz>80331</plz><ort>München</ort></kontaktperson>
<preise><kaufpreis>250000</kaufpreis><kaltmiete>725</kaltmiete><warmmiete>915</warmmiete><nebenkosten>120</nebenkosten>
<heizkosten>70</heizkosten><kaution>2175</kaution><waehrung iso_waehrung="EUR"/></preise>
<flaechen><wohnflaeche>81.45</wohnflaeche><anzahl_zimmer>2</anzahl_zimmer></flaechen>
<freitexte><objekttitel>Helle Wohnung</objekttitel></freitexte>
<verwaltung_techn><objektnr_extern>{number}</objektnr_extern><stand_vom>2026-10-01</stand_vom></verwaltung_techn>
</immobilie>"""
KYERO = """<root><kyero><feed_version>3</feed_version></kyero>
<property><id>7</id><ref>R7</ref><date>2026-09-01 10:00:00</date><price>900</price><currency>EUR</currency>
<price_freq>month</price_freq><type>apartment</type><town>Nerja</town><country>spain</country><beds>2</beds>
<surface_area><built>70</built><plot>0</plot></surface_area><url><en>https://broker.example/7</en></url></property>
</root>"""
OTHER = """<?xml version="1.0"?><listings>{}</listings>"""
ITEM = """<ad><id>{n}</id><title>Appartement te huur</title><transaction>rent</transaction><price>{n}00</price>
<currency>EUR</currency><city>Gent</city><zipcode>9000</zipcode><bedrooms>2</bedrooms><url>https://b.example/{n}</url></ad>"""


def read(text: str, url: str = "https://broker.example/feed.xml") -> PageReading:
    return read_page(text.encode(), url, load_profile(GENERIC), NOW)


def test_the_marketing_flag_of_openimmo_decides_and_not_the_amounts() -> None:
    let = IMMOBILIE.format(buy="false", let="true", number="A-1")
    sold = IMMOBILIE.format(buy="true", let="false", number="A-2")
    reading = read(OPENIMMO.format(adverts=let + sold))
    assert reading.page_kind is PageKind.FEED
    rented, bought = reading.listings
    assert (rented.listing_id, rented.transaction, rented.rent_amount) == ("A-1", Transaction.RENT, 725)
    assert (rented.rent_kind, rented.rent_period, rented.sale_price) == ("base", "month", None)
    assert (rented.charges_amount, rented.deposit, rented.currency) == (120, 2175, "EUR")
    assert (rented.street, rented.house_number, rented.postcode, rented.city) == (
        "Goltzstraße",
        "13",
        "10781",
        "Berlin",
    )
    assert (rented.dwelling_type, rented.area_m2, rented.rooms) == ("apartment", 81.45, 2)
    assert (rented.landlord.name, rented.landlord.type) == ("Immobilien Sonnig GmbH", LandlordType.AGENCY)
    assert rented.landlord.email == "makler@sonnig.example"
    assert (bought.transaction, bought.sale_price, bought.rent_amount) == (Transaction.SALE, 250000, None)


def test_the_frequency_of_kyero_says_what_the_price_is() -> None:
    (it,) = read(KYERO).listings
    assert (it.transaction, it.rent_amount, it.rent_period) == (Transaction.RENT, 900, "month")
    assert (it.city, it.country, it.area_m2, it.bedrooms) == ("Nerja", "ES", 70, 2)
    assert it.url == "https://broker.example/7"
    (sold,) = read(KYERO.replace("month", "sale")).listings
    assert (sold.transaction, sold.sale_price, sold.rent_amount) == (Transaction.SALE, 900, None)


@pytest.mark.parametrize("count", [1, 3])
def test_a_feed_of_an_unknown_format_is_read_by_its_words(count: int) -> None:
    reading = read(OTHER.format("".join(ITEM.format(n=n) for n in range(7, 7 + count))))
    assert reading.page_kind is PageKind.FEED
    assert [(it.listing_id, it.rent_amount) for it in reading.listings] == [
        (str(n), n * 100) for n in range(7, 7 + count)
    ]
    assert {it.city for it in reading.listings} == {"Gent"}


def test_a_sitemap_leads_to_the_adverts_of_its_portal() -> None:
    pages = "".join(
        f"<url><loc>https://www.zimmo.be/nl/{it}</loc></url>"
        for it in ("geel-2440/te-huur/huis/JQE69/", "over-ons/")
    )
    body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{pages}</urlset>'.encode()
    reading = read_page(body, "https://www.zimmo.be/sitemap.xml", load_profile("zimmo"), NOW)
    assert reading.page_kind is PageKind.LIST
    assert reading.links == ("https://www.zimmo.be/nl/geel-2440/te-huur/huis/JQE69/",)


BOMB = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">{}]><openimmo>&j;</openimmo>'.format(
    "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
)
HOSTILE = {
    "an entity bomb": BOMB,
    "a file of the machine": '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<openimmo>&x;</openimmo>",
    "a document cut off": OPENIMMO.format(adverts=IMMOBILIE)[:900],
    "a deep nest": "<a>" * 5000 + "</a>" * 5000,
    "no words of an advert": "<?xml version='1.0'?><rss><channel><item><title>News</title></item></channel></rss>",
    "an empty root": "<?xml version='1.0' encoding='UTF-8'?>" + " " * 80 + "<openimmo></openimmo>",
    "half a tag": "<?xml version='1.0' encoding='UTF-8'?>" + " " * 80 + "<openimmo",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_feed_has_a_reason_and_costs_bounded_time(name: str) -> None:
    began = time.process_time()
    reading = read(HOSTILE[name])
    assert (reading.listings, reading.page_kind in (PageKind.ERROR, PageKind.FEED, PageKind.LIST)) == (
        (),
        True,
    )
    assert reading.reason
    assert "root:" not in reading.reason
    assert time.process_time() - began < 5


def test_every_declared_format_is_whole() -> None:
    assert [it.name for it in feed_formats()] == ["kyero", "openimmo"]
    for it in feed_formats():
        assert it.feed is not None and it.items is not None and it.items.rules
