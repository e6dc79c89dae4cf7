"""A study's table of names goes in, what a person must still see to before a live wave comes out, with its lines."""

from pathlib import Path

from testing.study.errors import Fault
from testing.study.identity import RECOGNISED
from testing.study.name_checks import advice
from testing.study.reading_names import placed_names


def name_warnings(path: Path) -> list[Fault]:
    """Say which names a live wave would refuse, and what the table would be better with.

    Args:
        path: ``names.csv``; its faults are told elsewhere.
    """
    rows, _ = placed_names(path)
    unscored = sum(not it.name.scored for it in rows)
    found = []
    if unscored:
        problem = f"{unscored} names are unscored; a live wave refuses them"
        mend = "have people rate them, or take names with published scores"
        found.append(_warning(path, None, "perceived_share", problem, mend))
    for it in rows:
        if it.name.scored and it.name.amiss:
            problem = f"{it.name.full}: {'; '.join(it.name.amiss)}; a live wave refuses it"
            mend = f"have more people rate it, or take a name that {100 * RECOGNISED:.0f} % or more see as intended"
            found.append(_warning(path, it.line, _key(it.name.amiss[0]), problem, mend))
    return [*found, *advice(str(path), rows)]


def _key(amiss: str) -> str:
    """Column that a shortcoming stands in."""
    if amiss.startswith("its sex"):
        return "sex_clear"
    return "raters" if amiss.endswith("few") else "perceived_share"


def _warning(path: Path, line: int | None, key: str, problem: str, mend: str) -> Fault:
    return Fault(file=str(path), line=line, key=key, problem=problem, mend=mend)
