"""What a whole design can detect, as records, as text and as a picture."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from analysis.contrast_power import contrast_power, contrast_power_normal, equivalence_power
from analysis.design import Group, Question, examine
from analysis.design_printing import printed_design
from analysis.power import paired_power
from analysis.power_curve import curve_svg
from analysis.shares import Shares

PRIVATE = Group(
    contrast="origin", landlord_type="private", pairs=150, counted=150, assumed_from="told",
    shares=Shares(both=0.15, reference_only=0.20, other_only=0.03),
)  # fmt: skip
AGENCY = replace(
    PRIVATE,
    landlord_type="agency",
    pairs=300,
    counted=250,
    shares=Shares(both=0.3, reference_only=0.12, other_only=0.05),
)


def test_each_group_is_told_what_it_can_detect() -> None:
    private, agency = examine([PRIVATE, AGENCY], Question(margin=0.1)).groups
    assert private.power == paired_power(150, PRIVATE.shares)
    assert agency.power == paired_power(250, AGENCY.shares)  # those that count, not those that are sent
    assert private.needed is not None and private.needed < 150
    even = Shares(both=0.15, reference_only=0.115, other_only=0.115)
    assert private.equivalence == equivalence_power(150, even, 0.1)
    # 1.96 * √((0.23 − 0.17²) / 150) = 0.0718
    assert private.half_width == pytest.approx(0.0718, abs=5e-5)
    # 17 / 38 of the informative pairs, 57 of them: √((23/38 − (17/38)²) / 57) = 0.0844; times 1.96.
    assert private.net_half_width == pytest.approx(1.96 * 0.0844, abs=3e-4)


def test_landlord_types_are_compared_within_a_contrast_only() -> None:
    income = replace(PRIVATE, contrast="income")
    design = examine([PRIVATE, AGENCY, income], Question())
    [difference] = design.differences
    assert (difference.one, difference.two, difference.method) == ("private", "agency", "all tables")
    assert difference.assumed == pytest.approx(0.17 - 0.07)
    assert difference.power == contrast_power((150, PRIVATE.shares), (250, AGENCY.shares))
    many = [replace(it, pairs=5000, counted=5000) for it in (PRIVATE, AGENCY)]
    [large] = examine(many, Question()).differences
    assert large.method == "normal approximation"
    assert large.power == contrast_power_normal(*((5000, it.shares) for it in many))


def test_what_cannot_be_said_is_a_dash_and_never_a_number() -> None:
    nothing = replace(PRIVATE, shares=Shares(both=0.0, reference_only=0.0, other_only=0.0))
    few = replace(PRIVATE, landlord_type="few", pairs=3, counted=3)
    none = replace(PRIVATE, landlord_type="none", pairs=1, counted=0)
    unknown = replace(
        PRIVATE,
        landlord_type="unknown",
        shares=Shares(both=0, reference_only=0.1, other_only=0.04),
        both_known=False,
    )
    design = examine([nothing, few, none, unknown], Question(margin=0.05))
    assert [it.power for it in design.groups[:3]] == [0.0, pytest.approx(0.0), 0.0]
    assert [it.needed is None for it in design.groups] == [True, False, False, False]
    assert design.groups[1].smallest_gap is None and design.groups[2].half_width is None
    assert design.groups[3].net_half_width is None
    assert design.groups[1].change_found is None  # over 100 points: there is no such change
    text = printed_design(design)
    assert "nan" not in text and "inf" not in text.replace("informative", "")
    assert "–" in text


def test_the_text_names_pairs_that_count_and_what_is_assumed() -> None:
    text = printed_design(examine([PRIVATE, AGENCY], Question(margin=0.1)))
    assert "origin · agency   300 (as 250)" in text
    assert "origin · agency 300 as 250" in text
    assert "origin · private, origin · agency: told" in text
    assert "origin · private − agency" in text
    assert "shown to be none within ± 10.0" in text


def test_a_question_that_cannot_be_asked_is_refused() -> None:
    for wrong in ({"alpha": 0.0}, {"power": 1.0}, {"margin": 0.0}, {"power": 0.04}):
        with pytest.raises(ValueError, match=r"over 0|chance"):
            Question(**wrong)  # type: ignore[arg-type]


def test_the_picture_is_well_formed_says_what_it_shows_and_is_the_same_every_time() -> None:
    design = examine([PRIVATE, replace(AGENCY, contrast="a<b")], Question())
    picture = curve_svg(design)
    root = ET.fromstring(picture)
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert "origin · private: " in (root.findtext(f"{space}desc") or "")
    lines = root.findall(f"{space}polyline")
    assert len(lines) == 2 and len({line.get("stroke-dasharray") for line in lines}) == 2
    assert any("a<b · agency: 250 pairs count" in (it.text or "") for it in root.findall(f"{space}text"))
    assert picture == curve_svg(examine([PRIVATE, replace(AGENCY, contrast="a<b")], Question()))
