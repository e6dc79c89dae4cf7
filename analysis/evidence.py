"""Published Belgian pair tables: a ground and a landlord type go in, what pairs did there comes out, with its sources.

The tables are solved from published counts and rates (``published/SOURCE.md``), not observed: they serve to assume, not
to claim.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.shares import Shares

TABLES = Path(__file__).parent / "published" / "belgian_pair_tables.csv"
ALL = "all"
"""Landlord type of a table that does not tell them apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTable:
    """One contrast of one published study."""

    study: str
    place: str
    year: str
    ground: str
    """origin, income or disability."""
    contrast: str
    landlord_type: str
    """private, agency, or all where the study does not tell."""
    pairs: int
    low: Shares
    """Shares at the end of the range with the fewest informative pairs."""
    high: Shares
    net_rate_percent: int
    """As the study or the press reported it."""

    @property
    def shares(self) -> Shares:
        """The middle of the range."""
        return Shares(
            both=(self.low.both + self.high.both) / 2,
            reference_only=(self.low.reference_only + self.high.reference_only) / 2,
            other_only=(self.low.other_only + self.high.other_only) / 2,
        )

    def __str__(self) -> str:
        return f"{self.place} {self.year} ({self.contrast}, {self.landlord_type}, {self.pairs} pairs)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What may be assumed for a design."""

    shares: Shares
    """Mean of the tables, each weighed by its pairs."""
    tables: tuple[PairTable, ...]
    gaps: tuple[float, float]
    """Least and largest gap among them."""
    other_only: tuple[float, float]
    """Least and largest share in which only the other was invited."""


@cache
def tables() -> tuple[PairTable, ...]:
    """Every table that is shipped."""
    with TABLES.open(encoding="utf-8", newline="") as file:
        return tuple(_table(row) for row in csv.DictReader(file))


def grounds() -> tuple[str, ...]:
    """The grounds that the tables speak of."""
    return tuple(sorted({it.ground for it in tables()}))


def base_of(ground: str, landlord_type: str, place: str | None = None) -> Base | None:
    """Pool the tables of a ground for a landlord type; None where there is none.

    Args:
        ground: one of ``grounds()``.
        landlord_type: private or agency; where a ground has no table of that type, those of all landlords serve.
        place: only tables of this place, where it has any.
    """
    of_ground = [it for it in tables() if it.ground == ground]
    found = [it for it in of_ground if it.landlord_type == landlord_type] or [
        it for it in of_ground if it.landlord_type == ALL
    ]
    if place is not None:
        found = [it for it in found if it.place.casefold() == place.casefold()] or found
    return pooled(found) if found else None


def pooled(found: Sequence[PairTable]) -> Base:
    """The mean of some tables, each weighed by its pairs, with the range of what they say."""
    total = sum(it.pairs for it in found)

    def mean(name: str) -> float:
        return float(sum(it.pairs * getattr(it.shares, name) for it in found)) / total

    gaps = [end.gap for it in found for end in (it.low, it.high)]
    chance = [end.other_only for it in found for end in (it.low, it.high)]
    return Base(
        shares=Shares(
            both=mean("both"), reference_only=mean("reference_only"), other_only=mean("other_only")
        ),
        tables=tuple(found),
        gaps=(min(gaps), max(gaps)),
        other_only=(min(chance), max(chance)),
    )


def _table(row: dict[str, str]) -> PairTable:
    pairs = int(row["pairs"])

    def end(name: str) -> Shares:
        kinds = ("both", "reference_only", "other_only")
        return Shares(**{kind: int(row[f"{kind}_{name}"]) / pairs for kind in kinds})

    kept = {name: row[name] for name in ("study", "place", "year", "ground", "contrast", "landlord_type")}
    return PairTable(
        pairs=pairs, low=end("low"), high=end("high"), net_rate_percent=int(row["net_rate_percent"]), **kept
    )
