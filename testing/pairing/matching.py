"""Who is set against whom: takes the timed sample, gives each listing its contrast, order, letter forms and sex."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

from testing.pairing.sampling import Drawn
from testing.pairing.schedule import Moments
from testing.pairing.stream import Deck, Stream
from testing.study.letter_forms import Letters
from testing.study.protocol import Protocol

BLOCK_MAX = 100
"""Longest block in which the contrasts come in their exact shares; else the whole stratum is one block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A test of one listing as designed, without people in it yet: a pair, a triad, or one applicant."""

    drawn: Drawn
    moments: Moments
    contrast: str
    """The contrast with a share that the listing was dealt."""
    applicants: tuple[str | None, ...]
    """Who writes: None for the reference applicant, who comes first, and a contrast for each treated one."""
    places: tuple[int, ...]
    """Place in time of each of them, from 1."""
    forms: tuple[str, ...]
    """Letter form of each of them."""
    variants: tuple[Mapping[str, int], ...]
    """For each of them the number, from 1, of the variant of each phrase of its form."""
    sex: str


def match(
    protocol: Protocol,
    letters: Letters,
    drawn: Sequence[Drawn],
    moments: Mapping[str, Moments],
    stream: Stream,
) -> list[Match]:
    """Design every test, balanced within its stratum.

    Along the calendar of each stratum, contrasts come in randomly permuted blocks with their exact shares;
    within stratum and contrast, the order and the sex alternate in shuffled decks; within those and the
    language, every two letter forms come once each way round before another two (in a triad every three forms
    three times, each applicant with each form, whatever the order). Nothing of the design can therefore be
    confounded with the calendar, the landlord type or each other. Where one applicant writes to a listing, every
    form comes once with each applicant before another form does.

    Where a form words a phrase in several ways, its variants come from shuffled decks in one sequence for all
    applicants: the n-th letter of a form has the same variant whoever of the test signs it. So the arms have the
    same variants equally often, but for the last of a form that has gone to one of them once more.

    Args:
        protocol: contrasts, order and sex.
        letters: forms of every language.
        drawn: the sample.
        moments: by listing key.
        stream: random stream of the wave.
    """
    by_stratum: dict[str, list[Drawn]] = defaultdict(list)
    for it in drawn:
        by_stratum[it.stratum].append(it)
    dealer, tests = _Dealer(protocol, letters, stream), protocol.tests()
    matches = []
    for stratum, theirs in by_stratum.items():
        theirs = sorted(theirs, key=lambda it: (moments[it.listing.key][0], it.listing.key))
        contrasts = _contrasts(shares_of(protocol), len(theirs), stream.substream(f"contrasts/{stratum}"))
        for it, contrast in zip(theirs, contrasts, strict=True):
            everyone = (None, *tests[contrast])
            matches.append(dealer.test(it, moments[it.listing.key], contrast, everyone))
    return matches


class _Dealer:
    """Deals who writes, in which order, with which form and of which sex, from decks that keep each of them even."""

    def __init__(self, protocol: Protocol, letters: Letters, stream: Stream) -> None:
        self._protocol, self._stream = protocol, stream
        self._sexes = ("f", "m") if protocol.design.sex == "both" else (protocol.design.sex,)
        self._forms = {language: sorted(it.forms) for language, it in letters.languages.items()}
        self._decks: dict[tuple[str, ...], Deck] = {}
        self._left: dict[tuple[str, ...], list[Any]] = {}
        self._worded = letters.languages
        self._sequences: dict[tuple[str, ...], list[int]] = {}
        self._given: Counter[tuple[tuple[str, ...], str | None]] = Counter()

    def test(self, drawn: Drawn, moments: Moments, contrast: str, everyone: Sequence[str | None]) -> Match:
        """Deal the test of one listing, for which everyone in ``everyone`` may write."""
        language, within = str(drawn.listing.language), (drawn.stratum, contrast)
        if self._protocol.design.applicants == "one":
            writer, form = self._one(everyone, language, *within)
            writers: Sequence[str | None] = [writer]
            forms: tuple[str, ...]
            turn: tuple[str, ...] = ()
            places, forms, sexes = (1,), (form,), ["sex", *within, writer or "reference"]
        else:
            writers, sexes = everyone, ["sex", *within]
            places = self._deal(orders_of(self._protocol, len(writers)), "order", *within)
            turn = (str(places[0] != 1),) if len(writers) == 2 else ()
            forms = self._rotated(len(writers), language, *within, language, *turn)
        return Match(
            drawn=drawn,
            moments=moments[: len(writers)],
            contrast=contrast,
            applicants=tuple(writers),
            places=places,
            forms=tuple(forms),
            variants=tuple(
                self._variants(writer, form, language, *within, *turn)
                for writer, form in zip(writers, forms, strict=True)
            ),
            sex=self._deal(self._sexes, *sexes),
        )

    def _deal(self, items: Sequence[Any], *label: str) -> Any:
        if label not in self._decks:
            self._decks[label] = Deck(items, self._stream.substream("/".join(label)))
        return self._decks[label].deal()

    def _rotated(self, number: int, language: str, *within: str) -> tuple[str, ...]:
        """So many forms: dealt together, then each moved on to the next applicant until all had all of them."""
        label = ("forms", *within)
        if not self._left.get(label):
            dealt = self._deal(list(combinations(self._forms[language], number)), *label)
            base = dealt if self._deal((True, False), *label, "turn") else dealt[::-1]
            self._left[label] = [base[place:] + base[:place] for place in range(number)]
        forms: tuple[str, ...] = self._left[label].pop()
        return forms

    def _one(self, everyone: Sequence[str | None], language: str, *within: str) -> tuple[str | None, str]:
        """Who of them writes, and with which form: each form comes once with everyone before another comes."""
        label = ("forms", *within, language)
        if not self._left.get(label):
            form = self._deal(self._forms[language], *label)
            self._left[label] = [(self._deal(everyone, *label, "turn"), form) for _ in everyone]
        writer, form = self._left[label].pop()
        return writer, form

    def _variants(self, writer: str | None, form: str, language: str, *within: str) -> dict[str, int]:
        """The variants of the next letter of a form by this applicant, by the place that it has among theirs."""
        chosen = {}
        for phrase, texts in self._worded[language].forms[form].variants.items():
            label = ("variants", *within, language, form, phrase)
            sequence, place = self._sequences.setdefault(label, []), self._given[label, writer]
            while len(sequence) <= place:
                sequence.append(self._deal(range(1, 1 + len(texts)), *label))
            chosen[phrase] = sequence[place]
            self._given[label, writer] += 1
        return chosen


def orders_of(protocol: Protocol, number: int) -> list[tuple[int, ...]]:
    """Orders that a test of so many applicants may come in: place of the reference applicant, then of the others.

    Every order where it is random; only those that end with the reference applicant where the treated write first.
    """
    every = sorted(permutations(range(1, number + 1)), reverse=True)
    return every if protocol.design.order == "random" else [it for it in every if it[0] == number]


def block_size(shares: Sequence[float]) -> int | None:
    """Smallest number of pairs in which every share is a whole number of pairs; None over ``BLOCK_MAX``.

    >>> block_size([0.4, 0.3, 0.3])
    10
    """
    for size in range(1, BLOCK_MAX + 1):
        if all(abs(share * size - round(share * size)) < 1e-9 for share in shares):
            return size
    return None


def shares_of(protocol: Protocol) -> dict[str, float]:
    """Share of the tests of each contrast that has one."""
    return {name: it.share for name, it in protocol.contrasts.items() if it.share is not None}


def _contrasts(shares: Mapping[str, float], count: int, stream: Stream) -> list[str]:
    """Contrasts of a stratum's tests, in order of the calendar."""
    size = block_size(list(shares.values())) or max(count, 1)
    dealt: list[str] = []
    while len(dealt) < count:
        dealt += stream.shuffled(_apportioned(shares, min(size, count - len(dealt)), stream))
    return dealt


def _apportioned(shares: Mapping[str, float], count: int, stream: Stream) -> list[str]:
    """Each contrast its share of the tests, remainders to the largest fractions (Hamilton); ties by chance."""
    whole = {name: int(share * count + 1e-9) for name, share in shares.items()}
    rest = stream.shuffled(sorted(shares))
    rest.sort(key=lambda name: whole[name] - shares[name] * count)
    for name in rest[: count - sum(whole.values())]:
        whole[name] += 1
    return [name for name, number in whole.items() for _ in range(number)]
