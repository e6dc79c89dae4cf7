"""A fictitious applicant: who an application says it is from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One row of the study's table of names."""

    first: str
    last: str
    sex: str
    """``f`` or ``m``, as perceived."""
    arm: str
    """Arm of the ground that is signalled by name, for example ``moroccan``."""
    perceived_share: float | None = None
    """Share of raters who perceived the intended origin (0 to 1); None while unscored."""
    raters: int | None = None
    """How many people rated it; None while unscored."""
    source: str = ""
    """Where the name and its score come from."""
    licence: str = ""

    def __post_init__(self) -> None:
        if self.sex not in ("f", "m"):
            raise ValueError(f"sex must be f or m, not {self.sex!r}")
        if not self.first.strip() or not self.last.strip():
            raise ValueError("a name needs a first and a last name")
        if self.perceived_share is not None and not 0 <= self.perceived_share <= 1:
            raise ValueError(f"perceived_share must lie between 0 and 1, not {self.perceived_share}")

    @property
    def scored(self) -> bool:
        """Whether people have rated it; a live wave refuses a name that nobody has."""
        return self.perceived_share is not None and bool(self.raters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A fictitious applicant; only the signal under test may set two of a pair apart."""

    name: Name
    email: str
    """Its mailbox, at a domain that the study owns."""
    age: int
    household: str
    """Household as the protocol's profile names it, equal within a pair."""
    occupation: str | None
    """Job that the letter states; None where the income does not come from work."""
    income_amount: int
    """Stated net income in euro per month, equal within a pair."""

    @property
    def full_name(self) -> str:
        """First and last name as signed."""
        return f"{self.name.first} {self.name.last}"
