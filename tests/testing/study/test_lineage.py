"""What changed between two waves, and what that does to a comparison of them."""

from pathlib import Path

import pytest

from desk.commands.init import write_study
from testing.study.lineage import RULES, Effect, changes
from testing.study.protocol import Protocol
from testing.study.reading import read_protocol, study_inputs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_study(tmp_path / "s")
    return tmp_path / "s"


def changed(folder: Path, old: str, new: str) -> Protocol:
    text = (folder / "protocol.toml").read_text("utf-8")
    assert old in text
    (folder / "protocol.toml").write_text(text.replace(old, new), "utf-8")
    return read_protocol(folder / "protocol.toml")


@pytest.mark.parametrize(
    ("old", "new", "key", "effect"),
    [
        ("pairs = { private = 150,", "pairs = { private = 200,", "sample.pairs.private", Effect.PRECISION),
        ("response_days = 14", "response_days = 10", "wave.response_days", Effect.LEVEL),
        ('order = "random"', 'order = "test_first"', "design.order", Effect.GAP),
        ("income_amount = 1450", "income_amount = 1600", "design.income_amount", Effect.GAP),
        ("rent_max = 870", "rent_max = 800", "frame.rent_max", Effect.GAP),
        (
            'en = "Moroccan name"',
            'en = "A Moroccan name"',
            "grounds.origin.arms.moroccan.labels.en",
            Effect.NONE,
        ),
        ('name = "wave1"', 'name = "wave2"', "wave.name", Effect.NONE),
        ("daily_cap = 40", "daily_cap = 30", "sending.daily_cap", Effect.NONE),
        ("closes = 17:30:00", "closes = 20:30:00", "sending.closes", Effect.LEVEL),
    ],
)
def test_a_change_is_told_with_what_it_does_to_a_comparison(
    folder: Path, old: str, new: str, key: str, effect: Effect
) -> None:
    before = read_protocol(folder / "protocol.toml")
    [found] = changes(before, changed(folder, old, new))
    assert (found.key, found.effect) == (key, effect)
    assert found.before != found.after and found.means


def test_a_new_arm_and_other_letters_come_before_what_touches_nothing(folder: Path) -> None:
    before, inputs = read_protocol(folder / "protocol.toml"), study_inputs(folder)
    letters = folder / "letters" / "nl.toml"
    letters.write_text(letters.read_text("utf-8").replace("spreekt mij aan", "bevalt mij"), "utf-8")
    after = changed(folder, 'name = "wave1"', 'name = "wave2"')
    found = changes(before, after, inputs=(inputs, study_inputs(folder)))
    assert [it.key for it in found] == ["letters", "wave.name"]
    assert [it.effect for it in found] == [Effect.GAP, Effect.NONE]


def test_nothing_changed_is_nothing(folder: Path) -> None:
    protocol = read_protocol(folder / "protocol.toml")
    assert changes(protocol, protocol) == []


def test_every_key_of_a_study_has_a_rule(folder: Path) -> None:
    # A key that the rules do not know would be told as another gap, whatever it is.
    for name in Protocol.model_fields:
        assert any(rule[0].split(".")[0] == name for rule in RULES), name
