"""``evenhand dossier``: a study's files go in, an impact assessment or a summary for an ethics committee comes out."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.folder import study_folder
from testing.study.errors import EvenhandError

if TYPE_CHECKING:
    from testing.study.section import Language

EXAMPLES = """\b
evenhand dossier my-study --document dpia --language nl > dpia.md
evenhand dossier my-study --document ethics --language fr --out ethics-fr.md"""


@click.command(epilog=EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option(
    "--document",
    type=click.Choice(["dpia", "ethics"]),
    default="dpia",
    show_default=True,
    help="dpia: outline of a data protection impact assessment; ethics: summary for an ethics committee.",
)
@click.option("--language", type=click.Choice(["nl", "fr", "en"]), default="en", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write here, and not to stdout.")
def command(folder: Path, document: str, language: "Language", out: Path | None) -> None:
    """Fill an impact assessment or an ethics summary from a study's files, as Markdown.

    What only people know is marked as open and counted at the top. A measure is called enforced only where the program
    does it, with the place in its code. Ends with 5 when a sealed plan, or what it was drawn from, was changed.
    """
    from desk.dossier.material import material_of
    from desk.dossier.paper import write_paper

    paper = write_paper(document, language, material_of(study_folder(folder)))
    if out is None:
        click.echo(paper.text, nl=False)
    else:
        try:
            out.write_text(paper.text, "utf-8")
        except OSError as error:
            raise EvenhandError(f"{out} cannot be written ({error.strerror}); name another file") from error
    click.echo(f"{paper.questions} open questions", err=True)
