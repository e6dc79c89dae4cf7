"""A country and the arms of a study go in, unscored names to begin with come out."""

import csv
import io
from collections.abc import Mapping
from importlib.resources import files

from testing.study.errors import EvenhandError
from testing.study.identity import Name

SOURCE, LICENCE = "starter set, unscored", "CC0-1.0"
_FOLDER = "starter_names"


def countries() -> list[str]:
    """Countries that there are names for, sorted."""
    found = files("desk.templates").joinpath(_FOLDER).iterdir()
    return sorted(it.name.removesuffix(".csv") for it in found if it.name.endswith(".csv"))


def starter_names(country: str, arms: Mapping[str, str]) -> list[Name]:
    """Names of a starter set, in its order.

    Args:
        country: whose set.
        arms: arm of the study for each group that is taken; empty takes all, each as an arm of its own name.

    Raises:
        EvenhandError: there is no such country or group.
    """
    if country not in countries():
        raise EvenhandError(f"there are no names for {country!r}; use one of {', '.join(countries())}")
    text = files("desk.templates").joinpath(_FOLDER, f"{country}.csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    groups = list(dict.fromkeys(row["group"] for row in rows))
    for group in arms:
        if group not in groups:
            raise EvenhandError(f"no group of names is called {group!r}; use one of {', '.join(groups)}")
    taken = arms or {group: group for group in groups}
    return [
        Name(
            first=row["first"],
            last=row["last"],
            sex=row["sex"],
            arm=taken[row["group"]],
            source=SOURCE,
            licence=LICENCE,
        )
        for row in rows
        if row["group"] in taken
    ]
