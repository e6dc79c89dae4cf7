"""What the letters of a plan must keep: takes applications with the letter forms, gives each promise that is broken.

Every letter is its form with its own sentences and variants; forms and variants are shared out evenly between the
arms; and the letters of mates, as they will be sent, show neither one hand nor two manners.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise

from testing.pairing.letters import Rendering, filled_slots, letter_sha256, slot_values
from testing.pairing.plan import Plan, pairs_of
from testing.study.application import Application
from testing.study.letter_forms import LetterForm, Letters
from testing.study.likeness import Wording, held_together

Cells = Mapping[str, Sequence[Mapping[str, str]]]
"""For each contrast with a share the cells of its applicants."""


def letters_of_pair(pair: Sequence[Application], letters: Letters) -> Iterator[str]:
    """What is wrong with the letters of one test."""
    broken = [fault for it in pair for fault in _letter(it, letters)]
    yield from broken
    if not broken:
        yield from _alike(pair, letters)


def mates_alike(plan: Plan, letters: Letters) -> list[str]:
    """Mates whose letters, as they will be sent, a landlord would take for one hand or for two manners.

    The forms were looked at with the shortest and longest names and jobs, not with every two of them: what this finds
    is to be mended in the forms, and no fault of the draw.
    """
    return [fault for pair in pairs_of(plan.applications).values() for fault in _alike(pair, letters)]


def _alike(pair: Sequence[Application], letters: Letters) -> Iterator[str]:
    for one, two in combinations(pair, 2):
        first, second = (_wording(it, letters) for it in (one, two))
        for fault in held_together(first, second, one.letter.language).faults():
            yield f"pair {one.pair}: the letters of {one.id} and {two.id} {fault}"


def form_balance(stratum: str, pairs: Sequence[Sequence[Application]], cells: Cells) -> Iterator[str]:
    """Where a form goes to one arm more often than to another, by more than one."""
    dealt: dict[tuple[str, str, bool, str], Counter[str]] = defaultdict(Counter)
    for it, order in _with_order(pairs):
        found = dealt[it.contrast, it.letter.language, order, it.letter.form]
        found.update({cell_label(cell): 0 for cell in cells[it.contrast]})
        found[arms_label(it)] += 1
    for (contrast, language, _, form), found in dealt.items():
        (most, often), (least, seldom) = found.most_common()[0], found.most_common()[-1]
        if often - seldom > 1:
            yield (
                f"stratum {stratum}, {contrast}: form {language}/{form} goes to {most} {often} times and to "
                f"{least} {seldom} times"
            )


def variant_balance(stratum: str, pairs: Sequence[Sequence[Application]], letters: Letters) -> Iterator[str]:
    """Where the variants of a phrase are not even within an arm, or not the same in every arm."""
    dealt: dict[tuple[str, str, bool, str, str], dict[str, Counter[int]]] = defaultdict(dict)
    for it, order in _with_order(pairs):
        for phrase, number in it.letter.variants.items():
            key = (it.contrast, it.letter.language, order, it.letter.form, phrase)
            dealt[key].setdefault(arms_label(it), Counter())[number] += 1
    for (contrast, language, _, form, phrase), by_arm in dealt.items():
        where = f"stratum {stratum}, {contrast}: variants of {phrase} in form {language}/{form}"
        declared = letters.form(language, form).variants.get(phrase, ())
        numbers = {*range(1, 1 + len(declared)), *(number for found in by_arm.values() for number in found)}
        for arm, found in by_arm.items():
            if max(found[it] for it in numbers) - min(found[it] for it in numbers) > 1:
                yield f"{where} are not even in {arm}: {_counts(found)}"
        for (one, first), (two, second) in pairwise(by_arm.items()):
            # One arm may have had more letters of the form; no variant may be in more of them than that.
            apart = sum(abs(first[it] - second[it]) for it in numbers)
            if apart > abs(first.total() - second.total()):
                yield f"{where} differ between {one} ({_counts(first)}) and {two} ({_counts(second)})"


def arms_label(it: Application) -> str:
    """The arms of an application in one word."""
    return cell_label(it.arms)


def cell_label(cell: Mapping[str, str]) -> str:
    """A cell in one word.

    >>> cell_label({"origin": "belgian", "income": "wage"})
    'wage+belgian'
    """
    return "+".join(cell[ground] for ground in sorted(cell))


def _with_order(pairs: Sequence[Sequence[Application]]) -> Iterator[tuple[Application, bool]]:
    """Applications, with whether the reference applicant wrote first: in a pair all is even within each order."""
    for pair in pairs:
        for it in pair:
            yield it, len(pair) == 2 and pair[0].reference


def _counts(found: Counter[int]) -> str:
    return ", ".join(f"{count} of variant {number}" for number, count in sorted(found.items()))


def _wording(it: Application, letters: Letters) -> Wording:
    return Wording(
        form=letters.form(it.letter.language, it.letter.form),
        cell=it.arms,
        values=slot_values(it.identity),
        chosen=it.letter.variants,
    )


def _letter(it: Application, letters: Letters) -> Iterator[str]:
    where = f"application {it.id}"
    form = letters.form(it.letter.language, it.letter.form)
    if it.letter.sha256 != letter_sha256(it.letter.subject, it.letter.body):
        yield f"{where}: the letter is not the one that was hashed"
    if it.letter.subject != form.subject:
        yield f"{where}: the subject is not that of form {form.name}"
    if not _has_variants(form, it.letter.variants):
        yield f"{where}: the variants are not those of form {form.name}"
        return
    found = filled_slots(form, Rendering(cell=it.arms, body=it.letter.body, variants=it.letter.variants))
    if found is None:
        yield f"{where}: the letter differs from form {form.name} outside its slots"
        return
    wanted = slot_values(it.identity)
    for slot, values in found.items():
        if values != {wanted.get(slot)}:
            yield f"{where}: slot {slot} holds {', '.join(sorted(values))}, not {wanted.get(slot)}"


def _has_variants(form: LetterForm, chosen: Mapping[str, int]) -> bool:
    return set(chosen) == set(form.variants) and all(
        1 <= number <= len(form.variants[phrase]) for phrase, number in chosen.items()
    )
