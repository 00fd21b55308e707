import asyncio
import itertools
import json
import logging
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub_config.auth.door import MAX_CONNECTIONS, Door, main
from hub_config.auth.limits import PER_USER_AND_SOURCE
from hub_config.auth.protocol import MAX_LINE, LoginRequest, Why
from hub_config.auth.turnstile import Turnstile

ME = os.getuid()
RIGHT = LoginRequest("alice", "sesame", "192.0.2.7")


def check(request: LoginRequest) -> Why | None:
    """A stack of accounts: alice's password is sesame, olga's account has expired."""
    if request.password != "sesame":
        return Why.CREDENTIALS
    return {"alice": None, "olga": Why.ACCOUNT}.get(request.user, Why.CREDENTIALS)


def a_door(
    check: Callable[[LoginRequest], Why | None] = check, *, uid: int = ME, delay: float = 0
) -> Door:
    return Door(check, frozenset({uid}), Turnstile(4), failure_seconds=delay)


async def ask_raw(door: Door, sent: bytes) -> bytes:
    """Send *sent* over a socket pair, end the sending side, return all that comes back."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    serving = asyncio.create_task(
        door.serve(*await asyncio.open_connection(sock=theirs, limit=MAX_LINE))
    )
    try:
        writer.write(sent)
        writer.write_eof()
        received = await reader.read()
        await serving
    except ConnectionError:  # the door hung up before it had read everything
        received = b""
    finally:
        writer.close()
        serving.cancel()
    return received


async def ask(door: Door, request: LoginRequest | dict[str, object]) -> object:
    """Return None for a yes, else why."""
    fields = request if isinstance(request, dict) else vars_of(request)
    answer = json.loads(await ask_raw(door, json.dumps(fields).encode() + b"\n"))
    return None if answer == {"ok": True} else answer["why"]


def vars_of(request: LoginRequest) -> dict[str, object]:
    return {"user": request.user, "password": request.password, "source": request.source}


@pytest.mark.parametrize(
    ("user", "password", "answer"),
    [
        ("alice", "sesame", None),
        ("alice", "sesamo", "credentials"),
        ("nobody-here", "sesame", "credentials"),
        ("olga", "sesame", "account"),
        ("olga", "sesamo", "credentials"),
    ],
)
async def test_the_door_answers_what_the_check_says(
    user: str, password: str, answer: str | None
) -> None:
    assert await ask(a_door(), LoginRequest(user, password, "192.0.2.7")) == answer


async def test_another_uid_gets_an_answer_and_no_check() -> None:
    asked: list[LoginRequest] = []
    door = a_door(asked.append, uid=ME + 1)
    assert await ask(door, RIGHT) == "request"
    assert asked == []


async def test_a_stranger_with_more_to_say_still_gets_the_answer() -> None:
    answer = await ask_raw(a_door(uid=ME + 1), b"x" * 3000 + b"\n")
    assert json.loads(answer) == {"ok": False, "why": "request"}


GOOD = vars_of(RIGHT)
VALUES: list[object] = [
    None, True, False, 0, -1, 1.5, 10**40, "", "\0", "\n", "\r\n", " ", "alice\n", "alice\0",
    "\nalice", "ali\0ce", "root;", "$(id)", "`id`", "../../etc/passwd", "-alice", "+alice",
    "{{7*7}}", "%s%n", "a" * 33, "a" * 1000, "Alice", "ALICE", "alicé", "\u202ealice", "\ud800",
    "\u2028", "alice@192.0.2.7", "a b", [], {}, ["alice"], {"user": "alice"}, [[[[]]]],
]  # fmt: skip
HOSTILE: list[bytes] = [
    *(json.dumps(GOOD | {"user": value}).encode() + b"\n" for value in VALUES),
    *(json.dumps(GOOD | {"password": value}).encode() + b"\n" for value in VALUES),
    *(json.dumps(value).encode() + b"\n" for value in VALUES),
    *(json.dumps({k: v for k, v in GOOD.items() if k != gone}).encode() + b"\n" for gone in GOOD),
    json.dumps(GOOD | {"service": "su"}).encode() + b"\n",
    json.dumps(GOOD | {"password": "x" * 513}).encode() + b"\n",
    json.dumps(GOOD | {"password": "x" * 5000}).encode() + b"\n",
    json.dumps(GOOD | {"source": "x" * 5000}).encode() + b"\n",
    json.dumps(GOOD).encode(),  # no newline: cut off
    json.dumps(GOOD).encode()[:20] + b"\n",
    json.dumps(GOOD).encode().replace(b"alice", b"ali\xffce") + b"\n",
    json.dumps(GOOD).encode("utf-16") + b"\n",
    b"", b"\n", b"\0", b"\0\n", b"\xff\xfe\n", b"\r\n", b"{", b"{\n", b"}\n", b"nul\n", b"NaN\n",
    b"[" * 4000 + b"\n", b'{"a":' * 800 + b"\n", b"9" * 4000 + b"\n", b'"' + b"\\" * 4000 + b"\n",
    b"x" * 4097 + b"\n", b"x" * 100_000, b"x" * 1_000_000 + b"\n", b"\n" * 100_000,
    b"GET / HTTP/1.1\r\nHost: door\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]  # fmt: skip


async def test_no_hostile_request_is_let_in_or_stops_the_door() -> None:
    assert len(HOSTILE) >= 100
    hourly = itertools.count(0, 3600).__next__  # the limits are another test's matter
    door = Door(check, frozenset({ME}), Turnstile(4, hourly), failure_seconds=0)
    for number, sent in enumerate(HOSTILE):
        received = await ask_raw(door, sent)
        if received:
            assert json.loads(received)["ok"] is False, sent
        if number % 20 == 0:
            assert await ask(door, RIGHT) is None, f"after {sent!r}"
    assert await ask(door, RIGHT) is None


async def test_only_the_first_line_counts() -> None:
    wrong = json.dumps(GOOD | {"password": "sesamo"}).encode() + b"\n"
    answer = await ask_raw(a_door(), wrong + json.dumps(GOOD).encode() + b"\n")
    assert json.loads(answer) == {"ok": False, "why": "credentials"}


async def test_a_flood_is_limited_and_another_user_is_not() -> None:
    door = a_door()
    wrong = LoginRequest("alice", "sesamo", "192.0.2.7")
    answers = [await ask(door, wrong) for _ in range(PER_USER_AND_SOURCE.burst + 5)]
    assert answers == ["credentials"] * PER_USER_AND_SOURCE.burst + ["limit"] * 5
    assert await ask(door, RIGHT) == "limit"
    assert await ask(door, LoginRequest("olga", "sesame", "192.0.2.7")) == "account"
    assert await ask(door, LoginRequest("alice", "sesame", "198.51.100.9")) is None


async def test_a_refusal_waits_without_keeping_others_waiting() -> None:
    door = Door(check, frozenset({ME}), Turnstile(1), failure_seconds=3600)
    refused = asyncio.create_task(ask(door, LoginRequest("alice", "sesamo", "192.0.2.7")))
    for _ in range(20):
        assert await ask(door, RIGHT) is None
    assert not refused.done()
    refused.cancel()
    await asyncio.wait({refused})


async def test_the_time_of_a_refusal_does_not_tell_who_exists() -> None:
    """Answers are due at the same distance from the question, however long the check took."""
    asked, other_done, answered = asyncio.Event(), threading.Event(), []
    loop = asyncio.get_running_loop()

    def slow_for_alice(request: LoginRequest) -> Why | None:
        if request.user == "alice":
            loop.call_soon_threadsafe(asked.set)
            other_done.wait(60)
            time.sleep(0.1)
        else:
            other_done.set()
        return Why.CREDENTIALS

    door = a_door(slow_for_alice, delay=2)

    async def refused(user: str) -> None:
        assert await ask(door, LoginRequest(user, "sesamo", "192.0.2.7")) == "credentials"
        answered.append(user)

    first = asyncio.create_task(refused("alice"))
    await asked.wait()
    await asyncio.sleep(0.1)
    await asyncio.gather(first, refused("nobody-here"))
    assert answered == ["alice", "nobody-here"]


async def test_a_check_that_breaks_is_busy_and_the_door_lives_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(request: LoginRequest) -> Why | None:
        if request.user == "olga":
            raise RuntimeError("PAM service berth could not be used")
        return check(request)

    door = a_door(broken)
    assert await ask(door, LoginRequest("olga", "sesame", "192.0.2.7")) == "busy"
    assert await ask(door, RIGHT) is None
    assert "PAM service berth could not be used" in caplog.text


async def test_too_many_connections_are_closed_and_the_rest_is_served() -> None:
    door = a_door()
    idle = [socket.socketpair() for _ in range(MAX_CONNECTIONS)]
    serving = [
        asyncio.create_task(door.serve(*await asyncio.open_connection(sock=theirs)))
        for _, theirs in idle
    ]
    assert await ask_raw(door, json.dumps(GOOD).encode() + b"\n") == b""
    for ours, _ in idle:
        ours.close()
    await asyncio.gather(*serving)
    assert await ask(door, RIGHT) is None


async def test_a_peer_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub_config.auth.door.READ_SECONDS", 0.05)
    ours, theirs = socket.socketpair()
    with ours:
        await a_door().serve(*await asyncio.open_connection(sock=theirs))
        assert await asyncio.to_thread(ours.recv, 100) == b""


async def test_the_log_has_a_line_per_refusal_and_never_a_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    door = a_door()
    for user in ("alice", "olga", "nobody-here"):
        await ask(door, LoginRequest(user, "S3cret-word", "192.0.2.7"))
    await ask(door, GOOD | {"user": "x" * 2000, "password": "S3cret-word"})
    await ask(door, GOOD | {"password": ["S3cret-word"]})
    await ask_raw(door, b'{"password": "S3cret-word\n')
    lines = [record.getMessage() for record in caplog.records if record.name == "berth-auth"]
    assert lines[:3] == [
        f"refused {user!r} from 192.0.2.7: credentials" for user in ("alice", "olga", "nobody-here")
    ]
    assert len(lines) == 6
    assert max(map(len, lines)) < 120
    assert "S3cret-word" not in caplog.text


# The whole program, with a PAM service every Linux machine has. No real password is asked for.


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, code: str = "from hub_config.auth.door import main; main()") -> (
        subprocess.Popen[str]
    ):  # fmt: skip
        argv = [sys.executable, "-c", code, "--service", "other", "--allow-uid", str(ME)]
        path = str(tmp_path / "auth.sock")
        started.append(
            subprocess.Popen([*argv, "--socket", path, *options], stderr=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=60)


def wait_until_answering(process: subprocess.Popen[str]) -> None:
    assert process.stderr
    for line in process.stderr:
        if "answering at" in line:
            return
    raise AssertionError(f"berth-auth ended with {process.wait(60)}")


async def ask_at(path: Path, request: LoginRequest = RIGHT) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(json.dumps(vars_of(request)).encode() + b"\n")
    received = await reader.read()
    writer.close()
    return received


async def test_the_program_answers_and_its_socket_is_not_for_everybody(
    running: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    wait_until_answering(running())
    path = tmp_path / "auth.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    answer = await ask_at(path, LoginRequest("nobody-here", "x", "192.0.2.7"))
    assert json.loads(answer) == {"ok": False, "why": "credentials"}


async def test_sigterm_ends_it_although_pam_hangs(
    running: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    # A fake, since no real PAM module can be made to hang at will.
    hanging = """
import threading
import hub_config.auth.door as door
def hang(stack, request):
    door.log.info("asked")
    threading.Event().wait()
door.PamStack.check = hang
door.main()
"""
    process = running(code=hanging)
    wait_until_answering(process)
    asking = asyncio.create_task(ask_at(tmp_path / "auth.sock"))
    assert process.stderr
    assert "asked" in await asyncio.to_thread(process.stderr.readline)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, 60) == 0
    assert await asking == b""
    assert process.stderr.read() == ""
    assert not (tmp_path / "auth.sock").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--service", "no-such-service"], "no PAM service 'no-such-service'"),
        (["--service", "../passwd"], "no name of a file in /etc/pam.d"),
        (["--allow-uid", "no-such-user"], "'no-such-user' is no user of this machine"),
        (["--socket", "/nonexistent/auth.sock"], "No such file or directory"),
    ],
)
def test_it_says_why_it_does_not_start(
    running: Callable[..., subprocess.Popen[str]], options: list[str], message: str
) -> None:
    process = running(*options)
    _, said = process.communicate(timeout=60)
    assert process.returncode in (1, 2)
    assert message in said
    assert "Traceback" not in said


def test_without_a_uid_it_does_not_start(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "--allow-uid" in capsys.readouterr().err
