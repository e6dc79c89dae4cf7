"""Double coding: takes a wave's codings, says which answers a second coder must code and how far the two agree.

The first coder of an answer is the rules or a person, the second always another person. Both code blind to the other.
What counts stays the last coding by a person, so that two who differ settle it with a third.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from testing.store import codings as coded
from testing.store import responses
from testing.store.engine import Session
from testing.study.outcome import Category, Outcome
from testing.study.protocol import Protocol

Twice = tuple[Category, Category]
"""Categories of one answer by its first and its second coder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleCoding:
    """How far the double coding of a wave has come."""

    waiting: tuple[str, ...]
    """Responses drawn that nobody has coded a second time, in the order of their keys."""
    coded_twice: int
    agreed: int
    """Those of them to which both gave one category."""
    kappa: float | None
    """Cohen's kappa of the categories; None where none is coded twice, or all fell into one category."""
    gate: float
    """Least kappa by the protocol."""

    @property
    def drawn(self) -> int:
        """Coded answers that a second coder must code."""
        return len(self.waiting) + self.coded_twice

    @property
    def holds(self) -> bool | None:
        """Whether the gate is passed; None while answers wait, or where there is no kappa though some differ."""
        if self.waiting or not self.coded_twice:
            return None
        return self.agreed == self.coded_twice if self.kappa is None else self.kappa >= self.gate


def double_coding(session: Session, *, protocol: Protocol, own: Collection[str]) -> DoubleCoding:
    """Say how far the double coding of a wave has come.

    Args:
        session: for reading.
        protocol: of the wave; its ``coding`` section says the share and the gate.
        own: ids of the wave's applications.
    """
    receipts = responses.receipts(session)
    waiting, twice = [], []
    for response, found in sorted(coded.codings(session).items()):
        firsts = first_by_coder(found)
        if receipts[response]["application"] not in own or not firsts:
            continue
        if is_drawn(response, protocol.coding.double_share):
            pair = two_of(firsts)
            if pair is None:
                waiting.append(response)
            else:
                twice.append(pair)
    return DoubleCoding(
        waiting=tuple(waiting),
        coded_twice=len(twice),
        agreed=sum(one is other for one, other in twice),
        kappa=cohens_kappa(twice),
        gate=protocol.coding.kappa_gate,
    )


def is_drawn(response: str, share: float) -> bool:
    """Whether an answer is one that a second coder must code.

    A hash of its id decides, so that it stays drawn however many come after it, and nobody chooses.

    Args:
        response: its id, itself the hash of the mail as it came.
        share: between 0 and 1; 1 draws all.
    """
    digest = hashlib.sha256(f"double coding/{response}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * 2**64


def first_by_coder(found: Sequence[Outcome]) -> dict[str, Category]:
    """Take the first category that each coder gave, in the order in which they coded; all rules are one coder."""
    firsts: dict[str, Category] = {}
    for it in found:
        coder = coded.RULES if it.coder.startswith(coded.RULES) else it.coder.strip().casefold()
        if it.category is not None:
            firsts.setdefault(coder, it.category)
    return firsts


def two_of(firsts: dict[str, Category]) -> Twice | None:
    """The categories of the first two coders; None where a second, a person, has not coded yet."""
    if len(firsts) < 2:
        return None
    one, other, *_ = firsts.values()
    return one, other


def cohens_kappa(pairs: Sequence[Twice]) -> float | None:
    """Agreement of two coders beyond chance: (p_o - p_e) / (1 - p_e).

    Args:
        pairs: the two categories of each answer.

    Returns:
        From -1 to 1; None where there is no pair, or where both used one and the same category throughout, so that
        agreement by chance is certain.

    Source: Cohen (1960), A coefficient of agreement for nominal scales.
    """
    if not pairs:
        return None
    number = len(pairs)
    observed = sum(one is other for one, other in pairs) / number
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    chance = sum(first[it] * second[it] for it in first) / number**2
    return None if chance == 1 else (observed - chance) / (1 - chance)
