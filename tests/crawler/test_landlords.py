"""Who advertises: the strongest evidence decides, all of it is kept, and without any the type is unknown."""

from typing import Any

import pytest

from crawler.landlords import Advertiser, company, landlord, licence, providers
from testing.study.listing import LandlordType

T = LandlordType


def seen(country: str = "BE", **given: Any) -> Advertiser:
    return Advertiser(country=country, **given)


def test_without_evidence_a_landlord_is_unknown_and_never_guessed() -> None:
    for name in (None, "J. Peeters", "Mon Repos"):
        who = landlord(seen(name=name, prose="Mooi appartement met tuin."))
        assert (who.type, who.evidence) == (T.UNKNOWN, ())


def test_an_explicit_flag_outweighs_licence_name_and_prose_which_are_kept() -> None:
    who = landlord(
        seen(flag=T.PRIVATE, flag_source="state:customers.0.type", flag_quote="PRIVATE", licence_no="507206",
             licence_source="text", name="Immo Rest", name_source="h4", prose="agence s'abstenir, entre particuliers")
    )  # fmt: skip
    assert who.type is T.PRIVATE
    assert [(it.rung, it.says) for it in who.evidence] == [
        (2, T.PRIVATE),
        (3, T.AGENCY),
        (5, T.AGENCY),
        (6, T.PRIVATE),
    ]
    assert who.evidence[0].quote == "PRIVATE"


def test_a_known_provider_outweighs_the_flag() -> None:
    who = landlord(seen(url="https://www.howoge.de/x", flag=T.AGENCY, flag_source="s", flag_quote="pro"))
    assert (who.type, who.evidence[0].rung) == (T.SOCIAL_HOUSING_COMPANY, 1)


def test_a_domain_that_only_ends_alike_is_not_the_provider() -> None:
    assert landlord(seen(url="https://nothowoge.de/x")).type is T.UNKNOWN


@pytest.mark.parametrize(
    ("advertiser", "mark"),
    [
        ({"name": "Vivendo", "name_source": "h4"}, "registry:name:vivendo"),
        ({"email": "mailto:verhuur@thuispuntgent.be?subject=x"}, "registry:domain:thuispunt-gent"),
        ({"url": "https://www.woonhaven.be/te-huur/1"}, "registry:domain:woonhaven-antwerpen"),
    ],
)
def test_a_flemish_housing_company_is_known_by_name_address_and_site(
    advertiser: dict[str, str], mark: str
) -> None:
    who = landlord(seen(flag=T.AGENCY, flag_source="s", flag_quote="pro", **advertiser))
    assert (who.type, who.evidence[0].source) == (T.SOCIAL_HOUSING_COMPANY, mark)


def test_the_name_of_a_provider_means_another_in_another_country_and_a_longer_name_is_none() -> None:
    assert landlord(seen(country="FR", name="Vivendo", name_source="h4")).type is T.UNKNOWN
    assert landlord(seen(name="Vivendo Invest", name_source="h4")).type is T.UNKNOWN
    assert landlord(seen(name="Providentia", name_source="h4")).type is T.UNKNOWN


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Woonmaatschappij De Brug", T.SOCIAL_HOUSING_COMPANY),
        ("SVK Waasland", T.SOCIAL_RENTAL_AGENCY),
        ("Agence Immobilière Sociale Logis", T.SOCIAL_RENTAL_AGENCY),
        ("Sociaal Verhuurkantoor De Brug", T.SOCIAL_RENTAL_AGENCY),
        ("Notaris Vermeulen", T.NOTARY),
        ("Immo Zeezicht", T.AGENCY),
        ("Makelaardij Noord", T.AGENCY),
        ("Dupont Immobilier SPRL", T.AGENCY),
        ("Syndic Plus", T.PROPERTY_MANAGER),
        ("Anja Immers", T.UNKNOWN),
        ("Familie Agneessens", T.UNKNOWN),
    ],
)
def test_the_name_decides_only_where_it_says_what_it_is(name: str, kind: LandlordType) -> None:
    assert landlord(seen(name=name, name_source="h4")).type is kind


def test_prose_is_the_weakest_evidence_because_agencies_write_it_too() -> None:
    assert landlord(seen(prose="Te huur van particulier")).type is T.PRIVATE
    assert (
        landlord(seen(prose="Te huur van particulier", name="Immo Duin", name_source="h4")).type is T.AGENCY
    )


def test_a_room_in_a_shared_flat_is_let_by_a_flatmate_unless_more_is_said() -> None:
    for prose in (
        "24m2 Zimmer in 3-Zimmer wohnung",
        "WG-Zimmer frei",
        "Zimmer in 4er-WG",
        "colocataire recherché",
    ):
        assert landlord(seen(prose=prose)).type is T.FLATMATE
    assert landlord(seen(prose="Zimmer mit Balkon, 3 Zimmer")).type is T.UNKNOWN
    assert landlord(seen(prose="WG-Zimmer frei", name="Immo Duin", name_source="h4")).type is T.AGENCY


def test_a_belgian_licence_has_six_digits_and_makes_an_agency() -> None:
    # 507206 is printed as 507.206 as often (BIV register, form of the number).
    assert licence("BIV 507.206", "BE") == "507206"
    assert licence("BIV 507.206 - 512 340", "BE") == "507206|512340"
    assert licence("tel. 050 33 44 55 66", "BE") is None
    assert landlord(seen(licence_no="12")).type is T.UNKNOWN
    assert landlord(seen(licence_no="507206", licence_source="footer")).type is T.AGENCY


def test_a_company_number_counts_only_with_right_check_digits_and_names_no_type() -> None:
    # Belgium: 97 - (first eight digits mod 97) are the last two digits. 04031707 mod 97 = 96, 97 - 96 = 01.
    assert 97 - 4031707 % 97 == 1
    assert company("BE 0403.170.701", "BE") == "0403170701"
    assert company("BE 0403.170.702", "BE") is None
    who = landlord(seen(company_no="BE 0403.170.701"))
    assert (who.type, who.company_no) == (T.UNKNOWN, "0403170701")


def test_names_of_private_owners_are_not_kept_unless_asked() -> None:
    owner = seen(flag=T.PRIVATE, flag_source="s", flag_quote="PRIVATE", name="Lode Peeters")
    assert landlord(owner).name is None
    assert landlord(owner, keep_private_names=True).name == "Lode Peeters"


def test_the_registry_file_holds_known_types_and_lower_case_names() -> None:
    # The map of their areas names 41 Flemish housing companies.
    assert sum(it.country == "BE" and it.type is T.SOCIAL_HOUSING_COMPANY for it in providers()) == 41
    domains = [domain for it in providers() for domain in it.domains]
    assert len(set(domains)) == len(domains) >= len(providers())
    assert all(it.names == tuple(name.casefold() for name in it.names) for it in providers())
