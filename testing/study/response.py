"""A response: one message that came in, before anybody says what it means."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One incoming message as read from the mailbox."""

    id: str
    """SHA-256 of the raw bytes, hex: the same mail read twice is one response."""
    received_at: datetime
    """When it came in, aware, UTC."""
    sender: str
    recipient: str
    """Mailbox that it was addressed to."""
    subject: str
    text: str
    """Plain text of the body, quotes included."""
    raw: bytes
    """The message as it came."""
    in_reply_to: tuple[str, ...]
    """Message-IDs of In-Reply-To and References, most recent first."""
    automatic: bool
    """Whether its headers say that a machine sent it (Auto-Submitted, Precedence, ...)."""
    bounce: bool
    """Whether it is a delivery status notification of a permanent failure."""
    application: str | None = None
    """Application that it belongs to; None while unmatched."""
    matched_by: str | None = None
    """What decided the match: ``message-id`` or ``mailbox``."""

    def __post_init__(self) -> None:
        if self.received_at.tzinfo is None:
            raise ValueError("received_at must be an aware time (UTC)")
