"""Applicants: takes the study's table of names and a keyed stream, gives fictitious people with owned mailboxes.

They are generated with Faker through the one provider below. None of Faker's own providers is loaded, because
its names, addresses and mail providers are unfit for a test: titles, the wrong sex, real people's mailboxes.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from faker.generator import Generator
from faker.providers import BaseProvider

from testing.pairing.stream import KeyedRandom, Stream
from testing.study.errors import EvenhandError
from testing.study.identity import Identity, Name
from testing.study.protocol import Protocol

WITHOUT_GROUND = "any"
"""Arm of the names where no ground is signalled by name, as in names.csv."""


_FOLDED = str.maketrans("øØłŁı", "oOlLi", "")
"""Letters that Unicode does not take apart into a plain letter and a mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is held equal within a test."""

    age: int
    household: str
    income_amount: int


@dataclass(slots=True, kw_only=True)
class _Mailboxes:
    taken: set[str] = field(default_factory=set)
    digits: int = 3


class ApplicantProvider(BaseProvider):
    """Everything that an applicant is made of; every number comes from the generator's keyed stream."""

    def __init__(
        self, generator: Generator, *, names: Sequence[Name], protocol: Protocol, expected: int
    ) -> None:
        """Hold the study's names.

        Args:
            generator: its ``random`` is a ``KeyedRandom``.
            names: the validated table.
            protocol: jobs, households, ages, income, mail domains.
            expected: applications that will be drawn up, so that mailboxes have digits enough.
        """
        super().__init__(generator)
        self._names: dict[tuple[str, str], dict[str, list[Name]]] = {}
        for name in names:
            # All spellings of a name are one card of the deck.
            spellings = self._names.setdefault((name.arm, name.sex), {}).setdefault(name.root, [])
            spellings.append(name)
        self._protocol = protocol
        self._decks: dict[tuple[str, ...], list[list[Name]]] = {}
        self._spellings: dict[tuple[str, str], list[Name]] = {}
        self._met: dict[str, set[str]] = {}
        self._mailboxes = _Mailboxes(digits=max(3, len(str(expected))))

    @property
    def _stream(self) -> Stream:
        source = self.generator.random
        assert isinstance(source, KeyedRandom), "applicants are drawn from the keyed stream only"
        return source.stream

    def applicant_name(
        self,
        arm: str,
        sex: str,
        role: str,
        landlord: str,
        mates: Sequence[Name] = (),
        age: int | None = None,
    ) -> Name:
        """A name of an arm and sex that the landlord has not met, with nothing in common with the mates'.

        Names are dealt so that each comes equally often within its role, as far as their bearers' years of birth allow;
        a name with several spellings comes as often as one with one, each spelling equally often.

        Args:
            arm: of the ground that is signalled by name.
            sex: ``f`` or ``m``.
            role: contrast and place in the test; every role has decks of its own.
            landlord: pseudonymous landlord key.
            mates: names of the others of the test, as far as they have one.
            age: of the applicant in the year of the wave's first day; None fits every name.

        Raises:
            EvenhandError: every such name has been used at this landlord, or none fits the age.
        """
        cards, met = list(self._names.get((arm, sex), {}).values()), self._met.setdefault(landlord, set())
        deck = self._decks.setdefault((role, arm, sex), [])

        def may_bear(name: Name) -> bool:
            return self._fits(name, age) and all(
                name.first != mate.first and name.last != mate.last for mate in mates
            )

        for refill in (False, True):
            if refill:
                deck += self._stream.shuffled(cards)
            for place, spellings in enumerate(deck):
                if spellings[0].root not in met and any(map(may_bear, spellings)):
                    met.add(spellings[0].root)
                    return self._spelt(role, deck.pop(place), may_bear)
        fit = sum(any(self._fits(it, age) for it in spellings) for spellings in cards)
        at_age = f" that fit the age {age}" if fit < len(cards) else ""
        raise EvenhandError(
            f"arm {arm} has {fit} names of sex {sex}{at_age}, too few: a landlord would meet one twice; add names "
            "to names.csv, or lower sample.per_agency in protocol.toml"
        )

    def _fits(self, name: Name, age: int | None) -> bool:
        return age is None or name.fits(age, self._protocol.wave.first_day.year)

    def _spelt(self, role: str, spellings: list[Name], may_bear: Callable[[Name], bool]) -> Name:
        """One of a name's spellings, each equally often; a name with one takes nothing from the stream."""
        if len(spellings) == 1:
            return spellings[0]
        deck = self._spellings.setdefault((role, spellings[0].root), [])
        if not any(map(may_bear, deck)):
            deck += self._stream.shuffled(spellings)
        return deck.pop(next(place for place, it in enumerate(deck) if may_bear(it)))

    def has_met(self, landlord: str, identity: Identity) -> None:
        """Take note of an applicant of an earlier batch: its name is known to the landlord, its mailbox is taken."""
        self._met.setdefault(landlord, set()).add(identity.name.root)
        self._mailboxes.taken.add(identity.email)

    def applicant_profile(self, language: str) -> Profile:
        """Age, household and income that the applicants to one listing share."""
        design = self._protocol.design
        return Profile(
            age=self._stream.between(*design.age),
            household=design.household[language],  # type: ignore[index]
            income_amount=design.income_amount,
        )

    def applicant_jobs(self, language: str, count: int) -> list[str]:
        """Different occupations for the applicants to one listing."""
        return self._stream.sample(self._protocol.design.jobs[language], count)  # type: ignore[index]

    def applicant_domains(self, count: int) -> list[str]:
        """Owned mail domains for the applicants to one listing: different ones as far as the study owns them."""
        domains = list(self._protocol.sending.domains)
        dealt = self._stream.sample(domains, min(count, len(domains)))
        return [dealt[place % len(dealt)] for place in range(count)]

    def applicant_mailbox(self, name: Name, domain: str) -> str:
        """A mailbox that no other applicant of the wave has: first.last and digits, in plain ASCII."""
        while True:
            number = self._stream.below(10**self._mailboxes.digits)
            local = f"{_ascii(name.first)}.{_ascii(name.last)}{number:0{self._mailboxes.digits}d}"
            address = f"{local}@{domain}"
            if address not in self._mailboxes.taken:
                self._mailboxes.taken.add(address)
                return address


def applicants(
    protocol: Protocol, names: Sequence[Name], *, expected: int, stream: Stream
) -> ApplicantProvider:
    """Give the provider, on a Faker generator that knows no other.

    Args:
        protocol: the study.
        names: its validated table of names.
        expected: applications that will be drawn up.
        stream: random stream of the applicants.
    """
    generator = Generator()
    generator.random = KeyedRandom(stream)
    provider = ApplicantProvider(generator, names=names, protocol=protocol, expected=expected)
    generator.add_provider(provider)
    return provider


def identity_of(name: Name, profile: Profile, *, job: str | None, email: str) -> Identity:
    """Put an applicant together."""
    return Identity(
        name=name,
        email=email,
        age=profile.age,
        household=profile.household,
        occupation=job,
        income_amount=profile.income_amount,
    )


def name_arm(protocol: Protocol, cell: dict[str, str]) -> str:
    """Arm that an applicant's name signals, or ``any`` where no ground is signalled by name."""
    ground = protocol.signalled_by("name")
    return WITHOUT_GROUND if ground is None else cell[ground]


def _ascii(text: str) -> str:
    """Fold a name to a to z and hyphens.

    >>> _ascii("Noël D'Hondt-Ünal")
    'noeldhondt-unal'
    """
    plain = (
        unicodedata.normalize("NFKD", text.translate(_FOLDED)).encode("ascii", "ignore").decode().casefold()
    )
    return re.sub(r"[^a-z-]", "", plain).strip("-") or "x"
