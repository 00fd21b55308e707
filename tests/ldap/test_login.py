"""Logins against a real slapd: who comes in, who does not, and what is known of them then."""

import asyncio
import logging

import pytest
from tornado.web import HTTPError

from hub_config.auth.ldap import DirectoryAuthenticator
from tests.ldap.directory import BASE, LOOKUP, LOOKUP_PASSWORD, PASSWORDS, Directory
from tests.ldap.logins import authenticator, enter


@pytest.mark.parametrize("scheme", ["url", "starttls"])
async def test_a_right_password_lets_in_over_tls(directory: Directory, scheme: str) -> None:
    who = authenticator(directory, servers=[getattr(directory, scheme)])
    model = await enter(who, "Ann", PASSWORDS["ann"])
    assert model is not None
    assert model["name"] == "ann"
    assert model["groups"] == ["climate", "hpcusers", "hub-admins"]
    assert model["admin"] is True


async def test_one_who_is_no_admin_is_told_so(login: DirectoryAuthenticator) -> None:
    model = await enter(login, "ben", PASSWORDS["ben"])
    assert model is not None
    assert model["admin"] is False  # None would leave an admin of yesterday one


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("user", "password"),
    [
        pytest.param("ann", "ben-secret-word", id="somebody else's password"),
        pytest.param("ann", "", id="empty password"),
        pytest.param("ann", " ", id="blank password"),
        pytest.param("ann", "\0", id="NUL"),
        pytest.param("ann", "ann-secret-word\0", id="NUL at the end"),
        pytest.param("ann", "\N{SOFT HYPHEN}ann-secret-word", id="a letter that is not seen"),
        pytest.param("ann", "x" * 5000, id="endless"),
        pytest.param("zoe", "zoe-secret-word", id="nobody"),
        pytest.param("a*", "ann-secret-word", id="wildcard"),
        pytest.param("*", "ann-secret-word", id="everybody"),
        pytest.param("ann)(uid=*", "ann-secret-word", id="filter"),
        pytest.param("ann,ou=people", "ann-secret-word", id="entry"),
        pytest.param("lookup", LOOKUP_PASSWORD, id="the lookup account"),
        pytest.param("dan", "dan-secret-word", id="not by the filter"),
        pytest.param("eve", "eve-secret-word", id="in no group that may"),
        pytest.param("fay", "fay-secret-word", id="one entry with two names"),
        pytest.param("fran", "fay-secret-word", id="by the other name"),
    ],
)
async def test_nobody_else_comes_in(directory: Directory, user: str, password: str) -> None:
    assert await enter(authenticator(directory), user, password) is None


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("user", ["ann", "dan", "zoe", "a*", "lookup"])
async def test_a_template_lets_in_the_same_people(directory: Directory, user: str) -> None:
    template = f"uid={{username}},ou=people,{BASE}"
    who = authenticator(directory, user_search=None, dn_template=template)
    assert await enter(who, user, "ben-secret-word") is None
    model = await enter(who, user, f"{user}-secret-word")
    assert bool(model) is (user == "ann")


async def test_a_template_needs_no_lookup_account(directory: Directory) -> None:
    template = f"uid={{username}},ou=people,{BASE}"
    who = authenticator(
        directory, user_search=None, dn_template=template, bind_dn=None, bind_password_file=None,
        group_search=None, allowed_groups=None, admin_groups=[], attributes=["mail"],
    )  # fmt: skip
    model = await enter(who, "ann", PASSWORDS["ann"])
    assert model is not None
    assert model["auth_state"]["user_attributes"]["mail"][0] == "ann@example.org"
    assert who.auth_refresh_age == 0  # nobody could look


async def test_who_is_named_comes_in_without_a_group(directory: Directory) -> None:
    who = authenticator(directory, allowed_users=["eve"])
    assert await enter(who, "eve", PASSWORDS["eve"])
    assert await enter(who, "ben", PASSWORDS["ben"])


async def test_without_either_list_everybody_comes_in(directory: Directory) -> None:
    assert await enter(authenticator(directory, allowed_groups=None), "eve", PASSWORDS["eve"])


async def test_groups_of_site_yml_come_besides(directory: Directory) -> None:
    who = authenticator(directory, groups={"ocean": ["ben"], "ice": ["ann"]})
    model = await enter(who, "ben", PASSWORDS["ben"])
    assert model is not None
    assert model["groups"] == ["hpcusers", "ocean"]
    assert model["auth_state"]["ldap_groups"] == ["hpcusers"]


@pytest.mark.usefixtures("at_once")
async def test_a_group_of_site_yml_lets_nobody_in(directory: Directory) -> None:
    who = authenticator(directory, groups={"hpcusers": ["eve"], "hub-admins": ["eve"]})
    assert await enter(who, "eve", PASSWORDS["eve"]) is None


async def test_attributes_are_plain_texts(directory: Directory) -> None:
    who = authenticator(directory, attributes=["MAIL", "uidNumber", "jpegPhoto", "roomNumber"])
    model = await enter(who, "ann", PASSWORDS["ann"])
    assert model is not None
    found = {key.lower(): value for key, value in model["auth_state"]["user_attributes"].items()}
    assert found == {
        "mail": ["ann@example.org", "a.nn@example.org"], "uidnumber": ["30001"], "jpegphoto": [],
        "roomnumber": [],
    }  # fmt: skip


async def test_a_hundred_at_once_all_come_in(login: DirectoryAuthenticator) -> None:
    names = ["ann", "ben", "cat"] * 33 + ["ann"]
    models = await asyncio.gather(*(enter(login, name, PASSWORDS[name]) for name in names))
    assert [model and model["name"] for model in models] == names


@pytest.mark.usefixtures("at_once")
async def test_too_many_failures_are_not_asked_about(login: DirectoryAuthenticator) -> None:
    for _ in range(10):
        assert await enter(login, "ann", "guess") is None
    with pytest.raises(HTTPError) as error:
        await enter(login, "ann", PASSWORDS["ann"])
    assert error.value.status_code == 429
    assert await enter(login, "ann", PASSWORDS["ann"], "192.0.2.2")


async def test_a_failure_takes_as_long_whoever_is_named(
    login: DirectoryAuthenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("hub_config.auth.ldap.asyncio.sleep", sleep)
    assert await enter(login, "ann", "guess") is None
    assert await enter(login, "zoe", "guess") is None
    assert len(waits) == 2
    assert min(waits) > 0


@pytest.mark.usefixtures("at_once")
async def test_no_password_is_logged(
    directory: Directory, caplog: pytest.LogCaptureFixture
) -> None:
    who = authenticator(directory, bind_dn=LOOKUP.replace("lookup", "lokup"))
    good = authenticator(directory)
    for one in (who, good):
        one.log.setLevel(logging.DEBUG)
        one.log.propagate = True
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(HTTPError):
            await enter(who, "ann", PASSWORDS["ann"])
        await enter(good, "ann", PASSWORDS["ann"])
        await enter(good, "ann", "a-wrong-word")
    assert "No answer that counts from" in caplog.text
    assert not [
        w for w in (*PASSWORDS.values(), LOOKUP_PASSWORD, "a-wrong-word") if w in caplog.text
    ]
