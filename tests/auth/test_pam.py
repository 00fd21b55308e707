import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.web import HTTPError

from hub_config.auth.door import Door
from hub_config.auth.pam import DoorAuthenticator
from hub_config.auth.protocol import MAX_LINE, LoginRequest, Why
from hub_config.auth.turnstile import Turnstile

ANSWERS = {"alice": None, "olga": Why.ACCOUNT, "lou": Why.LIMIT, "bea": Why.BUSY}
"""What the door's check says of a user whose password is sesame."""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


class AuthService:
    """A login service at ``path``; ``asked`` is what its check was asked."""

    def __init__(self, path: Path) -> None:
        self.path, self.asked = path, list[LoginRequest]()
        self._server: asyncio.Server | None = None

    def check(self, request: LoginRequest) -> Why | None:
        self.asked.append(request)
        right = request.password == "sesame"
        return ANSWERS.get(request.user, Why.CREDENTIALS) if right else Why.CREDENTIALS

    async def open(self, uid: int | None = None) -> None:
        allowed = frozenset({os.getuid() if uid is None else uid})
        await self.open_as(Door(self.check, allowed, Turnstile(2), failure_seconds=0).serve)

    async def open_as(self, serve: Serve) -> None:
        self._server = await asyncio.start_unix_server(serve, self.path, limit=MAX_LINE)

    def close(self) -> None:
        if self._server:
            self._server.close()


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[AuthService]:
    service = AuthService(tmp_path / "auth.sock")
    yield service
    service.close()


async def login(service: AuthService, user: str, word: str = "sesame", **form: str) -> Any:
    authenticator = DoorAuthenticator(socket=str(service.path), allow_all=True, timeout=30)
    handler: Any = SimpleNamespace(request=SimpleNamespace(remote_ip="192.0.2.7"))
    data = {"username": user, "password": word, **form}
    return await authenticator.get_authenticated_user(handler, data)


async def page(service: AuthService, user: str = "alice") -> tuple[int, str]:
    """Return status and message of the refusal page."""
    with pytest.raises(HTTPError) as refusal:
        await login(service, user)
    return refusal.value.status_code, str(refusal.value.log_message)


@pytest.mark.parametrize("user", ["alice", "Alice"])
async def test_the_right_password_logs_in(service: AuthService, user: str) -> None:
    await service.open()
    assert (await login(service, user))["name"] == "alice"
    assert service.asked == [LoginRequest("alice", "sesame", "192.0.2.7")]


async def test_a_wrong_password_does_not(service: AuthService) -> None:
    await service.open()
    assert await login(service, "alice", "sesamo") is None
    assert await login(service, "nobody-here") is None


@pytest.mark.parametrize(
    ("user", "status", "words"),
    [
        ("olga", 403, "locked or has expired"),
        ("lou", 429, "Too many failed logins"),
        ("bea", 503, "cannot be checked at the moment"),
    ],
)
async def test_a_refusal_that_is_no_wrong_password_says_so(
    service: AuthService, user: str, status: int, words: str
) -> None:
    await service.open()
    seen, message = await page(service, user)
    assert seen == status
    assert words in message


@pytest.mark.parametrize(
    ("user", "password"),
    [("", "x"), ("al ice", "x"), ("root\n", "x"), ("a" * 33, "x"), ("alice", ""),
     ("alice", "a\0b"), ("alice", "x" * 513), ("alice", "\ud800")],
)  # fmt: skip
async def test_what_cannot_be_right_is_not_even_asked(
    service: AuthService, user: str, password: str
) -> None:
    await service.open()
    assert await login(service, user, password) is None
    assert service.asked == []


async def test_other_fields_of_the_form_go_nowhere(service: AuthService) -> None:
    await service.open()
    assert (await login(service, "alice", source="198.51.100.9", otp="1"))["name"] == "alice"
    assert service.asked == [LoginRequest("alice", "sesame", "192.0.2.7")]


async def test_many_at_once_are_all_answered(service: AuthService) -> None:
    await service.open()
    logins = [login(service, "alice") for _ in range(20)]
    assert [user["name"] for user in await asyncio.gather(*logins)] == ["alice"] * 20


async def test_no_service_is_told_apart_from_a_wrong_password(
    service: AuthService, caplog: pytest.LogCaptureFixture
) -> None:
    status, message = await page(service)
    assert (status, "does not answer" in message) == (503, True)
    assert str(service.path) in caplog.text
    assert "FileNotFoundError" in caplog.text


async def test_a_service_that_is_back_is_asked_again(service: AuthService) -> None:
    await page(service)
    await service.open()
    assert await login(service, "alice")


async def test_a_service_for_another_hub_is_told_to_the_administrator(
    service: AuthService, caplog: pytest.LogCaptureFixture
) -> None:
    await service.open(uid=os.getuid() + 1)
    status, message = await page(service)
    assert (status, "does not answer" in message) == (503, True)
    assert "--allow-uid" in caplog.text


@pytest.mark.parametrize(
    "answer",
    [b"", b"\n", b"yes\n", b'{"ok": true}', b'{"ok": 1}\n', b'{"ok": false, "why": "x"}\n',
     b'{"ok": true', b"\xff\n", b"x" * 100_000],
)  # fmt: skip
async def test_an_answer_that_is_none_never_logs_in(service: AuthService, answer: bytes) -> None:
    """A broken service, played: ours cannot be brought to answer so."""

    async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    await service.open_as(broken)
    assert (await page(service))[0] == 503


async def test_a_service_that_hangs_is_waited_for_only_so_long(service: AuthService) -> None:
    """A hanging service, played."""
    connected: list[asyncio.StreamWriter] = []

    async def hanging(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)

    await service.open_as(hanging)
    authenticator = DoorAuthenticator(socket=str(service.path), timeout=0.1)
    handler: Any = SimpleNamespace(request=SimpleNamespace(remote_ip="192.0.2.7"))
    with pytest.raises(HTTPError) as refusal:
        await authenticator.authenticate(handler, {"username": "alice", "password": "sesame"})
    assert refusal.value.status_code == 503
    connected[0].close()


async def test_no_password_in_the_log(
    service: AuthService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await page(service)
    await service.open()
    await login(service, "alice")
    await login(service, "nobody-here")
    await page(service, "lou")
    assert caplog.text
    assert "sesame" not in caplog.text
