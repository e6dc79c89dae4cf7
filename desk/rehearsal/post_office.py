"""The town's post office: a real SMTP server on loopback that takes applications and delivers answers.

A mail to an advert is kept in a folder before the server says that it took it; answers are mailed through the
same server to the applicants' domain, whose mailbox is the study's Maildir. What must still be answered
follows from the two folders, so a rehearsal that was killed loses no answer and sends none twice.
"""

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from smtplib import SMTP
from types import TracebackType
from typing import Any, Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope, Session

from desk.rehearsal.landlords import Answer, Landlords


class PostOffice:
    """SMTP server, received mails and outstanding answers of one rehearsal."""

    def __init__(
        self, folder: Path, maildir: Path, landlords: Landlords, clock: Callable[[], datetime]
    ) -> None:
        """Keep the landlords' mail in ``folder`` and deliver answers to ``maildir``."""
        self._received = folder / "received"
        self._delivered = folder / "delivered"
        self._maildir = maildir
        self._landlords = landlords
        self._clock = clock
        for place in (self._received, self._delivered, *(maildir / part for part in ("tmp", "new", "cur"))):
            place.mkdir(parents=True, exist_ok=True)
        self._outstanding: dict[str, Answer] = {}
        for file in sorted(self._received.iterdir()):
            if file.suffix == ".eml":
                self._expect(file.read_bytes(), datetime.fromtimestamp(file.stat().st_mtime, UTC))
        self._controller = Controller(self, hostname="127.0.0.1", port=_free_port())

    def __enter__(self) -> Self:
        """Open the doors."""
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the doors."""
        self._controller.stop()

    @property
    def port(self) -> int:
        """Port on 127.0.0.1 where it takes mail."""
        return int(self._controller.port)

    @property
    def received(self) -> int:
        """How many mails its landlords have received."""
        return sum(file.suffix == ".eml" for file in self._received.iterdir())

    def has(self, message_id: str) -> bool:
        """Say whether a mail to a landlord came in: the server's own record of what it took."""
        return (self._received / f"{_name(message_id)}.eml").exists()

    def next_answer(self) -> datetime | None:
        """When the next answer is due, or None where none is outstanding."""
        return min((answer.due_at for answer in self._outstanding.values()), default=None)

    def deliver_due(self) -> int:
        """Mail the answers that are due now through the server; return how many."""
        now = self._clock()
        due = [(answer.due_at, key) for key, answer in self._outstanding.items() if answer.due_at <= now]
        if due:
            with SMTP("127.0.0.1", self.port) as smtp:
                for _, message_id in sorted(due):
                    smtp.send_message(self._outstanding[message_id].message)
                    (self._delivered / _name(message_id)).touch()
                    del self._outstanding[message_id]
        return len(due)

    # aiosmtpd calls this by its name, for every message.
    async def handle_DATA(self, server: object, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take one mail: to an advert, or an answer to an applicant."""
        raw = cast(bytes, envelope.content)
        recipient = envelope.rcpt_tos[0]
        if self._landlords.knows(recipient):
            now = self._clock()
            message_id = str(message_from_bytes(raw, policy=policy.SMTP)["Message-ID"])
            file = self._place_for(message_id)
            _keep(file, raw, now)
            self._expect(raw, now)
        else:
            name = _name(raw.decode("utf-8", "replace"))
            _keep(self._maildir / "new" / name, raw, self._clock(), tmp=self._maildir / "tmp")
        return "250 OK"

    def _place_for(self, message_id: str) -> Path:
        """Where a mail is kept: one that comes a second time is kept a second time, for everybody to see."""
        name, copies = _name(message_id), 1
        while (file := self._received / f"{name}{f'-{copies}' if copies > 1 else ''}.eml").exists():
            copies += 1
        return file

    def _expect(self, raw: bytes, received_at: datetime) -> None:
        mail: Any = message_from_bytes(raw, policy=policy.SMTP)
        assert isinstance(mail, EmailMessage)
        for answer in self._landlords.answers(mail, received_at):
            message_id = str(answer.message["Message-ID"])
            if not (self._delivered / _name(message_id)).exists():
                self._outstanding[message_id] = answer


def _keep(file: Path, raw: bytes, now: datetime, tmp: Path | None = None) -> None:
    """Write a mail whole or not at all, dated by the virtual clock."""
    draft = (tmp or file.parent) / f".{file.name}"
    draft.write_bytes(raw)
    os.utime(draft, (now.timestamp(), now.timestamp()))
    draft.replace(file)


def _name(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
