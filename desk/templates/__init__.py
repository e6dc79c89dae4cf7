"""Study templates: a name goes in, the files of a complete study come out, with name and place filled in."""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable

from testing.study.errors import EvenhandError
from testing.study.frame_sections import POLITE_PAGES
from testing.study.protocol import Protocol

SCHEMA = "protocol.schema.json"
_STORED = {"gitignore": ".gitignore"}
"""Files that lie under another name here, so that version control does not obey them."""


def template_names() -> list[str]:
    """Names of the templates, sorted."""
    return sorted(it.name for it in files(__name__).iterdir() if it.joinpath("protocol.toml").is_file())


def template_files(template: str, words: Mapping[str, str], parts: Sequence[str] = ()) -> dict[str, str]:
    """Give the files of a template, by their path in the study's folder.

    Args:
        template: its name.
        words: put in the place of ``<word>`` wherever it stands.
        parts: files or folders to take; empty is everything.

    Raises:
        EvenhandError: no such template.
    """
    if template not in template_names():
        raise EvenhandError(f"no template is called {template!r}; use one of {', '.join(template_names())}")
    found = _texts(files(__name__).joinpath(template), "")
    found[SCHEMA] = schema_text()
    for word, value in words.items():
        found = {path: text.replace(f"<{word}>", value) for path, text in found.items()}
    return {path: it for path, it in found.items() if not parts or path.split("/")[0] in parts}


def permission_letter(protocol: Protocol, portal: str, profile: str, language: str) -> str:
    """A letter that asks a portal for leave to read its adverts, or for the adverts themselves.

    Args:
        protocol: the study.
        portal: the portal's title.
        profile: name of its profile, which stands under ``frame.portals`` where it has been recorded.
        language: ``nl``, ``fr`` or ``en``.
    """
    recorded = next((it for it in protocol.frame.portals if it.profile == profile), protocol.frame.portals[0])
    text = files(__name__).joinpath("permission", f"{language}.md").read_text("utf-8")
    return text.format(
        organisation=protocol.study.organisation,
        contact=protocol.study.contact,
        portal=portal,
        title=protocol.study.title[language],  # type: ignore[index]
        place=protocol.study.place,
        first_day=protocol.wave.first_day.strftime("%d/%m/%Y"),
        last_day=protocol.wave.last_day.strftime("%d/%m/%Y"),
        pages_per_day=recorded.pages_per_day or POLITE_PAGES,
        basis=recorded.basis[:1].upper() + recorded.basis[1:],
        recorded_by=recorded.recorded_by,
    )


def schema_text() -> str:
    """JSON Schema of the study file, for editors that complete and check while one types."""
    schema = Protocol.model_json_schema() | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _texts(folder: Traversable, at: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in sorted(folder.iterdir(), key=lambda it: it.name):
        path = f"{at}{_STORED.get(item.name, item.name)}"
        if item.is_dir():
            found |= _texts(item, f"{path}/")
        else:
            found[path] = item.read_text("utf-8")
    return found
