"""Bounces: takes a parsed mail, says whether it reports that delivery failed for good, and of which message.

RFC 3464 reports are read field by field. Reports in prose are believed only where a mail system sent them and
they say failure, never where they say delay: an ordinary mail must never be taken for a bounce.
"""

import re
from collections.abc import Iterator
from email.message import Message
from email.utils import parseaddr

SYSTEMS = frozenset({"mailer-daemon", "mailer_daemon", "postmaster", "mail-daemon"})
"""Local parts from which mail systems write."""
FAILED = re.compile(
    r"permanent(?:ly)? (?:fatal )?(?:error|failure|failed)|failed permanently|could not be delivered"
    r"|did not reach the following|unable to deliver|was rejected and discarded|undeliverable"
    r"|user unknown|unknown (?:user|host|recipient)|does not exist|no valid recipients|mailbox full"
    r"|error (?:delivering|has occurred while attempting to deliver|occurred while trying to deliver)"
    r"|may not exist|delivery status notification \(failure\)|mail delivery failed|\b55\d[ -]",
    re.IGNORECASE,
)
"""What reports in prose say when they gave up (mail systems in use; see the tests for which)."""
DELAYED = re.compile(
    r"warning message only|has been delayed|\(delay\)|will be retried|will (?:continue to |keep )?(?:try|retry)"
    r"|delivery is delayed|not yet been delivered|do not need to resend",
    re.IGNORECASE,
)
"""What reports in prose say while they still try."""
EMBEDDED_ID = re.compile(r"^[ \t>|]*message-id:\s*(<[^<>\s]+>)", re.IGNORECASE | re.MULTILINE)
TEXT_LOOKED_AT = 4000
"""Characters of a report in prose that are read: what follows is the original message."""


def is_permanent_failure(message: Message) -> bool:
    """Whether a mail reports that a message of ours will not be delivered any more."""
    blocks = list(_recipient_blocks(message))
    if blocks:
        return any(_action(block) == "failed" for block in blocks)
    local = parseaddr(str(message.get("from", "")))[1].partition("@")[0].casefold()
    system = local in SYSTEMS or str(message.get("from", "")).strip().casefold().startswith("mailer-daemon")
    if not system:
        return False
    said = f"{message.get('subject', '')}\n{_first_text(message)[:TEXT_LOOKED_AT]}"
    if DELAYED.search(said):
        return False
    return message.get("x-failed-recipients") is not None or bool(FAILED.search(said))


def original_message_ids(message: Message) -> list[str]:
    """Message-IDs of the original that a report carries, attached or copied into its text."""
    found: list[str] = []
    for part in message.walk():
        if part is not message and part.get("message-id"):
            found.append(str(part["message-id"]).strip())
        if part.get_content_maintype() == "text":
            found += EMBEDDED_ID.findall(_decoded(part))
    return list(dict.fromkeys(found))


def _recipient_blocks(message: Message) -> Iterator[Message]:
    """Give the fields about each recipient of a delivery status report."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            for block in blocks if isinstance(blocks, list) else []:
                if isinstance(block, Message) and block.get("action") is not None:
                    yield block


def _action(block: Message) -> str:
    return str(block.get("action", "")).partition(";")[0].strip().casefold()


def _first_text(message: Message) -> str:
    for part in message.walk():
        if part.get_content_maintype() == "text":
            return _decoded(part)
    # A report whose parts lost their boundaries on the way says what it says in one piece.
    payload = message.get_payload()
    return payload if isinstance(payload, str) else ""


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
