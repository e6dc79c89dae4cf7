"""Letters: takes a fixed form and an applicant, gives the rendered letter; and tells two renderings apart."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from testing.study.application import Letter
from testing.study.identity import Identity
from testing.study.letter_forms import SLOT, LetterForm, Letters, laid_out, slots_of, without

PLAIN: Mapping[str, int] = MappingProxyType({})
"""The variants of a letter whose form has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """A body with what it was rendered with."""

    cell: Mapping[str, str]
    """Arm for each ground."""
    body: str
    variants: Mapping[str, int] = field(default_factory=dict)
    """Number of the variant of each phrase."""


class Printer:
    """Renders the letter forms of a study; every form is compiled once."""

    def __init__(self, letters: Letters) -> None:
        """Compile lazily from ``letters``."""
        self._letters = letters
        self._environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        self._compiled: dict[tuple[str, ...], Template] = {}

    def render(
        self,
        *,
        language: str,
        form: str,
        cell: Mapping[str, str],
        identity: Identity,
        variants: Mapping[str, int] = PLAIN,
    ) -> Letter:
        """Render a form for one applicant.

        Args:
            language: of the letter.
            form: name of the form.
            cell: arm for each ground.
            identity: who signs it.
            variants: number of the variant of each phrase that the form words in several ways.

        Raises:
            jinja2.UndefinedError: the form names a slot that this applicant does not have.
            KeyError: a phrase without its variant.
        """
        source = self._letters.form(language, form)
        slots = slot_values(identity)
        sentences = {
            ground: self._template(texts[cell[ground]]).render(slots)
            for ground, texts in source.sentences.items()
            if ground in cell
        }
        said = without(source.body, source.silent(cell))
        body = self._template(said).render(slots | sentences | source.phrases(variants))
        return Letter(
            form=form,
            language=language,
            subject=source.subject,
            body=body,
            sha256=letter_sha256(source.subject, body),
            variants=dict(variants),
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
    return "job" in slots_of(laid_out(form, cell, form.choices()[0]))


def filled_slots(form: LetterForm, rendering: Rendering) -> dict[str, set[str]] | None:
    """Read back what stands in the slots of a rendered body.

    Args:
        form: that it was rendered from.
        rendering: the body, the arms whose sentences it has, and its variants.

    Returns:
        The values found in each slot, or None where the body differs from the form outside its slots.
    """
    skeleton = laid_out(form, rendering.cell, rendering.variants)
    parts, names = SLOT.split(skeleton)[::2], SLOT.findall(skeleton)
    pattern = re.escape(parts[0]) + "".join(f"(.+?){re.escape(part)}" for part in parts[1:])
    found = re.fullmatch(pattern, rendering.body, re.DOTALL)
    if found is None:
        return None
    values: dict[str, set[str]] = {}
    for name, value in zip(names, found.groups(), strict=True):
        values.setdefault(name, set()).add(value)
    return values


def differences(form: LetterForm, first: Rendering, second: Rendering) -> list[str]:
    """Find what sets two renderings of one form apart besides the arms under test and who signs.

    Args:
        form: that both were rendered from.
        first: one of them.
        second: the other.

    Returns:
        Slots that differ and must not, ``text outside the slots`` first where that was changed; empty where
        the two differ in nothing but the signals of their arms, their variants, the name and the occupation.
    """
    values = [filled_slots(form, each) for each in (first, second)]
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
