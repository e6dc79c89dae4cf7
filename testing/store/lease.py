"""The sender's lease: takes a store, makes sure that one program at a time sends from it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sqlalchemy import text

from testing.store.engine import Store
from testing.study.errors import Refused, StoreUnusable

LOCK = 0x45564C53
"""Number of the PostgreSQL lock that a sender holds while it runs."""


@contextmanager
def sole_sender(store: Store) -> Iterator[None]:
    """Hold the lease; the operating system or the database gives it back when the program dies.

    What a sender finds claimed or transmitting while it holds the lease was left by a dead one.

    Raises:
        Refused: another program sends from this store now.
        StoreUnusable: the lease cannot be written beside the store.
    """
    engine = store.engine
    busy = Refused(f"another program is sending from {store.name}; let it finish, or stop it, then try again")
    if engine.dialect.name == "sqlite":
        with _lock_file(Path(f"{engine.url.database}.sender")) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise busy from None
            yield
        return
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
            raise busy
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
            connection.commit()


def _lock_file(path: Path) -> TextIO:
    try:
        return path.open("w")
    except OSError as error:
        raise StoreUnusable(
            f"{path} cannot be written ({error.strerror}); whoever sends must be able to write there"
        ) from error
