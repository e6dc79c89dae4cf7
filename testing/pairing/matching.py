"""Who is set against whom: takes the timed sample, gives each pair its contrast, order, letter forms and sex."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from testing.pairing.sampling import Drawn
from testing.pairing.schedule import Moments
from testing.pairing.stream import Deck, Stream
from testing.study.letter_forms import Letters
from testing.study.protocol import Contrast, Protocol

BLOCK_MAX = 100
"""Longest block in which the contrasts come in their exact shares; else the whole stratum is one block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A pair as designed, without people in it yet."""

    drawn: Drawn
    moments: Moments
    contrast: str
    treated_first: bool
    reference_form: str
    treated_form: str
    sex: str


def match(
    protocol: Protocol,
    letters: Letters,
    drawn: Sequence[Drawn],
    moments: Mapping[str, Moments],
    stream: Stream,
) -> list[Match]:
    """Design every pair, balanced within its stratum.

    Along the calendar of each stratum, contrasts come in randomly permuted blocks with their exact shares;
    within stratum and contrast, the order and the sex alternate in shuffled decks; within those and the
    language, every two letter forms come once each way round before another two. Nothing of the design can
    therefore be confounded with the calendar, the landlord type or each other.

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
    decks: dict[tuple[str, ...], Deck] = {}
    turned: dict[tuple[str, ...], tuple[str, str]] = {}

    def deal(items: Sequence[Any], *label: str) -> Any:
        if label not in decks:
            decks[label] = Deck(items, stream.substream("/".join(label)))
        return decks[label].deal()

    def mirrored(items: Sequence[tuple[str, str]], *label: str) -> tuple[str, str]:
        if label not in turned:
            one, other = deal(items, *label)
            turned[label] = (one, other) if deal((True, False), *label, "turn") else (other, one)
            return turned[label][::-1]
        return turned.pop(label)

    matches = []
    sexes = ("f", "m") if protocol.design.sex == "both" else (protocol.design.sex,)
    orders = (True,) if protocol.design.order == "test_first" else (True, False)
    for stratum, theirs in by_stratum.items():
        theirs = sorted(theirs, key=lambda it: (moments[it.listing.key].first, it.listing.key))
        contrasts = _contrasts(protocol.contrasts, len(theirs), stream.substream(f"contrasts/{stratum}"))
        for it, contrast in zip(theirs, contrasts, strict=True):
            treated_first = deal(orders, "order", stratum, contrast)
            language = str(it.listing.language)
            forms = list(combinations(sorted(letters.languages[language].forms), 2))
            cell = ("forms", stratum, contrast, language, str(treated_first))
            reference_form, treated_form = mirrored(forms, *cell)
            matches.append(
                Match(
                    drawn=it,
                    moments=moments[it.listing.key],
                    contrast=contrast,
                    treated_first=treated_first,
                    reference_form=reference_form,
                    treated_form=treated_form,
                    sex=deal(sexes, "sex", stratum, contrast),
                )
            )
    return matches


def block_size(shares: Sequence[float]) -> int | None:
    """Smallest number of pairs in which every share is a whole number of pairs; None over ``BLOCK_MAX``.

    >>> block_size([0.4, 0.3, 0.3])
    10
    """
    for size in range(1, BLOCK_MAX + 1):
        if all(abs(share * size - round(share * size)) < 1e-9 for share in shares):
            return size
    return None


def _contrasts(contrasts: Mapping[str, Contrast], count: int, stream: Stream) -> list[str]:
    """Contrasts of a stratum's pairs, in order of the calendar."""
    shares = {name: contrast.share for name, contrast in contrasts.items()}
    size = block_size(list(shares.values())) or max(count, 1)
    dealt: list[str] = []
    while len(dealt) < count:
        dealt += stream.shuffled(_apportioned(shares, min(size, count - len(dealt)), stream))
    return dealt


def _apportioned(shares: Mapping[str, float], count: int, stream: Stream) -> list[str]:
    """Each contrast its share of the pairs, remainders to the largest fractions (Hamilton); ties by chance."""
    whole = {name: int(share * count + 1e-9) for name, share in shares.items()}
    rest = stream.shuffled(sorted(shares))
    rest.sort(key=lambda name: whole[name] - shares[name] * count)
    for name in rest[: count - sum(whole.values())]:
        whole[name] += 1
    return [name for name, number in whole.items() for _ in range(number)]
