"""What the sending loop asks of a way to send: two steps, each with an outcome that is known."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Verdict(StrEnum):
    """What became of one step."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """Refused for good; nobody received anything."""
    DEFERRED = "deferred"
    """Refused for now, before any of the message left."""
    UNREACHABLE = "unreachable"
    """The server cannot be talked to at all, or asks to be left alone; nothing left."""
    UNCERTAIN = "uncertain"
    """The connection was lost after the message began to leave: it may or may not have been taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A verdict with the server's own words."""

    verdict: Verdict
    words: str


class Channel(Protocol):
    """A way to send one message at a time."""

    @property
    def loopback(self) -> bool:
        """Whether nothing that is sent here leaves this machine."""
        ...

    def offer(self, sender: str, recipient: str) -> Answer:
        """Ask whether a message may be sent; nothing of it leaves. Never UNCERTAIN."""
        ...

    def transmit(self, message: bytes) -> Answer:
        """Send the message that was offered; ACCEPTED, REFUSED or UNCERTAIN, never to be tried again."""
        ...
