"""Who comes into the sample, with which chance, and why others do not."""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from testing.pairing.history import History
from testing.pairing.sampling import Sample, draw_sample, reason_against
from testing.pairing.stream import Stream
from testing.study.errors import EvenhandError
from testing.study.listing import Listing, RentPeriod, Transaction
from testing.study.protocol import Protocol

Study = Callable[..., Protocol]
Make = Callable[..., Listing]
Town = Callable[..., list[Listing]]
KEY = bytes(range(32))


def drawn_of(protocol: Protocol, frame: list[Listing], stream: Stream) -> Sample:
    """Draw with landlords by their strongest mark, and nothing tested before."""
    history = History(landlords={it.key: it.landlord.key_material(it.key) for it in frame})
    return draw_sample(protocol, frame, history, stream)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"transaction": Transaction.SALE}, "not a rental"),
        ({"transaction": Transaction.UNKNOWN}, "not a rental"),
        ({"landlord_type": "unknown"}, "landlord type not tested: unknown"),
        ({"landlord_type": "social_rental_agency"}, "landlord type not tested: social_rental_agency"),
        ({"rent_amount": None}, "rent unknown"),
        ({"rent_period": RentPeriod.WEEK}, "rent not by month"),
        ({"currency": "GBP"}, "rent not in euro"),
        ({"rent_amount": 870.01}, "rent out of range"),
        ({"rent_amount": 299.0}, "rent out of range"),
        ({"dwelling_type": "parking"}, "dwelling type not tested"),
        ({"dwelling_type": None}, "dwelling type unknown"),
        ({"bedrooms": 4.0}, "too many bedrooms"),
        ({"language": "de"}, "no letters in its language"),
        ({"language": None}, "language unknown"),
        ({"email": None}, "no e-mail address"),
        ({"email": "see website"}, "no e-mail address"),
        ({}, None),
        ({"rent_amount": 870.0}, None),
        ({"rent_period": None}, None),
        ({"bedrooms": None}, None),
    ],
)
def test_an_advert_is_left_out_for_a_reason_that_is_counted(
    study: Study, listing: Make, changes: dict[str, Any], reason: str | None
) -> None:
    assert reason_against(study(), listing(**changes)) == reason


def test_one_dwelling_on_two_portals_is_drawn_once(study: Study, listing: Make, town: Town) -> None:
    address = {"street": "Lange Rei", "house_number": "12", "postcode": "8000", "area_m2": 60.2}
    twins = [
        listing(1, **address),
        listing(2, portal="otherside", **{**address, "street": "LANGE-REI", "area_m2": 59.9}),
        listing(3, **{**address, "area_m2": 85.0}),
    ]
    sample = drawn_of(study(), [*twins, *town(0, [1])], Stream(KEY, "x"))
    assert sample.excluded == {"same dwelling as another advert": 1}
    assert [stratum.drawn for stratum in sample.strata] == [2, 1]


def test_a_landlord_of_two_types_at_once_is_left_out(study: Study, listing: Make, town: Town) -> None:
    both = [
        listing(50, email="double@landlord.example"),
        listing(51, landlord_type="agency", email="double@landlord.example"),
    ]
    sample = drawn_of(study(), [*both, *town(5, [1])], Stream(KEY, "x"))
    assert sample.excluded == {"landlord's adverts contradict each other about its type": 2}


def test_the_order_of_the_frame_does_not_change_the_draw(study: Study, town: Town) -> None:
    frame = town(40, [5] * 10)
    protocol = study()
    draws = [drawn_of(protocol, it, Stream(KEY, "x")) for it in (frame, frame[::-1])]
    assert draws[0] == draws[1]


def test_adding_private_owners_does_not_change_the_draw_of_agencies(study: Study, town: Town) -> None:
    small, large = (drawn_of(study(), town(count, [2] * 20), Stream(KEY, "x")).drawn for count in (30, 300))
    assert [it for it in small if it.stratum == "agency"] == [it for it in large if it.stratum == "agency"]


def test_inclusion_probabilities_are_exact_where_caps_bind(study: Study, town: Town) -> None:
    # By hand: cap 3; agencies with 6, 2 and 1 adverts keep 3, 2 and 1, so T = 6; 4 wanted give m / T = 2/3.
    protocol = study(sample__pairs={"private": 1, "agency": 4})
    frame = town(1, [6, 2, 1])
    runs = 4000
    seen: Counter[str] = Counter()
    for run in range(runs):
        sample = drawn_of(protocol, frame, Stream(KEY, str(run)))
        seen.update(it.listing.key for it in sample.drawn)
        for it in sample.drawn:
            if it.stratum == "agency":
                full = "agency0" in str(it.listing.landlord.email)
                assert it.probability == pytest.approx(3 / 6 * 2 / 3 if full else 2 / 3)
    for it in frame[1:]:
        chance = 1 / 3 if "agency0" in str(it.landlord.email) else 2 / 3
        # Four standard errors of a binomial share.
        assert abs(seen[it.key] / runs - chance) < 4 * math.sqrt(chance * (1 - chance) / runs)


def test_weights_add_up_to_the_stratum(study: Study, town: Town) -> None:
    # Horvitz-Thompson: the expected sum of 1/p over the sample is the number of eligible listings.
    protocol = study(sample__pairs={"private": 1, "agency": 4})
    frame = town(1, [6, 2, 1])
    sums = [
        sum(
            1 / it.probability
            for it in drawn_of(protocol, frame, Stream(KEY, f"w{run}")).drawn
            if it.stratum == "agency"
        )
        for run in range(3000)
    ]
    assert sum(sums) / len(sums) == pytest.approx(9, abs=0.1)


def test_a_stratum_without_listings_says_why_and_how_to_mend(study: Study, listing: Make, town: Town) -> None:
    frame = [*town(3, []), *(listing(n + 70, landlord_type="agency", email=None) for n in range(4))]
    with pytest.raises(EvenhandError) as caught:
        drawn_of(study(), frame, Stream(KEY, "x"))
    message = str(caught.value)
    assert "stratum agency: 0 listings are eligible" in message
    assert "4 adverts of this type: 4 no e-mail address" in message
    assert "frame.landlord_types" in message
    assert caught.value.exit_code == 1


def test_a_frame_of_three_listings_is_drawn_whole(study: Study, town: Town) -> None:
    sample = drawn_of(study(), town(1, [2]), Stream(KEY, "x"))
    assert [(it.eligible, it.wanted, it.drawn) for it in sample.strata] == [(1, 20, 1), (2, 20, 2)]
    assert {it.probability for it in sample.drawn} == {1.0}
