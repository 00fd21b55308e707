import io

import pytest

from hub_config.auth.passwords import verify
from hub_config.cli import main


def test_a_password_from_a_pipe_is_hashed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert main(["hash-password"]) == 0
    stored = capsys.readouterr().out.strip()
    assert verify("correct horse", stored)


@pytest.mark.parametrize("text", ["", "\n", "x" * 1025])
def test_what_is_no_password_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert main(["hash-password"]) == 1
    assert capsys.readouterr().out == "a password has 1 to 1024 bytes\n"
