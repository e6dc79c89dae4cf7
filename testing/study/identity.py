"""A fictitious applicant: who an application says it is from, and how people perceive the name."""

import re
from dataclasses import dataclass, fields

RECOGNISED = 0.8
"""Share of raters who should see the intended origin, and the intended sex (Crabtree et al. 2023 choose by it)."""
FEW_RATERS = 30
"""Raters under which a share says little: its interval is wider than 30 points."""
SHARES = (
    "perceived_share",
    "sex_clear",
    "perceived_class",
    "perceived_education",
    "perceived_religiosity",
)
"""Fields that lie between 0 and 1."""
LATER = (
    "sex_clear",
    "perceived_class",
    "perceived_education",
    "perceived_religiosity",
    "born",
    "rated_country",
    "rated_year",
    "spelling_of",
)
"""Fields that came after the first plans were sealed; a plan holds them only where they are stated."""
_BORN = re.compile(r"(\d{4})-(\d{4})")
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One row of the study's table of names."""

    first: str
    """First name, as the applicant signs."""
    last: str
    """Last name, as the applicant signs."""
    sex: str
    """``f`` or ``m``, as perceived."""
    arm: str
    """Arm of the ground that is signalled by name, for example ``moroccan``; ``any`` where none is."""
    perceived_share: float | None = None
    """Share of raters who perceived the intended origin (0 to 1); empty while unscored."""
    raters: int | None = None
    """How many people rated it; empty while unscored."""
    source: str = ""
    """Where the name and its score come from."""
    licence: str = ""
    """Licence of the source."""
    sex_clear: float | None = None
    """Of the raters who were asked for the sex, the share who saw the intended one (0 to 1)."""
    perceived_class: float | None = None
    """Mean social class that raters perceive: 0 is the lowest rung of the scale that they were shown, 1 the highest."""
    perceived_education: float | None = None
    """Mean education that raters perceive: 0 is the lowest level of their scale, 1 the highest."""
    perceived_religiosity: float | None = None
    """Mean religiosity that raters perceive: 0 is not religious at all, 1 the most religious of their scale."""
    born: str = ""
    """Years of birth of people who bear the name, for example ``1975-1995``; empty fits every age."""
    rated_country: str = ""
    """Country where it was rated, two letters of ISO 3166, for example ``BE``."""
    rated_year: int | None = None
    """Year in which it was rated."""
    spelling_of: str = ""
    """First and last name of the row that this is another spelling of; the two count as one name."""

    def __post_init__(self) -> None:
        if self.sex not in ("f", "m"):
            raise ValueError(f"sex must be f or m, not {self.sex!r}")
        if not self.first.strip() or not self.last.strip():
            raise ValueError("a name needs a first and a last name")
        for share in SHARES:
            value = getattr(self, share)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{share} must lie between 0 and 1, not {value}")
        if self.born and birth_years(self.born) is None:
            raise ValueError(f"born must be two years as 1975-1995, not {self.born!r}")
        if self.rated_country and not is_country(self.rated_country):
            raise ValueError(f"rated_country must be two capital letters, not {self.rated_country!r}")

    @property
    def full(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def root(self) -> str:
        """The name that every spelling of it counts as: what a landlord must not meet twice."""
        return self.spelling_of or self.full

    @property
    def scored(self) -> bool:
        """Whether people have rated it; a live wave refuses a name that nobody has."""
        return self.perceived_share is not None and bool(self.raters)

    @property
    def amiss(self) -> list[str]:
        """Why a live wave refuses it, in words; empty where it does not."""
        if not self.scored:
            return [
                "nobody has rated it" if self.perceived_share is None else "how many rated it is not said"
            ]
        found = []
        if self.perceived_share is not None and self.perceived_share < RECOGNISED:
            found.append(f"seen as intended by {100 * self.perceived_share:.0f} %")
        if (self.raters or 0) < FEW_RATERS:
            found.append(f"{self.raters} raters are few")
        if self.sex_clear is not None and self.sex_clear < RECOGNISED:
            found.append(f"its sex is clear to {100 * self.sex_clear:.0f} % only")
        return found

    def fits(self, age: int, year: int) -> bool:
        """Whether somebody of an age may bear it in a year: born in ``year - age``, or in the year before that.

        >>> name = Name(first="Ria", last="Maes", sex="f", arm="belgian", born="1945-1960")
        >>> [name.fits(age, 2027) for age in (33, 65, 66, 82, 83)]
        [False, False, True, True, False]
        """
        years = birth_years(self.born)
        return years is None or (years[0] <= year - age and year - age - 1 <= years[1])

    def plain(self) -> dict[str, object]:
        """Give its fields as a plan keeps them: later ones only where stated, so that sealed plans keep their hash."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        return {key: value for key, value in named.items() if key not in LATER or value not in ("", None)}


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
        return self.name.full


def birth_years(text: str) -> tuple[int, int] | None:
    """First and last year of «1975-1995»; None where it does not say two years in order.

    >>> birth_years("1975-1995"), birth_years("1995-1975")
    ((1975, 1995), None)
    """
    found = _BORN.fullmatch(text)
    years = (int(found[1]), int(found[2])) if found else (1, 0)
    return years if years[0] <= years[1] else None


def is_country(text: str) -> bool:
    """Whether it looks like a country's two letters."""
    return bool(_COUNTRY.fullmatch(text))
