"""Letters: takes a fixed form and an applicant, gives the rendered letter; and tells two renderings apart."""

import hashlib
import re
from collections.abc import Mapping

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from testing.study.application import Letter
from testing.study.identity import Identity
from testing.study.letter_forms import SLOT, LetterForm, Letters, slots_of

Filled = tuple[Mapping[str, str], str]
"""Arm for each ground, and the body that was rendered with them."""


class Printer:
    """Renders the letter forms of a study; every form is compiled once."""

    def __init__(self, letters: Letters) -> None:
        """Compile lazily from ``letters``."""
        self._letters = letters
        self._environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        self._compiled: dict[tuple[str, ...], Template] = {}

    def render(self, *, language: str, form: str, cell: Mapping[str, str], identity: Identity) -> Letter:
        """Render a form for one applicant.

        Args:
            language: of the letter.
            form: name of the form.
            cell: arm for each ground.
            identity: who signs it.

        Raises:
            jinja2.UndefinedError: the form names a slot that this applicant does not have.
        """
        source = self._letters.form(language, form)
        slots = slot_values(identity)
        sentences = {
            ground: self._template(texts[cell[ground]]).render(slots)
            for ground, texts in source.sentences.items()
            if ground in cell
        }
        body = self._template(source.body).render(slots | sentences)
        return Letter(
            form=form,
            language=language,
            subject=source.subject,
            body=body,
            sha256=letter_sha256(source.subject, body),
        )

    def _template(self, text: str) -> Template:
        if (text,) not in self._compiled:
            self._compiled[text,] = self._environment.from_string(text)
        return self._compiled[text,]


def slot_values(identity: Identity) -> dict[str, str]:
    """What an applicant puts into the slots; one without work has no ``job`` slot."""
    slots = {
        "name": identity.full_name,
        "household": identity.household,
        "age": str(identity.age),
        "amount": str(identity.income_amount),
    }
    return slots if identity.occupation is None else slots | {"job": identity.occupation}


def letter_sha256(subject: str, body: str) -> str:
    """Hash of a letter: SHA-256 (hex) of subject, a line feed and body, UTF-8."""
    return hashlib.sha256(f"{subject}\n{body}".encode()).hexdigest()


def states_job(form: LetterForm, cell: Mapping[str, str]) -> bool:
    """Whether a form, in these arms, says what work the applicant does."""
    return "job" in slots_of(_skeleton(form, cell))


def filled_slots(form: LetterForm, cell: Mapping[str, str], body: str) -> dict[str, set[str]] | None:
    """Read back what stands in the slots of a rendered body.

    Args:
        form: that it was rendered from.
        cell: arms whose sentences it has.
        body: as rendered.

    Returns:
        The values found in each slot, or None where the body differs from the form outside its slots.
    """
    skeleton = _skeleton(form, cell)
    parts, names = SLOT.split(skeleton)[::2], SLOT.findall(skeleton)
    pattern = re.escape(parts[0]) + "".join(f"(.+?){re.escape(part)}" for part in parts[1:])
    found = re.fullmatch(pattern, body, re.DOTALL)
    if found is None:
        return None
    values: dict[str, set[str]] = {}
    for name, value in zip(names, found.groups(), strict=True):
        values.setdefault(name, set()).add(value)
    return values


def differences(form: LetterForm, first: Filled, second: Filled) -> list[str]:
    """Find what sets two renderings of one form apart besides the arms under test and who signs.

    Args:
        form: that both were rendered from.
        first: arms and body of one.
        second: arms and body of the other.

    Returns:
        Slots that differ and must not, ``text outside the slots`` first where that was changed; empty where
        the two differ in nothing but the signals of their arms, the name and the occupation.
    """
    values = [filled_slots(form, cell, body) for cell, body in (first, second)]
    if values[0] is None or values[1] is None:
        return ["text outside the slots"]
    free = {"name", "job"}
    shared = (set(values[0]) | set(values[1])) - free
    found = [slot for slot in sorted(shared) if values[0].get(slot) != values[1].get(slot)]
    return found + [
        f"{slot} (filled in more than one way)"
        for slot in sorted(free)
        if any(len(side.get(slot, ())) > 1 for side in (values[0], values[1]))
    ]


def _skeleton(form: LetterForm, cell: Mapping[str, str]) -> str:
    """The form with its sentences in place and its slots still open."""

    def sentence(slot: re.Match[str]) -> str:
        texts = form.sentences.get(slot.group(1))
        return slot.group() if texts is None else texts[cell[slot.group(1)]]

    return SLOT.sub(sentence, form.body)
