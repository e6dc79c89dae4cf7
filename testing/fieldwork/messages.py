"""Messages as they leave: takes an application or a decline, gives the bytes of one plain mail."""

from collections.abc import Mapping
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from testing.study.application import Application
from testing.study.letter_forms import SLOT, LanguageLetters
from testing.study.response import Response

REFERENCES_MAX = 20
"""Message-IDs kept in References, so that a header never grows without end."""
DECLINE_MARK = ".d"
"""Ends the local part of a decline's Message-ID; before it stands that of its application."""
LINE_MAX = 900
"""Longest Message-ID of others that we repeat; a line of a mail holds 998 characters."""


def application_message(application: Application, now: datetime) -> bytes:
    """Write an application as a mail: headers, then the letter's body as UTF-8 text.

    Args:
        application: as planned.
        now: stands in the Date header.
    """
    message = _message(application, now, application.message_id, application.letter.subject)
    message["To"] = application.to
    message.set_content(application.letter.body, cte="quoted-printable")
    return message.as_bytes(policy=policy.SMTP)


def decline_message(
    application: Application, offer: Response, letters: Mapping[str, LanguageLetters], now: datetime
) -> bytes:
    """Write the reply that turns an offered viewing down: one fixed text for each language.

    Args:
        application: whose viewing it is.
        offer: the response that offered it; the reply is threaded to it and goes to its sender.
        letters: the study's letters by language.
        now: stands in the Date header.
    """
    fixed = letters[application.letter.language]
    message = _message(application, now, decline_message_id(application.message_id), fixed.decline_subject)
    message["To"] = decline_recipient(application, offer)
    body = SLOT.sub(
        lambda slot: application.identity.full_name if slot[1] == "name" else slot[0], fixed.decline_body
    )
    message.set_content(body.rstrip("\n") + "\n", cte="quoted-printable")
    thread = _thread(application, offer)
    # Folded by hand, one to a line: the library would encode a long Message-ID and so break the thread.
    head = f"In-Reply-To: {thread[-1]}\r\nReferences: " + "\r\n ".join(thread) + "\r\n"
    return head.encode("ascii") + message.as_bytes(policy=policy.SMTP)


def decline_message_id(message_id: str) -> str:
    """Message-ID of the decline that belongs to an application of some Message-ID."""
    local, _, domain = message_id.strip("<>").partition("@")
    return f"<{local}{DECLINE_MARK}@{domain}>"


def application_message_id(message_id: str) -> str:
    """Message-ID of the application that a decline of some Message-ID belongs to; any other comes back as it is.

    >>> application_message_id(decline_message_id("<a1@post.example>"))
    '<a1@post.example>'
    """
    local, at, domain = message_id.partition("@")
    return f"{local.removesuffix(DECLINE_MARK)}{at}{domain}"


def decline_recipient(application: Application, offer: Response) -> str:
    """Address that a decline goes to: where answers are asked for, else the sender, else where we wrote."""
    for found in (parseaddr(raw_header(offer.raw, b"reply-to"))[1], offer.sender):
        if "@" in found and found.isprintable():
            return found
    return application.to


def offer_message_id(response: Response) -> str | None:
    """Message-ID of a response, or None where it has none that can stand in a header."""
    found = raw_header(response.raw, b"message-id")
    return found if is_message_id(found) else None


def is_message_id(text: str) -> bool:
    """Whether a text is one Message-ID that can stand in a header as it is."""
    inner = text[1:-1]
    fits = text.startswith("<") and text.endswith(">") and text.isascii() and text.isprintable()
    return fits and "@" in inner and not set("<> ") & set(inner) and len(text) <= LINE_MAX


def raw_header(raw: bytes, wanted: bytes) -> str:
    """First header of a name (lower case) in a raw mail, unfolded; empty where there is none."""
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    for line in head.replace(b"\n ", b" ").replace(b"\n\t", b" ").split(b"\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == wanted:
            return value.strip().decode("ascii", "replace")
    return ""


def _thread(application: Application, offer: Response) -> list[str]:
    """Message-IDs from the application to the offer; where they are too many, the ones after the first go."""
    offered = offer_message_id(offer)
    before = [it for it in reversed(offer.in_reply_to) if is_message_id(it) and it != offered]
    thread = list(dict.fromkeys([application.message_id, *before, *([offered] if offered else [])]))
    return [thread[0], *thread[1:][-(REFERENCES_MAX - 1) :]]


def _message(application: Application, now: datetime, message_id: str, subject: str) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    identity = application.identity
    message["From"] = Address(display_name=identity.full_name, addr_spec=identity.email)
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    return message
