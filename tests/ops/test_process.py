"""How the operations run commands: bounded, clean, and with their words when they fail."""

import pytest

from hub_config.ops.failure import Failed
from hub_config.ops.process import must, run


def test_the_environment_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    lines = must(["/usr/bin/env"], env={"EXTRA": "y"}).decode().split()
    assert set(lines) == {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "EXTRA=y"}


def test_what_it_reads_and_prints_are_bytes() -> None:
    assert must(["/bin/cat"], data=b"\x00\xff") == b"\x00\xff"


def test_a_command_that_fails_is_quoted_with_its_words() -> None:
    with pytest.raises(Failed, match=r"/bin/ls /no-such-folder ended with 2:\n.*No such file"):
        must(["/bin/ls", "/no-such-folder"])
    assert run(["/bin/false"]).returncode == 1


def test_a_command_that_hangs_is_ended() -> None:
    with pytest.raises(Failed, match=r"/bin/sleep did not end within 0\.2 s"):
        run(["/bin/sleep", "60"], timeout=0.2)


def test_a_command_that_is_not_there() -> None:
    with pytest.raises(Failed, match="/no/such cannot be run: No such file"):
        run(["/no/such"])
