"""``evenhand dossier``: what the study file says is told, what nobody knows is open, what is enforced is code."""

import importlib
import re
import tomllib
from collections.abc import Iterator
from datetime import date, time, timedelta
from enum import Enum
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from desk.dossier.material import Material, material_of
from desk.dossier.measures import MEASURES
from desk.dossier.paper import PLACE, write_paper
from desk.dossier.passages import PASSAGES
from desk.folder import StudyFolder
from testing.study.listing import LandlordType
from testing.study.protocol import Protocol
from testing.study.section import Section
from tests.desk.town import Run

LANGUAGES = ("nl", "fr", "en")
PAPERS = ("dpia", "ethics")
NOT_RELEVANT: dict[str, str] = {}
"""Fields of the study file that no committee needs to read, each with the reason; there is none."""
OTHERWISE: dict[str, Any] = {
    "sending.domains": ["elsewhere.example.org"],
    "frame.hours": [time(1), time(5)],
    "sending.seen_within_hours": 7,
    "frame.portals.0.pages_per_day": 77,
    "retention.contacts_days": 777,
    "design.applicants": "one",
    "design.order": "test_first",
    "design.sex": "f",
    "grounds.origin.signal": "sex",
    "grounds.origin.reference": "moroccan",
    "grounds.income.reference": "benefit",
    "contrasts.origin.treated.origin": "belgian",
    "contrasts.origin.against": {"income": "benefit"},
    "contrasts.origin.beside": "income",
    "contrasts.income.treated.income": "wage",
    "contrasts.income.against": {"origin": "moroccan"},
    "contrasts.income.beside": "origin",
    "contrasts.origin_income.treated.origin": "belgian",
    "contrasts.origin_income.treated.income": "wage",
    "contrasts.origin_income.against": {"origin": "moroccan"},
    "contrasts.origin_income.beside": "origin",
}
"""Other values of fields, where adding to what stands there would not do."""


@pytest.fixture
def material(study: StudyFolder) -> Material:
    return material_of(study)


def texts(language: str) -> dict[str, Any]:
    return tomllib.loads(files("desk.dossier").joinpath("texts", f"{language}.toml").read_text("utf-8"))


def fields(value: Any, path: str = "") -> Iterator[str]:
    """Dotted path of every field that a protocol has, each table entered."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from fields(getattr(value, name), f"{path}{name}.")
    elif isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from fields(inner, f"{path}{name}.")
    elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
        yield from fields(value[0], f"{path}0.")
    else:
        yield path.rstrip(".")


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, Enum):
        return next(it for it in type(value) if it is not value)
    if isinstance(value, int | float):
        return value + 7
    if isinstance(value, date):
        return value + timedelta(days=7)
    if isinstance(value, time):
        return time((value.hour + 3) % 24, 21)
    if isinstance(value, list):
        return [other(value[0]), *value[1:]] if value else ["another"]
    return f"{value}zz"


def changed(value: Any, path: list[str], new: Any) -> Any:
    """A copy with one field changed, without asking whether the whole still holds."""
    if not path:
        return new
    head, *rest = path
    if isinstance(value, BaseModel):
        return value.model_copy(update={head: changed(getattr(value, head), rest, new)})
    if isinstance(value, dict):
        return {**value, head: changed(value[head], rest, new)}
    return [changed(value[0], rest, new), *value[1:]]


def at(value: Any, path: list[str]) -> Any:
    for part in path:
        value = (
            value[part]
            if isinstance(value, dict)
            else value[int(part)]
            if part == "0"
            else getattr(value, part)
        )
    return value


def untold(material: Material) -> list[str]:
    """Fields that may change without a word of either paper changing, in some language."""
    found = []
    before = {
        (paper, code): write_paper(paper, code, material).text for paper in PAPERS for code in LANGUAGES
    }  # type: ignore[arg-type]
    for field in fields(material.protocol):
        path = field.split(".")
        if path[-1] in LANGUAGES and path[-2] in ("labels", "title"):
            tongues: tuple[str, ...] = (path[-1],)
        else:
            tongues = LANGUAGES
        new = OTHERWISE[field] if field in OTHERWISE else other(at(material.protocol, path))
        protocol = changed(material.protocol, path, new)
        copy = Material(
            **{name: getattr(material, name) for name in Material.__dataclass_fields__}
            | {"protocol": protocol}
        )
        for code in tongues:
            if all(write_paper(paper, code, copy).text == before[paper, code] for paper in PAPERS):  # type: ignore[arg-type]
                found.append(f"{field} ({code})")
    return found


def whole(material: Material) -> Material:
    """The material with a source, which the template has none of."""
    from testing.study.frame_sections import SourceSection

    source = SourceSection(name="city", basis="its own list", recorded_by="A", recorded_on=date(2026, 11, 2))
    frame = material.protocol.frame.model_copy(
        update={
            "sources": [source],
            "portals": [
                material.protocol.frame.portals[0].model_copy(update={"loosened_because": "by its leave"})
            ],
        }
    )
    protocol = material.protocol.model_copy(update={"frame": frame})
    return Material(
        **{name: getattr(material, name) for name in Material.__dataclass_fields__} | {"protocol": protocol}
    )


def test_every_field_of_the_study_file_is_told_in_a_paper_in_each_language(material: Material) -> None:
    assert [it for it in untold(whole(material)) if it.split(" ")[0] not in NOT_RELEVANT] == []


def test_a_planted_section_that_no_paper_tells_is_found(material: Material) -> None:
    class Insurance(Section):
        insurer: str = "nobody"

    class Longer(Protocol):
        insurance: Insurance = Insurance()

    material = whole(material)
    longer = Longer.model_construct(**dict(material.protocol), insurance=Insurance())
    planted = Material(
        **{name: getattr(material, name) for name in Material.__dataclass_fields__} | {"protocol": longer}
    )
    assert "insurance.insurer (nl)" in untold(planted)


@pytest.mark.parametrize("paper", PAPERS)
def test_the_three_languages_say_the_same_things(paper: str) -> None:
    def skeleton(language: str) -> list[tuple[str, list[str], list[str], int]]:
        return [
            (
                it["key"],
                PLACE.findall(it["text"]),
                re.findall(r"^! (\w+)$", it["text"], re.M),
                len(re.findall(r"^\? ", it["text"], re.M)),
            )
            for it in texts(language)[paper]["section"]
        ]

    assert skeleton("nl") == skeleton("fr") == skeleton("en")


@pytest.mark.parametrize("table", ["terms", "questions", "measures"])
def test_the_three_languages_have_the_same_words(table: str) -> None:
    def slots(language: str) -> dict[str, list[str]]:
        return {key: sorted(re.findall(r"\{[\w.]+\}", text)) for key, text in texts(language)[table].items()}

    assert slots("nl") == slots("fr") == slots("en")


def test_every_landlord_type_has_a_word_in_each_language() -> None:
    for language in LANGUAGES:
        assert {it.value for it in LandlordType} <= texts(language)["terms"].keys()


def absent(measures: dict[str, str]) -> list[str]:
    """Measures whose code is not there."""
    gone = []
    for name, where in measures.items():
        module, _, what = where.partition(":")
        try:
            getattr(importlib.import_module(module), what)
        except (ImportError, AttributeError):
            gone.append(name)
    return gone


def test_what_is_called_enforced_is_in_the_code() -> None:
    assert absent(MEASURES) == []
    for language in LANGUAGES:
        assert texts(language)["measures"].keys() == MEASURES.keys()


def test_a_planted_measure_that_nothing_enforces_is_found() -> None:
    assert absent({"erasure": "testing.custody.erasure:erase", "halt": MEASURES["halt"]}) == ["erasure"]


def test_every_passage_and_every_key_that_a_text_names_exists(material: Material) -> None:
    for paper in PAPERS:
        for language in LANGUAGES:
            assert "{" not in re.sub(r"\{\{.*?\}\}", "", write_paper(paper, language, material).text)  # type: ignore[arg-type]
    named = {
        name for it in PAPERS for one in texts("en")[it]["section"] for name in PLACE.findall(one["text"])
    }
    named |= {name for text in texts("en")["measures"].values() for name in PLACE.findall(text)}
    assert PASSAGES.keys() <= named


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize(("language", "mark"), [("nl", "OPEN"), ("fr", "À COMPLÉTER "), ("en", "OPEN")])
def test_open_questions_are_marked_counted_and_listed_first(
    run: Run, study: StudyFolder, paper: str, language: str, mark: str
) -> None:
    code, out, err = run("dossier", study.root, "--document", paper, "--language", language)
    assert code == 0
    count = out.count(f"**{mark}:**")
    first = out.splitlines()[2]
    assert count > 15 and first.startswith(f"**{count} ") and err == f"{count} open questions\n"
    for section in re.split(r"^## ", out, flags=re.M)[1:]:
        heading = section.splitlines()[0]
        assert (heading in first) == (f"**{mark}:**" in section)


def test_what_a_person_fills_in_is_no_longer_open(run: Run, study: StudyFolder) -> None:
    _, before, _ = run("dossier", study.root)
    text = study.protocol.read_text("utf-8")
    text = text.replace('custodian = ""', 'custodian = "the registrar"').replace(
        'dpia = ""', 'dpia = "DPIA-4"'
    )
    study.protocol.write_text(text, "utf-8")
    _, after, _ = run("dossier", study.root)
    assert "the registrar" in after and "DPIA-4" in after
    assert after.count("**OPEN:**") == before.count("**OPEN:**") - 3, "the custodian is named in two places"


def test_the_load_of_landlords_is_that_of_the_protocol(run: Run, study: StudyFolder) -> None:
    _, out, _ = run("dossier", study.root, "--document", "ethics")
    # 150 pairs are 300 messages; one pair with an owner is 2 messages, three with an agency are 6; 7 minutes each.
    assert "| private owner | 150 | 300 | 1 | 2 | 14 | 365 |" in out
    assert "| estate agency | 150 | 300 | 3 | 6 | 42 | 7 |" in out
    assert "an assumption of ours, without a source" in out


def test_a_sealed_plan_is_told_with_its_numbers_and_its_seal(run: Run, sealed: StudyFolder) -> None:
    from desk.sealed import sealed_plan

    plan = sealed_plan(sealed)
    _, out, _ = run("dossier", sealed.root)
    assert plan.seal in out and plan.key_commitment in out
    # Six private owners with a pair each, and four pairs with agencies.
    assert "| private owner | 6 | 12 | 2 |" in out
    assert not [it for it in plan.applications if it.to in out or it.landlord in out]


def test_a_changed_sealed_study_gets_no_paper(run: Run, sealed: StudyFolder) -> None:
    text = sealed.protocol.read_text("utf-8").replace('custodian = ""', 'custodian = "x"')
    sealed.protocol.write_text(text, "utf-8")
    code, out, err = run("dossier", sealed.root)
    assert code == 5 and out == "" and "protocol.toml" in err


def test_a_paper_says_that_the_program_does_not_erase(run: Run, study: StudyFolder) -> None:
    for language, said in (
        ("nl", "vernietigt nog niets"),
        ("fr", "n’efface encore rien"),
        ("en", "does not erase yet"),
    ):
        for paper in PAPERS:
            assert said in run("dossier", study.root, "--document", paper, "--language", language)[1]


def test_a_design_that_no_table_speaks_of_leaves_the_number_of_tests_open(
    run: Run, study: StudyFolder
) -> None:
    text = study.protocol.read_text("utf-8").replace(
        'order = "random" ', 'applicants = "one"\norder = "random" '
    )
    study.protocol.write_text(text, "utf-8")
    code, out, _ = run("dossier", study.root)
    assert code == 0 and "how was the number of tests justified?" in out


def test_a_paper_goes_into_a_file_and_a_place_that_is_none_is_told(
    run: Run, study: StudyFolder, tmp_path: Path
) -> None:
    file = tmp_path / "dpia.md"
    code, out, _ = run("dossier", study.root, "--out", file)
    assert (code, out) == (0, "")
    assert file.read_text("utf-8") == run("dossier", study.root)[1]
    code, _, err = run("dossier", study.root, "--out", tmp_path / "absent" / "dpia.md")
    assert code == 1 and "name another file" in err


def test_a_study_that_is_not_whole_gets_no_paper(run: Run, study: StudyFolder) -> None:
    study.names.write_text("first,last\n", "utf-8")
    code, out, _ = run("dossier", study.root)
    assert code == 3 and out == ""


def test_every_letter_form_is_told_word_by_word_with_its_variants(run: Run, study: StudyFolder) -> None:
    path = study.letters / "nl.toml"
    text = path.read_text("utf-8").replace("\nGeachte heer, mevrouw\n", "\n{{ greeting }}\n")
    varied = '[forms.a.variants]\ngreeting = ["Geachte heer, mevrouw", "Geachte mevrouw, heer"]\n\n[forms.a.income]'
    path.write_text(text.replace("[forms.a.income]", varied), "utf-8")
    code, out, _ = run("dossier", study.root, "--document", "ethics")
    assert code == 0 and "- greeting: Geachte heer, mevrouw / Geachte mevrouw, heer" in out
    told = re.sub(r"^> ?", "", out, flags=re.M)
    for form in tomllib.loads(path.read_text("utf-8"))["forms"].values():
        assert form["body"].strip() in told
        assert all(f": {sentence}" in out for sentence in form["income"].values())
