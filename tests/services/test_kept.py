"""What services keep and wait for: the secret of their cookies, a PostgreSQL that hangs."""

import stat
from pathlib import Path

import pytest
from sqlalchemy import make_url

from services.common.app import SECRET, _cookie_secret
from services.common.postgres import driver, patience

GOOD = bytes(range(SECRET))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    return tmp_path / "cookie_secret"


def test_a_secret_is_kept(file: Path) -> None:
    first = _cookie_secret()
    assert len(first) == SECRET
    assert file.read_text() == first.hex()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert _cookie_secret() == first
    assert list(file.parent.iterdir()) == [file], "nothing else stays"


@pytest.mark.parametrize("left", ["", "ab", GOOD[:-1].hex(), (GOOD + b"x").hex(), "no hex", "ü"])
def test_what_is_no_whole_secret_is_replaced(file: Path, left: str) -> None:
    file.write_text(left)
    file.chmod(0o644)
    file.with_suffix(".new").write_text("left by a machine that went down")
    made = _cookie_secret()
    assert len(made) == SECRET
    assert file.read_text() == made.hex()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text(GOOD.hex())
    assert _cookie_secret() == GOOD


def test_a_postgresql_that_hangs_is_not_waited_for() -> None:
    url = make_url("postgresql://berth@db/berth")
    assert driver(url).drivername == "postgresql+psycopg"
    assert patience(url) == {
        "connect_timeout": 3,
        "tcp_user_timeout": 5000,
        "options": "-c statement_timeout=5000",
    }


def test_what_the_url_says_of_it_comes_first() -> None:
    url = make_url("postgresql://berth@db/berth?connect_timeout=9&options=-c%20search_path%3Dx")
    assert patience(url) == {
        "tcp_user_timeout": 5000,
        "options": "-c statement_timeout=5000 -c search_path=x",
    }
