"""``evenhand letters``: a study's letters go in, what a landlord would read comes out; nothing is sent or recorded."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from desk.folder import study_folder

EXAMPLES = """\b
evenhand letters preview my-study
evenhand letters preview my-study --contrast income --language nl"""


@click.group()
def command() -> None:
    """Look at the letters of a study, as a landlord would."""


@command.command("preview", epilog=EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--contrast", help="Only this contrast.")
@click.option("--language", help="Only letters in this language.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def preview(folder: Path, contrast: str | None, language: str | None, as_json: bool) -> None:
    """Show the two letters of a pair side by side, and what sets them apart.

    Every contrast, language and two forms are shown, signed by the first names of the table. Below them stand the two
    checks: whether a landlord would take both for one hand, and what two letters of one form differ in, which must be
    the signal and nothing else.
    """
    from desk.letter_preview import previews, printed
    from testing.study.reading import read_letters, read_names, read_protocol

    study = study_folder(folder)
    protocol = read_protocol(study.protocol)
    letters, names = read_letters(study.letters, protocol), read_names(study.names, protocol)
    if contrast is not None and contrast not in protocol.contrasts:
        raise click.UsageError(
            f"no contrast is called {contrast!r}; take one of {', '.join(protocol.contrasts)}"
        )
    if language is not None and language not in letters.languages:
        raise click.UsageError(f"no letters in {language!r}; take one of {', '.join(letters.languages)}")
    found = list(previews(protocol, letters, names, contrast=contrast, language=language))
    if as_json:
        told = [{**asdict(it), "differences": it.differences, "faults": it.likeness.faults()} for it in found]
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
        return
    click.echo("\n".join(printed(it) for it in found), nl=False)
