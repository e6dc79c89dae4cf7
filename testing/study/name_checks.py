"""What the names of a study must be together: takes rows with their lines, gives faults and advice.

One name for each arm cannot be told from its group (Gaddis 2017); names of one arm that sound of a higher class make
a gap of class look like one of origin; and nobody of 33 is called as those born in 1930 are.
"""

import difflib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean

from testing.study.errors import Fault
from testing.study.identity import Name

NAMES_PER_ARM = 5
"""Fewest names for each arm and sex; with fewer, name and group cannot be told apart (Gaddis 2017)."""
BETTER_PER_ARM = 10
"""Names for each arm and sex under which it is advised to take more."""
CLASS_BAND = 0.1
"""Most that the mean perceived class of two arms may differ, on the scale from 0 to 1: less than one rung of the ten
of the usual ladder of social status (Adler et al. 2000), whose rungs lie 1/9 apart."""
ARM_WITHOUT_GROUND = "any"
"""Arm to write where no ground is signalled by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A name with where it stands."""

    line: int
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a study asks of its names; what is not known is not asked."""

    arms: tuple[str, ...] | None = None
    """Arms that are signalled by name; empty where none is, None where that is not known."""
    sexes: tuple[str, ...] = ("f", "m")
    """Sexes of the applicants."""
    ages: tuple[int, int] | None = None
    """Least and most age of the applicants."""
    year: int | None = None
    """Year of the wave's first day."""


def between_rows(file: str, rows: Sequence[Placed]) -> list[Fault]:
    """A name twice, and spellings of a name that is not there."""
    seen: dict[str, Placed] = {}
    faults = []
    for it in rows:
        before = seen.setdefault(it.name.full.casefold(), it)
        if before is it:
            continue
        same = before.name.arm == it.name.arm
        where = "again" if same else f"in arm {it.name.arm} too, so it would signal nothing"
        problem = f"{it.name.full} of line {before.line} is {where}"
        faults.append(_fault(file, it.line, "first, last", problem, "drop one of the two"))
    faults += [fault for it in rows if it.name.spelling_of for fault in _spelling(file, it, rows)]
    return faults


def _spelling(file: str, it: Placed, rows: Sequence[Placed]) -> Iterator[Fault]:
    name, of = it.name, it.name.spelling_of
    meant = next((row.name for row in rows if row.name.full == of), None)
    if meant is None:
        nearest = difflib.get_close_matches(of, [row.name.full for row in rows if row is not it], n=1)
        mend = f"did you mean {nearest[0]!r}?" if nearest else "write first and last name of another row"
        yield _fault(file, it.line, "spelling_of", f"no row is called {of!r}", mend)
    elif meant.spelling_of or meant is name:
        mend = "name the row whose own spelling_of is empty"
        yield _fault(file, it.line, "spelling_of", f"{of} is itself a spelling of another", mend)
    elif (meant.arm, meant.sex) != (name.arm, name.sex):
        problem = f"{of} is of arm {meant.arm} and sex {meant.sex}, this of arm {name.arm} and sex {name.sex}"
        yield _fault(file, it.line, "spelling_of", problem, "two spellings of a name signal the same")


def faults_of_needs(file: str, rows: Sequence[Placed], needs: Needs) -> list[Fault]:
    """What the study needs and the table does not give."""
    if needs.arms is None:
        return []
    arms = needs.arms or (ARM_WITHOUT_GROUND,)
    faults = []
    for it in rows:
        if it.name.arm not in arms:
            nearest = difflib.get_close_matches(it.name.arm, arms, n=1)
            mend = f"did you mean {nearest[0]!r}?" if nearest else f"use one of {', '.join(arms)}"
            problem = f"no arm signalled by name is called {it.name.arm!r}"
            faults.append(_fault(file, it.line, "arm", problem, mend))
    names = [it.name for it in rows]
    for arm in arms:
        for sex in needs.sexes:
            theirs = [it for it in names if (it.arm, it.sex) == (arm, sex)]
            count = _count(theirs)
            if count < NAMES_PER_ARM:
                problem = f"arm {arm} has {count} names of sex {sex}"
                mend = f"give at least {NAMES_PER_ARM}, so that name and group can be told apart"
                faults.append(_fault(file, None, "arm", problem, mend))
            else:
                faults += _ages(file, theirs, f"arm {arm} has", needs)
    return [*faults, *_cohorts(file, rows, needs), *_classes(file, names, arms, needs.sexes)]


def _cohorts(file: str, rows: Sequence[Placed], needs: Needs) -> Iterator[Fault]:
    """Names that nobody of the study's ages bears."""
    if needs.ages is None or needs.year is None:
        return
    low, high = needs.ages
    for it in rows:
        if not any(it.name.fits(age, needs.year) for age in range(low, high + 1)):
            problem = f"people born {it.name.born} are not {low} to {high} years old in {needs.year}"
            mend = "take a name of their years, or change design.age in protocol.toml"
            yield _fault(file, it.line, "born", problem, mend)


def _ages(file: str, names: Sequence[Name], who: str, needs: Needs) -> Iterator[Fault]:
    """Ages at which the cohorts leave too few names to be told from the group; told once, at the worst age."""
    if needs.ages is None or needs.year is None:
        return
    year = needs.year
    left = {
        age: _count([it for it in names if it.fits(age, year)])
        for age in range(needs.ages[0], needs.ages[1] + 1)
    }
    age = min(left, key=lambda it: left[it])
    if left[age] < NAMES_PER_ARM:
        problem = f"{who} {left[age]} names of sex {names[0].sex} for applicants of {age}"
        mend = (
            f"give at least {NAMES_PER_ARM} at every age of design.age, or narrow design.age in protocol.toml"
        )
        yield _fault(file, None, "born", problem, mend)


def _classes(file: str, names: Sequence[Name], arms: Sequence[str], sexes: Sequence[str]) -> Iterator[Fault]:
    """Arms whose names sound of another class, within a sex: the applicants of one test are of one sex."""
    for sex in sexes:
        found = {}
        for arm in arms:
            scored = _class_of([it for it in names if (it.arm, it.sex) == (arm, sex)])
            if scored:
                found[arm] = mean(scored.values())
        low, high = (
            min(found, key=found.__getitem__, default=""),
            max(found, key=found.__getitem__, default=""),
        )
        if found and found[high] - found[low] > CLASS_BAND:
            problem = (
                f"names of sex {sex} are perceived as of class {found[high]:.2f} in arm {high} and {found[low]:.2f} "
                f"in arm {low}, more than {CLASS_BAND} apart"
            )
            most = _farthest(names, high, sex, above=True)
            least = _farthest(names, low, sex, above=False)
            mend = f"drop the names that are farthest out ({most}; {least}), or take others"
            yield _fault(file, None, "perceived_class", problem, mend)


def _class_of(names: Sequence[Name]) -> dict[str, float]:
    """Perceived class by name; that of a name with several spellings is the mean of theirs."""
    found: dict[str, list[float]] = defaultdict(list)
    for it in names:
        if it.perceived_class is not None:
            found[it.root].append(it.perceived_class)
    return {root: mean(scores) for root, scores in found.items()}


def _farthest(names: Sequence[Name], arm: str, sex: str, *, above: bool) -> str:
    theirs = _class_of([it for it in names if (it.arm, it.sex) == (arm, sex)])
    root = (max if above else min)(theirs, key=theirs.__getitem__)
    return f"{root} with {theirs[root]:.2f}"


def advice(file: str, rows: Sequence[Placed]) -> list[Fault]:
    """What a study can do without, and does better with: more names, class known for all, spellings linked."""
    names = [it.name for it in rows]
    found = []
    for arm, sex in sorted({(it.arm, it.sex) for it in names}):
        count = _count([it for it in names if (it.arm, it.sex) == (arm, sex)])
        if NAMES_PER_ARM <= count < BETTER_PER_ARM:
            problem = f"arm {arm} has {count} names of sex {sex}"
            mend = f"{BETTER_PER_ARM} or more would tell name and group apart better"
            found.append(_fault(file, None, "arm", problem, mend))
    with_class = {it.arm for it in names if it.perceived_class is not None}
    without = sorted({it.arm for it in names if it.perceived_class is None})
    if with_class and without:
        problem = (
            f"perceived class is known for arm {', '.join(sorted(with_class))}, and not for every name of "
        )
        problem += ", ".join(without)
        mend = "have the others rated too; else a gap of class cannot be told from one of origin"
        found.append(_fault(file, None, "perceived_class", problem, mend))
    return found + [
        _fault(
            file,
            two.line,
            "spelling_of",
            f"{two.name.full} differs from {one.name.full} of line {one.line} in its marks only",
            f'write "{one.name.root}" there, so that no landlord meets both',
        )
        for one, two in pairwise(sorted(rows, key=lambda it: (without_marks(it.name.full), it.line)))
        if without_marks(one.name.full) == without_marks(two.name.full) and one.name.root != two.name.root
    ]


def without_marks(text: str) -> str:
    """Fold a name so that spellings with and without diacritics are equal."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(str.maketrans("øłı", "oli")))
    return "".join(it for it in plain if not unicodedata.combining(it))


def _count(names: Sequence[Name]) -> int:
    """Names, whatever their spellings."""
    return len(Counter(it.root for it in names))


def _fault(file: str, line: int | None, key: str, problem: str, mend: str) -> Fault:
    return Fault(file=file, line=line, key=key, problem=problem, mend=mend)
