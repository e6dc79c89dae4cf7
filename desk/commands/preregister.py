"""``evenhand preregister``: a study's files go in, a pre-registration in the order of a public form comes out."""

from pathlib import Path

import click

from desk.folder import study_folder

EXAMPLES = """\b
evenhand preregister my-study --form osf > preregistration.md
evenhand preregister my-study --form aspredicted"""


@click.command(epilog=EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--form", type=click.Choice(["osf", "aspredicted"]), default="osf", show_default=True)
def command(folder: Path, form: str) -> None:
    """Fill a pre-registration from a study's files, as Markdown.

    What the files cannot answer is marked OPEN and listed at the top: nobody should register a form with a silent gap.
    """
    from analysis.design import Question, examine
    from analysis.plan import read_plan
    from analysis.unpaired_power import examine_apart
    from desk.commands.check import check_folder
    from desk.design_groups import groups_apart, groups_of
    from desk.preregistration import FORMS, text_of
    from desk.promised_analysis import OPEN
    from testing.study.errors import StudyFileInvalid
    from testing.study.reading import read_protocol

    study = study_folder(folder)
    if faults := check_folder(study).faults:
        raise StudyFileInvalid(faults)
    protocol, plan = read_protocol(study.protocol), read_plan(study.analysis)
    title, sections_of = FORMS[form]
    question = Question(alpha=1 - plan.confidence, margin=plan.equivalence_margin)
    if protocol.design.applicants == "one":
        apart = examine_apart(groups_apart(protocol), alpha=question.alpha, power=question.power)
        sections = sections_of(protocol, plan, examine([], question), apart)
    else:
        sections = sections_of(protocol, plan, examine(groups_of(protocol), question), ())
    click.echo(text_of(title, sections), nl=False)
    unanswered = sum(text.count(OPEN) for _, text in sections)
    click.echo(f"{unanswered} open questions; look for {OPEN.strip()!r}", err=True)
