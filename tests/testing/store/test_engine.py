"""The store opens at the newest schema, writes all or nothing, and says clearly why it cannot."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from testing.store import ledger
from testing.store.crawl_tables import Base
from testing.store.engine import MIGRATIONS, open_store, schemas
from testing.study.errors import StoreUnusable

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_the_migrations_lead_to_exactly_the_tables_that_the_program_knows(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 's.sqlite'}") as store, store.read() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, Base.metadata) == []
        named = session.execute(text("SELECT sql FROM sqlite_master WHERE name = 'application'")).scalar_one()
        assert "CONSTRAINT ck_application_state CHECK" in named


def test_the_files_of_the_migrations_are_named_by_the_schemas_that_they_make() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert schemas() == tuple(reversed([it.revision for it in scripts.walk_revisions()]))
    assert schemas()[-1] == scripts.get_current_head()


def test_every_write_is_durable_and_waits_its_turn(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 's.sqlite'}") as store, store.begin() as session:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [session.execute(text(f"PRAGMA {name}")).scalar_one() for name in pragmas]
        assert found == ["wal", 2, 1, 10_000]


def test_two_writers_at_once_lose_no_line_of_the_ledger(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 's.sqlite'}") as store:

        def write() -> None:
            for _ in range(20):
                with store.begin() as session:
                    ledger.append(session, "tick", "x", {}, NOW)

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.read() as session:
            assert ledger.head(session)[0] == 80
            assert ledger.verify(session) == []


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 's.sqlite'}") as store:
        with pytest.raises(RuntimeError), store.begin() as session:
            ledger.append(session, "tick", "x", {}, NOW)
            raise RuntimeError
        with store.read() as session:
            assert ledger.head(session) == (0, ledger.START)


def test_a_store_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 's.sqlite'}"
    with open_store(url) as store, store.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnusable, match=r"newer program.*9999") as caught:
        open_store(url)
    assert caught.value.exit_code == 1


def test_a_full_disk_is_said_clearly_and_nothing_is_half_written(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 's.sqlite'}") as store:
        with pytest.raises(StoreUnusable, match="no room left"), store.begin() as session:
            pages = session.execute(text("PRAGMA page_count")).scalar_one()
            session.execute(text(f"PRAGMA max_page_count={pages}"))
            for number in range(2000):
                ledger.append(session, "tick", "x" * 200, {"number": number}, NOW)
        with store.read() as session:
            assert ledger.head(session)[0] == 0


def test_a_store_that_may_not_be_written_is_said_clearly(tmp_path: Path) -> None:
    with (
        open_store(f"sqlite:///{tmp_path / 's.sqlite'}") as store,
        pytest.raises(StoreUnusable, match="make the folder and the file writable"),
        store.begin() as session,
    ):
        session.execute(text("PRAGMA query_only=ON"))
        ledger.append(session, "tick", "x", {}, NOW)


def test_a_folder_that_cannot_be_made_is_said_clearly(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StoreUnusable, match="folder"):
        open_store(f"sqlite:///{tmp_path / 'data' / 'study.sqlite'}")


def test_a_store_that_is_absent_is_not_made_by_asking(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="evenhand crawl"):
        open_store(f"sqlite:///{tmp_path / 'data' / 'study.sqlite'}", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "study.sqlite"
    path.write_bytes(b"name,arm\n" * 400)
    with pytest.raises(StoreUnusable, match="is not a store"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == b"name,arm\n" * 400


def test_a_naive_time_never_enters_the_store(tmp_path: Path) -> None:
    with (
        open_store(f"sqlite:///{tmp_path / 's.sqlite'}") as store,
        pytest.raises(Exception, match="must be aware"),
        store.begin() as session,
    ):
        ledger.append(session, "tick", "x", {}, datetime(2026, 3, 2, 9))  # noqa: DTZ001


def test_an_edited_line_of_the_ledger_is_found(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with open_store(f"sqlite:///{path}") as store:
        with store.begin() as session:
            for number in range(5):
                ledger.append(session, "sent", f"application-{number}", {"to": number}, NOW)
        with store.read() as session:
            assert ledger.verify(session) == []
            noted = ledger.head(session)
        for edit, sign in (
            ("UPDATE ledger SET subject = 'application-9' WHERE number = 2", "line 2 .* was changed"),
            ("UPDATE ledger SET detail = '{\"to\":7}' WHERE number = 5", "line 5 .* was changed"),
            ("UPDATE ledger SET at = '2026-03-01 09:00:00.000000' WHERE number = 1", "line 1 .* was changed"),
            ("DELETE FROM ledger WHERE number = 3", "line 3 is missing"),
            ("DELETE FROM ledger WHERE number = 5", "cut off"),
        ):
            copy = tmp_path / "copy.sqlite"
            with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
                source.backup(target)
                target.execute(edit)
                target.commit()
            with open_store(f"sqlite:///{copy}") as edited, edited.read() as session:
                import re

                faults = ledger.verify(session, noted)
                assert any(re.search(sign, fault) for fault in faults), (edit, faults)
            copy.unlink()
