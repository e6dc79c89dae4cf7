"""``evenhand letters preview``: what one landlord would get, side by side, and what sets the two apart."""

import json
from pathlib import Path
from typing import Any

import pytest

from desk.folder import StudyFolder
from desk.wave_key import write_key
from tests.desk.town import KEY, Run, crawl, edit


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    run("init", tmp_path / "s")
    return tmp_path / "s"


def shown(run: Run, folder: Path, *more: str) -> list[dict[str, Any]]:
    code, out, err = run("letters", "preview", folder, "--json", *more)
    assert code == 0, err
    found: list[dict[str, Any]] = json.loads(out)
    return found


def test_every_contrast_and_every_two_forms_are_shown(run: Run, folder: Path) -> None:
    found = shown(run, folder)
    # Three contrasts, one language, three forms: each of the six ways in which two of them may meet.
    assert len(found) == 3 * 6
    assert all(it["faults"] == [] for it in found)
    assert all(it["reference_form"] != it["treated_form"] for it in found)


def test_in_one_form_nothing_but_the_signal_and_the_job_differ(run: Run, folder: Path) -> None:
    for it in shown(run, folder, "--contrast", "origin"):
        words = it["differences"]
        assert words[-1] == ["Sofie Janssens", "Fatima Boutaleb"]
        assert [word.strip(".") for word in words[0]] == ["winkelmedewerker", "magazijnmedewerker"]
        assert len(words) == 2
    for it in shown(run, folder, "--contrast", "income"):
        assert any("uitkering" in two for _, two in it["differences"])
        # No name is under test: both sign with a name of the reference arm.
        assert "Sofie Janssens" in it["reference"] and "Sofie Janssens" in it["treated"]


def test_two_letters_stand_side_by_side_with_what_the_checks_say(run: Run, folder: Path) -> None:
    code, out, _ = run("letters", "preview", folder, "--contrast", "origin_income")
    assert code == 0
    assert "REFERENCE" in out and "│ TREATED" in out
    assert "within the limits" in out and "differ in nothing but:" in out
    assert "▸ Sofie Janssens ◂  →  ▸ Fatima Boutaleb ◂" in out
    assert max(len(line) for line in out.splitlines() if "│" in line) <= 118


def test_planted_bug_a_second_difference_is_seen(run: Run, folder: Path) -> None:
    path = folder / "letters" / "nl.toml"
    text = path.read_text("utf-8")
    old = "Ik krijg een werkloosheidsuitkering van"
    assert old in text
    path.write_text(text.replace(old, "Ik ben rustig, en ik krijg een werkloosheidsuitkering van"), "utf-8")
    found = shown(run, folder, "--contrast", "income")
    assert any(
        "rustig," in two for it in found if it["reference_form"] == "a" for _, two in it["differences"]
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [(["--contrast", "x"], "no contrast is called 'x'"), (["--language", "de"], "no letters in 'de'")],
)
def test_what_is_not_there_is_told_with_what_is(run: Run, folder: Path, more: list[str], said: str) -> None:
    code, _, err = run("letters", "preview", folder, *more)
    assert code == 2 and said in err and "take one of" in err


def test_letters_that_are_wrong_are_told_with_their_line(run: Run, folder: Path) -> None:
    path = folder / "letters" / "nl.toml"
    path.write_text(path.read_text("utf-8").replace("{{ name }}", "{{ nome }}"), "utf-8")
    code, _, err = run("letters", "preview", folder)
    assert code == 3 and "nl.toml:" in err


SUPPORT = """
[grounds.support]
law = "financial means"
signal = "sentence"
reference = "none"
[grounds.support.arms.none.labels]
nl = "geen"
fr = "aucune"
en = "none"
[grounds.support.arms.guarantee.labels]
nl = "waarborg"
fr = "garantie"
en = "guarantee"

[contrasts.support]
treated = { support = "guarantee" }
share = 0.3
[contrasts.support.labels]
nl = "x"
fr = "x"
en = "x"

[contrasts.origin_income]"""
SAID = {"a": "Het OCMW stelt zich borg.", "b": "Voor de waarborg zorgt het OCMW.", "c": "Er is een waarborg."}


def test_variants_and_what_an_arm_leaves_unsaid_are_shown(run: Run, folder: Path) -> None:
    letters, protocol = folder / "letters" / "nl.toml", folder / "protocol.toml"
    text = letters.read_text("utf-8").replace("{{ income }}", "{{ income }} {{ support }}")
    text = text.replace('body = """\nGeachte heer, mevrouw', 'body = """\n{{ greeting }}')
    for form, sentence in SAID.items():
        table = f'[forms.{form}.support]\nnone = ""\nguarantee = "{sentence}"\n\n[forms.{form}.income]'
        text = text.replace(f"[forms.{form}.income]", table)
    greetings = 'greeting = ["Geachte heer, mevrouw", "Geachte mevrouw, meneer"]'
    text = text.replace("[forms.a.income]", f"[forms.a.variants]\n{greetings}\n\n[forms.a.income]")
    letters.write_text(text, "utf-8")
    content = protocol.read_text("utf-8").replace("share = 0.3\n", "share = 0.15\n", 1)
    content = content.replace("[contrasts.origin_income]", SUPPORT.replace("share = 0.3", "share = 0.15"), 1)
    protocol.write_text(content, "utf-8")
    code, out, err = run("letters", "preview", folder, "--contrast", "support")
    assert code == 0, err
    assert "The reference letter says nothing of support, as its arm has it." in out
    assert "The treated letter says nothing" not in out
    assert "Form a words greeting in 2 ways, of which the first is shown:" in out
    assert "▸ Geachte heer, mevrouw ◂  |  ▸ Geachte mevrouw, meneer ◂" in out
    for it in shown(run, folder, "--contrast", "support"):
        assert it["faults"] == []
        assert it["unsaid"] == [["support"], []]
        assert ("a" in it["variants"]) == ("a" in (it["reference_form"], it["treated_form"]))
        sentence = SAID[it["treated_form"]]
        assert sentence in it["treated"] and "{{" not in it["treated"]
        assert "  " not in it["reference"] and " \n" not in it["reference"]
        said = SAID[it["reference_form"]]
        assert any(two.endswith(said) and said not in one for one, two in it["differences"])


def test_letters_in_german_are_shown_where_a_study_has_them(run: Run, folder: Path) -> None:
    protocol = folder / "protocol.toml"
    content = protocol.read_text("utf-8").replace('languages = ["nl"]', 'languages = ["fr", "de"]')
    protocol.write_text(content, "utf-8")
    found = shown(run, folder, "--language", "de")
    assert len(found) == 3 * 6
    assert all(it["faults"] == [] and "1450 Euro" in it["treated"] for it in found)


JOBS = """nl = [
  "medewerker magazijn",
  "hulp in de bar of op de kar en zo",
  "ook hulp in de bar of op de kar en zo",
  "administratief medewerker van ziekenhuis",
]"""


def test_mates_whose_letters_come_out_alike_are_no_plan_and_the_forms_are_to_be_mended(
    study: StudyFolder, run: Run
) -> None:
    # The check holds the shortest and the longest occupation together; the two in between are nearly one.
    content = study.protocol.read_text("utf-8")
    old = next(line for line in content.splitlines() if line.startswith('nl = ["winkel'))
    edit(study, {old: JOBS})
    code, _, err = run("check", study.root)
    assert code == 0, err
    crawl(study, privates=40, agencies=20)
    write_key(study, KEY)
    code, _, err = run("plan", study.root)
    assert code == 1 and err.startswith("evenhand: pair") and "runs of four words" in err, err
    assert "take occupations that are less alike" in err and "Traceback" not in err
    assert not study.plan.exists()
    # Planted: with occupations that are apart the same study is planned.
    edit(study, {JOBS: old})
    assert run("plan", study.root)[0] == 0
