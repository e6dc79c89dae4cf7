"""Letter forms of one language go in; the two that one landlord would take for one hand come out, each as a fault.

Looked at in all the arms and variants that two mates may come to have, with the shortest and the longest that they
may put into their slots.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

from testing.study.errors import Fault
from testing.study.letter_forms import LetterForm
from testing.study.letter_needs import LetterNeeds
from testing.study.likeness import Wording, held_together
from testing.study.toml_file import TomlFile

MOST_MEETINGS = 4000
"""Most ways in which two forms may meet, so that all of them can be looked at each time the letters are read."""


def twin_faults(
    file: TomlFile, language: str, forms: Mapping[str, LetterForm], needs: LetterNeeds
) -> list[Fault]:
    """Two forms that one landlord would take for one hand, or for two manners, in any way that they may meet.

    Args:
        file: where the forms stand.
        language: theirs.
        forms: by name.
        needs: what the study asks of them.
    """
    signalled = needs.arms or {}
    # A form without one of its sentences is at fault already, and would be called too short as well.
    whole = [
        form
        for form in forms.values()
        if all(arm in form.sentences.get(ground, {}) for ground, arms in signalled.items() for arm in arms)
    ]
    faults = []
    for first, second in combinations(whole, 2):
        meetings = _meetings(first, second, needs, language)
        if len(meetings) > MOST_MEETINGS:
            problem = (
                f"forms {first.name} and {second.name} may meet in {len(meetings)} ways, too many to look at"
            )
            faults.append(file.fault(("forms", second.name, "variants"), problem, "use fewer variants"))
            continue
        said = _broken(meetings, language)
        if said:
            faults.append(
                file.fault(
                    ("forms", second.name, "body"),
                    f"form {first.name} and form {second.name} {'; they '.join(said)}",
                    "word one of them anew (see: evenhand letters preview)",
                )
            )
    return faults


def _broken(meetings: Sequence[tuple[Wording, Wording]], language: str) -> list[str]:
    """The limits that are broken in some meeting, each once: by other numbers in other arms says nothing more."""
    broken: dict[str, str] = {}
    for one, two in meetings:
        for fault in held_together(one, two, language).faults():
            broken.setdefault(fault.split(" ")[0] + fault.split(" ")[-1], fault)
    return list(broken.values())


def _meetings(
    first: LetterForm, second: LetterForm, needs: LetterNeeds, language: str
) -> list[tuple[Wording, Wording]]:
    short, long = needs.extremes(language)
    return [
        (one, two)
        for mine, theirs in ((short, long), (long, short))
        for one, two in product(_wordings(first, needs, mine), _wordings(second, needs, theirs))
    ]


def _wordings(form: LetterForm, needs: LetterNeeds, values: Mapping[str, str]) -> Iterator[Wording]:
    """A form in every combination of the arms that sentences signal, and of variants."""
    signalled = needs.arms or {}
    for arms, chosen in product(product(*signalled.values()), form.choices()):
        yield Wording(form=form, cell=dict(zip(signalled, arms, strict=True)), values=values, chosen=chosen)
