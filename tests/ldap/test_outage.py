"""A directory that is away, hangs, is slow or talks nonsense: logins say so, servers take turns."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest
from tornado.web import HTTPError

from hub_config.auth.ldap import DirectoryAuthenticator
from tests.ldap.directory import PASSWORDS, Directory
from tests.ldap.logins import authenticator, enter
from tests.ldap.wire import Relay, Silence
from tests.support.hubs import free_ports


@pytest.fixture
def silence() -> Iterator[Silence]:
    """A server that takes connections and never says anything."""
    silence = Silence()
    yield silence
    silence.close()


async def refused(who: DirectoryAuthenticator) -> int:
    with pytest.raises(HTTPError) as error:
        await enter(who, "ann", PASSWORDS["ann"])
    return error.value.status_code


async def test_a_directory_that_is_away_is_a_503(directory: Directory) -> None:
    nobody = f"ldaps://localhost:{free_ports(1)[0]}"
    assert await refused(authenticator(directory, servers=[nobody])) == 503


async def test_an_outage_is_no_failed_login(directory: Directory) -> None:
    who = authenticator(directory, servers=[f"ldaps://localhost:{free_ports(1)[0]}"])
    assert [await refused(who) for _ in range(15)] == [503] * 15  # the limit is 10


async def test_a_wrong_lookup_password_is_an_outage(directory: Directory) -> None:
    who = authenticator(directory, bind_dn="uid=ann,ou=people,dc=example,dc=org")
    assert await refused(who) == 503


async def test_a_place_that_is_not_there_is_an_outage(directory: Directory) -> None:
    assert await refused(authenticator(directory, user_search="ou=poeple,dc=example,dc=org")) == 503


async def test_a_directory_that_comes_back_is_asked_at_once(directory: Directory) -> None:
    who = authenticator(directory)
    directory.stop()
    assert await refused(who) == 503
    directory.start()
    assert await enter(who, "ann", PASSWORDS["ann"])


@pytest.mark.parametrize("nonsense", [b"\x00" * 64, b"HTTP/1.1 400 Bad Request\r\n\r\n", b"0"])
async def test_nonsense_is_an_outage(directory: Directory, nonsense: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        talker = threading.Thread(target=talk, args=(listener, nonsense))
        talker.start()
        url = f"ldap://localhost:{listener.getsockname()[1]}"
        assert await refused(authenticator(directory, servers=[url])) == 503
        talker.join(60)


def talk(listener: socket.socket, nonsense: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(1024)
        connection.sendall(nonsense)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1024)


async def test_a_slow_directory_lets_in(directory: Directory) -> None:
    relay = Relay(directory.address, delay=0.3)
    who = authenticator(directory, servers=[f"ldaps://localhost:{relay.port}"])
    assert await enter(who, "ann", PASSWORDS["ann"])
    relay.close()


async def test_the_loop_goes_on_while_the_directory_hangs(directory: Directory) -> None:
    who, turns = authenticator(directory), 0
    directory.hang()
    logins = [asyncio.create_task(refused(who)) for _ in range(20)]
    while not all(login.done() for login in logins):
        await asyncio.sleep(0.01)
        turns += 1
    assert [login.result() for login in logins] == [503] * 20
    assert turns > 20  # a login that blocked would have ended with the first


async def test_a_hung_server_costs_its_time_once(directory: Directory, silence: Silence) -> None:
    relay = Relay(("127.0.0.1", silence.port))
    urls = [f"ldaps://localhost:{relay.port}", directory.url]
    who = authenticator(directory, servers=urls, timeout="1s")
    for name in ("ann", "ben", "cat"):
        assert await enter(who, name, PASSWORDS[name])
    assert relay.visits == 1
    relay.close()


async def test_while_all_hang_one_login_at_a_time_tries(
    directory: Directory, silence: Silence
) -> None:
    relay = Relay(("127.0.0.1", silence.port))
    who = authenticator(directory, servers=[f"ldaps://localhost:{relay.port}"], timeout="1s")
    assert await refused(who) == 503
    assert await asyncio.gather(*(refused(who) for _ in range(8))) == [503] * 8
    assert relay.visits == 2
    relay.close()
