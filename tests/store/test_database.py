import sqlite3
from pathlib import Path

import pytest

from studio.domain.errors import DiskRefused
from studio.store.database import Database

TABLES = "CREATE TABLE IF NOT EXISTS words (word TEXT)"


def add(database: Database, table: str, word: str) -> None:
    with database.open() as db:
        db.execute(f"INSERT INTO {table} VALUES (?)", (word,))


def overfill(database: Database) -> None:
    """With one word that fits, and one that does not."""
    with database.open() as db:
        db.execute("PRAGMA max_page_count = 3")
        db.executemany("INSERT INTO words VALUES (?)", [("hare",), ("x" * 100_000,)])


def test_a_file_that_is_no_database_is_set_aside_and_not_lost(tmp_path: Path):
    path = tmp_path / "state" / "words.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"what a power cut left" * 100)
    database = Database(path, TABLES)
    add(database, "words", "fox")
    (aside,) = path.parent.glob("words.sqlite.broken-*")
    assert aside.read_bytes().startswith(b"what a power cut left")


def test_a_full_database_says_what_to_do_and_keeps_what_it_has(tmp_path: Path):
    database = Database(tmp_path / "words.sqlite", TABLES)
    add(database, "words", "fox")
    with pytest.raises(DiskRefused, match="full"):
        overfill(database)
    with database.open() as db:
        assert db.execute("SELECT word FROM words").fetchall() == [("fox",)]


def test_what_else_goes_wrong_stays_what_it_is(tmp_path: Path):
    database = Database(
        tmp_path / "words.sqlite", "CREATE TABLE once (word TEXT UNIQUE); INSERT INTO once VALUES ('fox')"
    )
    with pytest.raises(sqlite3.IntegrityError):
        add(database, "once", "fox")
