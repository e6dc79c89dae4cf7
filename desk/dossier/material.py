"""What a paper is filled from: takes a study's folder, gives its files as read and its sealed plan, if there is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from desk.folder import StudyFolder
from testing.study.errors import Refused, StudyFileInvalid
from testing.study.identity import Name
from testing.study.letter_forms import Letters
from testing.study.protocol import Protocol

if TYPE_CHECKING:
    from analysis.design import Design
    from analysis.plan import AnalysisPlan
    from testing.pairing.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that a paper may tell of a study."""

    protocol: Protocol
    letters: Letters
    names: Sequence[Name]
    analysis: "AnalysisPlan"
    design: "Design | None"
    """What the study can detect; None where no published table says what to assume."""
    plan: "Plan | None"
    """Sealed; None before."""


def material_of(folder: StudyFolder) -> Material:
    """Read what a paper is filled from.

    Raises:
        StudyFileInvalid: a file does not hold what it must.
        LockMismatch: the plan, or what it was drawn from, was changed after it was sealed.
    """
    from analysis.design import Question, examine
    from analysis.plan import read_plan
    from desk.commands.check import check_folder
    from desk.design_groups import groups_of
    from desk.sealed import sealed_plan
    from testing.study.reading import read_letters, read_names, read_protocol

    if faults := check_folder(folder).faults:
        raise StudyFileInvalid(faults)
    protocol, analysis = read_protocol(folder.protocol), read_plan(folder.analysis)
    question = Question(alpha=1 - analysis.confidence, margin=analysis.equivalence_margin)
    try:
        design = examine(groups_of(protocol), question)
    except (
        click.UsageError,
        Refused,
    ):  # no table speaks of this ground, or there are no pairs: a question stays open
        design = None
    return Material(
        protocol=protocol,
        letters=read_letters(folder.letters, protocol),
        names=read_names(folder.names, protocol),
        analysis=analysis,
        design=design,
        plan=sealed_plan(folder) if folder.plan.is_file() else None,
    )
