"""A made-up mail server inside the test, which does what it is told and remembers what it took."""

from collections import Counter
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest

from testing.fieldwork.channels.channel import Answer, Verdict
from testing.study.letter_forms import LanguageLetters

LETTERS = {
    "nl": LanguageLetters(
        language="nl",
        forms={},
        decline_subject="Bezoek",
        decline_body="Goede dag,\n\nIntussen vond ik iets anders.\n\n{{ name }}\n",
    )
}


class RecordingChannel:
    """Takes everything, or answers as ``behave(step, recipient)`` says."""

    loopback = True

    def __init__(self, behave: Callable[[str, str], Verdict] | None = None) -> None:
        self.behave = behave or (lambda step, recipient: Verdict.ACCEPTED)
        self.taken: list[Any] = []
        self.offered: list[tuple[str, str]] = []
        self.before_data: Callable[[], None] = lambda: None

    def offer(self, sender: str, recipient: str) -> Answer:
        self.offered.append((sender, recipient))
        return Answer(verdict=self.behave("offer", recipient), words="said")

    def transmit(self, message: bytes) -> Answer:
        self.before_data()
        verdict = self.behave("transmit", self.offered[-1][1])
        # A server whose connection broke may have taken the message all the same: the worst case.
        if verdict in (Verdict.ACCEPTED, Verdict.UNCERTAIN):
            self.taken.append(message_from_bytes(message.replace(b"\r\n", b"\n"), policy=policy.default))
        return Answer(verdict=verdict, words="said")

    @property
    def ids(self) -> Counter[str]:
        return Counter(str(mail["Message-ID"]) for mail in self.taken)


@pytest.fixture
def channel_that() -> Callable[..., RecordingChannel]:
    return RecordingChannel


@pytest.fixture
def letters() -> dict[str, LanguageLetters]:
    return LETTERS
