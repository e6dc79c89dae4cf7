"""Leases: takes a store, makes sure that one program at a time sends from it, and one crawls into it."""

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from sqlalchemy import text

from testing.store.engine import Session, Store
from testing.study.errors import Refused, StoreUnusable

LOCKS = {"sender": 0x45564C53, "crawler": 0x45564C43}
"""Number of the PostgreSQL lock that each holds while it runs."""
DOING = {"sender": "sending from", "crawler": "crawling into"}


def sole_sender(store: Store) -> AbstractContextManager[None]:
    """Hold the sender's lease: what is found claimed or transmitting was left by a dead sender."""
    return _sole(store, "sender")


def sole_crawler(store: Store) -> AbstractContextManager[None]:
    """Hold the crawler's lease: what is found claimed was left by a dead crawler."""
    return _sole(store, "crawler")


@dataclass(frozen=True, slots=True)
class Runner:
    """One of the programs that crawl into one store."""

    number: int

    def is_dead(self, session: Session, other: int) -> bool:
        """Whether another runner's program has ended: the database gave its lock back."""
        lock = text("SELECT pg_try_advisory_xact_lock(:lock, :number)")
        return bool(session.scalar(lock, {"lock": LOCKS["crawler"], "number": other}))


ALONE = Runner(0)
"""The only program that crawls into its store."""


@contextmanager
def crawler(store: Store) -> Iterator[Runner]:
    """Be one of the store's crawlers: the only one on SQLite, one of any number on PostgreSQL.

    Raises:
        Refused: another program crawls into this store, and it is on SQLite.
    """
    if store.engine.dialect.name == "sqlite":
        with sole_crawler(store):
            yield ALONE
        return
    with store.engine.connect() as connection:
        while True:
            number = 1 + secrets.randbelow(2**31 - 1)
            mine = {"lock": LOCKS["crawler"], "number": number}
            if connection.scalar(text("SELECT pg_try_advisory_lock(:lock, :number)"), mine):
                break
        connection.commit()
        try:
            yield Runner(number)
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock, :number)"), mine)
            connection.commit()


def one_at_a_time(session: Session, what: str) -> None:
    """Hold back other programs that are at the same place, until this transaction ends."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": f"evenhand {what}"})


@contextmanager
def _sole(store: Store, role: str) -> Iterator[None]:
    """Hold a lease; the operating system or the database gives it back when the program dies.

    Raises:
        Refused: another program holds it.
        StoreUnusable: the lease cannot be written beside the store.
    """
    engine, lock = store.engine, LOCKS[role]
    busy = Refused(
        f"another program is {DOING[role]} {store.name}; let it finish, or stop it, then try again"
    )
    if engine.dialect.name == "sqlite":
        with _lock_file(Path(f"{engine.url.database}.{role}")) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise busy from None
            yield
        return
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": lock}):
            raise busy
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": lock})
            connection.commit()


def _lock_file(path: Path) -> TextIO:
    try:
        return path.open("w")
    except OSError as error:
        raise StoreUnusable(
            f"{path} cannot be written ({error.strerror}); whoever runs this must be able to write there"
        ) from error
