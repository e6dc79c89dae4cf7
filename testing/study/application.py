"""An application, one identity's inquiry to one listing: the record, and the one table of its states."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from testing.study.errors import IllegalTransition
from testing.study.identity import Identity


class State(StrEnum):
    """Where an application stands."""

    PLANNED = "planned"
    """In a sealed plan that nobody has approved yet."""
    APPROVED = "approved"
    """A person approved the plan; it may be sent when due."""
    CLAIMED = "claimed"
    """Leased to a sender; nothing has left."""
    TRANSMITTING = "transmitting"
    """The sender began to talk to the mail server. From here the machine never retries."""
    SENT = "sent"
    """The mail server took it."""
    ANSWERED = "answered"
    """At least one response of the landlord has come."""
    SILENT = "silent"
    """The response window closed without any."""
    WITHHELD = "withheld"
    """A safeguard kept it back for good: listing gone, wave over, mate not sent."""
    REFUSED = "refused"
    """The mail server refused it at once; nobody received it."""
    UNDELIVERABLE = "undeliverable"
    """It bounced."""
    WITHDRAWN = "withdrawn"
    """Taken back before sending, by a person."""
    UNCERTAIN = "uncertain"
    """The sender died while transmitting: the server may or may not have taken it. A person reconciles."""


TRANSITIONS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.PLANNED: frozenset({State.APPROVED, State.WITHHELD, State.WITHDRAWN}),
        State.APPROVED: frozenset({State.CLAIMED, State.WITHHELD, State.WITHDRAWN}),
        State.CLAIMED: frozenset({State.TRANSMITTING, State.APPROVED, State.WITHHELD, State.WITHDRAWN}),
        State.TRANSMITTING: frozenset({State.SENT, State.REFUSED, State.UNCERTAIN}),
        State.UNCERTAIN: frozenset({State.SENT, State.ANSWERED, State.UNDELIVERABLE, State.WITHHELD}),
        State.SENT: frozenset({State.ANSWERED, State.SILENT, State.UNDELIVERABLE}),
        State.SILENT: frozenset({State.ANSWERED, State.UNDELIVERABLE}),
        State.ANSWERED: frozenset(),
        State.WITHHELD: frozenset(),
        State.REFUSED: frozenset(),
        State.UNDELIVERABLE: frozenset(),
        State.WITHDRAWN: frozenset(),
    }
)
"""The only table of legal transitions; nothing leads from TRANSMITTING back to where it may be sent."""

DELIVERED = frozenset({State.SENT, State.ANSWERED, State.SILENT})
"""States in which the landlord had the message: the applications that count."""


def check_transition(application_id: str, before: State, after: State) -> None:
    """Raise IllegalTransition unless ``before`` may become ``after``."""
    if after not in TRANSITIONS[before]:
        raise IllegalTransition(
            f"application {application_id} is {before.value} and cannot become {after.value}; "
            f"from {before.value} it may become {', '.join(sorted(TRANSITIONS[before])) or 'nothing'}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter rendered from a fixed form, with the hash that the plan seals."""

    form: str
    """Name of the letter form; two of a pair never share one."""
    language: str
    subject: str
    body: str
    sha256: str
    """Hash of subject, a line feed and body, UTF-8."""
    variants: Mapping[str, int] = field(default_factory=dict)
    """Number, from 1, of the variant of each phrase that the form words in several ways."""

    def recorded(self) -> dict[str, object]:
        """The fields by name as they are written down: variants only where there are any, as before there were."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        return {key: value for key, value in named.items() if key != "variants" or value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One identity's inquiry to one listing, as planned; its id gives nothing of the arm away."""

    id: str
    pair: str
    """The applications to one listing in one test share it."""
    listing: str
    """``Listing.key``."""
    landlord: str
    """Pseudonymous landlord key (keyed hash)."""
    landlord_type: str
    stratum: str
    contrast: str
    """Name of the contrast that the listing was drawn for; in a triad the one that has a share."""
    arms: Mapping[str, str]
    """Arm for each ground."""
    reference: bool
    """Whether this is the test's reference applicant."""
    identity: Identity
    letter: Letter
    to: str
    """Address that it goes to."""
    order: int
    """1 for the first of the test to be sent, 2 for the second, 3 for the third."""
    due_at: datetime
    """Earliest moment of sending, aware, UTC."""
    message_id: str
    """RFC 5322 Message-ID with its angle brackets, fixed by the plan; answers are matched by it."""
    weight: float
    """1 / inclusion probability of the listing."""

    def __post_init__(self) -> None:
        if self.due_at.tzinfo is None:
            raise ValueError("due_at must be an aware time (UTC)")
        if self.order not in (1, 2, 3):
            raise ValueError(f"order must be 1, 2 or 3, not {self.order}")
        if self.weight < 1:
            raise ValueError(f"weight is 1 over a probability, so at least 1, not {self.weight}")
