"""A published table of name perceptions and its mapping go in, scored names come out, or every wrong cell.

A row per name is taken as it is. Of a row per rating, a name's share is that of its raters who saw the intended origin;
class, education and religiosity are means over the raters who said something.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

from desk.name_mapping import SCALES, NameMapping
from testing.study.csv_file import Row, read_table
from testing.study.errors import Fault, StudyFileInvalid
from testing.study.identity import Name, birth_years
from testing.study.reading_names import number

SHOWN = 20
"""Wrong cells that are told one by one; a table with a wrong column has thousands."""
DIGITS = 4
YES, NO = ("1", "1.0", "true", "yes"), ("0", "0.0", "false", "no")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a table gave."""

    names: tuple[Name, ...]
    left_out: Mapping[str, int]
    """Rows that were not taken, by reason."""


@dataclass(slots=True, kw_only=True)
class _Sheet:
    """Everything that a table says of one name."""

    row: Row
    first: str
    last: str
    sex: str
    arm: str
    born: str
    right: list[bool] = field(default_factory=list)
    sex_right: list[bool] = field(default_factory=list)
    scales: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    raters: set[str] = field(default_factory=set)
    told: dict[str, float] = field(default_factory=dict)


def import_names(path: Path, mapping: NameMapping, *, at_least: float = 0.0) -> Imported:
    """Read a table of name perceptions.

    Args:
        path: CSV in UTF-8.
        mapping: what its columns mean.
        at_least: share who saw the intended origin under which a name is left out.

    Raises:
        StudyFileInvalid: a column is missing, or cells hold what they must not; with line and column of each.
    """
    table = read_table(
        path, [*mapping.columns.values(), *mapping.only], "correct the mapping's [columns] or [only]"
    )
    reader = _Reader(path, mapping)
    for row in table.rows if not table.faults else ():
        reader.take(row)
    faults = [*table.faults, *reader.faults]
    if faults:
        more = len(faults) - SHOWN
        rest = (
            [_fault(path, None, "", f"{more} more cells are wrong", "mend these first")] if more > 0 else []
        )
        raise StudyFileInvalid([*faults[:SHOWN], *rest])
    names = [reader.name(it) for it in reader.sheets.values()]
    rated = [it for it in names if it.perceived_share is not None]
    kept = [it for it in rated if (it.perceived_share or 0.0) >= at_least]
    reader.left_out["names that nobody rated"] = len(names) - len(rated)
    reader.left_out[f"names seen as intended by less than {100 * at_least:.0f} %"] = len(rated) - len(kept)
    return Imported(names=tuple(kept), left_out=reader.left_out)


class _Reader:
    """Takes rows one by one and remembers what they say of each name."""

    def __init__(self, path: Path, mapping: NameMapping) -> None:
        self.path, self.mapping = path, mapping
        self.sheets: dict[str, _Sheet] = {}
        self.faults: list[Fault] = []
        self.left_out: Counter[str] = Counter()

    def take(self, row: Row) -> None:
        if any(row.cells[column] not in words for column, words in self.mapping.only.items()):
            self.left_out["rows of others than [only] names"] += 1
            return
        sheet = self._sheet(row)
        if sheet is not None and self.mapping.rows == "names":
            self._scores(row, sheet)
        elif sheet is not None:
            self._rating(row, sheet)

    def name(self, it: _Sheet) -> Name:
        """The name with its scores."""
        share, raters = it.told.get("perceived_share"), it.told.get("raters")
        clear = it.told.get("sex_clear")
        if self.mapping.rows == "ratings":
            share, raters, clear = _share(it.right), len(it.right), _share(it.sex_right)
        scales = {key: round(mean(values), DIGITS) for key, values in it.scales.items()}
        mapping = self.mapping
        return Name(
            first=it.first, last=it.last, sex=it.sex, arm=it.arm, born=it.born,
            perceived_share=share, raters=int(raters) if raters else None, sex_clear=clear,
            perceived_class=scales.get("perceived_class"),
            perceived_education=scales.get("perceived_education"),
            perceived_religiosity=scales.get("perceived_religiosity"),
            source=mapping.source, licence=mapping.licence, rated_country=mapping.country, rated_year=mapping.year,
        )  # fmt: skip

    def _cell(self, row: Row, key: str) -> str:
        """What a row says of something; empty where nothing."""
        column = self.mapping.columns.get(key)
        # A published table may have a column without a name, such as R's numbers of rows.
        cell = "" if column is None else row.cells[column]
        return "" if cell in self.mapping.missing else cell

    def _wrong(self, row: Row, key: str, problem: str, mend: str) -> None:
        column = self.mapping.columns.get(key, key)
        self.faults.append(_fault(self.path, row.line, column, problem, mend))

    def _sheet(self, row: Row) -> _Sheet | None:
        """The sheet of the row's name; None where it is left out or cannot be."""
        arm = self.mapping.arms.get(self._cell(row, "origin"))
        if arm is None:
            self.left_out["rows of origins that are no arm"] += 1
            return None
        first, last = self._cell(row, "first"), self._cell(row, "last")
        if "name" in self.mapping.columns:
            first, _, last = (part.strip() for part in self._cell(row, "name").partition(" "))
        if not first or not last:
            self._wrong(
                row,
                "name" if "name" in self.mapping.columns else "last",
                "no first and last name",
                "fill it in",
            )
            return None
        sex = self._sex(row, first)
        if not sex:
            return None
        born = self._cell(row, "born")
        if born and birth_years(born) is None:
            self._wrong(row, "born", f"{born!r} is not two years in order", "write for example 1975-1995")
            return None
        new = _Sheet(row=row, first=first, last=last, sex=sex, arm=arm, born=born)
        old = self.sheets.setdefault(f"{first} {last}".casefold(), new)
        for key, was, now in (("origin", old.arm, arm), ("sex", old.sex, sex), ("born", old.born, born)):
            if was != now:
                problem = f"{first} {last} was {was!r} in line {old.row.line} and is {now!r} here"
                self._wrong(
                    row, key, problem, "let every row of a name say the same, or take one of the two out"
                )
        if old is not new and self.mapping.rows == "names":
            self._wrong(
                row, "last", f"{first} {last} stood in line {old.row.line}", "keep one of the two rows"
            )
        return old

    def _sex(self, row: Row, first: str) -> str:
        if "sex" not in self.mapping.columns:
            sex = self.mapping.sex_of.get(first.casefold(), "")
            self.left_out["rows whose first name [sex_of] does not name"] += not sex
            return sex
        word = self._cell(row, "sex")
        if word not in self.mapping.sexes:
            mend = 'say under [sex] what it means: "f", "m", or "" to leave such names out'
            self._wrong(row, "sex", f"{word!r} is no sex that the mapping knows", mend)
            return ""
        sex = self.mapping.sexes[word]
        self.left_out["rows of a sex that [sex] leaves out"] += not sex
        return sex

    def _scores(self, row: Row, sheet: _Sheet) -> None:
        for key in ("perceived_share", "sex_clear"):
            value = self._scaled(row, key)
            if value is not None:
                sheet.told[key] = round(value, DIGITS)
        raters = self._cell(row, "raters")
        if raters and not (raters.isascii() and raters.isdigit()):
            self._wrong(row, "raters", f"{raters!r} is not a count", "write a whole number")
        elif raters:
            sheet.told["raters"] = int(raters)
        self._places(row, sheet)

    def _rating(self, row: Row, sheet: _Sheet) -> None:
        rater = self._cell(row, "rater")
        if rater and rater in sheet.raters:
            self._wrong(
                row, "rater", f"{rater} rated {sheet.first} {sheet.last} before", "keep one of the two rows"
            )
        sheet.raters.add(rater)
        seen = self._cell(row, "seen")
        if seen:
            sheet.right.append(self.mapping.arms.get(seen) == sheet.arm)
        else:
            sheet.right += self._truth(row, "right")
        sex = self._cell(row, "sex_seen")
        if sex:
            sheet.sex_right.append(self.mapping.sexes.get(sex) == sheet.sex)
        else:
            sheet.sex_right += self._truth(row, "sex_right")
        self._places(row, sheet)

    def _truth(self, row: Row, key: str) -> list[bool]:
        """Yes or no; nothing where the cell says nothing."""
        word = self._cell(row, key).casefold()
        if word and word not in (*YES, *NO):
            self._wrong(
                row,
                key,
                f"{word!r} is neither 1 nor 0",
                f"write 1 or 0, or name it under missing = [{word!r}]",
            )
        return [word in YES] if word in (*YES, *NO) else []

    def _places(self, row: Row, sheet: _Sheet) -> None:
        for key in SCALES:
            value = self._scaled(row, key)
            if value is not None:
                sheet.scales[key].append(value)

    def _scaled(self, row: Row, key: str) -> float | None:
        """A cell on the scale from 0 to 1; None where it says nothing or is wrong."""
        cell = self._cell(row, key)
        if not cell:
            return None
        value = number(cell)
        scaled = None if value is None else self.mapping.scaled(key, value)
        if scaled is None or not 0 <= scaled <= 1:
            low, high = self.mapping.scales.get(key, (0, 1))
            problem = f"{cell!r} is no number from {min(low, high):g} to {max(low, high):g}"
            self._wrong(
                row,
                key,
                problem,
                f"correct it, name it under missing, or give the ends under [scales]: {key}",
            )
            return None
        return scaled


def _share(answers: Sequence[bool]) -> float | None:
    return round(sum(answers) / len(answers), DIGITS) if answers else None


def _fault(path: Path, line: int | None, column: str, problem: str, mend: str) -> Fault:
    return Fault(file=str(path), line=line, key=column, problem=problem, mend=mend)


def reasons(left_out: Mapping[str, int]) -> Iterable[str]:
    """What was not taken, in words."""
    return (f"{count} {reason}" for reason, count in sorted(left_out.items()) if count)
