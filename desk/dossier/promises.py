"""What a paper says of the analysis: takes a study's material and a language, gives what was promised of it."""

from desk.dossier.material import Material
from desk.dossier.words import Words, bullets


def primary(it: Material, words: Words) -> str:
    """The primary question of the analysis plan; an open question where it has none."""
    found = it.analysis.primary
    if found is None:
        return words.ask("primary")
    contrast = it.protocol.contrasts[found.contrast].labels[words.language]
    level = words.terms["all_landlords"] if found.level == "all" else words.term(found.level)
    return f"{contrast}; {words.term(f'estimand_{found.estimand.value}')}; {level}"


def steps(it: Material, words: Words) -> str:
    """What is estimated, in order, with the hash of the plan that says so."""
    said = []
    for step in it.analysis.step:
        adjusted = f" ({words.terms['adjusted']}: {', '.join(step.covariates)})" if step.covariates else ""
        said.append(f"{step.estimator.replace('_', ' ')}, {words.term(f'by_{step.by}')}{adjusted}")
    return bullets([*said, f"analysis.toml, SHA-256 `{it.analysis.sha256}`"])


def margin(it: Material, words: Words) -> str:
    """The equivalence margin; an open question where none was declared."""
    found = it.analysis.equivalence_margin
    if found is None:
        return words.ask("margin")
    return words.terms["margin"].replace("{points}", words.points(found))


def power(it: Material, words: Words) -> str:
    """The smallest gap that each group finds with the wanted power; an open question where nothing can be assumed."""
    if it.design is None:
        return words.ask("power")
    said = []
    for one in it.design.groups:
        label = it.protocol.contrasts[one.group.contrast].labels[words.language]
        gap = "–" if one.smallest_gap is None else words.points(one.smallest_gap)
        said.append(
            words.terms["finds"]
            .replace("{group}", f"{label}, {words.term(one.group.landlord_type)}")
            .replace("{pairs}", words.number(one.group.pairs))
            .replace("{gap}", gap)
        )
    question = it.design.question
    head = words.terms["power_head"].replace("{power}", words.points(question.power))
    return f"{head.replace('{level}', words.points(question.alpha))}\n\n{bullets(said)}"
