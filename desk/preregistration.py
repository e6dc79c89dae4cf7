"""A study's protocol and analysis plan go in, a pre-registration comes out in the order of a public form.

What the files say is filled in; what only people know stands there as an open question, so that nobody registers a form
with a silent gap. The headings are those of the OSF standard form (OSF Prereg) and of AsPredicted (version 2).
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from desk.promised_analysis import OPEN, inference, models, rationale
from testing.study.protocol import Protocol

if TYPE_CHECKING:
    from analysis.design import Design
    from analysis.plan import AnalysisPlan
    from analysis.unpaired_power import DetectionApart

Section = tuple[str, str]
"""Heading, and text; a text that begins with «OPEN: » is a question that is not answered."""


def text_of(title: str, sections: Sequence[Section]) -> str:
    """The form as Markdown, with its open questions listed first."""
    unanswered = [heading for heading, text in sections if OPEN in text]
    lines = [f"# {title}", ""]
    if unanswered:
        lines += [f"**{len(unanswered)} questions are open: {', '.join(unanswered)}.**", ""]
    for heading, text in sections:
        lines += [f"## {heading}", "", text, ""]
    return "\n".join(lines)


def osf(
    protocol: Protocol, plan: "AnalysisPlan", design: "Design", apart: Sequence["DetectionApart"] = ()
) -> list[Section]:
    """The questions of the OSF standard form, in their order."""
    study = protocol.study
    return [
        ("Title", study.title["en"]),
        ("Description", _description(protocol)),
        ("Hypotheses", _hypotheses(protocol, plan)),
        ("Study type", "Experiment: a researcher assigns treatments. A correspondence test on real adverts."),
        (
            "Blinding",
            "Landlords do not know that they are tested. Answers are coded without the applicant's arm. "
            f"{OPEN}is the person who analyses blind to the arms, and until when?",
        ),
        ("Study design", _study_design(protocol)),
        ("Randomization", _randomisation(protocol)),
        (
            "Existing data",
            f"{OPEN}say that no answer has been received when this is registered (the ledger shows when the first "
            "message left).",
        ),
        ("Data collection procedures", _collection(protocol)),
        ("Sample size", _sample_size(protocol)),
        ("Sample size rationale", rationale(design, apart)),
        ("Stopping rule", _stopping(protocol)),
        ("Manipulated variables", _manipulated(protocol)),
        ("Measured variables", _measured(protocol)),
        ("Indices", "None: the outcomes are not combined."),
        ("Statistical models", models(plan)),
        ("Transformations", "None."),
        ("Inference criteria", inference(plan, design)),
        ("Data exclusion", _exclusion(protocol)),
        ("Missing data", _missing(protocol)),
        (
            "Exploratory analysis",
            "What is not listed under statistical models is marked as exploratory in every result.",
        ),
        ("Other", f"Legal grounds: {_law(protocol)}. {_approvals(protocol)}"),
    ]


def aspredicted(
    protocol: Protocol, plan: "AnalysisPlan", design: "Design", apart: Sequence["DetectionApart"] = ()
) -> list[Section]:
    """The questions of AsPredicted, in their order."""
    return [
        ("1) Data collection", f"{OPEN}have any data been collected for this study already?"),
        ("2) Hypothesis", _hypotheses(protocol, plan)),
        ("3) Dependent variable", _measured(protocol)),
        ("4) Conditions", _manipulated(protocol)),
        ("5) Analyses", f"{models(plan)} {inference(plan, design)}"),
        ("6) Outliers and exclusions", f"{_exclusion(protocol)} {_missing(protocol)}"),
        ("7) Sample size", f"{_sample_size(protocol)} {_stopping(protocol)} {rationale(design, apart)}"),
        ("8) Other", f"{_randomisation(protocol)} {_approvals(protocol)}"),
        ("9) Name", f"{protocol.study.title['en']} (wave {protocol.wave.name})"),
    ]


FORMS: dict[str, tuple[str, Callable[..., list[Section]]]] = {
    "osf": ("Pre-registration (OSF standard form)", osf),
    "aspredicted": ("Pre-registration (AsPredicted)", aspredicted),
}


def _description(protocol: Protocol) -> str:
    kinds = ", ".join(it.value.replace("_", " ") for it in protocol.frame.landlord_types)
    return (
        f"A correspondence test on the private rental market of {protocol.study.place}. Two fictitious applicants "
        f"write to the same advert; they differ in {_grounds(protocol)} and in nothing else. Landlords: {kinds}. "
        f"The wave is {protocol.wave.mode.value} and runs from {protocol.wave.first_day} to {protocol.wave.last_day}."
    )


def _grounds(protocol: Protocol) -> str:
    said = {"name": "the name", "sentence": "a sentence on {}", "sex": "the sex that the first name tells"}
    return " or ".join(
        said[ground.signal].format(name.replace("_", " ")) for name, ground in protocol.grounds.items()
    )


def _hypotheses(protocol: Protocol, plan: "AnalysisPlan") -> str:
    primary = plan.primary
    named = {name: it.labels["en"] for name, it in protocol.contrasts.items()}
    if primary is None:
        return f"{OPEN}the analysis plan declares no primary question; say which contrast it is, and its direction."
    others = [label for name, label in named.items() if name != primary.contrast]
    return (
        f"Primary: {named.get(primary.contrast, primary.contrast)}: the {primary.estimand.value.replace('_', ' ')} "
        f"({primary.level}) is not zero. {OPEN}state the direction, and where the expectation comes from. "
        + (f"Secondary: {'; '.join(others)}." if others else "")
    )


def _study_design(protocol: Protocol) -> str:
    one = protocol.design.applicants == "one"
    three = any(len(served) > 1 for served in protocol.tests().values())
    unit = "adverts" if one else "tests" if three else "pairs"
    shares = "; ".join(
        f"{it.labels['en']} ({100 * protocol.share(name):.1f} % of the {unit})"
        for name, it in protocol.contrasts.items()
    )
    low, high = protocol.design.gap_hours
    what = (
        "One applicant to each advert, compared between adverts"
        if one
        else "Matched applicants within adverts, a reference applicant and one treated"
        + (" (or two treated, where two contrasts share their adverts)" if three else "")
    )
    apart = "" if one else f" The messages leave {low:g} to {high:g} hours apart on one working day."
    return (
        f"{what}. Contrasts: {shares}.{apart} "
        f"Every applicant states {protocol.design.income_amount:,} euro net a month."
    )


def _randomisation(protocol: Protocol) -> str:
    order = (
        "who of the applicants writes is balanced within them"
        if protocol.design.applicants == "one"
        else "the order of the messages is balanced at random"
        if protocol.design.order == "random"
        else "the treated applicant always writes first, the reference applicant last"
    )
    return (
        "Adverts are drawn at random within landlord types, under caps per landlord. Contrasts come in permuted "
        f"blocks along the calendar; {order}; letter forms, sex and sending domains are balanced. All draws come from "
        "one secret key, whose commitment is in the plan; with the key revealed, the plan can be drawn again to the "
        "byte."
    )


def _collection(protocol: Protocol) -> str:
    sources = [it.profile for it in protocol.frame.portals] + [it.name for it in protocol.frame.sources]
    frame = protocol.frame
    return (
        f"Adverts from {', '.join(sources)}: {', '.join(frame.dwelling_types)}, {frame.rent_min:g} to "
        f"{frame.rent_max:g} euro a month, at most {frame.bedrooms_max} bedrooms. Messages go by e-mail from mailboxes "
        f"of the study. Answers count for {protocol.wave.response_days} days after each message. Offered viewings are "
        f"turned down within {protocol.declining.within_hours} hours on working days."
    )


def _sample_size(protocol: Protocol) -> str:
    pairs = protocol.sample.pairs
    most = "pairs" if protocol.design.applicants == "all" else "of them"
    tests = "pairs" if protocol.design.applicants == "all" else "listings with one applicant each"
    each = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in pairs.items())
    return (
        f"{sum(pairs.values()):,} {tests}: {each}. At most {protocol.sample.per_agency} {most} with one agency and "
        f"{protocol.sample.per_private_owner} with one private owner."
    )


def _stopping(protocol: Protocol) -> str:
    return (
        f"The wave ends when the plan is done or on {protocol.wave.last_day}, whichever comes first. The outcomes are "
        "released when the last response window has closed; what is released before is marked as not whole."
    )


def _manipulated(protocol: Protocol) -> str:
    said = []
    for name, ground in protocol.grounds.items():
        arms = [
            arm.labels["en"] + (" (reference)" if key == ground.reference else "")
            for key, arm in ground.arms.items()
        ]
        carrier = {"name": "the name", "sentence": "a sentence", "sex": "the first name's sex"}[ground.signal]
        said.append(f"{name.replace('_', ' ')}, signalled by {carrier}: {', '.join(arms)}")
    return "; ".join(said) + "."


def _measured(protocol: Protocol) -> str:
    return (
        "Whether an applicant is invited to a viewing, or gets another positive answer by the codebook, within "
        f"{protocol.wave.response_days} days. Also: any answer, its category, and its delay. "
        f"Coded by {protocol.coding.scheme}; {100 * protocol.coding.double_share:g} % of the answers "
        f"are coded by a second coder, blind to the first, and Cohen's kappa is to reach "
        f"{protocol.coding.kappa_gate:g}."
    )


def _exclusion(protocol: Protocol) -> str:
    return (
        "Adverts outside the frame, of which each is counted with its reason; a second advert of one dwelling; "
        "landlords whose adverts contradict each other about their type. No answer is excluded for what it says."
    )


def _missing(protocol: Protocol) -> str:
    said = "A pair is left out only if one of its two messages bounced; silence is an outcome."
    return f"{said} Counts are reported by arm."


def _law(protocol: Protocol) -> str:
    return "; ".join(it.law for it in protocol.grounds.values())


def _approvals(protocol: Protocol) -> str:
    ethics = protocol.wave.ethics.strip() or f"{OPEN}reference of the ethics committee's approval"
    dpia = protocol.wave.dpia.strip() or f"{OPEN}reference of the data protection impact assessment"
    return f"Ethics: {ethics}. Data protection: {dpia}."
