"""The user's script: what it may change, and that no script keeps the server from starting."""

import os
import signal
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hub_config.singleuser.berth_singleuser import Spawn, with_user_script
from tests.singleuser.job import Job, has_ended, parse_env_file, wait_until
from tests.singleuser.standin_hub import StandInHub


class Reader:
    """Sources a script as the launcher would, in this process."""

    def __init__(self, home: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.capfd = capfd
        self.env = {
            "HOME": str(home),
            "PATH": "/usr/bin:/bin",
            "JUPYTERHUB_API_TOKEN": "secret",
            "JPY_API_TOKEN": "secret",
            "PWD": "/",
            "UNCHANGED": "1",
        }

    def read(self, text: str, seconds: float = 60) -> dict[str, str]:
        (self.home / "rc").write_text(text)
        return self.read_file("~/rc", seconds)

    def read_file(self, name: str, seconds: float = 60) -> dict[str, str]:
        return with_user_script(Spawn({}, "", name, seconds, ""), dict(self.env))

    @property
    def log(self) -> str:
        return self.capfd.readouterr().out


@pytest.fixture
def reader(home: Path, capfd: pytest.CaptureFixture[str]) -> Reader:
    return Reader(home, capfd)


def test_missing_script_is_skipped_in_these_words(reader: Reader) -> None:
    assert reader.read_file("~/.jupyterlabrc") == reader.env
    assert reader.log == "~/.jupyterlabrc does not exist, skipping it\n"


def test_variables_are_taken_over(reader: Reader) -> None:
    env = reader.read("export COLOUR='red\nblue' PATH=/opt/bin:$PATH\nunset UNCHANGED\n")
    assert env["COLOUR"] == "red\nblue"
    assert env["PATH"].startswith("/opt/bin:")
    assert "UNCHANGED" not in env
    assert reader.log == "Reading ~/rc\n"


def test_functions_are_taken_over(reader: Reader) -> None:
    env = reader.read("module() { echo loaded $1; }; export -f module")
    shell = subprocess.run(
        ["/bin/bash", "-c", "module gcc"], env=env, capture_output=True, text=True, check=True
    )
    assert shell.stdout == "loaded gcc\n"


def test_login_profile_is_read_first(reader: Reader) -> None:
    reader.env["PATH"] = "/nowhere"
    as_login = subprocess.run(
        ["/bin/bash", "--noprofile", "--norc", "-c", ". /etc/profile; echo $PATH"],
        env=reader.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert reader.read("true")["PATH"] == as_login.stdout.strip()


def test_shell_keeps_its_own_variables(reader: Reader) -> None:
    env = reader.read("cd /tmp")
    assert env["PWD"] == "/"
    assert not {"OLDPWD", "SHLVL", "_"} & env.keys()


def test_script_sees_nothing_of_the_hub(reader: Reader) -> None:
    reader.read("/usr/bin/env -0 > ~/seen; echo $# > ~/arguments")
    seen = parse_env_file(reader.home / "seen")
    assert not [name for name in seen if name.startswith(("JUPYTERHUB_", "JPY_"))]
    assert "secret" not in (reader.home / "seen").read_text()
    assert (reader.home / "arguments").read_text() == "0\n"


@pytest.mark.parametrize(
    "name",
    [
        *("JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN", "JUPYTERHUB_API_URL", "XDG_RUNTIME_DIR"),
        *("PYTHONPATH", "PYTHONHOME", "LD_PRELOAD", "BASH_ENV"),
    ],
)
def test_protected_variable_can_be_neither_set_nor_removed(reader: Reader, name: str) -> None:
    # Set last: an LD_PRELOAD would be complained of by every program that follows.
    set_by_script = reader.read(f"export {name}=/from/script")
    assert set_by_script.get(name) == reader.env.get(name)
    reader.env[name] = ""
    assert reader.read(f"unset {name}")[name] == ""


def test_exit_0_is_a_good_end(reader: Reader) -> None:
    assert reader.read("export COLOUR=red; exit 0")["COLOUR"] == "red"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("export COLOUR=red; false", "ended with status 1 "),
        ("export COLOUR=red; exit 7", "ended with status 7 "),
        ("export COLOUR=red; set -e; ls /no/such/file; true", "ended with status 2 "),
        ("export COLOUR=red; if", "ended with status "),
        ("export COLOUR=red; kill -9 $$", "ended with status -9 "),
        ("export COLOUR=red; exec true", "did not hand over its environment"),
        ("export COLOUR=red; trap : EXIT", "did not hand over its environment"),
        (
            "for i in {1..20}; do export A$i=$(printf %060000d 0); done",
            "left an environment of more than 1024 KiB",
        ),
    ],
    ids=["last-test", "exit", "errexit", "syntax", "killed", "exec", "trap", "large"],
)
def test_failing_script_changes_nothing(reader: Reader, text: str, reason: str) -> None:
    assert reader.read(text) == reader.env
    log = reader.log
    assert f"\n~/rc {reason}" in log
    assert log.endswith(". The server starts without it.\n")


def test_directory_in_place_of_the_script_changes_nothing(reader: Reader) -> None:
    (reader.home / "dir").mkdir()
    assert reader.read_file("~/dir") == reader.env
    assert "~/dir ended with status" in reader.log


def test_hanging_script_is_stopped_with_all_its_children(reader: Reader) -> None:
    text = "export COLOUR=red; sleep 600 & echo $! > ~/child; echo $$ > ~/shell; sleep 600"
    assert reader.read(text, seconds=0.5) == reader.env
    assert "~/rc was not finished after 0.5 s and was stopped. The server starts" in reader.log
    for file in ("child", "shell"):
        pid = int((reader.home / file).read_text())
        wait_until(partial(has_ended, pid), f"{file} of the script ended")


def test_program_left_running_does_not_hold_up_the_server(reader: Reader) -> None:
    env = reader.read("sleep 600 & export CHILD=$!")
    assert not has_ended(int(env["CHILD"]))
    os.kill(int(env["CHILD"]), signal.SIGKILL)


def test_script_that_asks_gets_no_answer(reader: Reader) -> None:
    assert reader.read("read answer; export ANSWER=none$answer")["ANSWER"] == "none"


def test_output_goes_to_the_log_as_it_is(home: Path, capfdbinary: Any) -> None:
    (home / "rc").write_text(
        "printf 'error\\n' >&2; printf '\\377\\000\\n'; head -c 300000 /dev/zero | tr '\\0' x\n"
        "export COLOUR=red"
    )
    spawn = Spawn({}, "", "~/rc", 60, "")
    env = with_user_script(spawn, {"HOME": str(home), "PATH": "/usr/bin:/bin"})
    assert env["COLOUR"] == "red"
    assert capfdbinary.readouterr().out == b"Reading ~/rc\nerror\n\xff\0\n" + 300000 * b"x"


def test_sigterm_ends_launcher_and_script(
    hub: StandInHub, start: Callable[..., Job], spawn: dict[str, Any], home: Path
) -> None:
    (home / "rc").write_text("sleep 600 & echo $! > ~/child; echo waiting; wait")
    spawn["user_script"] = "~/rc"
    job = start()
    job.wait_for_log("waiting\n")
    job.process.terminate()
    assert job.wait() == 128 + signal.SIGTERM
    child = int((home / "child").read_text())
    wait_until(partial(has_ended, child), "the script's child ended")
    assert not hub.reports
