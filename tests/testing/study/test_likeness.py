"""Two letters to one landlord must not show one hand, nor two manners; and none may bring up what is tested."""

import random
from pathlib import Path

import pytest

import desk.templates
from testing.study.likeness import LENGTHS, compare, provocation, shared_grams, similarity
from testing.study.reading import check_study, read_letters, read_protocol

LETTERS = Path(desk.templates.__file__).parent / "belgium" / "letters"
ONE = (
    "Geachte heer, mevrouw\n\nIk zag uw advertentie en de woning spreekt mij aan. Graag zou ik ze eens bezoeken. "
    "Is dat mogelijk?"
)
TWO = "Beste\n\nStaat uw huurwoning nog te huur? Dan kom ik met plezier kijken. Ik kan me op zaterdag vrijmaken."


def longest_by_table(first: str, second: str) -> int:
    """The textbook table of the longest common subsequence."""
    row = [0] * (len(second) + 1)
    for a in first:
        before = row[:]
        for n, b in enumerate(second, 1):
            row[n] = before[n - 1] + 1 if a == b else max(row[n - 1], before[n])
    return row[-1]


def test_similarity_is_the_longest_common_subsequence_of_the_textbook() -> None:
    draw = random.Random(4)
    for _ in range(200):
        first, second = ("".join(draw.choices("abc ", k=draw.randrange(30))) for _ in range(2))
        both = len(first) + len(second)
        wanted = 2 * longest_by_table(first, second) / both if both else 1.0
        assert similarity(first, second) == wanted


def test_grams_are_the_jaccard_index_of_five_letters() -> None:
    # abcde, bcdef against abcde, bcdeg: one of three.
    assert shared_grams("abcdef", "abcdeg") == pytest.approx(1 / 3)


def test_two_different_letters_may_go_to_one_landlord() -> None:
    assert compare(ONE, TWO, "nl").faults() == []


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (ONE.replace("woning", "flat"), "share 0."),
        (ONE.replace("woning", "flat"), "% alike"),
        (ONE.replace("woning", "flat"), "runs of four words"),
        (
            TWO + " Ik heb geen huisdieren en ik rook niet, en ik zoek voor lange tijd een rustige plek.",
            "differ in length",
        ),
        (
            "Beste, kan dat? Mag ik? Wanneer? Dank. Ik wacht op uw antwoord, ik kom graag eens langs.",
            "sentences",
        ),
        (TWO.replace("uw huurwoning", "je huurwoning"), "in two ways (formal and familiar)"),
        (TWO.replace("nog te huur", "nog te huur bij jou"), "in two ways (formal and both)"),
    ],
)
def test_each_limit_that_is_broken_is_told(second: str, said: str) -> None:
    assert any(said in fault for fault in compare(ONE, second, "nl").faults())


def test_english_has_one_way_to_address_a_reader_and_silence_is_no_manner() -> None:
    assert compare("Could you tell me more?", "Is it free?", "en").manners == ("neither", "neither")
    assert not any("two ways" in it for it in compare(ONE, "Graag kom ik kijken.", "nl").faults())


def test_german_addresses_a_reader_by_capitals_and_its_small_sie_is_she() -> None:
    assert compare("Könnten Sie mir antworten?", "Wann passt es Ihnen?", "de").manners == ("formal", "formal")
    assert compare("Die Wohnung gefällt mir, ist sie frei?", "Hast du Zeit?", "de").manners == (
        "neither",
        "familiar",
    )


def test_the_letters_of_the_template_pass_in_every_language_and_arm(tmp_path: Path) -> None:
    from desk.commands.init import write_study

    write_study(tmp_path / "s")
    path = tmp_path / "s" / "protocol.toml"
    path.write_text(
        path.read_text("utf-8").replace('languages = ["nl"]', 'languages = ["nl", "fr", "en", "de"]'), "utf-8"
    )
    assert check_study(tmp_path / "s") == []
    letters = read_letters(tmp_path / "s" / "letters", read_protocol(path))
    assert {len(it.forms) for it in letters.languages.values()} == {3}
    assert LENGTHS[0] * LENGTHS[1] == 1.0  # whichever of the two comes first


def test_planted_bug_forms_that_are_twins_in_one_arm_only_are_told(tmp_path: Path) -> None:
    from desk.commands.init import write_study

    write_study(tmp_path / "s")
    path = tmp_path / "s" / "letters" / "nl.toml"
    text = path.read_text("utf-8")
    long = "Ik krijg elke maand van de kas een uitkering van {{ amount }} euro netto, al sinds twee jaar."
    for old in (
        "Ik krijg een werkloosheidsuitkering van {{ amount }} euro netto per maand.",
        "Mijn inkomen bedraagt {{ amount }} euro netto per maand, uit een werkloosheidsuitkering.",
    ):
        assert old in text
        text = text.replace(old, long)
    path.write_text(text, "utf-8")
    problems = [fault.problem for fault in check_study(tmp_path / "s")]
    assert any("form a and form b" in it and "runs of four words" in it for it in problems)


@pytest.mark.parametrize(
    ("language", "text", "word"),
    [
        ("nl", "Verhuurt u liever niet aan vreemdelingen?", "liever niet"),
        ("fr", "Acceptez-vous les étrangers ?", "étrang"),
        ("en", "Do you rent to foreigners?", "foreign"),
        ("nl", "Mag ik de woning bezoeken?", None),
        ("de", "Vermieten Sie auch an Ausländer?", "Ausländ"),
        ("de", "Wann darf ich die Wohnung besichtigen?", None),
    ],
)
def test_a_letter_may_not_bring_up_what_is_tested(language: str, text: str, word: str | None) -> None:
    assert provocation(text, language) == word


def test_a_provoking_letter_is_a_fault_with_its_line(tmp_path: Path) -> None:
    from desk.commands.init import write_study

    write_study(tmp_path / "s")
    path = tmp_path / "s" / "letters" / "nl.toml"
    path.write_text(
        path.read_text("utf-8").replace("Graag zou ik", "Ik ben van vreemde afkomst. Graag zou ik"), "utf-8"
    )
    [fault] = [it for it in check_study(tmp_path / "s") if "may not provoke" in it.problem]
    assert fault.line is not None and "afkomst" in fault.problem
