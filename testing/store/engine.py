"""Opening the store: takes a database URL, gives sessions to write or to read, at the newest schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session

from testing.study.errors import StoreUnusable

__all__ = ["Session", "Store", "add_new", "open_store"]

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 10
"""How long a writer waits for another before it gives up."""

MENDS = (
    ("readonly", "cannot be written: make the folder and the file writable for you"),
    ("disk is full", "has no room left: free disk space; nothing of this step was written"),
    ("disk I/O error", "cannot be read or written: check the disk, then restore the folder's copy if needed"),
    ("unable to open", "cannot be opened: check that its folder exists and that you may write there"),
    ("locked", f"was in use by another program for {BUSY_SECONDS} s: let that one finish, then try again"),
    ("not a database", "is not a store: move that file away, or name the right folder"),
    ("malformed", "is damaged: restore it from a copy"),
    ("connection", "does not answer: check EVENHAND_DATABASE_URL and that the server runs"),
)
"""What the database says, and how to mend it."""


class Store:
    """One study's database."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._writing = engine.execution_options(evenhand_write=True)
        self.name = name
        """Where it is, for messages; without a password."""

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Give a session for one write transaction: committed at the end, undone by any exception."""
        with self._told(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one moment of the store and writes nothing."""
        with self._told(), Session(self._engine, autoflush=False) as session:
            try:
                yield session
            finally:
                session.rollback()

    @property
    def engine(self) -> Engine:
        """For the other modules of this room."""
        return self._engine

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise _as_ours(error, self.name) from error


def add_new(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert the rows that are not there yet, by any unique key; another program may insert the same at once."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    if rows:
        session.execute(insert(table).on_conflict_do_nothing(), rows)


def open_store(url: str, *, create: bool = True) -> Store:
    """Open a store and bring its schema up to this program's.

    Args:
        url: SQLAlchemy database URL; ``sqlite:///path`` or ``postgresql+psycopg://...``.
        create: whether to make the database where there is none.

    Raises:
        StoreUnusable: absent, read-only, full, locked, not a store, or written by a newer program.
    """
    try:
        parsed = make_url(url)
        name = parsed.database if parsed.get_backend_name() == "sqlite" else parsed.render_as_string()
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreUnusable(f"the database URL cannot be read: {error}; mend EVENHAND_DATABASE_URL") from None
    if parsed.get_backend_name() == "sqlite":
        _make_place(Path(str(parsed.database)), create=create)
    try:
        engine = _engine(url)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreUnusable(f"no driver for the store {name}: {error}; install it") from None
    store = Store(engine, str(name))
    try:
        with store._told():
            _migrate(store._writing, engine, store.name)
    except BaseException:
        store.close()
        raise
    return store


def _make_place(path: Path, *, create: bool) -> None:
    if path.is_file():
        return
    if not create:
        raise StoreUnusable(f"there is no store at {path}; begin the study with: evenhand crawl")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(
            f"the store's folder {path.parent} cannot be made ({error.strerror}); make it, or name another"
        ) from error


@lru_cache(maxsize=8)
def _engine(url: str) -> Engine:
    """Keep the engine of a database: its connections go when a store closes, its compiled statements stay."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: Any) -> None:
    # Without this the driver opens transactions by itself, late and never IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_SECONDS * 1000}", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("evenhand_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _migrate(writing: Engine, reading: Engine, name: str) -> None:
    known = schemas()
    head = known[-1]
    with reading.connect() as connection:
        begun = inspect(connection).has_table("alembic_version")
        current = connection.scalar(text("SELECT version_num FROM alembic_version")) if begun else None
    if current == head:
        return
    if current is not None and current not in known:
        raise StoreUnusable(
            f"the store {name} was written by a newer program (schema {current}, this program knows {head}); "
            "install the newer program, or use a copy of the folder from before"
        )
    # Only a store of before needs these, and they take longer to load than most commands to run.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with writing.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@cache
def schemas() -> tuple[str, ...]:
    """The schemas that this program knows, the newest last: each is named by the number of its migration."""
    return tuple(sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")))


def _as_ours(error: DBAPIError, name: str) -> Exception:
    said = str(error.orig)
    for sign, mend in MENDS:
        if sign in said.replace("read-only", "readonly"):
            return StoreUnusable(f"the store {name} {mend} ({said})")
    return error
