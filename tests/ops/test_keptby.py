"""What services keep: copied while it is in use, put back with nothing left of what was there."""

import shutil
import sqlite3
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest

from hub_config.ops import keptby
from hub_config.ops.failure import Failed
from tests.hub.account import account
from tests.ops.postgres import PostgreSQL

PYTHON = Path(sys.executable)


@pytest.fixture
def folder() -> Iterator[Path]:
    """What a service keeps: a database that is open elsewhere, and a file beside it."""
    room = Path(tempfile.mkdtemp(prefix="berth-kept-"))
    room.chmod(0o755)
    folder = room / "kept"
    (folder / "more").mkdir(parents=True)
    (folder / "more" / "secret").write_text("s3cret")
    (folder / "more" / "secret").chmod(0o600)
    yield folder
    shutil.rmtree(room)


@pytest.fixture
def database(folder: Path) -> Iterator[sqlite3.Connection]:
    """The database, with a row that only its write-ahead log has."""
    with closing(sqlite3.connect(folder / "notes.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE notes (words)")
        database.execute("INSERT INTO notes VALUES ('first')")
        database.commit()
        yield database


def words(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "notes.db")) as database:
        return [words for (words,) in database.execute("SELECT words FROM notes")]


def test_it_comes_back_as_it_was(folder: Path, database: sqlite3.Connection) -> None:
    copy = keptby.dump(PYTHON, folder)
    with tarfile.open(fileobj=BytesIO(copy)) as archive:
        assert sorted(archive.getnames()) == ["more/secret", "notes.db"]
    database.execute("INSERT INTO notes VALUES ('second')")
    database.commit()
    database.close()
    (folder / "later").write_text("x")
    keptby.load(PYTHON, folder, copy)
    assert words(folder) == ["first"]
    assert (folder / "more" / "secret").read_text() == "s3cret"
    assert (folder / "more" / "secret").stat().st_mode & 0o777 == 0o600
    assert not (folder / "later").exists()


def test_it_belongs_to_whom_it_did(folder: Path, database: sqlite3.Connection) -> None:
    account().give(folder, *folder.rglob("*"))
    folder.chmod(0o700)
    owner = folder.stat().st_uid
    python = account().python
    copy = keptby.dump(python, folder)
    database.close()
    keptby.load(python, folder, copy)
    assert {path.stat().st_uid for path in folder.rglob("*")} == {owner}


def test_a_copy_that_is_cut_takes_nothing_away(folder: Path, database: sqlite3.Connection) -> None:
    copy = keptby.dump(PYTHON, folder)
    with pytest.raises(Failed, match="keptby"):
        keptby.load(PYTHON, folder, copy[:5000])
    assert words(folder) == ["first"]


def test_nothing_is_written_beside_the_folder(folder: Path) -> None:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../beside"), BytesIO())
    with pytest.raises(Failed, match=r"\.\./beside is no file of"):
        keptby.load(PYTHON, folder, out.getvalue())
    assert [path.name for path in folder.parent.iterdir()] == ["kept"]
    assert (folder / "more" / "secret").exists()


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.close()


def test_a_database_elsewhere_is_in_the_copy(folder: Path, server: PostgreSQL) -> None:
    server.sql(
        "SET ROLE berth; CREATE TABLE notes (words text); INSERT INTO notes VALUES ('first')"
    )
    copy = keptby.dump(PYTHON, folder, server.url)
    server.sql("SET ROLE berth; DELETE FROM notes; CREATE TABLE later (id integer)")
    keptby.load(PYTHON, folder, copy, server.url)
    assert server.sql("SELECT words FROM notes").split() == ["first"]
    assert server.sql("SELECT to_regclass('later') IS NULL").split() == ["t"]
    assert not (folder / keptby.DATABASE).exists()
