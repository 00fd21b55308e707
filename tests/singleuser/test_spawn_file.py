"""The spawn file: who may have written it, and what it must hold."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_config.singleuser.berth_singleuser import (
    LauncherError,
    parse_spawn,
    read_spawn_file,
)
from tests.singleuser.job import Job


@pytest.fixture
def spawn_file(home: Path, spawn: dict[str, Any]) -> Path:
    path = home / "spawn.json"
    path.touch(0o600)
    path.write_text(json.dumps(spawn))
    return path


@pytest.fixture
def somebody_elses_file(spawn_file: Path) -> Path:
    """A file of another user: given away by root, else one of root's."""
    if os.geteuid() != 0:
        return Path("/etc/passwd")
    os.chown(spawn_file, 65534, 65534)
    return spawn_file


def test_own_private_file_is_read(spawn_file: Path, spawn: dict[str, Any]) -> None:
    found = read_spawn_file(str(spawn_file))
    assert found.env == spawn["env"]
    assert found.report_url == spawn["report_url"]
    assert found.user_script_seconds == 60


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o602, 0o601, 0o644, 0o666])
def test_file_that_others_may_use_is_refused(spawn_file: Path, mode: int) -> None:
    spawn_file.chmod(mode)
    with pytest.raises(LauncherError, match=rf"has mode 0{mode:o}.* must be 0600"):
        read_spawn_file(str(spawn_file))


def test_file_of_somebody_else_is_refused(somebody_elses_file: Path) -> None:
    with pytest.raises(LauncherError, match="it must belong to the job's user"):
        read_spawn_file(str(somebody_elses_file))


def test_symbolic_link_is_refused_even_to_a_good_file(spawn_file: Path) -> None:
    link = spawn_file.with_name("link")
    link.symlink_to(spawn_file)
    with pytest.raises(LauncherError, match="is a symbolic link"):
        read_spawn_file(str(link))


def test_fifo_is_refused_and_does_not_hang(home: Path) -> None:
    os.mkfifo(home / "fifo", 0o600)
    with pytest.raises(LauncherError, match="is not a regular file"):
        read_spawn_file(str(home / "fifo"))


@pytest.mark.parametrize(("name", "reason"), [("absent", "No such file"), (".", "Is a directory")])
def test_what_cannot_be_read_is_named(home: Path, name: str, reason: str) -> None:
    with pytest.raises(LauncherError, match=reason):
        read_spawn_file(str(home / name))


WRONG_KEYS: list[tuple[str, Any, str]] = [
    ("version", 2, "version 2 seen, this launcher reads 1"),
    ("version", None, "version None seen"),
    ("colour", "red", "missing or unknown: colour"),
    ("env", [], "env is not an object"),
    ("report_url", "ftp://hub/ready", "report_url is not an http"),
    ("report_url", "http:///ready", "report_url is not an http"),
    ("report_url", "http://hub:99999/ready", "report_url is not an http"),
    ("report_url", "http://hub/a b", "report_url is not an http"),
    ("report_url", 8081, "report_url is not an http"),
    ("user_script", "~/a\nb", "user_script is not a text of one printable line"),
    ("user_script", None, "user_script is not a text"),
    ("user_script_seconds", 0, "user_script_seconds is not a number"),
    ("user_script_seconds", "60", "user_script_seconds is not a number"),
    ("user_script_seconds", True, "user_script_seconds is not a number"),
    ("user_script_seconds", float("nan"), "user_script_seconds is not a number"),
    ("user_script_seconds", 1e9, "user_script_seconds is not a number"),
    ("work_dir", "/work\0", "work_dir is not a text"),
]


@pytest.mark.parametrize(("key", "value", "reason"), WRONG_KEYS)
def test_wrong_value_is_refused_by_its_key(
    spawn: dict[str, Any], key: str, value: Any, reason: str
) -> None:
    spawn[key] = value
    with pytest.raises(ValueError, match=reason):
        parse_spawn(json.dumps(spawn).encode())


WRONG_VARIABLES = [
    ("A=B", "x", "'A=B' is not a variable's name"),
    ("A", 1, "env.A is not a text"),
    ("A", "x\0y", "env.A is not a text"),
    ("JUPYTERHUB_SERVICE_URL", "", "env.JUPYTERHUB_SERVICE_URL is not an http"),
    ("JUPYTERHUB_SERVICE_URL", "http://:0/user/", "env.JUPYTERHUB_SERVICE_URL is not an http"),
]


@pytest.mark.parametrize(("name", "text", "reason"), WRONG_VARIABLES)
def test_wrong_variable_is_refused_by_its_name(
    spawn: dict[str, Any], name: str, text: Any, reason: str
) -> None:
    spawn["env"][name] = text
    with pytest.raises(ValueError, match=reason):
        parse_spawn(json.dumps(spawn).encode())


@pytest.mark.parametrize("broken", ["", "SECRET\n", "SECRET\r\nX: y", "SECRET é", " SECRET"])
def test_token_that_is_no_header_value_is_refused_and_not_shown(
    spawn: dict[str, Any], broken: str
) -> None:
    spawn["env"]["JUPYTERHUB_API_TOKEN"] = broken
    with pytest.raises(ValueError, match="not a token") as caught:
        parse_spawn(json.dumps(spawn).encode())
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("missing", ["env", "report_url", "user_script", "work_dir"])
def test_missing_key_is_named(spawn: dict[str, Any], missing: str) -> None:
    del spawn[missing]
    with pytest.raises(ValueError, match=f"missing or unknown: {missing}"):
        parse_spawn(json.dumps(spawn).encode())


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "not JSON at line 1"), (b'{"a":\n,}', "at line 2, column 1"), (b"[]", "not a JSON")],
)
def test_what_is_no_json_object_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_spawn(content)


def test_launcher_ends_with_one_sentence_and_status_2(
    start: Callable[..., Job], spawn: dict[str, Any], token: str
) -> None:
    spawn["version"] = 7
    job = start()
    assert job.wait() == 2
    assert "version 7 seen" in job.log
    assert len(job.log.splitlines()) == 1
    assert token not in job.log
