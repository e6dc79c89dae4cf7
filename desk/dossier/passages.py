"""Passages of a paper that are worked out: each takes a study's material and a language, gives Markdown."""

from collections.abc import Callable, Mapping

from desk.dossier.material import Material
from desk.dossier.promises import margin, power, primary, steps
from desk.dossier.words import Words, bullets, table
from testing.custody.keeping import kept_until
from testing.pairing.history import ONE_OWNER
from testing.study.misfits import applicants_to_one

MINUTES = {"message": 5, "decline": 2}
"""Minutes that a landlord is taken to spend on reading and answering a message, and on reading a decline: assumptions
of ours without a source, said to be so in the papers."""


def grounds(it: Material, words: Words) -> str:
    """Each ground with its law, its signal and its arms."""
    said = []
    for ground in it.protocol.grounds.values():
        arms = [
            arm.labels[words.language]
            + (f" ({words.terms['reference']})" if name == ground.reference else "")
            for name, arm in ground.arms.items()
        ]
        said.append(f"{ground.law}; {words.term(f'signal_{ground.signal}')}: {', '.join(arms)}")
    return bullets(said)


def contrasts(it: Material, words: Words) -> str:
    """Each contrast with who is compared, and its share of the tests."""
    said = []
    for name, contrast in it.protocol.contrasts.items():
        reference = it.protocol.label(it.protocol.reference_cell(name), words.language)
        treated = it.protocol.label(it.protocol.cell(name), words.language)
        share = f"{words.points(it.protocol.share(name))} %"
        beside = (
            f"; {words.terms['beside']}: {it.protocol.contrasts[contrast.beside].labels[words.language]}"
            if contrast.beside in it.protocol.contrasts
            else ""
        )
        label = contrast.labels[words.language]
        said.append(f"{label} ({reference} / {treated}): {share} {words.terms['of_the_tests']}{beside}")
    return bullets(said)


def load(it: Material, words: Words) -> str:
    """What a landlord of each type may meet at most, and what all of them together."""
    number = applicants_to_one(it.protocol.contrasts, it.protocol.design)
    rows = []
    for kind in it.protocol.frame.landlord_types:
        sample = it.protocol.sample
        most = sample.per_private_owner if kind in ONE_OWNER else sample.per_agency
        rest = sample.private_rest_days if kind in ONE_OWNER else sample.agency_rest_days
        tests, messages = sample.pairs.get(kind.value, 0), most * number
        minutes = messages * (MINUTES["message"] + MINUTES["decline"])
        rows.append(
            [
                words.term(kind.value),
                *map(words.number, (tests, tests * number, most, messages, minutes, rest)),
            ]
        )
    heads = ("landlord", "tests", "messages", "most_tests", "most_messages", "most_minutes", "rest_days")
    return table((words.terms[f"head_{it}"] for it in heads), rows)


def seen(it: Material, words: Words) -> str:
    """How lately an advert must have been seen before it is answered."""
    hours = it.protocol.sending.seen_within_hours
    if hours is None:
        return words.terms["seen_always"]
    return words.terms["seen_within"].replace("{hours}", words.number(hours))


def minutes_assumed(it: Material, words: Words) -> str:
    """The minutes that are assumed."""
    return words.terms["minutes"].format(**MINUTES)


def portals(it: Material, words: Words) -> str:
    """Each portal and source with its legal basis, who recorded it and when."""
    said = []
    for portal in it.protocol.frame.portals:
        pages = (
            words.term("polite_pages") if portal.pages_per_day is None else words.say(portal.pages_per_day)
        )
        why = f" ({portal.loosened_because})" if portal.loosened_because else ""
        said.append(
            f"{portal.profile} ({', '.join(portal.start)}): {portal.basis}; {portal.recorded_by}, "
            f"{words.day(portal.recorded_on)}; {words.terms['pages_a_day']}: {pages}{why}"
        )
    said += [
        f"{source.name}: {source.basis}; {source.recorded_by}, {words.day(source.recorded_on)}"
        for source in it.protocol.frame.sources
    ]
    hours = it.protocol.frame.hours
    if hours is not None:
        said.append(f"{words.terms['asked_between']}: {words.say(hours)}")
    return bullets(said)


def applicants(it: Material, words: Words) -> str:
    """What is held equal between applicants, in each language of the letters."""
    design = it.protocol.design
    low, high = (words.number(age) for age in design.age)
    said = [f"{words.terms['age']}: {low}-{high}", f"{words.terms['sex']}: {words.term(f'sex_{design.sex}')}"]
    said += [f"{words.terms['household']} ({code}): {text}" for code, text in design.household.items()]
    said += [f"{words.terms['jobs']} ({code}): {', '.join(jobs)}" for code, jobs in design.jobs.items()]
    return bullets(said)


def names(it: Material, words: Words) -> str:
    """The names by arm, with how they were rated and where they come from."""
    rows = []
    for arm in dict.fromkeys(name.arm for name in it.names):
        found = [name for name in it.names if name.arm == arm]
        shares = [name.perceived_share for name in found if name.perceived_share is not None]
        rated = f"{words.points(sum(shares) / len(shares))} %" if shares else words.terms["not_rated"]
        sources = dict.fromkeys(f"{name.source} {name.licence}".strip() for name in found if name.source)
        listed = ", ".join(f"{name.first} {name.last}" for name in found)
        scored = f"{sum(name.scored for name in found)} / {len(found)}"
        rows.append([arm, scored, rated, "; ".join(sources) or words.ask("names.source"), listed])
    heads = ("arm", "scored", "perceived", "source", "names")
    return table((words.terms[f"head_{it}"] for it in heads), rows)


def letters(it: Material, words: Words) -> str:
    """Every letter form as it stands, with what each arm has in the place of a sentence, and the text that declines."""
    said = []
    for code, forms in it.letters.languages.items():
        for name, form in forms.forms.items():
            said += [
                f"{words.terms['letter']} {code}/{name}:",
                "",
                _quoted(f"{form.subject}\n\n{form.body}"),
                "",
            ]
            arms = [(arm, text) for by_arm in form.sentences.values() for arm, text in by_arm.items()]
            worded = [(name, " / ".join(texts)) for name, texts in form.variants.items()]
            said += [f"- {name}: {text or words.terms['says_nothing']}" for name, text in (*arms, *worded)]
            said += [""] if arms or worded else []
        said += [f"{words.terms['decline_in']} {code}:", ""]
        said += [_quoted(f"{forms.decline_subject}\n\n{forms.decline_body}"), ""]
    return "\n".join(said).strip()


def kept(it: Material, words: Words) -> str:
    """How long each kind of what leads back to landlords is kept."""
    rows = [
        [words.terms[f"kept_{one.what}"], words.number(one.days), words.day(one.until)]
        for one in kept_until(it.protocol)
    ]
    return table((words.terms[f"head_{name}"] for name in ("kept", "days", "until")), rows)


def sealed(it: Material, words: Words) -> str:
    """What the sealed plan holds, and its seal; an open question before there is one."""
    if it.plan is None:
        return words.ask("plan")
    plan, rows = it.plan, []
    for kind in dict.fromkeys(str(one.landlord_type) for one in plan.applications):
        of_it = [one for one in plan.applications if str(one.landlord_type) == kind]
        to_each = [
            sum(one.landlord == landlord for one in of_it) for landlord in {one.landlord for one in of_it}
        ]
        rows.append([words.term(kind), *map(words.number, (len(to_each), len(of_it), max(to_each)))])
    heads = ("landlord", "landlords", "messages", "most_messages")
    drawn = table((words.terms[f"head_{it}"] for it in heads), rows)
    return f"{drawn}\n\n{words.terms['seal']}: `{plan.seal}`\n\n{words.terms['commitment']}: `{plan.key_commitment}`"


PASSAGES: Mapping[str, Callable[[Material, Words], str]] = {
    "grounds": grounds,
    "contrasts": contrasts,
    "load": load,
    "minutes_assumed": minutes_assumed,
    "seen": seen,
    "portals": portals,
    "applicants": applicants,
    "names": names,
    "letters": letters,
    "kept": kept,
    "sealed": sealed,
    "primary": primary,
    "steps": steps,
    "margin": margin,
    "power": power,
    "double_percent": lambda it, words: words.points(it.protocol.coding.double_share),
}
"""What a text may name besides the keys of the study file."""


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())
