"""A study's names go in, a questionnaire for raters comes out; their answers go in, scores with intervals come out.

Perception is what the names are for: a name signals an origin only as far as people like the landlords see it. The
scores go into ``names.csv``, without which a live wave refuses a name.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.estimators.proportions import wilson
from testing.pairing.stream import Stream
from testing.study.csv_file import read_table
from testing.study.errors import Fault, StudyFileInvalid
from testing.study.identity import FEW_RATERS, RECOGNISED, Name
from testing.study.protocol import Protocol

ASKED = ("rater", "number", "first", "last", "origin", "sex")
"""Columns of the questionnaire; raters fill the last two."""
OTHER, UNKNOWN = "other", "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How one name is perceived."""

    name: Name
    raters: int
    """Who rated its origin, «unknown» included."""
    share: float
    """Of the raters, who saw the intended origin."""
    lower: float
    upper: float
    """Wilson's interval at 95 %."""
    taken_for: str
    """The origin that most others saw; empty where none did."""
    clear_sex: float | None
    """Share of the raters of its sex who saw the intended one; None where nobody was asked."""

    @property
    def amiss(self) -> list[str]:
        """What speaks against using it."""
        found = []
        if self.upper < RECOGNISED or (self.share < RECOGNISED and self.raters >= FEW_RATERS):
            found.append(f"seen as intended by {100 * self.share:.0f} %")
        if self.raters < FEW_RATERS:
            found.append(f"{self.raters} raters are few")
        if self.clear_sex is not None and self.clear_sex < RECOGNISED:
            found.append(f"its sex is clear to {100 * self.clear_sex:.0f} % only")
        return found


def origins(protocol: Protocol) -> list[str]:
    """Arms that are signalled by name, which raters may choose among."""
    return [arm for ground in protocol.grounds.values() if ground.signal == "name" for arm in ground.arms]


def questionnaire(names: Sequence[Name], *, raters: int, each: int, seed: str) -> str:
    """One CSV for all raters: who is asked for which names, in which order.

    Every name is rated equally often, as far as the numbers allow, and each rater has an order of his own.

    Args:
        names: of the study.
        raters: how many people are asked.
        each: names that each of them rates.
        seed: of the order.
    """
    stream = Stream(b"evenhand name pretest".ljust(32, b"."), seed)
    deck: list[Name] = []
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(ASKED)
    for rater in range(1, raters + 1):
        mine: list[Name] = []
        while len(mine) < min(each, len(names)):
            deck = deck or stream.shuffled(list(names))
            # A name that this rater has already waits for the next one.
            at = next((n for n, it in enumerate(deck) if it not in mine), None)
            if at is None:
                deck += stream.shuffled(list(names))
                continue
            mine.append(deck.pop(at))
        for number, name in enumerate(stream.shuffled(mine), 1):
            writer.writerow([f"r{rater:03d}", number, name.first, name.last, "", ""])
    return out.getvalue()


def read_ratings(path: Path, names: Sequence[Name], known: Sequence[str]) -> list[dict[str, str]]:
    """Read filled questionnaires; rows without an origin were left out by the rater.

    Raises:
        StudyFileInvalid: a column, a name or an origin that is not known, or a name rated twice by one; all of them.
    """
    table = read_table(
        path, ("rater", "first", "last", "origin"), f"let the first line read {','.join(ASKED)}"
    )
    faults = list(table.faults)
    there = {(it.first.casefold(), it.last.casefold()) for it in names}
    seen: set[tuple[str, ...]] = set()
    rows = []
    for row in table.rows:
        cells = dict(row.cells)
        if not cells["origin"]:
            continue
        cells["origin"] = cells["origin"].casefold()
        who = (cells["rater"], cells["first"].casefold(), cells["last"].casefold())
        wrong = _wrong(cells, known, there=who[1:] in there, again=who in seen)
        faults += [
            Fault(file=str(path), line=row.line, key=key, problem=problem, mend=mend)
            for key, problem, mend in wrong
        ]
        seen.add(who)
        rows.append(cells)
    if faults:
        raise StudyFileInvalid(faults)
    return rows


def _wrong(
    cells: Mapping[str, str], known: Sequence[str], *, there: bool, again: bool
) -> Iterator[tuple[str, str, str]]:
    """Column, problem and mending of each fault of a row."""
    name, choice = f"{cells['first']} {cells['last']}", (*known, OTHER, UNKNOWN)
    if not there:
        yield "first", f"{name} is no name of the study", "correct it, or add it to names.csv"
    if cells["origin"] not in choice:
        yield "origin", f"{cells['origin']!r} is no origin that was asked for", f"use {', '.join(choice)}"
    if again:
        yield "rater", f"{cells['rater']} rated {name} twice", "keep one of the two rows"
    if cells.get("sex", "") not in ("", "f", "m", "unclear"):
        yield (
            "sex",
            f"{cells['sex']!r} is no sex that was asked for",
            "use f, m or unclear, or leave it empty",
        )


def scores(names: Sequence[Name], ratings: Sequence[Mapping[str, str]]) -> list[Score]:
    """How each rated name is perceived, in the order of the table."""
    by_name: dict[tuple[str, str], list[Mapping[str, str]]] = defaultdict(list)
    for row in ratings:
        by_name[row["first"].casefold(), row["last"].casefold()].append(row)
    found = []
    for name in names:
        rows = by_name.get((name.first.casefold(), name.last.casefold()), [])
        if not rows:
            continue
        right = sum(row["origin"] == name.arm for row in rows)
        low, high = wilson(right, len(rows), 0.95)
        wrong: dict[str, int] = defaultdict(int)
        for row in rows:
            wrong[row["origin"]] += row["origin"] not in (name.arm, UNKNOWN)
        most = max(sorted(wrong), key=lambda it: wrong[it], default="")
        sexes = [row["sex"] for row in rows if row.get("sex")]
        found.append(
            Score(
                name=name,
                raters=len(rows),
                share=right / len(rows),
                lower=low,
                upper=high,
                taken_for=most if most and wrong[most] else "",
                clear_sex=sexes.count(name.sex) / len(sexes) if sexes else None,
            )
        )
    return found


def scored(names: Sequence[Name], found: Sequence[Score], source: str) -> list[Name]:
    """The names with their scores; what was not rated stays as it was."""
    by_name = {id(it.name): it for it in found}
    return [_with(name, by_name.get(id(name)), source) for name in names]


def _with(name: Name, score: Score | None, source: str) -> Name:
    if score is None:
        return name
    clear = name.sex_clear if score.clear_sex is None else round(score.clear_sex, 4)
    share = round(score.share, 4)
    return replace(name, perceived_share=share, raters=score.raters, sex_clear=clear, source=source)
