"""Letter forms: takes ``letters/<language>.toml``, gives them as records, or every fault with its line."""

import re
from collections.abc import Mapping, Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any

from testing.study.errors import Fault
from testing.study.letter_forms import (
    PROFILE_SLOTS,
    SENTENCE_SLOTS,
    SLOT,
    LanguageLetters,
    LetterForm,
    Letters,
    slots_of,
)
from testing.study.likeness import compare, filled, provocation
from testing.study.toml_file import TomlFile, load_toml

EXAMPLE = {"name": "", "household": "", "age": "30", "amount": "1450", "job": ""}
"""What stands in the slots while two forms are compared; what every applicant has alike is no sign of one hand."""
VIEWING = {
    "nl": r"bezichtig|bezoek|(?:kom|langs|gaan).*kijken|te zien|langskom",
    "fr": r"visit",
    "en": r"view|visit|come and see|look around",
}
"""Words by which a form asks for a viewing."""
_PHONE = re.compile(r"\+?\d(?:[\s./()-]*\d){7,}")
_ADDRESS = re.compile(r"https?:|www\.|@|\b[a-z0-9-]+\.(?:be|com|eu|fr|net|nl|org)\b", re.IGNORECASE)


def letters_of(
    folder: Path, languages: Sequence[str], grounds: Any, least: int = 2
) -> tuple[Letters, list[Fault]]:
    """Read the letter forms of some languages and check them.

    Args:
        folder: holds one file for each language.
        languages: which to read.
        grounds: the protocol's grounds by name; None where they could not be read, which leaves out the
            checks that need them.
        least: fewest forms of a language: as many as applicants who write to one listing.
    """
    signalled = None if grounds is None else _sentence_arms(grounds)
    found: dict[str, LanguageLetters] = {}
    faults: list[Fault] = []
    for language in languages:
        file = load_toml(folder / f"{language}.toml")
        if file.data is None:
            faults += file.faults
            continue
        letters, wrong = _language(file, file.data, language, signalled)
        if len(letters.forms) < least:
            wrong.append(
                file.fault(
                    ("forms",),
                    f"{len(letters.forms)} letter forms; the {least} applicants to one listing must not share one",
                    f"write at least {least}: {', '.join(f'[forms.{name}]' for name in 'abc'[:least])}",
                )
            )
        faults += sorted(wrong, key=lambda fault: (fault.line or 0, fault.key))
        found[language] = letters
    return Letters(languages=found), faults


def _sentence_arms(grounds: Any) -> dict[str, list[str]]:
    declared = {name: vars(ground) for name, ground in grounds.items()}
    return {
        name: list(ground.get("arms", {}))
        for name, ground in declared.items()
        if ground.get("signal") == "sentence"
    }


def _language(
    file: TomlFile, data: Mapping[str, Any], language: str, signalled: Mapping[str, Sequence[str]] | None
) -> tuple[LanguageLetters, list[Fault]]:
    faults = [
        file.fault((key,), f"a letter file knows no key {key!r}", "use [forms.<name>] and [decline]")
        for key in data
        if key not in ("forms", "decline")
    ]
    forms = {}
    for name, raw in _tables(data.get("forms")).items():
        form, wrong = _form(file, name, raw)
        faults += wrong
        forms[name] = form
        if not wrong:
            faults += _form_faults(file, form, language, signalled)
    faults += _twin_faults(file, language, forms, signalled or {})
    decline, wrong = _decline(file, data.get("decline"))
    return LanguageLetters(
        language=language, forms=forms, decline_subject=decline[0], decline_body=decline[1]
    ), faults + wrong


def _form(file: TomlFile, name: str, raw: Mapping[str, Any]) -> tuple[LetterForm, list[Fault]]:
    at = ("forms", name)
    subject, body, faults = _subject_and_body(file, at, raw)
    sentences: dict[str, dict[str, str]] = {}
    for ground, arms in raw.items():
        if ground in ("subject", "body"):
            continue
        if not isinstance(arms, dict) or not all(isinstance(text, str) for text in arms.values()):
            faults.append(
                file.fault(
                    (*at, ground),
                    "must be subject, body or a table of sentences",
                    f'write [forms.{name}.{ground}] with one sentence for each arm: arm = "…"',
                )
            )
            continue
        sentences[ground] = dict(arms)
    return LetterForm(name=name, subject=subject, body=body, sentences=sentences), faults


def _subject_and_body(
    file: TomlFile, at: tuple[str, ...], raw: Mapping[str, Any]
) -> tuple[str, str, list[Fault]]:
    faults = []
    texts = []
    for key in ("subject", "body"):
        text = raw.get(key)
        if not isinstance(text, str) or not text.strip():
            where = ".".join(at)
            faults.append(file.fault((*at, key), f"[{where}] has no {key}", f'add for example: {key} = "…"'))
        texts.append(text.strip() if isinstance(text, str) else "")
    if "\n" in texts[0]:
        faults.append(file.fault((*at, "subject"), "has a line break", "write it on one line"))
    if slots_of(texts[0]):
        faults.append(file.fault((*at, "subject"), "has a slot", "keep it equal for every applicant"))
    return texts[0], texts[1], faults


def _form_faults(
    file: TomlFile, form: LetterForm, language: str, signalled: Mapping[str, Sequence[str]] | None
) -> list[Fault]:
    at = ("forms", form.name)
    faults = _text_faults(file, (*at, "body"), form.body)
    faults += _provoking(file, (*at, "body"), form.body, language)
    faults += _provoking(file, (*at, "subject"), form.subject, language)
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
    allowed = {*PROFILE_SLOTS, *signalled}
    faults += _slot_faults(file, (*at, "body"), form.body, allowed)
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
        if not texts.get(arm, "").strip():
            faults.append(
                file.fault(
                    (*at, ground, arm),
                    f"no sentence for arm {arm}",
                    f'add to [forms.{form.name}.{ground}]: {arm} = "…"',
                )
            )
    for arm, text in texts.items():
        key = (*at, ground, arm)
        if arm not in arms:
            faults.append(file.fault(key, f"{ground} has no arm {arm!r}", f"use {', '.join(arms)}"))
        faults += _text_faults(file, key, text)
        faults += _slot_faults(file, key, text, set(SENTENCE_SLOTS))
        if re.search(r"\d", SLOT.sub("", text)):
            faults.append(
                file.fault(key, "writes a number itself", "use {{ amount }}, which is equal in every arm")
            )
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


def _text_faults(file: TomlFile, key: tuple[str, ...], text: str) -> list[Fault]:
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


def _slot_faults(file: TomlFile, key: tuple[str, ...], text: str, allowed: set[str]) -> list[Fault]:
    return [
        file.fault(key, f"slot {slot!r} is not declared", f"use {', '.join(sorted(allowed))}")
        for slot in sorted(slots_of(text) - allowed)
    ]


def _twin_faults(
    file: TomlFile, language: str, forms: Mapping[str, LetterForm], signalled: Mapping[str, Sequence[str]]
) -> list[Fault]:
    """Two forms that one landlord would take for one hand, or for two manners, in any arms that they may meet in."""
    faults = []
    # A form without one of its sentences is at fault already, and would be called too short as well.
    whole = [
        form
        for form in forms.values()
        if all(form.sentences.get(ground, {}).get(arm) for ground, arms in signalled.items() for arm in arms)
    ]
    for first, second in combinations(whole, 2):
        broken: dict[str, None] = {}
        for one, two in product(_cells(signalled), repeat=2):
            bodies = (filled(first, one, EXAMPLE), filled(second, two, EXAMPLE))
            broken |= dict.fromkeys(compare(*bodies, language).faults())
        # The same limit is broken by other numbers in other arms; the first says enough.
        said = {fault.split(" ")[0] + fault.split(" ")[-1]: fault for fault in reversed(broken)}
        if said:
            faults.append(
                file.fault(
                    ("forms", second.name, "body"),
                    f"form {first.name} and form {second.name} {'; they '.join(reversed(said.values()))}",
                    "word one of them anew (see: evenhand letters preview)",
                )
            )
    return faults


def _cells(signalled: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Every combination of the arms that sentences signal."""
    return [dict(zip(signalled, arms, strict=True)) for arms in product(*signalled.values())]


def _decline(file: TomlFile, raw: object) -> tuple[tuple[str, str], list[Fault]]:
    if not isinstance(raw, dict):
        mend = "add [decline] with subject and body: the text that turns an offered viewing down"
        return ("", ""), [file.fault(("decline",), "there is no [decline]", mend)]
    subject, body, faults = _subject_and_body(file, ("decline",), raw)
    faults += _text_faults(file, ("decline", "body"), body)
    faults += _slot_faults(file, ("decline", "body"), body, {"name"})
    return (subject, body), faults


def _tables(raw: object) -> dict[str, dict[str, Any]]:
    return (
        {name: form for name, form in raw.items() if isinstance(form, dict)} if isinstance(raw, dict) else {}
    )
