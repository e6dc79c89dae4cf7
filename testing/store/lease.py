"""Leases: takes a store, makes sure that one program at a time sends from it, and one crawls into it."""

import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TextIO

from sqlalchemy import text

from testing.store.engine import Store
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
