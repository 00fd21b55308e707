"""The end of a job's log: what its user may read, from a real file, and never for long."""

import os
import stat
from pathlib import Path

import pytest

from hub_config.agent.joblog import BYTES, LINES
from tests.agent.conftest import Ask
from tests.agent.requests import LOG


@pytest.fixture
def log(home: Path) -> Path:
    return home / "my.log_7.log"


def read(ask: Ask) -> str:
    answer = ask(LOG)
    assert (answer["code"], answer["err"]) == (0, "")
    return str(answer["out"])


def test_a_short_log_is_read_whole(ask: Ask, log: Path) -> None:
    log.write_text("first\n\nlast line without an end")
    assert read(ask) == "first\n\nlast line without an end"


def test_of_a_long_one_the_last_lines(ask: Ask, log: Path) -> None:
    log.write_text("".join(f"line {number}\n" for number in range(10_000)) + "\n\n")
    assert read(ask).split("\n") == [f"line {number}" for number in range(10_000 - LINES, 10_000)]


def test_of_long_lines_no_more_than_fits_and_no_half_one(ask: Ask, log: Path) -> None:
    log.write_text("x" * 5000 + "\n" + "y" * 5000 + "\nend\n")
    assert read(ask) == "y" * 5000 + "\nend"


def test_a_single_line_that_does_not_fit_is_cut(ask: Ask, log: Path) -> None:
    log.write_text("x" * 100_000)
    assert read(ask) == "x" * BYTES


def test_the_usual_name_is_that_of_the_job(ask: Ask, home: Path) -> None:
    (home / "berth_7.log").write_text("usual\n")
    assert ask({**LOG, "log_name": ""})["out"] == "usual"


def test_where_there_is_none_there_are_no_words(ask: Ask, log: Path) -> None:
    assert read(ask) == ""
    log.touch()
    assert read(ask) == ""


def test_what_would_steer_a_terminal_is_not_passed_on(ask: Ask, log: Path) -> None:
    log.write_bytes(b"\x1b[2J\x00a\tb\r\n\xff\xe2\x80\xae.\n")
    assert read(ask) == "\ufffd[2J\ufffda\tb\n\ufffd\ufffd."


def test_a_link_is_not_followed(ask: Ask, home: Path, log: Path) -> None:
    (home / "secret").write_text("s3cret\n")
    log.symlink_to(home / "secret")
    assert "cannot be read" in ask(LOG)["refused"]


@pytest.mark.parametrize("kind", [stat.S_IFIFO, stat.S_IFSOCK])
def test_what_is_no_file_is_not_waited_for(ask: Ask, log: Path, kind: int) -> None:
    os.mknod(log, kind | 0o600)
    assert str(log) in ask(LOG)["refused"]


def test_a_folder_is_no_log(ask: Ask, log: Path) -> None:
    log.mkdir()
    assert str(log) in ask(LOG)["refused"]
