"""A language goes in, the page's standing texts come out: limits, objections, glossary and provenance."""

from analysis.report.material import Material
from analysis.report.words import Words, mark

LIMITS = (
    mark(
        "Only the first contact was tested: who is invited to a viewing. Who gets the home in the end was not measured."
    ),
    mark(
        "Where neither candidate was invited, nobody can say who would have been preferred. These tests count among"
        " all tests, but they are not a sign of equal treatment."
    ),
    mark(
        "The figures are about groups of landlords, never about one landlord. A share of tests is not a share of"
        " landlords who discriminate."
    ),
    mark(
        "Landlords saw a set of names or sentences, not people. With other names or words the figures could differ."
    ),
    mark("Only written messages about homes that were advertised were tested."),
    mark(
        "A small change between two rounds of tests can be chance. Compare the margins, not the numbers alone."
    ),
)
"""What the page does not show."""
OBJECTIONS = (
    (
        mark("Landlords get so many messages that they cannot answer all."),
        mark(
            "Both candidates of a test wrote to the same landlord about the same home, so a full mailbox hits both."
            " The number of tests per landlord was limited."
        ),
    ),
    (
        mark("The home was already let when the second candidate wrote."),
        mark("Who wrote first was laid down in advance, and the time between the two messages was short."),
    ),
    (
        mark("Choosing a tenant is not discrimination."),
        mark(
            "The two candidates were equal in what a landlord may weigh, such as the amount of their income. Only the"
            " feature that the law protects was different."
        ),
    ),
    (
        mark("An agency only does what the owner asks."),
        mark("This study sees who was invited, not who decided it."),
    ),
    (
        mark("It is only a few rotten apples."),
        mark(
            "These figures are averages. They do not tell whether few landlords make a large difference or many a small one."
        ),
    ),
)
"""What the sector often answers, and what can be said to it."""
GLOSSARY = (
    (
        mark("Test"),
        mark(
            "Two applications to one landlord about one home, by two made-up candidates that differ in one thing."
        ),
    ),
    (
        mark("Invited"),
        mark("The landlord offered a viewing, or the prospect of one, within the time that was set."),
    ),
    (
        mark("Gap in 100 tests"),
        mark(
            "In how many of 100 tests only the first candidate was invited, minus in how many only the second was."
        ),
    ),
    (
        mark("Relative gap"),
        mark("How many fewer invitations the second candidate got, as a share of those of the first."),
    ),
    (
        mark("Net rate"),
        mark(
            "The gap, counted only among tests in which at least one of the two was invited. Belgian studies usually"
            " print this one."
        ),
    ),
    (
        mark("Margin"),
        mark(
            "The range in which the real figure lies, in 95 of 100 studies like this one. Few tests give a wide margin."
        ),
    ),
    (
        mark("Clear disadvantage"),
        mark("The whole margin of the gap lies on one side of zero, so chance alone is not a likely cause."),
    ),
    (
        mark("Cannot be said"),
        mark("The margin holds zero. This is not proof that landlords make no difference."),
    ),
    (
        mark("Too few tests to say"),
        mark("There are not enough tests in which at least one of the two was invited."),
    ),
)
"""Words of the page in plain language."""
FACTS = {
    "landlord_means": mark("What is counted as a landlord here"),
    "source": mark("Source of the data"),
    "unverified_profiles": mark("Read with profiles that were never held against real pages"),
}
"""Notes of a table that have a name in every language; others are printed under their own."""


def limits_of(words: Words) -> list[str]:
    """What the page does not show, one sentence each."""
    return [words.t(sentence) for sentence in LIMITS]


def objections_of(words: Words) -> list[tuple[str, str]]:
    """Objections with their replies."""
    return [(words.t(objection), words.t(reply)) for objection, reply in OBJECTIONS]


def glossary_of(words: Words) -> list[tuple[str, str]]:
    """Terms with their meaning."""
    return [(words.t(term), words.t(meaning)) for term, meaning in GLOSSARY]


def provenance_of(material: Material, words: Words) -> list[tuple[str, str, bool]]:
    """Where the numbers come from: name, value, and whether the value is a code such as a hash."""
    plan = material.plan_sha256
    no_plan = words.t("There was no analysis plan before the data: every number is exploratory.")
    rows = [
        (words.t("Study and wave"), f"{material.study}, {material.wave}", False),
        (words.t("Outcomes table (SHA-256)"), material.outcomes_sha256, True),
        (words.t("Analysis plan (SHA-256)"), plan or no_plan, plan is not None),
        (words.t("Computed with"), material.software, False),
    ]
    return rows + [
        (words.t(FACTS[key]) if key in FACTS else key, value, False) for key, value in material.facts.items()
    ]
