"""The town's bias is what its file says."""

import tomllib
from importlib.resources import files
from math import sqrt

import pytest

from desk.rehearsal.behaviour import chance, invites, truth
from desk.rehearsal.town import build
from desk.rehearsal.town_file import Behaviour, TownFile


@pytest.fixture(scope="module")
def town() -> TownFile:
    return TownFile.model_validate(tomllib.loads(files("desk.rehearsal").joinpath("town.toml").read_text()))


def test_the_gap_of_a_private_owner_is_open_times_invites_times_turned_away(town: TownFile) -> None:
    known = truth(town.behaviour["private"], reference=["belgian", "wage"], other=["moroccan", "wage"])
    assert known.gap == pytest.approx(0.66 * 0.86 * 0.34)
    # a + b + c: open, and not both applicants fail of their own accord
    p, q = 0.86, 0.86 * (1 - 0.34)
    assert known.net_rate == pytest.approx(0.66 * (p - q) / (0.66 * (1 - (1 - p) * (1 - q))))
    assert known.relative_gap == pytest.approx(0.34)


def test_agencies_that_cluster_have_the_same_gap_for_one_signal_but_not_for_two(town: TownFile) -> None:
    one = truth(town.behaviour["agency"], reference=[], other=["moroccan"])
    assert one.gap == pytest.approx(0.72 * 0.88 * 0.16)
    both = truth(town.behaviour["agency"], reference=[], other=["moroccan", "benefit"])
    # half of the agencies turn away with chance 0.32 and 0.40, the others never
    assert both.gap == pytest.approx(0.72 * 0.88 * (1 - (0.5 * (1 - 0.32) * (1 - 0.40) + 0.5)))


@pytest.mark.parametrize("other", [["moroccan"], ["benefit"], ["moroccan", "benefit"]])
@pytest.mark.parametrize("kind", ["private", "agency"])
def test_landlords_who_decide_one_by_one_add_up_to_the_truth(
    town: TownFile, kind: str, other: list[str]
) -> None:
    behaviour, n = town.behaviour[kind], 20_000
    counts = [0, 0, 0]
    for pair in range(n):
        reference, treated = (
            invites(
                "a seed",
                behaviour,
                landlord=f"landlord {pair}",
                advert=f"advert {pair}",
                applicant=applicant,
                perceived=perceived,
            )
            for applicant, perceived in (("one", []), ("two", other))
        )
        counts[0] += reference
        counts[1] += treated
        counts[2] += reference and treated
    known = truth(behaviour, reference=[], other=other)
    expected = (known.reference_invited, known.other_invited, known.both_invited)
    for count, share in zip(counts, expected, strict=True):
        assert abs(count / n - share) < 4.5 * sqrt(share * (1 - share) / n)


def test_a_landlord_asked_twice_decides_alike() -> None:
    behaviour = Behaviour(open=0.5, invites=0.5, turns_away={"moroccan": 0.5})
    asked = [
        [
            invites("s", behaviour, landlord="l", advert=f"{i}", applicant="a", perceived=["moroccan"])
            for i in range(200)
        ]
        for _ in range(2)
    ]
    assert asked[0] == asked[1]
    assert 10 < sum(asked[0]) < 60


def test_hashed_chance_is_spread_evenly() -> None:
    draws = [chance("seed", "even", str(number)) for number in range(20_000)]
    tenths = [sum(lower / 10 <= draw < (lower + 1) / 10 for draw in draws) for lower in range(10)]
    # chi-squared with 9 degrees of freedom exceeds 27.9 once in a thousand (any textbook table)
    assert sum((count - 2000) ** 2 / 2000 for count in tenths) < 27.9


def test_a_town_is_the_same_for_the_same_seed_and_another_for_another(town: TownFile) -> None:
    assert build(town, "one") == build(town, "one")
    assert build(town, "one") != build(town, "two")


def test_agencies_share_adverts_and_private_owners_do_not(town: TownFile) -> None:
    adverts = build(town, "one")
    owners = [advert.landlord for advert in adverts if advert.landlord_type == "private"]
    agencies = {advert.landlord for advert in adverts if advert.landlord_type == "agency"}
    assert len(owners) == len(set(owners)) == 170
    assert 50 <= len(agencies) <= 64
    licences = {(it.landlord, it.licence_no) for it in adverts if it.landlord_type == "agency"}
    assert len(licences) == len({licence for _, licence in licences}) == len(agencies)


def test_every_address_of_the_town_is_at_an_example_domain(town: TownFile) -> None:
    assert all(advert.email.endswith(".example") for advert in build(town, "one"))
