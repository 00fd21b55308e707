"""berth-auth with real PAM, real accounts and no more rights than in production.

The program runs from a folder with nothing in it but its own modules and pamela, so that a
dependency it must not have would stop it.
"""

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pamela
import pytest

from hub_config.auth.limits import PER_USER_AND_SOURCE
from hub_config.auth.pamstack import PamStack
from hub_config.auth.protocol import LoginRequest, Why
from tests.testbed.shell import must

ROOT = Path(__file__).parents[2]
SERVICE_FILE = Path("/etc/pam.d/berth-test")
PYTHON = "/usr/bin/python3"  # one that every user may execute
START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from hub_config.auth.door import main; main()"
)
CLIENT = """
import socket, sys
with socket.socket(socket.AF_UNIX) as door:
    door.connect(sys.argv[1])
    door.sendall(sys.stdin.buffer.read())
    sys.stdout.buffer.write(door.makefile("rb").read())
"""


class RunningDoor:
    """A berth-auth whose socket the group of the hub's user may open."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.socket = folder / "run" / "auth.sock"
        self.log: list[str] = []
        self.process = subprocess.Popen(
            [*as_user("berth-auth", "shadow"), PYTHON, "-I", "-c", START, str(folder),
             "--service", SERVICE_FILE.name, "--allow-uid", "berth",
             "--socket", str(self.socket), *options],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd="/", env={},
        )  # fmt: skip
        answering = threading.Event()
        self._reader = threading.Thread(target=self._read, args=[answering])
        self._reader.start()
        assert answering.wait(60), self.log

    def _read(self, answering: threading.Event) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.log.append(line)
            if "answering at" in line:
                answering.set()

    def ask(self, user: str, password: str, source: str = "", *, peer: str = "berth") -> str:
        """Return "ok" or why not. *peer* is the user that asks, in the group of the hub's."""
        request = {"user": user, "password": password, "source": source or fresh_address()}
        done = subprocess.run(
            [*as_user(peer), PYTHON, "-I", "-c", CLIENT, str(self.socket)],
            input=json.dumps(request) + "\n", capture_output=True, text=True, cwd="/", timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        return "ok" if answer == {"ok": True} else answer["why"]

    def ask_all(self, *asked: tuple[str, str]) -> list[str]:
        """Ask for all (user, password) at once, each from an address of its own."""
        with ThreadPoolExecutor(len(asked)) as pool:
            return list(pool.map(lambda one: self.ask(*one), asked))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self._reader.join(60)
        assert self.process.stderr
        self.process.stderr.close()
        return code


def as_user(user: str, *groups: str) -> list[str]:
    """Return the start of an argv: as *user*, no rights but its own, primary group berth's."""
    group = ["--groups", ",".join(groups)] if groups else ["--clear-groups"]
    return ["/usr/bin/setpriv", "--reuid", user, "--regid", "berth", *group, "--no-new-privs",
            "--bounding-set=-all", "--inh-caps=-all", "--"]  # fmt: skip


_addresses = iter(f"10.9.{high}.{low}" for high in range(256) for low in range(1, 255))


def fresh_address() -> str:
    """Return an address nobody has failed from."""
    return next(_addresses)


@pytest.fixture(scope="module")
def pam_service() -> Iterator[None]:
    """The service file that docs/auth.md tells to install, under a name of ours."""
    found = re.search(r"```pam\n(.*?)```", (ROOT / "docs" / "auth.md").read_text(), re.DOTALL)
    assert found
    SERVICE_FILE.write_text(found[1])
    yield
    SERVICE_FILE.unlink()


@pytest.fixture(scope="module")
def folder(unix_users: dict[str, str]) -> Iterator[Path]:
    """The program, readable by everybody wherever the checkout is; run/ is the door's."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="berth-auth-") as made:
        folder = Path(made)
        shutil.copytree(ROOT / "hub_config" / "auth", folder / "hub_config" / "auth")
        for module in ("__init__.py", "listening.py"):
            shutil.copy(ROOT / "hub_config" / module, folder / "hub_config")
        shutil.copy(pamela.__file__, folder)
        must(["/bin/chmod", "-R", "a+rX", made])
        (folder / "run").mkdir()
        shutil.chown(folder / "run", "berth-auth", "berth")
        yield folder


@pytest.fixture
def start(folder: Path, pam_service: None) -> Iterator[Callable[..., RunningDoor]]:
    started: list[RunningDoor] = []

    def start(*options: str) -> RunningDoor:
        started.append(RunningDoor(folder, *options))
        return started[-1]

    yield start
    for door in started:
        door.stop()


@pytest.fixture
def door(start: Callable[..., RunningDoor]) -> RunningDoor:
    return start()


@pytest.fixture
def maud() -> Iterator[str]:
    """An account of our own to lock and expire; her password is "maud's word"."""
    must(["/usr/sbin/useradd", "--uid", "20091", "--no-create-home", "maud"])
    must(["/usr/sbin/chpasswd"], input="maud:maud's word\n")
    yield "maud's word"
    must(["/usr/sbin/userdel", "maud"])


def test_it_runs_with_no_rights_but_the_group(door: RunningDoor) -> None:
    status = Path(f"/proc/{door.process.pid}/status").read_text()
    uid = pwd.getpwnam("berth-auth").pw_uid
    assert re.search(rf"^Uid:\t{uid}\t{uid}\t{uid}\t{uid}$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)
    assert set(re.findall(r"^Cap(?:Prm|Eff|Bnd):\t(\w+)$", status, re.MULTILINE)) == {"0" * 16}


def test_right_and_wrong_passwords(door: RunningDoor, unix_users: dict[str, str]) -> None:
    assert door.ask("alice", unix_users["alice"]) == "ok"
    assert door.ask("bob", unix_users["bob"]) == "ok"
    assert door.ask("alice", "") == "request"
    word, another = unix_users["alice"], unix_users["bob"]
    wrong = [("alice", another), ("alice", word + "\n"), ("alice", word[:-1]), ("no-such", word)]
    assert door.ask_all(*wrong) == ["credentials"] * 4


def test_several_at_once(door: RunningDoor, unix_users: dict[str, str]) -> None:
    right = list(unix_users.items()) * 4
    wrong = [(user, "wrong") for user in unix_users]
    answers = door.ask_all(*right, *wrong)
    assert answers == ["ok"] * len(right) + ["credentials"] * len(wrong)


def test_a_locked_password(door: RunningDoor, maud: str) -> None:
    assert door.ask("maud", maud) == "ok"
    must(["/usr/bin/passwd", "--lock", "maud"])
    assert door.ask("maud", maud) == "credentials"


@pytest.mark.parametrize(
    "how", [["--expiredate", "0"], ["--lastday", "0"]], ids=["account", "password"]
)
def test_an_expired_account_or_password(door: RunningDoor, maud: str, how: list[str]) -> None:
    must(["/usr/bin/chage", *how, "maud"])
    assert door.ask_all(("maud", maud), ("maud", "wrong")) == ["account", "credentials"]


def test_an_account_without_a_password_is_no_open_door(door: RunningDoor, maud: str) -> None:
    must(["/usr/bin/passwd", "--delete", "maud"])
    answers = door.ask_all(("maud", ""), ("maud", "x"), ("maud", maud))
    assert answers == ["request", "credentials", "credentials"]


def test_root_and_system_users_never_log_in(
    start: Callable[..., RunningDoor], unix_users: dict[str, str]
) -> None:
    door = start("--min-uid", "20002")  # alice is 20001: as if she were a system user
    assert door.ask("bob", unix_users["bob"]) == "ok"
    refused = ["root", "daemon", "nobody", "berth"]
    answers = door.ask_all(("alice", unix_users["alice"]), *((user, "x") for user in refused))
    assert answers == ["credentials"] * 5


@pytest.mark.parametrize("peer", ["alice", "root"])
def test_another_peer_is_refused_whatever_it_knows(
    door: RunningDoor, unix_users: dict[str, str], peer: str
) -> None:
    assert door.ask("alice", unix_users["alice"], peer=peer) == "request"
    assert f"refused a request of uid {pwd.getpwnam(peer).pw_uid}" in "".join(door.log)


def test_who_is_not_in_the_group_cannot_even_connect(door: RunningDoor) -> None:
    done = subprocess.run(
        ["/usr/bin/setpriv", "--reuid", "alice", "--regid", "alice", "--clear-groups", PYTHON,
         "-I", "-c", CLIENT, str(door.socket)],
        input="", capture_output=True, text=True, cwd="/", timeout=60,
    )  # fmt: skip
    assert "PermissionError" in done.stderr


def test_a_flood_is_limited_where_it_comes_from(
    door: RunningDoor, unix_users: dict[str, str]
) -> None:
    burst, flood = PER_USER_AND_SOURCE.burst, "10.8.0.1"
    with ThreadPoolExecutor(burst) as pool:
        answers = list(pool.map(lambda _: door.ask("alice", "wrong", flood), range(burst)))
    assert answers == ["credentials"] * burst
    assert door.ask("alice", unix_users["alice"], flood) == "limit"
    assert door.ask("alice", unix_users["alice"]) == "ok"
    assert door.ask("bob", unix_users["bob"], flood) == "ok"


def test_it_starts_again_after_a_kill_and_stops_cleanly(
    start: Callable[..., RunningDoor], unix_users: dict[str, str]
) -> None:
    killed = start()
    os.kill(killed.process.pid, signal.SIGKILL)
    killed.process.wait(60)
    assert killed.socket.is_socket()
    door = start()
    assert door.ask("alice", unix_users["alice"]) == "ok"
    assert door.stop() == 0
    assert not door.socket.exists()


def test_no_password_in_the_log(door: RunningDoor, unix_users: dict[str, str]) -> None:
    words = [unix_users[user] for user in ("alice", "bob", "carol")]
    door.ask_all(("alice", words[0]), ("alice", words[1]), ("root", words[2]))
    door.stop()
    log = "".join(door.log)
    assert log.count("refused") == 2
    assert not [user for user, password in unix_users.items() if password in log]


@pytest.mark.timeout(30)  # a guard: thirty refusals would take a minute if libpam slept
@pytest.mark.usefixtures("pam_service", "unix_users")
def test_a_refusal_does_not_keep_a_thread_asleep() -> None:
    stack = PamStack(SERVICE_FILE.name, min_uid=1000)
    for _ in range(30):
        assert stack.check(LoginRequest("alice", "wrong", "192.0.2.7")) is Why.CREDENTIALS


def test_a_pam_service_that_cannot_be_used_is_not_a_wrong_password(
    pam_service: None, unix_users: dict[str, str]
) -> None:
    request = LoginRequest("alice", unix_users["alice"], "192.0.2.7")
    assert PamStack(SERVICE_FILE.name, min_uid=1000).check(request) is None
    SERVICE_FILE.with_name("berth-broken").write_text("auth required pam_no_such_module.so\n")
    try:
        assert PamStack("berth-broken", min_uid=1000).check(request) is Why.BUSY
    finally:
        SERVICE_FILE.with_name("berth-broken").unlink()
