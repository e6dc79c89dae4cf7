"""Takes a page of the documentation and gives it with tables written from the code's own records.

A page asks for one with a comment on a line of its own: ``<!-- from the code: study_file -->``. So a
reference table cannot say what the code does not do.
"""

import importlib
import importlib.util
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ASKED = re.compile(r"^<!-- from the code: (\w+)(?: (\w+))? -->$", re.MULTILINE)
"""A line that asks for a table, with the subject that some tables need."""

HELP_WIDTH = 92
"""Characters of a line of help; wide enough that no option's text is broken oddly."""


def setup(app: "Sphinx") -> dict[str, Any]:
    """Let Sphinx call ``fill_in`` on every page that it reads."""

    def on_read(_: "Sphinx", __: str, source: list[str]) -> None:
        source[0] = fill_in(source[0])

    app.connect("source-read", on_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def fill_in(page: str) -> str:
    """Put the tables where a page asks for them.

    Raises:
        KeyError: a page asks for a table that there is not.
    """
    return ASKED.sub(lambda asked: TABLES[asked[1]](*filter(None, [asked[2]])), page)


def study_file() -> str:
    """Write every table of ``protocol.toml`` with its keys, from the model that checks it."""
    from testing.study.protocol import Protocol

    schema = Protocol.model_json_schema()
    parts = []
    for path, table in _tables(schema, schema, ""):
        parts += [f"## `{path}`", "", table.get("description", ""), "", "| key | value | default | meaning |"]
        parts += ["| --- | --- | --- | --- |", *_rows(schema, table), ""]
    return "\n".join(parts)


def command(name: str) -> str:
    """Write what ``evenhand NAME --help`` prints."""
    import click

    if not _is_built(name):
        return "Not built yet."
    it: click.Command = importlib.import_module(f"desk.commands.{name}").command
    context = click.Context(it, info_name=f"evenhand {name}", terminal_width=HELP_WIDTH)
    return f"```text\n{it.get_help(context)}\n```"


def commands() -> str:
    """Write the commands that are built, in the order of a study."""
    from desk.commands import COMMANDS

    built = {name: line for name, line in COMMANDS.items() if _is_built(name)}
    return "\n".join(
        f"{place}. [`evenhand {name}`](reference/commands.md#evenhand-{name}): {line}"
        for place, (name, line) in enumerate(built.items(), start=1)
    )


def outcome_columns() -> str:
    """Write the columns that every outcomes table has."""
    from analysis.columns import FIXED, MAY_BE_EMPTY

    rows = [
        f"| `{column}` | {kind} | {'yes' if column in MAY_BE_EMPTY else 'no'} | {meaning} |"
        for column, (kind, meaning) in FIXED.items()
    ]
    return "\n".join(["| column | type | may be empty | meaning |", "| --- | --- | --- | --- |", *rows])


def landlord_types() -> str:
    """Write the landlord types with the sentence that their record gives them."""
    from testing.study import listing

    return _members(listing.__file__, "LandlordType")


def name_columns() -> str:
    """Write the columns of names.csv with the sentence that the record gives each."""
    import ast
    from itertools import pairwise
    from pathlib import Path

    from testing.study import identity
    from testing.study.reading_names import COLUMNS, NEEDED

    tree = ast.parse(Path(identity.__file__).read_text(encoding="utf-8"))
    body = next(it.body for it in tree.body if isinstance(it, ast.ClassDef) and it.name == "Name")
    said = {
        node.target.id: " ".join(after.value.value.split()).replace("``", "`")
        for node, after in pairwise(body)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and _is_text(after)
    }
    rows = [f"| `{column}` | {'no' if column in NEEDED else 'yes'} | {said[column]} |" for column in COLUMNS]
    return "\n".join(["| column | may be empty | meaning |", "| --- | --- | --- |", *rows])


def states() -> str:
    """Write the states of an application, and where each may lead."""
    from testing.study.application import TRANSITIONS

    rows = []
    for state, following in TRANSITIONS.items():
        after = ", ".join(f"`{each.value}`" for each in type(state) if each in following)
        rows.append(f"| `{state.value}` | {after or 'nothing: it ends here'} |")
    return "\n".join(["| state | may become |", "| --- | --- |", *rows])


TABLES: Mapping[str, Callable[..., str]] = {
    "study_file": study_file,
    "command": command,
    "commands": commands,
    "outcome_columns": outcome_columns,
    "landlord_types": landlord_types,
    "states": states,
    "name_columns": name_columns,
}
"""What a page may ask for."""


def _is_built(name: str) -> bool:
    return importlib.util.find_spec(f"desk.commands.{name}") is not None


def _members(file: str, name: str) -> str:
    """Value and docstring of each member of an enumeration; only the source keeps such docstrings."""
    import ast
    from pathlib import Path

    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    rows = ["| value | meaning |", "| --- | --- |"]
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            said = following.value.value if isinstance(following, ast.Expr) else ""
            rows.append(f"| `{node.value.value}` | {said} |")
    return "\n".join(rows)


def _is_text(node: Any) -> bool:
    import ast

    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _tables(root: Any, table: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every table below one, with the path that a study file writes it under."""
    for key, value in table.get("properties", {}).items():
        target, suffix = _target(root, value)
        if target is not None:
            where = f"{path}{key}{suffix}"
            yield (f"[[{where}]]" if suffix == "" and value.get("type") == "array" else f"[{where}]"), target
            yield from _tables(root, target, f"{where}.")


def _target(root: Any, value: Any) -> tuple[Any, str]:
    """The table that a value stands for, and what its path adds; None where it is no table."""
    if "$ref" in value:
        found = root["$defs"][value["$ref"].rsplit("/", 1)[1]]
        return (found, "") if found.get("type") == "object" else (None, "")
    if value.get("type") == "array" and "$ref" in value.get("items", {}):
        return _target(root, value["items"])
    inner = value.get("additionalProperties")
    names = next(iter(value.get("patternProperties", {}).values()), None)
    for held in (inner, names):
        if isinstance(held, dict) and "$ref" in held:
            return _target(root, held)[0], ".NAME"
    return None, ""


def _rows(root: Any, table: Any) -> Iterator[str]:
    required = set(table.get("required", []))
    for key, value in table.get("properties", {}).items():
        if _target(root, value)[0] is not None:
            continue
        default = "needed" if key in required else f"`{_plain(value.get('default'))}`"
        meaning = " ".join(value.get("description", "").split())
        yield f"| `{key}` | {_kind(root, value)} | {default} | {meaning} |".replace("«", "“").replace(
            "»", "”"
        )


def _kind(root: Any, value: Any) -> str:
    """What may stand there, in words."""
    if "$ref" in value:
        value = root["$defs"][value["$ref"].rsplit("/", 1)[1]]
    if "const" in value:
        return f"always `{_plain(value['const'])}`"
    if "enum" in value:
        return "one of " + ", ".join(f"`{each}`" for each in value["enum"])
    kind = {"integer": "whole number", "boolean": "`true` or `false`", "object": "table"}
    if value.get("type") == "array":
        return f"list of {_kind(root, value.get('items', {}))}"
    if value.get("format") in ("date", "time"):
        return str(value["format"])
    word = kind.get(value.get("type", ""), {"string": "text"}.get(value.get("type", ""), "number"))
    return word + _range(value)


def _range(value: Any) -> str:
    low, high = value.get("minimum"), value.get("maximum")
    if value.get("exclusiveMinimum") is not None:
        return f" above {value['exclusiveMinimum']}" + (f", at most {high}" if high is not None else "")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f", at least {low}" if low is not None else ""


def _plain(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
