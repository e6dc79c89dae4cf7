"""The town's landlords: take a mail as it came, give the answers they will send and when.

A landlord knows only what it reads: the name that the mail is from, the words in it, and the relay address of
its advert. It never sees the plan.
"""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from hashlib import sha256
from importlib.resources import files
from typing import Any

from desk.rehearsal.behaviour import chance, invites, one_of, pick
from desk.rehearsal.town import Advert
from desk.rehearsal.town_file import TownFile
from testing.study.identity import Name

DOMAIN = "evenstad.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A mail that a landlord will send."""

    due_at: datetime
    message: EmailMessage
    category: str
    """What the landlord meant, in the codebook's words; the coder never sees it."""


class Landlords:
    """Everybody in the town who lets a dwelling."""

    def __init__(self, town: TownFile, seed: str, adverts: Sequence[Advert], names: Sequence[Name]) -> None:
        """Let the landlords of ``adverts`` perceive origin by ``names`` and the rest by the town's words."""
        self._town = town
        self._seed = seed
        self._adverts = {advert.email: advert for advert in adverts}
        self._origins = {f"{name.first} {name.last}".casefold(): name.arm for name in names}
        self._texts: Mapping[str, Any] = tomllib.loads(
            files("desk.rehearsal").joinpath("answers.toml").read_text("utf-8")
        )

    def knows(self, address: str) -> bool:
        """Say whether an address is one of the town's adverts."""
        return address.casefold() in self._adverts

    def perceive(self, sender: str, text: str) -> set[str]:
        """Return the arms that a landlord makes out in a sender's name and a letter's words."""
        arms = {arm for arm, words in self._town.perceives.items() if _any_of(words, text)}
        name, _address = parseaddr(sender)
        if origin := self._origins.get(name.casefold()):
            arms.add(origin)
        return arms

    def answers(self, mail: EmailMessage, received_at: datetime) -> list[Answer]:
        """Decide what is answered to an application, and when; nothing for any other mail."""
        advert = self._adverts.get(parseaddr(str(mail["To"]))[1].casefold())
        if advert is None or mail["In-Reply-To"]:
            return []
        body = mail.get_body(("plain",))
        text = str(body.get_content()) if body else ""
        sender = str(mail["From"])
        applicant = parseaddr(sender)[1]
        behaviour = self._town.behaviour[advert.landlord_type]
        invited = invites(
            self._seed,
            behaviour,
            landlord=advert.landlord,
            advert=advert.id,
            applicant=applicant,
            perceived=self.perceive(sender, text),
        )
        about = (advert.id, applicant)
        answers = []
        if advert.landlord_type == "agency" and self._chance("ack", *about) < self._town.answers.acknowledged:
            answers.append(self._answer(mail, advert, "automatic_acknowledgement", received_at, minutes=2))
        category = pick(
            self._seed,
            self._town.answers.invited if invited else self._town.answers.not_invited,
            "says",
            *about,
        )
        if category != "silence":
            if not invited and self._chance("unclear", *about) < self._town.answers.unclear:
                category = "unclear"
            low, high = self._town.answers.hours
            hours = low + (high - low) * self._chance("hours", *about) ** 2
            answers.append(self._answer(mail, advert, category, received_at, minutes=60 * hours))
        return answers

    def _chance(self, *about: str) -> float:
        return chance(self._seed, *about)

    def _answer(
        self, mail: EmailMessage, advert: Advert, category: str, received_at: datetime, *, minutes: float
    ) -> Answer:
        name, applicant = parseaddr(str(mail["From"]))
        texts = self._texts[advert.language]
        due_at = received_at + timedelta(minutes=round(minutes))
        automatic = category == "automatic_acknowledgement"
        about = (advert.id, applicant, category)
        words = one_of(self._seed, texts["acknowledgement" if automatic else category], "text", *about)
        body = words.format(
            name=name,
            advert=advert.title,
            day=one_of(self._seed, texts["days"], "day", *about),
            hour=10 + int(self._chance("hour", *about) * 8),
        )
        signed = advert.landlord_name or advert.landlord_type
        reply = EmailMessage()
        reply["From"] = formataddr((signed if advert.landlord_name else "", advert.email))
        reply["To"] = applicant
        reply["Subject"] = f"Re: {mail['Subject']}"
        reply["Date"] = format_datetime(due_at)
        reply["In-Reply-To"] = reply["References"] = str(mail["Message-ID"])
        reply["Message-ID"] = f"<{sha256(repr(about).encode()).hexdigest()[:24]}@{DOMAIN}>"
        if automatic:
            reply["Auto-Submitted"] = "auto-replied"
        quoted = "" if automatic else "\n\n" + _quote(mail)
        signature = f"\n\n{advert.landlord_name}" if advert.landlord_name else ""
        reply.set_content(body + signature + quoted)
        return Answer(due_at=due_at, message=reply, category=category)


def _quote(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    lines = str(body.get_content()).strip().splitlines() if body else []
    return "\n".join(f"> {line}" for line in lines)


def _any_of(words: Collection[str], text: str) -> bool:
    folded = text.casefold()
    return any(word.casefold() in folded for word in words)
