"""Same dwelling, same landlord: found across portals and languages, never merged on looks alone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from testing.study.listing import Evidence, Landlord, LandlordType, Listing, RentKind, Transaction
from testing.study.sameness import POSSIBLE, SAME, compare, landlord_groups, pairs

FLAT = Listing(
    portal="one", listing_id="1", url="https://one.example/1", seen_at=datetime(2026, 11, 2, tzinfo=UTC),
    transaction=Transaction.RENT, title="Ruim appartement met terras", language="nl", rent_amount=950.0,
    rent_kind=RentKind.BASE, street="Lange Rei", house_number="12", postcode="8000", city="Brugge",
    dwelling_type="apartment", area_m2=85.0, bedrooms=2.0,
)  # fmt: skip


def other(**changes: object) -> Listing:
    return replace(FLAT, portal="two", listing_id="x", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"title": "Bel appartement avec terrasse", "language": "fr", "rent_amount": 990.0, "area_m2": 84.6},
        {"house_number": "12 bus 3", "energy_label": "B"},
        {"house_number": None},
        {"street": "LANGE-REI", "bedrooms": None},
    ],
)
def test_one_dwelling_on_two_portals_is_found_and_explained(changes: dict[str, object]) -> None:
    match = compare(FLAT, other(**changes))
    assert match.bits >= SAME
    assert "street Lange Rei (+5)" in str(match) or "address Lange Rei 12 (+9)" in str(match)


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"house_number": None, "title": "Te huur"}, "street Lange Rei (+5)"),
        (
            {"street": "Lage Rei", "title": "Te huur", "area_m2": 83.0},
            "address Lange Rei and Lage Rei 12 (+7)",
        ),
        (
            {"street": "Lange-Reie", "house_number": None, "title": "Te huur"},
            "street Lange Rei and Lange-Reie (+3)",
        ),
        (
            {"street": "Long Quai", "language": "fr", "title": "À louer"},
            "street Lange Rei and Long Quai (-2); house number 12 in two languages (+5)",
        ),
    ],
)
def test_a_second_advert_that_lost_a_number_a_letter_or_its_language_is_found_among_all(
    changes: dict[str, object], sign: str
) -> None:
    [match] = pairs([FLAT, other(**changes)])
    assert sign in str(match)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Sint-Jansstraat", "St.-Jansstraat"),
        ("Koningin Astridstraat", "Koningin Astridstr."),
        ("Gentse Steenweg", "Gentse Stwg"),
        ("Boulevard Anspach", "Bd Anspach"),
        ("Chaussée de Gand", "Chée de Gand"),
    ],
)
def test_a_street_is_one_in_its_short_form(one: str, two: str) -> None:
    assert f"address {one} 12 (+9)" in str(compare(replace(FLAT, street=one), other(street=two)))


def test_streets_that_differ_by_a_digit_or_are_short_are_no_slip_of_the_pen() -> None:
    for one, two in (("Laan 1", "Laan 2"), ("Dam", "Dal"), ("Kerkstraat", "Kerkplein")):
        assert compare(replace(FLAT, street=one), other(street=two)).bits < POSSIBLE


def test_a_number_alone_does_not_join_two_languages() -> None:
    unlike = other(street="Long Quai", language="fr", title="À louer", rent_amount=1200.0, area_m2=60.0)
    assert compare(FLAT, unlike).bits < POSSIBLE


@pytest.mark.parametrize(
    "changes",
    [
        {"house_number": "14"},
        {"postcode": "8310"},
        {"area_m2": 60.0, "rent_amount": 700.0, "bedrooms": 1.0},
        {"street": "Korte Rei"},
        {"transaction": Transaction.SALE, "rent_amount": None, "sale_price": 250_000.0},
    ],
)
def test_neighbours_and_other_flats_of_one_building_are_not_merged(changes: dict[str, object]) -> None:
    assert compare(FLAT, other(**changes)).bits < POSSIBLE
    assert pairs([FLAT, other(**changes)], least=POSSIBLE) == []


def test_flats_in_two_boxes_of_one_house_are_two() -> None:
    boxes = [replace(FLAT, house_number="12 bus 1"), other(house_number="12 bus 2")]
    assert pairs(boxes, least=POSSIBLE) == []


def test_two_units_of_one_building_by_one_agency_are_not_held_for_one() -> None:
    # As a real list page shows them: one address, one agency, rent and area both a little apart.
    assert (
        compare(FLAT, replace(FLAT, listing_id="2", rent_amount=990.0, area_m2=88.0, bedrooms=None)).bits
        < SAME
    )


def test_alike_without_any_anchor_is_no_match() -> None:
    # Place, rent, area and bedrooms alone: half of a new building would be merged.
    hidden = {"street": None, "house_number": None}
    assert compare(replace(FLAT, **hidden, title="Appartement"), other(**hidden, title="Flat")).bits == 0  # type: ignore[arg-type]


def test_one_reference_of_one_advertiser_is_an_anchor_where_the_street_is_hidden() -> None:
    firm = Landlord(
        type=LandlordType.AGENCY,
        evidence=(Evidence(rung=3, source="x", says=LandlordType.AGENCY, quote="y"),),
        company_no="689801314",
    )
    hidden = {"street": None, "house_number": None, "reference": "56978"}
    one = replace(FLAT, **hidden, landlord=firm)  # type: ignore[arg-type]
    two = other(**hidden, landlord=replace(firm, company_no="68980131400042", name="Firm"), title="T2 meublé")
    (match,) = pairs([one, two])
    assert match.bits >= SAME and "reference 56978" in str(match)
    assert compare(one, replace(two, rent_amount=1500.0, area_m2=140.0, bedrooms=4.0)).bits < POSSIBLE


def test_a_crowd_that_shares_a_mark_is_not_compared_pair_by_pair() -> None:
    crowd = [other(reference="0000", street=None, title=None) for _ in range(10)]
    crowd = [replace(it, listing_id=str(n)) for n, it in enumerate(crowd * 10)]
    assert pairs(crowd) == []


def test_landlords_are_joined_by_any_mark_and_by_a_name_only_in_one_region() -> None:
    def by(number: int, postcode: str = "8000", **marks: str) -> Listing:
        return replace(FLAT, listing_id=str(number), postcode=postcode, landlord=Landlord(**marks))  # type: ignore[arg-type]

    adverts = [
        by(1, email="a@firm.example"), by(2, email="A@firm.example", licence_no="BIV 501234"),
        by(3, licence_no="501 234|501234"), by(4, name="Immo Plus"), by(5, name="IMMO-PLUS"),
        by(6, "3500", name="Immo Plus"), by(7),
    ]  # fmt: skip
    groups = landlord_groups(adverts)
    named = [groups[it.key] for it in adverts]
    assert named[0] == named[1] == named[2]
    assert named[3] == named[4] != named[5]
    assert len(set(named)) == 4


def test_two_flats_of_one_street_on_one_portal_are_not_joined_by_rent_alone() -> None:
    # As new-builds are listed: one street, no number, one rent, one agency, the area left out.
    unit = replace(FLAT, house_number=None, area_m2=None, bedrooms=None, title=None)
    assert pairs([unit, replace(unit, listing_id="2")]) == []
    # On two portals they may well be one, and in doubt only one is written to.
    assert pairs([unit, replace(unit, portal="two", listing_id="2")], least=POSSIBLE) != []
