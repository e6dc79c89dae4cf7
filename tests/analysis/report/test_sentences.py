"""What may be said of a known table, word for word in three languages."""

import re
from typing import Any

import pytest

from analysis.report.findings import Verdict, sections_of
from analysis.report.material import Material, material_of
from analysis.report.sentences import answer, difference_sentence, net_sentence, relative_sentence, speech_of
from analysis.report.words import Words

PRIVATE = {
    "nl": "Bij particuliere verhuurders werd in 22 van de 203 testen alleen de kandidaat met een Belgische naam"
    " uitgenodigd, en in 6 alleen de kandidaat met een Marokkaanse naam. Op 100 testen is dat een verschil van 8,"
    " in het nadeel van de kandidaat met een Marokkaanse naam (marge: 3,1 tot 12,8).",
    "fr": "Chez les propriétaires particuliers, seul le candidat avec un nom belge a été invité dans 22 tests sur"
    " 203, et seul le candidat avec un nom marocain dans 6. Sur 100 tests, cela fait une différence de 8, au"
    " désavantage du candidat avec un nom marocain (marge\u00a0: de 3,1 à 12,8).",
    "en": "With private owners, only the candidate with a Belgian name was invited in 22 of 203 tests, and only the"
    " candidate with a Moroccan name in 6. In 100 tests that is a difference of 8, to the disadvantage of the"
    " candidate with a Moroccan name (margin: 3.1 to 12.8).",
}
AGENCY = {
    "nl": "Bij vastgoedkantoren werd in 9 van de 142 testen alleen de kandidaat met een Belgische naam uitgenodigd,"
    " en in 12 alleen de kandidaat met een Marokkaanse naam. Op 100 testen is dat een verschil van −2, maar de"
    " marge loopt van −8,7 tot 4,4: deze studie kan niet zeggen of de twee kandidaten verschillend behandeld"
    " worden.",
    "fr": "Dans les agences immobilières, seul le candidat avec un nom belge a été invité dans 9 tests sur 142, et"
    " seul le candidat avec un nom marocain dans 12. Sur 100 tests, cela fait une différence de −2, mais la marge"
    " va de −8,7 à 4,4\u00a0: cette étude ne permet pas de dire si les deux candidats sont traités différemment.",
    "en": "With estate agencies, only the candidate with a Belgian name was invited in 9 of 142 tests, and only the"
    " candidate with a Moroccan name in 12. In 100 tests that is a difference of −2, but the margin runs from −8.7"
    " to 4.4: this study cannot tell whether the two candidates are treated differently.",
}
NET = {
    "nl": "Op 100 testen waarin minstens één van beiden werd uitgenodigd, werd de kandidaat met een Belgische naam"
    " er in 18 meer uitgenodigd dan de kandidaat met een Marokkaanse naam (marge: 7,0 tot 29,0, uit 89 zulke"
    " testen).",
    "fr": "Sur 100 tests où au moins un des deux a été invité, le candidat avec un nom belge a été invité dans 18 de"
    " plus que le candidat avec un nom marocain (marge\u00a0: de 7,0 à 29,0, sur 89 tests de ce type).",
    "en": "Of 100 tests in which at least one of the two was invited, the candidate with a Belgian name was invited"
    " in 18 more than the candidate with a Moroccan name (margin: 7.0 to 29.0, from 89 such tests).",
}
RELATIVE = {
    "nl": "Van de 203 testen werd de kandidaat met een Belgische naam in 83 uitgenodigd en de kandidaat met een"
    " Marokkaanse naam in 67: 19\u00a0% minder uitnodigingen (marge: 6,0 tot 31,0\u00a0%).",
    "fr": "Sur 203 tests, le candidat avec un nom belge a été invité dans 83 et le candidat avec un nom marocain dans"
    " 67\u00a0: 19\u00a0% d’invitations en moins (marge\u00a0: de 6,0 à 31,0\u00a0%).",
    "en": "Of 203 tests, the candidate with a Belgian name was invited in 83 and the candidate with a Moroccan name"
    " in 67: 19% fewer invitations (margin: 6.0 to 31.0%).",
}
DIFFERENCE = {
    "nl": "Het verschil bij particuliere verhuurders min het verschil bij vastgoedkantoren is 10 op 100 testen"
    " (marge: 2,0 tot 18,1): het verschil is duidelijk groter bij particuliere verhuurders.",
    "fr": "L’écart chez les propriétaires particuliers moins l’écart chez les agences immobilières est de 10 sur 100"
    " tests (marge\u00a0: de 2,0 à 18,1)\u00a0: l’écart est nettement plus grand chez les propriétaires particuliers.",
    "en": "The gap with private owners minus the gap with estate agencies is 10 in 100 tests (margin: 2.0 to 18.1):"
    " the gap is clearly larger with private owners.",
}
LANGUAGES = ("nl", "fr", "en")


def said(material: Material, language: str, level: str, sentence: Any = answer) -> Any:
    section = sections_of(material)[0]
    speech = speech_of(material, section.contrast, Words(language=language))
    return sentence(speech, next(one for one in section.findings if one.level == level))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clear_gap_is_said_with_both_counts_their_whole_and_the_margin(material: Material, language: str):
    assert said(material, language, "private") == PRIVATE[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_the_interval_holds_zero_the_study_says_that_it_cannot_tell(material: Material, language: str):
    assert said(material, language, "agency") == AGENCY[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_net_rate_names_its_denominator(material: Material, language: str):
    """16 of 89 is 18.0: the rate published for Brugge 2021, benefit."""
    assert said(material, language, "private", net_sentence) == NET[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_relative_gap_shows_both_invitations(material: Material, language: str):
    """1 − 67/83 is 19.3 %."""
    assert said(material, language, "private", relative_sentence) == RELATIVE[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_private_owners_and_agencies_are_compared_by_the_interval_of_their_difference(
    material: Material, language: str
):
    assert difference_sentence(Words(language=language), sections_of(material)[0]) == DIFFERENCE[language]


def test_a_net_rate_below_zero_is_said_from_the_other_side(material: Material):
    """Agencies: (9 − 12) / 92 is −3.3; the interval −13 to 6 turns into −6 to 13."""
    assert said(material, "en", "agency", net_sentence) == (
        "Of 100 tests in which at least one of the two was invited, the candidate with a Moroccan name was invited in"
        " 3 more than the candidate with a Belgian name (margin: −6.0 to 13.0, from 92 such tests)."
    )


def test_an_advantage_is_said_as_one(make_cell, make_results):
    material = material_of(make_results(make_cell("all", (20, 5, 25, 50), (-0.31, -0.092))))
    assert said(material, "en", "all").endswith(
        "a difference of 20, to the advantage of the candidate with a Moroccan name (margin: 9.2 to 31.0)."
    )


def test_too_few_informative_tests_are_said_to_be_too_few(make_cell, make_results):
    material = material_of(make_results(make_cell("all", (2, 4, 3, 91), (-0.05, 0.07))))
    assert said(material, "nl", "all") == (
        "Bij alle verhuurders samen zijn er te weinig testen om iets te zeggen: in minder dan 10 testen werd"
        " minstens één van de twee kandidaten uitgenodigd."
    )


def test_an_unclear_difference_of_landlord_types_is_no_difference_found(
    make_cell, make_difference, make_results
):
    rows = [
        *make_cell("private", (61, 22, 6, 114), (0.03, 0.13)),
        *make_cell("agency", (61, 22, 6, 114), (0.03, 0.13)),
    ]
    material = material_of(make_results([*rows, make_difference(-0.05, (-0.12, 0.02), "agency - private")]))
    sentence = difference_sentence(Words(language="en"), sections_of(material)[0])
    assert sentence == (
        "The gap with private owners minus the gap with estate agencies is 5 in 100 tests (margin: −2.0 to 12.0): this"
        " study cannot tell with which of the two the gap is larger."
    ), "private owners come first, whatever the order of the analysis"


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ((0.001, 0.2), Verdict.DISADVANTAGE),
        ((0.0, 0.2), Verdict.UNCLEAR),
        ((-0.2, 0.0), Verdict.UNCLEAR),
        ((-0.2, -0.001), Verdict.ADVANTAGE),
        (None, Verdict.UNCLEAR),
    ],
)
def test_the_verdict_rests_on_the_interval_and_never_on_the_estimate(
    interval, verdict, make_cell, make_results
):
    material = material_of(make_results(make_cell("all", (20, 15, 5, 60), interval)))
    assert sections_of(material)[0].findings[0].verdict is verdict


def test_a_landlord_tested_twice_brings_the_clustered_margin(make_cell, make_results):
    from dataclasses import replace

    from analysis.estimate import Estimand

    rows = make_cell("agency", (20, 15, 5, 60), (0.02, 0.18), landlords=30)
    gap = next(row for row in rows if row.estimand is Estimand.GAP)
    clustered = replace(gap, estimand=Estimand.REGRESSION_GAP, lower=-0.01, upper=0.21, method="clustered")
    finding = sections_of(material_of(make_results([*rows, clustered])))[0].findings[0]
    assert (finding.verdict, finding.gap and finding.gap.method) == (Verdict.UNCLEAR, "clustered")
    single = [replace(row, n_landlords=100) for row in [*rows, clustered]]
    assert sections_of(material_of(make_results(single)))[0].findings[0].verdict is Verdict.DISADVANTAGE


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_says_times_more_often(material: Material, language: str):
    levels = ("private", "agency", "all")
    text = " ".join(
        str(said(material, language, level, sentence))
        for level in levels
        for sentence in (answer, net_sentence, relative_sentence)
    )
    assert not re.search(r"keer (vaker|meer)|fois plus|times (more|as)", text)
