"""What a run of the sending loop did, in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from testing.study.application import State


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCounts:
    """What one run did."""

    sent: int = 0
    refused: int = 0
    """The mail server refused them for good."""
    deferred: int = 0
    """The mail server asked to wait; nothing left."""
    uncertain: int = 0
    """Nobody knows whether the server took them; a person reconciles."""
    withheld: int = 0
    """A safeguard kept them back for good."""
    returned: int = 0
    """Left claimed by a sender that died; given back unsent."""
    waiting: Mapping[str, int] = field(default_factory=dict)
    """Due, but not yet to be sent, by reason."""
    declines_sent: int = 0
    declines_refused: int = 0
    """A person must decline these in another way."""
    declines_uncertain: int = 0
    declines_waiting: int = 0
    stopped: str | None = None
    """Why the run ended before it had looked at everything; None where it came to its end."""


@dataclass(slots=True)
class Tally:
    """The same, while the run goes on."""

    sent: int = 0
    refused: int = 0
    deferred: int = 0
    uncertain: int = 0
    withheld: int = 0
    returned: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    declines_sent: int = 0
    declines_refused: int = 0
    declines_uncertain: int = 0
    declines_waiting: int = 0
    stopped: str | None = None
    begun: int = 0
    """Applications of which the server was told; what a limit counts."""

    def count(self, after: State) -> None:
        """Count one application by where it went."""
        if after is State.SENT:
            self.sent += 1
        elif after is State.REFUSED:
            self.refused += 1
        else:
            self.uncertain += 1

    def counts(self) -> SendCounts:
        """Freeze it."""
        return SendCounts(
            **{each.name: getattr(self, each.name) for each in fields(self) if each.name != "begun"}
        )
