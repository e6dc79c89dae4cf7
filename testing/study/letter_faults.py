"""What is wrong with one letter form: takes the form with what the study declares, gives every fault with its line."""

import re
from collections.abc import Iterator, Mapping, Sequence

from testing.study.errors import Fault
from testing.study.letter_forms import PROFILE_SLOTS, SENTENCE_SLOTS, SLOT, LetterForm, slots_of
from testing.study.letter_needs import LetterNeeds
from testing.study.likeness import provocation
from testing.study.region_law import slots_beyond, words_beyond
from testing.study.toml_file import TomlFile

VIEWING = {
    "nl": r"bezichtig|bezoek|(?:kom|langs|gaan).*kijken|te zien|langskom",
    "fr": r"visit",
    "en": r"view|visit|come and see|look around",
    "de": r"besichtig|anzusehen|ansehen|anzuschauen|anschauen|besuch",
}
"""Words by which a form asks for a viewing."""
_PHONE = re.compile(r"\+?\d(?:[\s./()-]*\d){7,}")
_ADDRESS = re.compile(r"https?:|www\.|@|\b[a-z0-9-]+\.(?:be|com|de|eu|fr|net|nl|org)\b", re.IGNORECASE)
_SENTENCE_ENDS = (".", "!", "?", "…", ":")


def form_faults(file: TomlFile, form: LetterForm, language: str, needs: LetterNeeds) -> list[Fault]:
    """Every fault of one form, but for its likeness to another.

    Args:
        file: where it stands.
        form: as read.
        language: its own.
        needs: what the study asks of it.
    """
    at, signalled = ("forms", form.name), needs.arms
    faults = []
    for key, text in _own_texts(form):
        faults += text_faults(file, key, text)
        faults += _provoking(file, key, text, language)
        if needs.region is not None:
            faults += _beyond_law(file, key, text, language, needs.region)
    if "name" not in slots_of(form.body):
        faults.append(
            file.fault((*at, "body"), "does not sign with {{ name }}", "end it with a line {{ name }}")
        )
    if not re.search(VIEWING.get(language, "."), form.body, re.IGNORECASE):
        faults.append(
            file.fault((*at, "body"), "does not ask for a viewing", "ask whether a viewing is possible")
        )
    if signalled is None:
        return faults
    faults += _variant_faults(file, form, signalled)
    allowed = {*PROFILE_SLOTS, *signalled, *form.variants}
    faults += slot_faults(file, (*at, "body"), form.body, allowed)
    for ground in form.sentences:
        if ground not in signalled:
            faults.append(
                file.fault(
                    (*at, ground),
                    f"no ground {ground!r} is signalled by a sentence",
                    f"use {', '.join(signalled)}" if signalled else "remove it",
                )
            )
    for ground, arms in signalled.items():
        faults += _sentence_faults(file, form, ground, arms)
    return faults


def _own_texts(form: LetterForm) -> Iterator[tuple[tuple[str, ...], str]]:
    """What every applicant's letter may have, with the key where it stands."""
    at = ("forms", form.name)
    yield (*at, "subject"), form.subject
    yield (*at, "body"), form.body
    for phrase, texts in form.variants.items():
        for text in texts:
            yield (*at, "variants", phrase), text


def _variant_faults(
    file: TomlFile, form: LetterForm, signalled: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    taken, used = {*PROFILE_SLOTS, *signalled}, slots_of(form.body)
    for phrase, texts in form.variants.items():
        key = ("forms", form.name, "variants", phrase)
        if phrase in taken:
            yield file.fault(key, f"{phrase!r} is a slot of its own", "give the phrase another name")
        elif phrase not in used:
            yield file.fault(
                key, "the body has no place for it", f"put {{{{ {phrase} }}}} where it belongs, or remove it"
            )
        if any(slots_of(text) or re.search(r"\d", text) for text in texts):
            yield file.fault(
                key, "holds a slot or a number", "keep a variant to words that every applicant may use"
            )


def _silence_faults(file: TomlFile, form: LetterForm, ground: str) -> Iterator[Fault]:
    """Where an arm says nothing: at most one may, and the others say it in one sentence that stands by itself."""
    texts, at = form.sentences.get(ground, {}), ("forms", form.name)
    silent = [arm for arm, text in texts.items() if text == ""]
    for arm in silent[1:]:
        yield file.fault(
            (*at, ground, arm),
            f"says nothing, and neither does arm {silent[0]}: nothing sets the two apart",
            "let one of them say something",
        )
    if not silent:
        return
    for arm, text in texts.items():
        if text and len(re.findall(r"[.!?…]+(?:\s|$)", text)) != 1:
            yield file.fault(
                (*at, ground, arm),
                f"must be one sentence with its full stop, for arm {silent[0]} says nothing",
                "say it in one sentence",
            )
    for found in re.finditer(r"\{\{\s*" + re.escape(ground) + r"\s*\}\}", form.body):
        before, after = form.body[: found.start()].rstrip(" \t"), form.body[found.end() :]
        stands = not before or before.endswith((*_SENTENCE_ENDS, "\n", "}}"))
        if not stands or after[:1].strip():
            yield file.fault(
                (*at, "body"),
                f"the {ground} sentence stands inside another, which arm {silent[0]} would leave broken",
                f"put {{{{ {ground} }}}} between two sentences, or on a line of its own",
            )


def _sentence_faults(file: TomlFile, form: LetterForm, ground: str, arms: Sequence[str]) -> list[Fault]:
    at = ("forms", form.name)
    faults = []
    if slots_of(form.body) and ground not in slots_of(form.body):
        faults.append(
            file.fault(
                (*at, "body"),
                f"has no place for the {ground} sentence",
                f"put {{{{ {ground} }}}} where it belongs",
            )
        )
    texts = form.sentences.get(ground, {})
    for arm in arms:
        if arm not in texts:
            faults.append(
                file.fault(
                    (*at, ground, arm),
                    f"no sentence for arm {arm}",
                    f'add to [forms.{form.name}.{ground}]: {arm} = "…", or "" where this arm says nothing',
                )
            )
        elif texts[arm] and not texts[arm].strip():
            faults.append(
                file.fault((*at, ground, arm), "holds blanks only", 'write "" where this arm says nothing')
            )
    for arm, text in texts.items():
        key = (*at, ground, arm)
        if arm not in arms:
            faults.append(file.fault(key, f"{ground} has no arm {arm!r}", f"use {', '.join(arms)}"))
        faults += text_faults(file, key, text)
        faults += slot_faults(file, key, text, set(SENTENCE_SLOTS))
        if re.search(r"\d", SLOT.sub("", text)):
            faults.append(
                file.fault(key, "writes a number itself", "use {{ amount }}, which is equal in every arm")
            )
    faults += _silence_faults(file, form, ground)
    return faults + _amount_faults(file, form, ground, texts)


def _amount_faults(file: TomlFile, form: LetterForm, ground: str, texts: Mapping[str, str]) -> list[Fault]:
    stating = [arm for arm, text in texts.items() if "amount" in slots_of(text)]
    required = ground == "income" or bool(stating)
    return [
        file.fault(
            ("forms", form.name, ground, arm),
            "does not state the amount",
            "use {{ amount }}: the amount is equal, only its source differs",
        )
        for arm in texts
        if required and arm not in stating
    ]


def text_faults(file: TomlFile, key: tuple[str, ...], text: str) -> list[Fault]:
    """Conditions, loops, phone numbers and addresses in a text: it may have none."""
    faults = []
    plain = SLOT.sub("", text)
    if "{" in plain or "}" in plain:
        faults.append(
            file.fault(key, "has more than plain slots", "use only {{ slot }}: no conditions or loops")
        )
    if _PHONE.search(plain):
        faults.append(file.fault(key, "holds a phone number", "remove it: answers come by mail"))
    if _ADDRESS.search(plain):
        faults.append(file.fault(key, "holds a web or mail address", "remove it"))
    return faults


def _provoking(file: TomlFile, key: tuple[str, ...], text: str, language: str) -> list[Fault]:
    word = provocation(text, language)
    if word is None:
        return []
    return [
        file.fault(
            key, f"brings up what is tested ({word!r}): a test may not provoke", "ask for a viewing only"
        )
    ]


def _beyond_law(
    file: TomlFile, key: tuple[str, ...], text: str, language: str, region: str
) -> Iterator[Fault]:
    law = f"more than a landlord in {region.capitalize()} may ask before a viewing"
    mend = "leave it out; only the sentence of a ground that is tested may say more (docs/explanation/law.md)"
    for slot in slots_beyond(text, region):
        yield file.fault(key, f"states {{{{ {slot} }}}}, {law}", mend)
    for what, word in words_beyond(text, region, language).items():
        yield file.fault(key, f"tells of {what} ({word!r}), {law}", mend)


def slot_faults(file: TomlFile, key: tuple[str, ...], text: str, allowed: set[str]) -> list[Fault]:
    """Slots in a text that it may not have."""
    return [
        file.fault(key, f"slot {slot!r} is not declared", f"use {', '.join(sorted(allowed))}")
        for slot in sorted(slots_of(text) - allowed)
    ]
