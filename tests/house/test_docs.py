"""What the documentation says, the code does: commands, exit codes, words, categories, links."""

import importlib
import importlib.util
import inspect
import re
import sys
import tomllib
from pathlib import Path

import pytest

from analysis import errors as analysis_errors
from desk.commands import COMMANDS, MODULES
from testing.study import errors as study_errors
from testing.study.listing import LandlordType
from testing.study.outcome import Category
from testing.study.protocol import Protocol
from testing.study.reading_names import COLUMNS
from tests.house.tree import ROOT, files, text

PAGES = [path for path in files() if path.suffix == ".md" and "tests" not in path.parts]

WORDS = """
Study Protocol Wave Ground Arm Signal Portal Listing Landlord Frame Stratum Sample Identity Profile Letter
Application Pair Plan Channel Response Outcome Coding Estimand Estimate Release Ledger Erasure
crawl draw match approve send withhold receive decline code reconcile close halt release estimate report erase
"""
"""The words of the field that are one word, things and then verbs."""


def page(name: str) -> str:
    return text(Path("docs") / name)


def page_at(there: Path) -> str:
    return there.read_text(encoding="utf-8") if there.suffix == ".md" and there.exists() else ""


def first_cells(markdown: str) -> set[str]:
    """First cell of each row of every table, without its marks."""
    return {match.strip().strip("`") for match in re.findall(r"^\|([^|]+)\|", markdown, re.M)}


def slug(heading: str) -> str:
    """Anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def broken_links(path: Path, markdown: str) -> list[str]:
    """Links of a page to a file of the project, or to a heading in it, that lead nowhere."""
    prose = re.sub(r"```.*?```", "", markdown, flags=re.S)
    broken = []
    for target in re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (ROOT / path).parent / file if file else ROOT / path
        anchors = {slug(heading) for heading in re.findall(r"^#+ (.+)$", page_at(there), re.M)}
        if not there.exists() or (anchor and anchor not in anchors):
            broken.append(target)
    return broken


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_every_link_between_pages_leads_somewhere(path: Path):
    assert broken_links(path, text(path)) == []


def test_a_link_that_leads_nowhere_is_found():
    planted = "[a](absent.md), [b](glossary.md#no-such-heading), [c](glossary.md#things)"
    assert broken_links(Path("docs/index.md"), planted) == ["absent.md", "glossary.md#no-such-heading"]


def test_every_command_has_its_section_and_no_section_lacks_a_command():
    assert re.findall(r"^## evenhand (\w+)$", page("reference/commands.md"), re.M) == list(COMMANDS)


def test_the_readme_names_every_command():
    readme = text(Path("README.md"))
    assert [name for name in COMMANDS if f"| `{name}` |" not in readme] == []


def test_the_documented_exit_codes_are_those_of_the_errors():
    rows = re.findall(r"^\| (\d) \| [^|]+ \| ([^|]*)\|$", page("reference/exit-codes.md"), re.M)
    documented = {name: int(code) for code, names in rows for name in re.findall(r"`(\w+)`", names)}
    raised = {
        name: error.exit_code
        for module in (study_errors, analysis_errors)
        for name, error in inspect.getmembers(module, inspect.isclass)
        if issubclass(error, Exception) and error.__module__ == module.__name__
    }
    assert documented == raised
    assert [int(code) for code, _ in rows] == [0, 1, 2, 3, 4, 5]


def test_the_glossary_holds_every_word_of_the_house():
    defined = {cell.lower() for cell in first_cells(page("glossary.md"))}
    wanted = {*WORDS.lower().split(), "draw up", "pair outcome", "net rate", "gross rate"}
    assert wanted - defined == set()


def test_the_glossary_gives_each_word_in_three_languages():
    rows = re.findall(r"^\|(.+)\|$", page("glossary.md"), re.M)
    cells = [[cell.strip() for cell in row.split("|")] for row in rows]
    assert [row for row in cells if not all(row[:3])] == []


def test_the_glossary_translates_every_landlord_type():
    assert {kind.value for kind in LandlordType} <= first_cells(page("glossary.md"))


def test_the_codebook_page_and_the_code_name_the_same_categories():
    assert first_cells(page("reference/codebook.md")) - {"category", "---"} == {
        each.value for each in Category
    }


def test_every_dependency_has_its_reason():
    project = tomllib.loads(text(Path("pyproject.toml")))
    groups = project["dependency-groups"].values()
    wanted = [*project["project"]["dependencies"], *(each for group in groups for each in group)]
    names = {re.split(r"[<>=!~\[; ]", each)[0].lower() for each in wanted}
    said = {
        name.strip()
        for cell in first_cells(page("decisions/0002-dependencies.md"))
        for name in cell.lower().split(",")
    }
    assert names - said == set()


def test_the_study_file_page_holds_every_key_of_the_model(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "docs" / "_ext"), *sys.path])
    written = importlib.import_module("from_the_code").fill_in(page("reference/study-file.md"))
    schema = Protocol.model_json_schema()
    tables = [definition for definition in schema["$defs"].values() if definition.get("type") == "object"]
    keys = {key for table in tables for key in table["properties"]}
    said = first_cells(written) | set(re.findall(r"\w+", " ".join(re.findall(r"^## `(.+)`$", written, re.M))))
    assert keys - said == set()
    assert "from the code" not in written


def test_the_page_on_names_holds_every_column_with_its_meaning(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "docs" / "_ext"), *sys.path])
    written = importlib.import_module("from_the_code").fill_in(page("reference/names-table.md"))
    assert first_cells(written) - {"column", "---"} == set(COLUMNS)
    assert all(len(row.split("|")[3].strip()) > 10 for row in re.findall(r"^\| `.+$", written, re.M))


def test_a_page_that_asks_for_an_unknown_table_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "docs" / "_ext"), *sys.path])
    with pytest.raises(KeyError):
        importlib.import_module("from_the_code").fill_in("<!-- from the code: no_such_table -->")


def test_the_licence_is_the_same_everywhere():
    project = tomllib.loads(text(Path("pyproject.toml")))["project"]
    citation = text(Path("CITATION.cff"))
    assert f"license: {project['license']}" in citation
    assert f"version: {project['version']}" in citation
    assert "Apache License" in text(Path("LICENSE"))


def test_every_command_that_is_listed_is_built():
    modules = {name: MODULES.get(name, name) for name in COMMANDS}
    assert [it for it in modules.values() if importlib.util.find_spec(f"desk.commands.{it}") is None] == []
