"""The rules that every file of the project keeps, each with a planted breach that is found."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import (
    LONGEST,
    MACHINE_PATH,
    PACKAGES,
    PURPOSELESS,
    REGISTRIES,
    ROOT,
    code,
    files,
    lines_that_match,
    text,
)


def classes_that_look_like_tests(source: str) -> list[str]:
    """Names of classes that pytest, and a reader, would take for tests."""
    nodes = ast.walk(ast.parse(source))
    return [node.name for node in nodes if isinstance(node, ast.ClassDef) and node.name.startswith("Test")]


def test_no_module_is_named_after_no_purpose():
    assert [str(path) for path in code() if PURPOSELESS.search(path.as_posix())] == []


@pytest.mark.parametrize("planted", ["desk/utils.py", "analysis/common/rates.py", "testing/store/manager.py"])
def test_a_module_named_after_no_purpose_is_found(planted: str):
    assert PURPOSELESS.search(planted)


def test_no_code_file_is_longer_than_three_hundred_lines():
    lengths = {str(path): len(text(path).splitlines()) for path in code()}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}
    assert len(lengths) > 20, "the tree was not found"


def test_no_class_begins_with_test():
    found = {str(path): classes_that_look_like_tests(text(path)) for path in code()}
    assert {path: names for path, names in found.items() if names} == {}


def test_a_class_that_begins_with_test_is_found():
    assert classes_that_look_like_tests("class TestPlan:\n    pass\n") == ["TestPlan"]


def test_no_file_holds_the_address_of_a_package_registry():
    found = {str(path): lines_that_match(REGISTRIES, text(path)) for path in files()}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_the_address_of_a_package_registry_is_found():
    planted = "--index-url https://" + "py" + "pi.org/simple"
    assert lines_that_match(REGISTRIES, planted) == [planted]


def test_no_file_holds_a_path_of_one_machine():
    found = {str(path): lines_that_match(MACHINE_PATH, text(path)) for path in files()}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize("folder", ["work", "root", "home", "Users", "tmp"])
def test_a_path_of_one_machine_is_found(folder: str):
    assert lines_that_match(MACHINE_PATH, f'open("/{folder}/main/data.csv")')


def test_every_package_says_that_it_is_typed():
    assert [name for name in PACKAGES if not (ROOT / name / "py.typed").is_file()] == []


def test_nothing_that_a_run_makes_is_tracked():
    made = re.compile(r"\.(pyc|sqlite3?|db|log|mo)$|(^|/)(__pycache__|\.venv|_build|node_modules)/")
    assert [str(path) for path in files() if made.search(path.as_posix())] == []


def pins(name: str) -> dict[str, set[str]]:
    """Package, then the versions that a requirements file locks (several where a marker chooses)."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(
        r"^([\w.\-]+)==([^\s;]+)", text(Path(f"requirements/{name}.txt")), re.M
    ):
        found.setdefault(package, set()).add(version)
    return found


@pytest.mark.parametrize("role", ["main", "test", "docs", "bench", "fuzz", "setup"])
def test_every_locked_version_has_hashes_and_comes_from_no_named_index(role: str):
    content = text(Path(f"requirements/{role}.txt"))
    blocks = re.split(r"^(?=[\w])", content, flags=re.M)[1:]
    assert blocks
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert not re.search(r"https?:|file:|index|find-links", content)


@pytest.mark.parametrize("role", ["test", "docs", "bench", "fuzz"])
def test_each_role_holds_all_of_main_at_the_same_versions(role: str):
    held = pins(role)
    assert {package for package, version in pins("main").items() if held.get(package) != version} == set()


def test_installer_and_tests_agree_on_the_versions_that_they_share():
    setup, test = pins("setup"), pins("test")
    assert {name for name in setup.keys() & test.keys() if setup[name] != test[name]} == set()


def test_the_lock_holds_every_declared_dependency():
    project = tomllib.loads(text(Path("pyproject.toml")))
    groups = project["dependency-groups"]
    declared = {"main": project["project"]["dependencies"], "test": groups["test"] + groups["docs"]}
    declared |= {"docs": groups["docs"], "bench": groups["bench"], "fuzz": groups["fuzz"]}
    for role, wanted in declared.items():
        names = {re.split(r"[<>=!~\[; ]", each)[0].lower() for each in wanted}
        assert names - pins(role).keys() == set(), f"run `make lock`: requirements/{role}.txt is behind"
