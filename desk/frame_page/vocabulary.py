"""Names of types, reasons, fields and changes as the frame's page says them, to be translated."""

from collections.abc import Mapping, Sequence

from analysis.report.words import mark

TYPES: Mapping[str, str] = {
    "private": mark("Private owner"),
    "agency": mark("Estate agency"),
    "social_rental_agency": mark("Social rental agency"),
    "social_housing_company": mark("Social housing company"),
    "property_manager": mark("Managing agent"),
    "institutional": mark("Property company"),
    "developer": mark("Developer"),
    "notary": mark("Notary"),
    "flatmate": mark("Tenant or flatmate"),
    "unknown": mark("Type not known"),
}
RUNGS: Mapping[int, str] = {
    1: mark("register of providers"),
    2: mark("the portal says so"),
    3: mark("licence or company number"),
    4: mark("the portal has no other"),
    5: mark("name of the advertiser"),
    6: mark("words of the advert"),
    0: mark("nothing"),
}
"""Evidence for a landlord's type, strongest first."""
REASONS: Sequence[tuple[str, str]] = (
    ("for sale", mark("for sale")),
    ("neither rent nor sale", mark("neither rent nor sale is stated")),
    ("not a rental", mark("neither rent nor sale is stated")),
    ("no dwelling", mark("no dwelling: parking, office, shop or land")),
    ("holiday let", mark("holiday let")),
    ("no longer available", mark("no longer available")),
    ("gone", mark("no longer available")),
    ("answer", mark("the portal gave an error")),
    ("no answer", mark("the portal gave no answer")),
    ("truncated page", mark("the page was cut off")),
    ("empty page", mark("the page was cut off")),
    ("forbidden by robots", mark("forbidden by robots.txt")),
    ("robots.txt cannot", mark("robots.txt could not be read")),
    ("refused", mark("the portal refused")),
    ("portal closed", mark("the portal refused")),
    ("blocked", mark("the portal refused")),
    ("link leaves", mark("a link leaves the portal")),
    ("redirect leaves", mark("a link leaves the portal")),
    ("too many redirects", mark("a link leaves the portal")),
    ("a list that leads", mark("a list without adverts of its own")),
    ("no advert", mark("no advert on the page")),
    ("landlord type not tested", mark("this type of landlord is not tested")),
    ("rent unknown", mark("rent unknown")),
    ("rent not by month", mark("rent not by month")),
    ("rent not in euro", mark("rent not in euro")),
    ("rent out of range", mark("rent outside the range of the study")),
    ("dwelling type", mark("this type of dwelling is not tested, or not known")),
    ("too many bedrooms", mark("too many bedrooms")),
    ("no letters in its language", mark("no letters in the language of the advert, or language unknown")),
    ("language unknown", mark("no letters in the language of the advert, or language unknown")),
    ("no e-mail address", mark("no e-mail address")),
    ("same dwelling", mark("same dwelling as another advert")),
    ("landlord's adverts contradict", mark("adverts of one landlord say different types")),
)
"""How the reasons of crawl and sample begin, and how the page says them."""
OTHER_REASON = mark("another reason")
FIELDS: Mapping[str, str] = {
    "rent_amount": mark("rent"),
    "rent_kind": mark("whether charges are included"),
    "rent_period": mark("by month or week"),
    "currency": mark("currency"),
    "street": mark("street"),
    "postcode": mark("postcode"),
    "city": mark("town"),
    "dwelling_type": mark("kind of dwelling"),
    "area_m2": mark("living area"),
    "bedrooms": mark("bedrooms"),
    "language": mark("language"),
    "landlord": mark("type of landlord"),
}
KINDS: Mapping[str, str] = {
    "new": mark("new"),
    "changed": mark("changed"),
    "delisted": mark("taken off"),
    "relisted": mark("put up again"),
}
