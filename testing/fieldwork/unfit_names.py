"""Takes the applications of a plan, gives what speaks against their names in a live wave, each with its line."""

from collections.abc import Mapping, Sequence

from testing.study.application import Application
from testing.study.identity import FEW_RATERS, RECOGNISED

SHOWN = 5
"""Names that are told one by one; the others are counted."""


def unfit_names(applications: Sequence[Application], lines: Mapping[str, int]) -> list[str]:
    """Say which names nobody rated, too few, or people who saw something else; empty where all are fit.

    Args:
        applications: all of the plan.
        lines: line of names.csv by first and last name, as far as it is known.
    """
    names = {it.identity.full_name: it.identity.name for it in applications}
    unfit = {full: "; ".join(name.amiss) for full, name in sorted(names.items()) if name.amiss}
    if not unfit:
        return []
    told = [
        f"{full} (names.csv{f':{lines[full]}' if full in lines else ''}): {why}"
        for full, why in list(unfit.items())[:SHOWN]
    ]
    more = f", and {len(unfit) - SHOWN} more" if len(unfit) > SHOWN else ""
    return [
        f"{len(unfit)} names are not fit, {', '.join(told)}{more}; have names rated with evenhand names until "
        f"{FEW_RATERS} people or more rated each and {100 * RECOGNISED:.0f} % or more see what it is meant to tell, or "
        "drop them, and draw the plan up anew"
    ]
