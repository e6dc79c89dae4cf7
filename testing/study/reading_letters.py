"""Letter forms: takes ``letters/<language>.toml``, gives them as records, or every fault with its line."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from testing.study.errors import Fault
from testing.study.letter_faults import form_faults, slot_faults, text_faults
from testing.study.letter_forms import LanguageLetters, LetterForm, Letters, slots_of
from testing.study.letter_needs import LetterNeeds
from testing.study.one_hand import twin_faults
from testing.study.toml_file import TomlFile, load_toml

VARIANTS = "variants"
"""Table of a form that words its phrases in several ways."""


def letters_of(folder: Path, languages: Sequence[str], needs: LetterNeeds) -> tuple[Letters, list[Fault]]:
    """Read the letter forms of some languages and check them.

    Args:
        folder: holds one file for each language.
        languages: which to read.
        needs: what the study asks of them.
    """
    least = needs.least
    found: dict[str, LanguageLetters] = {}
    faults: list[Fault] = []
    for language in languages:
        file = load_toml(folder / f"{language}.toml")
        if file.data is None:
            faults += file.faults
            continue
        letters, wrong = _language(file, file.data, language, needs)
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


def _language(
    file: TomlFile, data: Mapping[str, Any], language: str, needs: LetterNeeds
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
            faults += form_faults(file, form, language, needs)
    if not faults:
        faults += twin_faults(file, language, forms, needs)
    decline, wrong = _decline(file, data.get("decline"))
    return LanguageLetters(
        language=language, forms=forms, decline_subject=decline[0], decline_body=decline[1]
    ), faults + wrong


def _form(file: TomlFile, name: str, raw: Mapping[str, Any]) -> tuple[LetterForm, list[Fault]]:
    at = ("forms", name)
    subject, body, faults = _subject_and_body(file, at, raw)
    sentences: dict[str, dict[str, str]] = {}
    for ground, arms in raw.items():
        if ground in ("subject", "body", VARIANTS):
            continue
        if not isinstance(arms, dict) or not all(isinstance(text, str) for text in arms.values()):
            faults.append(
                file.fault(
                    (*at, ground),
                    "must be subject, body, variants or a table of sentences",
                    f'write [forms.{name}.{ground}] with one sentence for each arm: arm = "…"',
                )
            )
            continue
        sentences[ground] = dict(arms)
    variants, wrong = _variants(file, (*at, VARIANTS), raw.get(VARIANTS, {}))
    form = LetterForm(name=name, subject=subject, body=body, sentences=sentences, variants=variants)
    return form, faults + wrong


def _variants(
    file: TomlFile, at: tuple[str, ...], raw: object
) -> tuple[dict[str, tuple[str, ...]], list[Fault]]:
    """Phrases with their variants: each at least two different texts that say something."""
    mend = f'write [{".".join(at)}] with for example: greeting = ["Hello,", "Good day,"]'
    if not isinstance(raw, dict):
        return {}, [file.fault(at, "must be a table of phrases", mend)]
    found: dict[str, tuple[str, ...]] = {}
    faults = []
    for phrase, texts in raw.items():
        right = isinstance(texts, list) and all(isinstance(it, str) and it.strip() for it in texts)
        if not right or len(texts) < 2 or len(set(texts)) < len(texts):
            faults.append(file.fault((*at, phrase), "must be two or more different texts", mend))
        else:
            found[phrase] = tuple(texts)
    return found, faults


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


def _decline(file: TomlFile, raw: object) -> tuple[tuple[str, str], list[Fault]]:
    if not isinstance(raw, dict):
        mend = "add [decline] with subject and body: the text that turns an offered viewing down"
        return ("", ""), [file.fault(("decline",), "there is no [decline]", mend)]
    subject, body, faults = _subject_and_body(file, ("decline",), raw)
    faults += text_faults(file, ("decline", "body"), body)
    faults += slot_faults(file, ("decline", "body"), body, {"name"})
    return (subject, body), faults


def _tables(raw: object) -> dict[str, dict[str, Any]]:
    return (
        {name: form for name, form in raw.items() if isinstance(form, dict)} if isinstance(raw, dict) else {}
    )
