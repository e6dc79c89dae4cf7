"""A made-up town for the desk's tests: a small study with its frame, a real mail server, landlords that answer."""

import asyncio
import json
import os
import re
import socket
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller

from desk.folder import StudyFolder
from testing.store import crawls, frame
from testing.store.engine import open_store
from testing.study.listing import Evidence, Landlord, LandlordType, Listing, RentPeriod, Transaction

Run = Callable[..., tuple[int, str, str]]
NOW = datetime(2027, 2, 1, 9, tzinfo=UTC)
"""When the frame is crawled and the plan drawn up, a month before the template's wave."""
MONDAY = datetime(2027, 3, 1, 11, 55, tzinfo=UTC)
TUESDAY = datetime(2027, 3, 2, 12, 30, tzinfo=UTC)
"""The two days of the small study's wave, within its hours of sending."""
KEY = bytes(range(32))
SMALL = {
    "last_day = 2027-05-28": "last_day = 2027-03-02",
    "response_days = 14": "response_days = 3",
    "private = 150, agency = 150": "private = 6, agency = 4",
}
"""What the person changes in the template's protocol: ten pairs on two days."""


def advert(number: int, kind: LandlordType, email: str | None) -> Listing:
    evidence = (Evidence(rung=2, source="made up", says=kind, quote="x"),)
    return Listing(
        portal="toytown",
        listing_id=str(number),
        url=f"https://toytown.example/{number}",
        seen_at=NOW,
        transaction=Transaction.RENT,
        landlord=Landlord(type=kind, evidence=evidence, email=email),
        language="nl",
        rent_amount=700,
        rent_period=RentPeriod.MONTH,
        dwelling_type="apartment",
    )


def crawl(
    study: StudyFolder,
    privates: int = 12,
    agencies: int = 6,
    *,
    finish: bool = True,
    domain: str = "landlord.example",
) -> None:
    """Put a frame into the store, as a crawl does."""
    adverts = [advert(n, LandlordType.PRIVATE, f"owner{n}@{domain}") for n in range(privates)]
    adverts += [advert(1000 + n, LandlordType.AGENCY, f"agency{n // 2}@{domain}") for n in range(agencies)]
    adverts.append(advert(2000, LandlordType.PRIVATE, None))
    with open_store(study.store) as store, store.begin() as session:
        crawls.start_crawl(session, crawl_id="c1", portals=["toytown"], now=NOW)
        for it in adverts:
            frame.record_listing(session, it, "c1")
        if finish:
            crawls.finish_crawl(session, crawl_id="c1", counts={"listings": len(adverts)}, now=NOW)


def edit(study: StudyFolder, changes: dict[str, str]) -> None:
    """Change texts of the study file."""
    text = study.protocol.read_text("utf-8")
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    study.protocol.write_text(text, "utf-8")


def set_clock(study: StudyFolder, moment: datetime) -> None:
    """Let the study live at a moment, as a rehearsal's folder does."""
    study.virtual_clock.parent.mkdir(exist_ok=True)
    study.virtual_clock.write_text(json.dumps({"now": moment.isoformat()}), "utf-8")


def rows(study: StudyFolder) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the store, by table."""
    with closing(sqlite3.connect(study.store.removeprefix("sqlite:///"))) as store:
        tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: store.execute(f'SELECT * FROM "{name}"').fetchall() for name in sorted(tables)}


def tamper(study: StudyFolder, statement: str) -> None:
    """Change the store past the program."""
    with closing(sqlite3.connect(study.store.removeprefix("sqlite:///"))) as store:
        assert store.execute(statement).rowcount > 0
        store.commit()


def states(study: StudyFolder) -> Counter[str]:
    """How many applications stand in each state."""
    with closing(sqlite3.connect(study.store.removeprefix("sqlite:///"))) as store:
        return Counter(state for (state,) in store.execute("SELECT state FROM application"))


class Office:
    """A real SMTP server on loopback; keeps what it takes before it says so."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.hold_at = 0
        """Number of the message after which it keeps silent; 0 for none."""
        self.drop_at = 0
        """Number of the message after which it hangs up without a word; 0 for none."""
        self.holding = threading.Event()
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    @property
    def port(self) -> int:
        return int(self.controller.port)

    @property
    def ids(self) -> Counter[str]:
        """How often each Message-ID was delivered."""
        return Counter(str(mail["Message-ID"]) for mail in self.taken)

    # aiosmtpd calls this by its name, for every message.
    async def handle_DATA(self, server: Any, session: object, envelope: Any) -> str:  # noqa: N802
        raw = cast(bytes, envelope.content)
        self.taken.append(cast(EmailMessage, message_from_bytes(raw, policy=policy.default)))
        if len(self.taken) == self.hold_at:
            self.holding.set()
            await asyncio.sleep(20)
        if len(self.taken) == self.drop_at:
            server.transport.abort()
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(
    study: StudyFolder, mail: EmailMessage, text: str, now: datetime, *, reply_to: str | None = None
) -> None:
    """Put a landlord's answer into the study's mailbox, with the applicant's message quoted."""
    letter = "".join(f"> {line}\n" for line in mail.get_content().splitlines())
    asked = f"Reply-To: {reply_to}\r\n" if reply_to else ""
    raw = (
        f"{asked}From: Verhuurder <{mail['To']}>\r\nTo: {mail['From']}\r\nSubject: Re: {mail['Subject']}\r\n"
        f"Message-ID: {str(mail['Message-ID']).replace('<', '<re-')}\r\nIn-Reply-To: {mail['Message-ID']}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        f"{text}\n\nOp {now:%d-%m-%Y} schreef {mail['From']}:\n{letter}"
    )
    deliver(study, raw.encode(), now)


def deliver(study: StudyFolder, raw: bytes, now: datetime) -> None:
    """Put a mail into the study's Maildir, as a mail server does."""
    new = study.mail / "new"
    new.mkdir(parents=True, exist_ok=True)
    file = new / f"{now:%Y%m%d%H%M}.{len(list(study.mail.rglob('*.host')))}.host"
    file.write_bytes(raw)
    os.utime(file, (now.timestamp(), now.timestamp()))


def applicant(mail: EmailMessage) -> tuple[str, str]:
    """Name and address that a message is from."""
    found = re.fullmatch(r'"?([^"<]+?)"? <([^>]+)>', str(mail["From"]))
    assert found is not None
    return found[1], found[2]
