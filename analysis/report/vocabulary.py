"""Landlord types, verdicts and statuses go in, their names in the language of the page come out."""

from collections.abc import Mapping

from analysis.estimate import Status
from analysis.report.findings import ALL, LANDLORD_TYPE, Verdict
from analysis.report.words import Words, mark

NAMES: Mapping[str, str] = {
    "private": mark("Private owner"),
    "agency": mark("Estate agency"),
    "social_rental_agency": mark("Social rental agency"),
    "social_housing_company": mark("Social housing company"),
    "property_manager": mark("Managing agent"),
    "institutional": mark("Property company"),
    "developer": mark("Developer"),
    "unknown": mark("Type not known"),
    ALL: mark("All landlords together"),
}
"""Landlord types as the head of a row."""
MANY: Mapping[str, str] = {
    "private": mark("private owners"),
    "agency": mark("estate agencies"),
    "social_rental_agency": mark("social rental agencies"),
    "social_housing_company": mark("social housing companies"),
    "property_manager": mark("managing agents"),
    "institutional": mark("property companies"),
    "developer": mark("developers"),
    "unknown": mark("landlords of unknown type"),
}
"""Landlord types inside a sentence, in the plural."""
WHERE: Mapping[str, str] = {
    "private": mark("With private owners"),
    "agency": mark("With estate agencies"),
    "social_rental_agency": mark("With social rental agencies"),
    "social_housing_company": mark("With social housing companies"),
    "property_manager": mark("With managing agents"),
    "institutional": mark("With property companies"),
    "developer": mark("With developers"),
    "unknown": mark("With landlords of unknown type"),
    ALL: mark("With all landlords together"),
}
"""Landlord types as the opening of a sentence."""
VERDICTS: Mapping[Verdict, str] = {
    Verdict.DISADVANTAGE: mark("Clear disadvantage"),
    Verdict.ADVANTAGE: mark("Clear advantage"),
    Verdict.UNCLEAR: mark("Cannot be said"),
    Verdict.TOO_FEW: mark("Too few tests to say"),
    Verdict.WITHHELD: mark("Not shown"),
}
STATUSES: Mapping[Status, str] = {
    Status.PRIMARY: mark("Main question, fixed before the data were seen"),
    Status.PLANNED: mark("Planned before the data were seen"),
    Status.EXPLORATORY: mark("Exploratory: not planned before the data were seen"),
}


def name_of(words: Words, group: str, level: str) -> str:
    """Name a level as the head of a row."""
    known = group in (LANDLORD_TYPE, ALL) and level in NAMES
    return words.t(NAMES[level]) if known else level


def many_of(words: Words, group: str, level: str) -> str:
    """Name the landlords of a level inside a sentence."""
    return (
        words.t(MANY[level])
        if group == LANDLORD_TYPE and level in MANY
        else words.t("«{level}»", level=level)
    )


def where_of(words: Words, group: str, level: str) -> str:
    """Open a sentence about a level."""
    if group in (LANDLORD_TYPE, ALL) and level in WHERE:
        return words.t(WHERE[level])
    return words.t("In the group «{level}»", level=level)
