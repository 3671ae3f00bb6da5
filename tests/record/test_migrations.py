from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from core.errors import StoreError
from core.record.cipher import make_key
from core.record.migrations import MIGRATIONS, Migration, migrate
from core.record.store import Store
from tests.record.events import ROOT

TABLES = {
    *("users", "tokens", "consents", "sessions", "estimates", "fused", "markers", "self_reports", "faults"),
    *("last_commit", "schema_migrations", "messages", "user_summaries", "key_check", "deletions", "clock_seen"),
}
FIRST = Migration(1, "first", ("CREATE TABLE one (n INTEGER)", "INSERT INTO one VALUES (1)"))
SECOND = Migration(2, "second", ("CREATE TABLE two (n INTEGER)", "INSERT INTO two VALUES (2)"))
BROKEN = Migration(2, "broken", ("CREATE TABLE two (n INTEGER)", "INSERT INTO nowhere VALUES (2)"))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        yield connection


def tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}


def test_numbers_are_unique_and_rise_from_one() -> None:
    assert [migration.number for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_an_empty_file_gets_all_tables_once(connection: duckdb.DuckDBPyConnection) -> None:
    assert migrate(connection) == [migration.number for migration in MIGRATIONS]
    assert tables(connection) == TABLES
    assert migrate(connection) == []
    rows = connection.execute("SELECT number, applied_at IS NOT NULL FROM schema_migrations").fetchall()
    assert rows == [(migration.number, True) for migration in MIGRATIONS]


def test_only_missing_steps_are_taken(connection: duckdb.DuckDBPyConnection) -> None:
    assert migrate(connection, [FIRST]) == [1]
    assert migrate(connection, [FIRST, SECOND]) == [2]
    assert connection.execute("SELECT one.n, two.n FROM one, two").fetchall() == [(1, 2)]


def test_a_step_that_fails_is_undone_and_taken_again_next_time(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(StoreError, match=r"schema step 2 \(broken\) failed and was undone"):
        migrate(connection, [FIRST, BROKEN])
    assert tables(connection) == {"schema_migrations", "one"}
    assert migrate(connection, [FIRST, SECOND]) == [2]


KILLED_HALF_WAY = """
import os, sys
import duckdb
from core.record.migrations import MIGRATIONS, migrate
class Killing:
    def __init__(self, connection, statements):
        self.connection, self.left = connection, statements
    def execute(self, *arguments):
        if self.left == 0:
            os.kill(os.getpid(), 9)
        self.left -= 1
        return self.connection.execute(*arguments)
migrate(Killing(duckdb.connect(sys.argv[1]), int(sys.argv[2])))
"""


@pytest.mark.parametrize("statements", [1, 3, 8, 15])
def test_a_kill_between_two_statements_leaves_a_file_that_opens(tmp_path: Path, statements: int) -> None:
    path = tmp_path / "a.duckdb"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_HALF_WAY, str(path), str(statements)], cwd=ROOT, capture_output=True, check=False
    )
    assert killed.returncode == -9, killed.stderr
    with duckdb.connect(str(path)) as connection:
        assert tables(connection) <= {"schema_migrations"}
    Store(path).close()
    with duckdb.connect(str(path)) as connection:
        assert tables(connection) == TABLES


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    newer = MIGRATIONS[-1].number + 1
    with duckdb.connect(str(path)) as connection:
        migrate(connection)
        connection.execute("INSERT INTO schema_migrations VALUES (?, 'from the future', now()::TIMESTAMP)", [newer])
    with pytest.raises(StoreError, match=f"has schema {newer}, this version knows schemas up to {newer - 1}"):
        Store(path)
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("SELECT max(number) FROM schema_migrations").fetchone() == (newer,)


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE users (name VARCHAR)")
    with pytest.raises(StoreError, match="choose another --data-dir"):
        Store(path)


def test_readings_take_no_missing_values(connection: duckdb.DuckDBPyConnection) -> None:
    migrate(connection)
    with pytest.raises(duckdb.ConstraintException, match="NOT NULL"):
        connection.execute("INSERT INTO fused (session_id, t) VALUES ('s', 1)")


def test_lines_of_before_have_no_beginning(tmp_path: Path) -> None:
    path = tmp_path / "attune.duckdb"
    make_key(tmp_path)
    with duckdb.connect(str(path)) as connection:
        migrate(connection, MIGRATIONS[:4])
        connection.execute(
            "INSERT INTO messages (session_id, t, role, content, emotion, intensity)"
            " VALUES ('s1', 2, 'user', '', '', 0)"
        )
    Store(path).close()
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("SELECT t, start_s FROM messages").fetchall() == [(2.0, None)]


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_every_earlier_schema_with_data_in_it_is_brought_up_to_date(tmp_path: Path, version: int) -> None:
    path = tmp_path / "attune.duckdb"
    with duckdb.connect(str(path)) as connection:
        migrate(connection, MIGRATIONS[:version])
        connection.execute("INSERT INTO users (user_id, role, created_at) VALUES ('u1', 'visitor', now()::TIMESTAMP)")
        connection.execute(
            "INSERT INTO sessions (session_id, user_id, started_at, consent_id, settings)"
            " VALUES ('s1', 'u1', TIMESTAMP '2026-11-01 10:00:00', 'c1', '{}')"
        )
        connection.execute("INSERT INTO markers (session_id, t, label) VALUES ('s1', 1.5, 'before')")
    store = Store(path)
    store.close()
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("SELECT session_id, note FROM sessions").fetchall() == [("s1", None)]
        assert connection.execute("SELECT label, duration FROM markers").fetchall() == [("before", 0.0)]
        assert connection.execute("SELECT user_id, retention_days FROM users").fetchall() == [("u1", None)]
        newest = connection.execute("SELECT max(number) FROM schema_migrations").fetchone()
    assert newest == (MIGRATIONS[-1].number,)
