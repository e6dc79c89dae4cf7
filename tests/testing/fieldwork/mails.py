"""Incoming mails as they are written to a Maildir, for the tests of receiving and coding."""

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from testing.fieldwork.channels.maildir import Mail, unseen

AT = datetime(2026, 3, 3, 10, tzinfo=UTC)


def mail(
    to: str = "nobody@postvak.example",
    *,
    answers: str | None = None,
    references: str | None = None,
    text: str = "U kan komen kijken op vrijdag om 10 uur.",
    subject: str = "Re: Huis",
    sender: str = "owner1@landlords.example",
    **headers: str,
) -> bytes:
    """One plain mail; ``headers`` have underscores for dashes."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    if answers:
        made["In-Reply-To"] = answers
    if references:
        made["References"] = references
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return bytes(made)


def report(message_id: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A delivery status report as RFC 3464 describes it."""
    return (
        "From: MAILER-DAEMON@mx.landlords.example\nTo: lotte@postvak.example\nSubject: Undelivered Mail\n"
        "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nYour mail could not be delivered.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.landlords.example\n\n"
        f"Final-Recipient: rfc822; owner1@landlords.example\nAction: {action}\nStatus: {status}\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {message_id}\nSubject: Huis\n\n--b--\n"
    ).encode()


def delivered(folder: Path, *raws: bytes) -> list[Mail]:
    """Put mails into a new Maildir and give what a reader finds there."""
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for raw in raws:
        number = sum(1 for _ in folder.rglob("*.mail"))
        (folder / "new" / f"{number}.mail").write_bytes(raw)
    return list(unseen(folder))


def kept_responses(store: Any) -> list[Any]:
    from testing.store import responses

    with store.read() as session:
        return responses.responses(session)
