"""A study's protocol, letters and names go in; what one landlord would get from a pair comes out, side by side."""

import difflib
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from testing.study.identity import Name
from testing.study.letter_forms import LanguageLetters, LetterForm, Letters
from testing.study.likeness import Likeness, Wording, held_together
from testing.study.protocol import Protocol

COLUMN = 56


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The two letters of one pair, as they would be sent."""

    contrast: str
    language: str
    reference_form: str
    treated_form: str
    reference: str
    """Subject, an empty line, and the body."""
    treated: str
    likeness: Likeness
    """Of the two bodies."""
    same_form: tuple[str, str]
    """The reference's form as the reference and as the treated applicant would sign it: only the signal may differ."""
    variants: Mapping[str, Mapping[str, Sequence[str]]]
    """For each of the two forms that has any, the variants of each phrase; the first is the one that is shown."""
    unsaid: tuple[tuple[str, ...], tuple[str, ...]]
    """Grounds of which the reference's letter, and the treated applicant's, say nothing."""

    @property
    def differences(self) -> list[tuple[str, str]]:
        """What sets the two renderings of one form apart, as words of the one and of the other."""
        one, two = (re.findall(r"\S+|\n", text) for text in self.same_form)
        found = []
        for what, a, b, c, d in difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
            if what != "equal":
                found.append((" ".join(one[a:b]), " ".join(two[c:d])))
        return found


def previews(
    protocol: Protocol, letters: Letters, names: Sequence[Name], *, contrast: str | None, language: str | None
) -> Iterator[Preview]:
    """Each contrast in each language with each two forms, signed by the first names of the table.

    Args:
        protocol: the study.
        letters: its letter forms.
        names: its names.
        contrast: only this one.
        language: only this one.
    """
    for name in [contrast] if contrast else protocol.contrasts:
        for code, forms in letters.languages.items():
            if language in (None, code):
                for first, second in permutations(sorted(forms.forms), 2):
                    yield _preview(protocol, forms, names, name, first, second)


def _preview(
    protocol: Protocol, forms: LanguageLetters, names: Sequence[Name], contrast: str, first: str, second: str
) -> Preview:
    cells = protocol.reference_cell(contrast), protocol.cell(contrast)
    signed = [_name(protocol, names, cell) for cell in cells]
    jobs = protocol.design.jobs[forms.language]  # type: ignore[index]
    one, two = forms.forms[first], forms.forms[second]
    sent = [
        _wording(protocol, form, forms.language, cell, name, job)
        for form, cell, name, job in zip((one, two), cells, signed, jobs, strict=False)
    ]
    same = [
        _wording(protocol, one, forms.language, cell, name, job).body()
        for cell, name, job in zip(cells, signed, jobs, strict=False)
    ]
    return Preview(
        contrast=contrast,
        language=forms.language,
        reference_form=first,
        treated_form=second,
        reference=f"{one.subject}\n\n{sent[0].body()}",
        treated=f"{two.subject}\n\n{sent[1].body()}",
        likeness=held_together(sent[0], sent[1], forms.language),
        same_form=(same[0], same[1]),
        variants={form.name: dict(form.variants) for form in (one, two) if form.variants},
        unsaid=(tuple(sorted(one.silent(cells[0]))), tuple(sorted(two.silent(cells[1])))),
    )


def _wording(
    protocol: Protocol, form: LetterForm, language: str, cell: dict[str, str], name: str, job: str
) -> Wording:
    values = {
        "name": name,
        "household": protocol.design.household[language],  # type: ignore[index]
        "age": str(protocol.design.age[0]),
        "amount": str(protocol.design.income_amount),
        "job": job,
    }
    return Wording(form=form, cell=cell, values=values, chosen=form.choices()[0])


def _name(protocol: Protocol, names: Sequence[Name], cell: dict[str, str]) -> str:
    """The first name of the table for a cell; of the other sex only where the study has no other."""
    by_name, by_sex = protocol.signalled_by("name"), protocol.signalled_by("sex")
    arm = None if by_name is None else cell[by_name]
    sex = cell[by_sex] if by_sex else "m" if protocol.design.sex == "m" else "f"
    found = next((it for it in names if it.sex == sex and arm in (None, it.arm)), None)
    return f"{found.first} {found.last}" if found else "?"


def printed(preview: Preview) -> str:
    """Both letters side by side, and what the two checks say of them."""
    head = f"{preview.contrast} · {preview.language} · form {preview.reference_form} beside form {preview.treated_form}"
    columns = [
        _wrapped("REFERENCE", preview.reference),
        _wrapped("TREATED", preview.treated),
    ]
    height = max(len(column) for column in columns)
    lines = [head, "─" * len(head)]
    for left, right in zip(*(column + [""] * (height - len(column)) for column in columns), strict=True):
        lines.append(f"{left:{COLUMN}}  │ {right}".rstrip())
    like = preview.likeness
    lines += [
        "",
        f"One hand? 5-grams {like.grams:.2f}, alike {like.ratio:.0f} %, runs of four words {like.runs}, length "
        f"{like.length:.2f}, sentences ± {like.sentences}, addresses the reader {like.manners[0]} / {like.manners[1]}: "
        + ("; ".join(like.faults()) or "within the limits"),
        f"In form {preview.reference_form} the two differ in nothing but:",
        *(f"  {_marked(one)}  →  {_marked(two)}" for one, two in preview.differences),
        *_besides(preview),
    ]
    return "\n".join(lines) + "\n"


def _besides(preview: Preview) -> Iterator[str]:
    for letter, grounds in zip(("reference", "treated"), preview.unsaid, strict=True):
        if grounds:
            yield f"The {letter} letter says nothing of {', '.join(grounds)}, as its arm has it."
    for form, phrases in preview.variants.items():
        for phrase, texts in phrases.items():
            ways = "  |  ".join(_marked(text) for text in texts)
            yield f"Form {form} words {phrase} in {len(texts)} ways, of which the first is shown:"
            yield f"  {ways}"
    if preview.variants:
        yield "evenhand check holds the two together in all of them."


def _marked(words: str) -> str:
    return f"▸ {words or '(nothing)'} ◂"


def _wrapped(title: str, text: str) -> list[str]:
    lines = [title]
    for line in text.splitlines():
        lines += textwrap.wrap(line, COLUMN) or [""]
    return lines
