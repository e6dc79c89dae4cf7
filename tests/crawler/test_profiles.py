"""A portal is a declaration; a wrong one is refused with every fault at its line."""

import pytest

from crawler.portals.profile import load_profile, profile_names, read_profile
from crawler.readers.links import is_detail
from testing.store.coverage import WATCHED
from testing.study.errors import StudyFileInvalid

WRONG = """\
name = "Bad Name"
title = "x"
domains = ["x.example"]
country = "Belgium"
colour = "red"

[walk]
detail = ["/([/"]

[fields]
listing_id = ["state:id"]
rent = ["label:huur"]

[maps.landlord_type]
PRO = "broker"
"""


def test_every_fault_of_a_declaration_is_told_with_its_line() -> None:
    with pytest.raises(StudyFileInvalid) as told:
        read_profile(WRONG, "bad.toml")
    places = {(fault.line, fault.key) for fault in told.value.faults}
    assert places >= {(1, "name"), (4, "country"), (5, "colour"), (8, "walk.detail"), (10, "fields")}
    assert "'rent' is not a field" in str(told.value)
    assert told.value.exit_code == 3


def test_a_map_to_no_landlord_type_and_an_undeclared_state_are_told() -> None:
    text = 'name = "x"\ntitle = "x"\ndomains = []\n[fields]\nlisting_id = ["url:"]\n'
    with pytest.raises(StudyFileInvalid, match="leads to no landlord type: broker"):
        read_profile(text + '[maps.landlord_type]\nPRO = "broker"\n', "x.toml")
    with pytest.raises(StudyFileInvalid, match="names a state that is not declared"):
        read_profile(text + 'title = ["state@model:name"]\n', "x.toml")
    with pytest.raises(StudyFileInvalid, match="not a rule"):
        read_profile(text + 'title = ["xpath://h1"]\n', "x.toml")


def test_a_file_that_is_no_toml_is_told_with_its_line() -> None:
    with pytest.raises(StudyFileInvalid, match=r"x\.toml:2: not TOML"):
        read_profile('name = "x"\ntitle = [\n', "x.toml")


def test_a_portal_that_nobody_declared_is_told_with_those_that_are() -> None:
    for name in ("nosuch", "../settings", "providers"):
        with pytest.raises(StudyFileInvalid, match="immoweb"):
            load_profile(name)


@pytest.mark.parametrize("name", profile_names())
def test_every_declared_portal_is_whole(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert profile.domains and profile.languages
    if profile.generic == ("structured", "keys", "labels"):
        assert profile.verified is None, "what only the generic readers read was never held against pages"
        return
    assert profile.country and profile.currency
    assert "listing_id" in profile.fields
    assert profile.detail_patterns
    assert not is_detail(f"https://{profile.domains[0]}/", profile)


def test_a_verified_profile_says_what_is_expected_of_it_in_fields_that_are_watched() -> None:
    verified = [profile for name in profile_names() if (profile := load_profile(name)).verified]
    assert len(verified) >= 18
    # No page of a rental of Zoopla was at hand.
    assert [it.name for it in verified if not it.expected] == ["zoopla"]
    for profile in verified:
        assert profile.expected.keys() <= set(WATCHED)
        assert all(0.5 <= share <= 1 for share in profile.expected.values())
