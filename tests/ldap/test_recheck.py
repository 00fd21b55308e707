"""While a session lives the directory is asked again; what it says, or not, decides."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from hub_config.auth.ldap import DirectoryAuthenticator
from tests.ldap.directory import BASE, PASSWORDS, Directory
from tests.ldap.logins import authenticator, enter
from tests.ldap.wire import Relay

ANN = SimpleNamespace(name="ann")


def as_login(model: bool | dict[str, Any]) -> dict[str, Any]:
    """Return *model* with what JupyterHub adds to that of a login."""
    assert isinstance(model, dict)
    return {**model, "user_info": None}


async def test_the_model_is_that_of_a_login(login: DirectoryAuthenticator) -> None:
    assert await enter(login, "ann", PASSWORDS["ann"]) == as_login(await login.refresh_user(ANN))


@pytest.mark.parametrize("name", ["zoe", "dan", "eve", "fran", "lookup"])
async def test_who_may_not_come_in_may_not_stay(login: DirectoryAuthenticator, name: str) -> None:
    assert await login.refresh_user(SimpleNamespace(name=name)) is False


async def test_a_template_finds_the_same_people(directory: Directory) -> None:
    template = f"uid={{username}},ou=people,{BASE}"
    who = authenticator(directory, user_search=None, dn_template=template)
    assert await enter(who, "ann", PASSWORDS["ann"]) == as_login(await who.refresh_user(ANN))
    assert await who.refresh_user(SimpleNamespace(name="zoe")) is False
    assert await who.refresh_user(SimpleNamespace(name="dan")) is False


async def test_who_leaves_a_group_leaves_it_in_the_hub(directory: Directory) -> None:
    who = authenticator(directory)
    group = f"dn: cn=hub-admins,ou=groups,{BASE}\nchangetype: modify\n"
    ann, ben = f"uid=ann,ou=people,{BASE}", f"uid=ben,ou=people,{BASE}"
    directory.change(f"{group}replace: uniqueMember\nuniqueMember: {ben}\n")
    model = await who.refresh_user(ANN)
    directory.change(f"{group}replace: uniqueMember\nuniqueMember: {ann}\n")
    assert isinstance(model, dict)
    assert model["admin"] is False
    assert model["groups"] == ["climate", "hpcusers"]


async def test_who_is_removed_may_not_stay(directory: Directory) -> None:
    who = authenticator(directory)
    cat = SimpleNamespace(name="cat")
    assert await who.refresh_user(cat)
    directory.delete(f"uid=cat,ou=people,{BASE}")
    assert await who.refresh_user(cat) is False
    directory.add_person("cat")
    assert await who.refresh_user(cat)


async def test_an_outage_keeps_a_session_for_its_time(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, now = authenticator(directory, keep_sessions="8h"), 1e6
    monkeypatch.setattr("hub_config.auth.ldap.monotonic", lambda: now)
    assert await who.refresh_user(ANN)
    directory.stop()
    kept = []
    for hours in (0, 7.9, 8.1):
        now = 1e6 + hours * 3600
        kept.append(await who.refresh_user(ANN))
    directory.start()
    assert kept == [True, True, False]


async def test_after_a_restart_the_time_counts_anew(directory: Directory) -> None:
    directory.stop()
    kept = await authenticator(directory).refresh_user(ANN)
    directory.start()
    assert kept is True


async def test_a_search_that_is_not_allowed_ends_no_session(directory: Directory) -> None:
    assert await authenticator(directory, user_search=f"ou=away,{BASE}").refresh_user(ANN) is True


async def test_many_requests_are_one_question(directory: Directory) -> None:
    relay = Relay(directory.address)
    who = authenticator(directory, servers=[f"ldaps://localhost:{relay.port}"])
    models = await asyncio.gather(*(who.refresh_user(ANN) for _ in range(30)))
    assert all(model == models[0] for model in models)
    assert relay.visits == 1
    relay.close()


async def test_while_all_servers_rest_nobody_waits(directory: Directory) -> None:
    relay = Relay(directory.address)
    who = authenticator(directory, servers=[f"ldaps://localhost:{relay.port}"])
    directory.stop()
    assert await who.refresh_user(ANN) is True
    assert await who.refresh_user(ANN) is True
    assert relay.visits == 1
    directory.start()
    relay.close()
