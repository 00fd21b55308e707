import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub.app import JupyterHub
from tornado.web import HTTPError
from traitlets import TraitError
from traitlets.config import Config

from hub_config.auth import dictionary
from hub_config.auth.dictionary import DictionaryAuthenticator
from hub_config.auth.limits import PER_USER_AND_SOURCE
from hub_config.auth.names import USERNAME_PATTERN
from hub_config.auth.passwords import hash_password

DEMO = hash_password("sesame")


def an_authenticator(**settings: Any) -> DictionaryAuthenticator:
    settings = {"passwords": {"demo": DEMO}, "allow_all": True} | settings
    config = Config({"Authenticator": {"username_pattern": USERNAME_PATTERN}})
    return DictionaryAuthenticator(config=config, **settings)


def at(address: str | None = "192.0.2.7") -> Any:
    """What an authenticator looks at of JupyterHub's request handler."""
    return SimpleNamespace(request=SimpleNamespace(remote_ip=address))


def form(user: str, password: str) -> dict[str, str]:
    return {"username": user, "password": password}


@pytest.mark.parametrize("user", ["demo", "Demo", "DEMO"])
async def test_the_right_password_logs_in_whatever_the_capitals(user: str) -> None:
    model = await an_authenticator().get_authenticated_user(at(), form(user, "sesame"))
    assert model["name"] == "demo"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(form("demo", "sesamo"), id="wrong password"),
        pytest.param(form("demo", "Sesame"), id="capitals count"),
        pytest.param(form("demo", "sesame "), id="spaces count"),
        pytest.param(form("demo", ""), id="empty password"),
        pytest.param({"username": "demo"}, id="no password"),
        pytest.param(form("nobody-here", "sesame"), id="unknown user"),
        pytest.param(form("", "sesame"), id="empty name"),
        pytest.param(form("demo\n", "sesame"), id="newline"),
        pytest.param(form("demo\0", "sesame"), id="NUL"),
        pytest.param(form("d" * 100_000, "sesame"), id="endless name"),
        pytest.param(form("demo", "s" * 100_000), id="endless password"),
        pytest.param(form("demo", "\ud800"), id="half a character"),
        pytest.param(form("demo", DEMO), id="the hash itself"),
    ],
)
async def test_nothing_else_does(data: dict[str, str]) -> None:
    assert await an_authenticator().get_authenticated_user(at(), data) is None


async def test_a_form_without_a_name_is_refused_before_jupyterhub_looks_for_it() -> None:
    with pytest.raises(HTTPError) as refusal:
        await an_authenticator().get_authenticated_user(at(), {"password": "sesame"})
    assert refusal.value.status_code == 403


async def test_who_is_not_allowed_does_not_log_in() -> None:
    authenticator = an_authenticator(allow_all=False, allowed_users={"somebody"})
    assert await authenticator.get_authenticated_user(at(), form("demo", "sesame")) is None


async def test_an_unknown_user_costs_a_hash_of_the_same_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked: list[str] = []

    def verify(password: str, stored: str) -> bool:
        checked.append(stored)
        return False

    monkeypatch.setattr(dictionary, "verify", verify)
    authenticator = an_authenticator()
    for user in ("demo", "nobody-here"):
        assert await authenticator.authenticate(at(), form(user, "sesame")) is None
    known, unknown = ([*stored.split("$")[:4]] for stored in checked)
    assert known == unknown


async def test_too_many_failures_are_told_apart_from_a_wrong_password() -> None:
    authenticator = an_authenticator()
    wrong, right = form("demo", "sesamo"), form("demo", "sesame")
    for _ in range(PER_USER_AND_SOURCE.burst):
        assert await authenticator.authenticate(at(), wrong) is None
    with pytest.raises(HTTPError) as refusal:
        await authenticator.authenticate(at(), right)
    assert refusal.value.status_code == 429
    assert await authenticator.authenticate(at("198.51.100.9"), right) == "demo"
    assert await authenticator.authenticate(at(None), right) == "demo"


async def test_the_loop_goes_on_while_a_password_is_checked() -> None:
    login = asyncio.create_task(an_authenticator().authenticate(at(), form("demo", "sesame")))
    turns = 0
    while not login.done():
        await asyncio.sleep(0)
        turns += 1
    assert await login == "demo"
    assert turns > 10


@pytest.mark.parametrize(
    ("passwords", "message"),
    [
        ({"demo": "sesame"}, "demo: not a hash that `berth hash-password` writes"),
        ({"Demo": DEMO}, "'Demo' is no user name"),
        ({"demo\n": DEMO}, "is no user name"),
    ],
)
def test_what_can_never_log_in_is_refused_at_the_start(
    passwords: dict[str, str], message: str
) -> None:
    with pytest.raises(TraitError) as refusal:
        an_authenticator(passwords=passwords)
    assert message in str(refusal.value)
    assert "sesame" not in str(refusal.value)


def test_jupyterhub_takes_it_for_an_authenticator() -> None:
    JupyterHub.clear_instance()
    hub = JupyterHub(authenticator_class=DictionaryAuthenticator)
    assert hub.authenticator_class is DictionaryAuthenticator
