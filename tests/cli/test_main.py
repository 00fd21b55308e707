"""The command itself: usage, exit codes, closed pipes."""

import subprocess
import sys
from pathlib import Path

import pytest

from hub_config import __version__
from hub_config.cli import main

ROOT = Path(__file__).parents[2]
BERTH = Path(sys.executable).with_name("berth")
COMMANDS = (
    "check", "show", "schema", "form", "script", "hash-password", "announce", "services",
)  # fmt: skip


def berth(*argv: str, text: str | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [BERTH, *argv], input=text, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    "argv",
    [
        [], ["no-such"], ["check", "a", "b"], ["schema"], ["schema", "x"], ["form"],
        ["form", "Alice"], ["form", "../x"], ["script"], ["script", "x", "--set", "cores"],
        ["script", "x", "--set", "=4"], ["script", "x", "--user", "root;"],
        ["hash-password", "hunter2"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_is_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(argv)
    assert stop.value.code == 2
    assert "usage: berth" in capsys.readouterr().err


def test_it_knows_its_version() -> None:
    assert berth("--version").stdout == f"berth {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert f"usage: berth {command}" in capsys.readouterr().out


def test_the_help_of_check_says_what_path_may_be(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    printed = capsys.readouterr().out
    assert "validate: berth check %s" in printed
    assert "Exit code: 0 good, 1 problems, 2 wrong usage" in printed


@pytest.mark.parametrize("command", COMMANDS)
def test_the_manual_has_every_command(command: str) -> None:
    assert f"\n## berth {command}" in (ROOT / "docs" / "cli.md").read_text("utf-8")


def test_the_installed_command_works() -> None:
    done = berth("check", "examples/dkrz/../dkrz/site.yml")
    assert done.returncode in (0, 1)  # wherever the tests are run from
    done = berth("check", str(ROOT / "examples" / "dkrz"))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_who_leaves_is_no_error() -> None:
    argv = [str(BERTH), "show", str(ROOT / "examples" / "dkrz")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 1
