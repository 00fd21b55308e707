"""Somebody between the hub and its directory: not one byte of a password goes there."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.web import HTTPError

from tests.ldap.authority import Authority
from tests.ldap.directory import LOOKUP_PASSWORD, PASSWORDS, Directory
from tests.ldap.logins import authenticator, enter
from tests.ldap.wire import Relay, StartTls

Impostor = Callable[[str, StartTls], Relay]


@pytest.fixture
def certificates(authority: Authority, tmp_path: Path) -> dict[str, tuple[Path, Path]]:
    """One good certificate, and the ways not to be one."""
    return {
        "good": authority.certificate("localhost"),
        "self-signed": authority.certificate("localhost", itself=True),
        "of another authority": Authority(tmp_path, "other").certificate("localhost"),
        "wrong name": authority.certificate("ldap.example.com"),
        "expired": authority.certificate("localhost", days=-1),
    }


@pytest.fixture
def impostor(
    directory: Directory, certificates: dict[str, tuple[Path, Path]]
) -> Iterator[Impostor]:
    """Makes a server with a certificate of this kind that passes on what it understands."""
    relays: list[Relay] = []

    def make(kind: str, starttls: StartTls = "none") -> Relay:
        relay = Relay(directory.address, certificate=certificates[kind], starttls=starttls)
        relays.append(relay)
        return relay

    yield make
    for relay in relays:
        relay.close()


async def attempt(directory: Directory, url: str) -> bool:
    """Log in with and without a lookup account; return whether the first came in."""
    template = "uid={username},ou=people,dc=example,dc=org"
    alone: dict[str, Any] = {"bind_dn": None, "bind_password_file": None, "user_search": None,
             "dn_template": template, "group_search": None, "allowed_groups": None,
             "admin_groups": []}  # fmt: skip
    came_in = False
    with contextlib.suppress(HTTPError):
        came_in = bool(
            await enter(authenticator(directory, servers=[url]), "ann", PASSWORDS["ann"])
        )
    with contextlib.suppress(HTTPError):
        await enter(authenticator(directory, servers=[url], **alone), "ann", PASSWORDS["ann"])
    return came_in


@pytest.mark.parametrize(("scheme", "starttls"), [("ldaps", "none"), ("ldap", "granted")])
async def test_a_good_certificate_is_told_everything(
    directory: Directory, impostor: Impostor, scheme: str, starttls: StartTls
) -> None:
    """The others mean something because this one hears the passwords."""
    relay = impostor("good", starttls)
    assert await attempt(directory, f"{scheme}://localhost:{relay.port}")
    assert LOOKUP_PASSWORD.encode() in relay.heard
    assert PASSWORDS["ann"].encode() in relay.heard


@pytest.mark.parametrize("kind", ["self-signed", "of another authority", "wrong name", "expired"])
@pytest.mark.parametrize(("scheme", "starttls"), [("ldaps", "none"), ("ldap", "granted")])
async def test_a_bad_certificate_is_told_nothing(
    directory: Directory, impostor: Impostor, kind: str, scheme: str, starttls: StartTls
) -> None:
    relay = impostor(kind, starttls)
    assert not await attempt(directory, f"{scheme}://localhost:{relay.port}")
    assert relay.visits == 2
    assert b"secret" not in relay.heard
    assert b"uid=ann" not in relay.heard


@pytest.mark.parametrize("starttls", ["refused", "ignored"])
async def test_without_encryption_nothing_is_told(
    directory: Directory, impostor: Impostor, starttls: StartTls
) -> None:
    relay = impostor("good", starttls)
    assert not await attempt(directory, f"ldap://localhost:{relay.port}")
    assert relay.visits == 2
    assert b"secret" not in relay.heard
    assert b"uid=ann" not in relay.heard


async def test_an_impostor_does_not_keep_the_next_server_from_answering(
    directory: Directory, impostor: Impostor
) -> None:
    relay = impostor("self-signed", "none")
    urls = [f"ldaps://localhost:{relay.port}", directory.url]
    assert await enter(authenticator(directory, servers=urls), "ann", PASSWORDS["ann"])
    assert b"secret" not in relay.heard
