"""What an operator is told about a database that is of no use, made with databases that are."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from hub_config.startup.database import unusable


def refusal(url: str) -> str:
    """Return what is said after a failed attempt to write to *url*."""
    engine = create_engine(url, connect_args={"timeout": 0.1})
    try:
        with pytest.raises(SQLAlchemyError) as caught, engine.begin() as connection:
            connection.execute(text("CREATE TABLE t (x)"))
    finally:
        engine.dispose()
    return unusable(url, caught.value)


def test_a_database_that_somebody_holds(tmp_path: Path) -> None:
    file = tmp_path / "jupyterhub.sqlite"
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    said = refusal(f"sqlite:///{file}")
    holder.close()
    assert "database is locked" in said
    assert f"sqlite:///{file}" in said
    assert "another program holds it" in said


def test_a_file_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "jupyterhub.sqlite"
    file.write_bytes(b"something else" * 100)
    said = refusal(f"sqlite:///{file}")
    assert "file is not a database" in said
    assert "berth restore" in said


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    assert "its folder is missing" in refusal(f"sqlite:///{tmp_path}/no/jupyterhub.sqlite")


def test_a_password_is_not_told() -> None:
    said = unusable("postgresql+psycopg://berth:secret@db/berth", SQLAlchemyError("no answer"))
    assert "secret" not in said
    assert said.endswith("cannot be used: no answer — its server must answer.")
