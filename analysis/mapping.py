"""A small TOML file goes in, the description of anyone's audit comes out: its columns, arms and outcomes."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from analysis.plan import Strict, parsed, read_text


class Columns(Strict):
    """Which column of a long file says what; an absent one is not in the file."""

    pair: str
    listing: str | None = None
    """The pair's key where absent."""
    landlord: str | None = None
    """Each pair is its own landlord where absent."""
    landlord_type: str | None = None
    """Everybody is ``unknown`` where absent."""
    order: str | None = None
    application: str | None = None
    delivered: str | None = None
    """true/false or 1/0; everything was delivered where absent."""
    weight: str | None = None
    stratum: str | None = None
    sent_at: str | None = None
    answered_at: str | None = None


class MappedGround(Strict):
    """A ground in a long file: one column whose values are arms."""

    column: str
    reference: str
    """The reference arm, after renaming."""
    arms: dict[str, str] = Field(default_factory=dict)
    """Value in the file, then arm; a value that is not named is a fault. Empty: values are the arms."""
    labels: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Language, then arm, then words."""


class MappedOutcome(Strict):
    """An outcome in a long file: one column, and what its values mean."""

    column: str
    positive: list[str | int] = Field(min_length=1)
    negative: list[str | int] = Field(min_length=1)
    unknown: list[str | int] = Field(default=[""])
    """A value in none of the three lists is a fault."""


class MappedCovariate(Strict):
    """A covariate in a long file."""

    column: str
    kind: Literal["categorical", "number"]


class Levels(Strict):
    """How landlord types are written."""

    missing: str | None = None
    """Level of an empty value; None makes it a fault."""
    rename: dict[str, str] = Field(default_factory=dict)
    """Value in the file, then landlord type, in the order of the report; others stand as they are."""


class Described(Strict):
    """What both kinds of mapping say."""

    study: str
    wave: str = "1"
    landlord_means: str | None = None
    """What the landlord column holds where it is not landlords, for example ``ZIP cluster``."""
    landlord_type: Levels = Levels()
    source: str | None = None
    """Who made the data and under which licence; printed with the results."""


class LongMapping(Described):
    """One row per application."""

    format: Literal["long"]
    columns: Columns
    ground: dict[str, MappedGround] = Field(min_length=1)
    outcome: dict[str, MappedOutcome] = Field(min_length=1)
    covariate: dict[str, MappedCovariate] = Field(default_factory=dict)


class PatternColumns(Strict):
    """Columns of a file of pattern counts."""

    count: str
    """Pairs with the pattern of this row."""
    landlord: str | None = None
    landlord_type: str | None = None


class PatternGround(Strict):
    """A ground in a file of pattern counts."""

    reference: str
    positive: dict[str, str] = Field(min_length=2)
    """Arm, then the column that counts its positive applications in each pair of the row."""
    labels: dict[str, dict[str, str]] = Field(default_factory=dict)


class Applications(Strict):
    """How many applications each arm sent to a listing; one where this is absent."""

    column: str
    values: dict[str, int | dict[str, int]] = Field(default_factory=dict)
    """Value of the column, then a number for every arm or for each arm; empty: the column is the number."""


class PatternMapping(Described):
    """One row per pattern of responses, with the number of pairs that show it."""

    format: Literal["patterns"]
    columns: PatternColumns
    ground: dict[str, PatternGround] = Field(min_length=1, max_length=1)
    outcome: str = "positive"
    applications: Applications | None = None


class _Format(Strict, extra="ignore"):
    format: Literal["long", "patterns"]


def read_mapping(path: Path) -> tuple[LongMapping | PatternMapping, bytes]:
    """Read a mapping and give its bytes too.

    Raises:
        InputInvalid: absent, not TOML, or keys that are wrong; every fault with file, line and key.
    """
    content, text = read_text(path)
    kind = parsed(_Format, text, file=str(path)).format
    model: type[LongMapping | PatternMapping] = LongMapping if kind == "long" else PatternMapping
    return parsed(model, text, file=str(path)), content
