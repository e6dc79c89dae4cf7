"""``evenhand init``: takes a folder and a template, writes a complete study into it, never over anything."""

import re
import shutil
import tempfile
import unicodedata
from pathlib import Path

import click

from desk.folder import StudyFolder
from testing.study.errors import EvenhandError, Refused


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--template", default="belgium", show_default=True, help="Template to write it from.")
@click.option("--place", help="Where the dwellings are.  [default: the folder's name]")
def command(folder: Path, template: str, place: str | None) -> None:
    """Write a complete study folder from a template.

    FOLDER must be new or empty. Nothing in it is sent anywhere before a person has filled in the rest and
    approved a plan.
    """
    written = write_study(folder, template=template, place=place)
    click.echo(folder)
    typed = StudyFolder(root=folder).typed
    say = [
        f"Wrote a study into {folder}/: {', '.join(written)}.",
        "Next:",
        f"  1. read {folder / 'protocol.toml'} and fill in organisation, contact, portals and mail domains;",
        f"  2. have people rate the names in {folder / 'names.csv'}, or take rated ones;",
        f"  3. evenhand check {typed}    (says what is still missing)",
        f"  4. evenhand crawl {typed}",
    ]
    click.echo("\n".join(say), err=True)


def write_study(folder: Path, *, template: str = "belgium", place: str | None = None) -> list[str]:
    """Write a complete study folder, whole or not at all.

    Args:
        folder: new or empty.
        template: name of the template.
        place: where the dwellings are; None takes the folder's name.

    Returns:
        Paths written, relative to the folder.

    Raises:
        Refused: there is something in the folder.
        EvenhandError: no such template, or the folder cannot be written.
    """
    from desk.templates import template_files

    name = _token(folder.resolve().name)
    place = place or re.sub(r"[-_]+", " ", folder.resolve().name).strip().title()
    texts = template_files(template, {"name": name, "place": _toml_safe(place)})
    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} is not empty, and init never writes over anything; name a new folder")
    try:
        if folder.exists():  # an empty folder that somebody made and perhaps stands in
            _write(folder, texts)
            return sorted(texts)
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            draft.chmod(0o755)
            _write(draft, texts)
            draft.replace(folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    except OSError as error:
        raise EvenhandError(f"{folder} cannot be written ({error.strerror}); name another folder") from error
    return sorted(texts)


def _write(root: Path, texts: dict[str, str]) -> None:
    for path, text in texts.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.draft")
        draft.write_text(text, "utf-8")
        draft.replace(target)


def _token(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    token = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40]
    return token if token[:1].isalpha() else f"study_{token}"[:40].rstrip("_")


def _toml_safe(text: str) -> str:
    return re.sub(r'[\x00-\x1f\x7f"\\<>]', "", text) or "the study's place"
