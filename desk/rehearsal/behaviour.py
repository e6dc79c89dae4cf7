"""How a landlord decides: takes what it perceives of an applicant, gives what it does, by hashed chance.

Every chance is a hash of the seed and of what it is about, so the same town treats the same applicant alike
however often it is asked and in whatever order: a rehearsal that was killed goes on as if it had not been.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from desk.rehearsal.town_file import Behaviour, TownFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a landlord type really does to one contrast, in shares of all pairs."""

    reference_invited: float
    other_invited: float
    both_invited: float

    @property
    def gap(self) -> float:
        """(b − c) / n in expectation."""
        return self.reference_invited - self.other_invited

    @property
    def net_rate(self) -> float:
        """(b − c) / (a + b + c) in expectation of numerator and denominator."""
        any_invited = self.reference_invited + self.other_invited - self.both_invited
        return self.gap / any_invited if any_invited else 0.0

    @property
    def relative_gap(self) -> float:
        """1 − (a + c) / (a + b) in expectation of numerator and denominator."""
        return self.gap / self.reference_invited if self.reference_invited else 0.0


def chance(seed: str, *about: str) -> float:
    """Return a number in [0, 1) that depends on nothing but its arguments."""
    digest = hashlib.sha256("\x1f".join((seed, *about)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def pick(seed: str, weights: Mapping[str, float], *about: str) -> str:
    """Pick one of the names by its weight, by hashed chance."""
    left = chance(seed, *about)
    for name, weight in weights.items():
        left -= weight
        if left < 0:
            return name
    return list(weights)[-1]


def one_of(seed: str, options: Sequence[str], *about: str) -> str:
    """Pick one of the options, all alike, by hashed chance."""
    return options[int(chance(seed, *about) * len(options))]


def turns_away(seed: str, behaviour: Behaviour, landlord: str) -> bool:
    """Say whether this landlord is one of those who turn applicants away for what they perceive."""
    return chance(seed, "turns away", landlord) < behaviour.share_that_turns_away


def invites(
    seed: str, behaviour: Behaviour, *, landlord: str, advert: str, applicant: str, perceived: Collection[str]
) -> bool:
    """Decide whether a landlord invites an applicant.

    Args:
        seed: the town's seed.
        behaviour: of the landlord's type.
        landlord: key of the landlord, by which agencies cluster.
        advert: key of the advert, whose openness a pair shares.
        applicant: what tells two applicants of one advert apart.
        perceived: arms that the landlord perceives.
    """
    if chance(seed, "open", advert) >= behaviour.open:
        return False
    if chance(seed, "invites", advert, applicant) >= behaviour.invites:
        return False
    stays = 1.0
    if turns_away(seed, behaviour, landlord):
        for arm in perceived:
            stays *= 1 - behaviour.turns_away.get(arm, 0.0) / behaviour.share_that_turns_away
    return chance(seed, "stays", advert, applicant) < stays


def truth(behaviour: Behaviour, *, reference: Collection[str], other: Collection[str]) -> Truth:
    """Expectation over landlords, adverts and applicants of what ``invites`` decides for a pair.

    Args:
        behaviour: of the landlord type.
        reference: arms that are perceived of the reference applicant.
        other: arms that are perceived of the other.
    """
    share = behaviour.share_that_turns_away
    one = two = both = 0.0
    for weight, factor in ((share, 1 / share), (1 - share, 0.0)):
        stays = []
        for perceived in (reference, other):
            kept = 1.0
            for arm in perceived:
                kept *= 1 - behaviour.turns_away.get(arm, 0.0) * factor
            stays.append(kept * behaviour.invites)
        one += weight * behaviour.open * stays[0]
        two += weight * behaviour.open * stays[1]
        both += weight * behaviour.open * stays[0] * stays[1]
    return Truth(reference_invited=one, other_invited=two, both_invited=both)


def truths(
    town: TownFile, contrasts: Mapping[str, tuple[Collection[str], Collection[str]]]
) -> dict[tuple[str, str], Truth]:
    """Truth for each contrast and landlord type.

    Args:
        town: the town's file.
        contrasts: for each contrast the arms perceived of the reference applicant and of the other.
    """
    return {
        (contrast, kind): truth(behaviour, reference=cells[0], other=cells[1])
        for (contrast, cells), (kind, behaviour) in product(contrasts.items(), town.behaviour.items())
    }
