from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from hub_config.model.login import Auth, LdapAuth, PamAuth, job_variables
from hub_config.model.request import MAX_VARIABLES, RESERVED_VARIABLE
from hub_config.singleuser import berth_singleuser as launcher

SMALLEST = {
    "method": "ldap",
    "servers": ("ldaps://ldap.example.org",),
    "user_search": "ou=people,dc=example,dc=org",
}


def ldap(**change: Any) -> LdapAuth:
    values = {key: value for key, value in {**SMALLEST, **change}.items() if value is not None}
    auth = TypeAdapter[Auth](Auth).validate_python(values, context={"folder": "/x"})
    assert isinstance(auth, LdapAuth)
    return auth


def test_the_smallest_directory_has_everything_else_by_default() -> None:
    auth = ldap()
    assert (auth.timeout, auth.recheck, auth.keep_sessions) == (5, 300, 8 * 3600)
    assert auth.user_attribute == "uid"
    assert auth.allowed_groups is None
    assert auth.rechecks


@pytest.mark.parametrize(
    "url", ["ldaps://ldap.example.org", "ldap://ldap.example.org:3890", "ldaps://[2001:db8::1]:636"]
)
def test_servers_are_urls(url: str) -> None:
    assert ldap(servers=(url,)).servers == (url,)
    assert ldap(servers=(f"{url}/",)).servers == (url,)


@pytest.mark.parametrize(
    "url",
    [
        "ldap.example.org", "http://ldap.example.org", "ldapi:///run/ldapi", "ldaps://", "ldap://:389",
        "ldaps://a/dc=example", "ldaps://a?uid", "ldaps://user:word@a", "ldaps://a:0", "ldaps://a:x",
        "ldaps://a b", "ldaps://a\n", "cldap://a", "",
    ],
)  # fmt: skip
def test_what_is_no_server_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="is no LDAP server — write"):
        ldap(servers=(url,))


def test_nothing_turns_the_check_of_certificates_off() -> None:
    """Whoever looks for such a key finds that there is none."""
    words = ("insecure", "verify", "validate", "tls", "strategy", "plain", "skip", "ignore")
    assert not [name for name in LdapAuth.model_fields if any(word in name for word in words)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"servers": ()}, "at least 1"),
        ({"user_search": None}, "one of user_search and dn_template"),
        ({"dn_template": "uid={username},dc=x"}, "one of user_search and dn_template"),
        ({"user_search": None, "dn_template": "uid=ann,dc=x"}, "{username} once"),
        ({"user_search": None, "dn_template": "uid={username},ou={0},dc=x"}, "is no entry"),
        ({"user_search": "people"}, "is no entry"),
        ({"user_search": "ou=people\ndc=x"}, "is no entry"),
        ({"bind_password_file": "word"}, "no bind_dn"),
        ({"allowed_groups": ("hpc",)}, "no group_search"),
        ({"admin_groups": ("hpc",)}, "no group_search"),
        ({"user_filter": "uid=ann"}, "is no filter"),
        ({"user_filter": "(&(a=b)"}, "is no filter"),
        ({"group_filter": "(member=ann)"}, "does not ask for one person"),
        ({"group_filter": "(member={dn})"}, "does not ask for one person"),
        ({"group_filter": "(member={userdn"}, "does not ask for one person"),
        ({"user_attribute": "uid)(x"}, "is no attribute"),
        ({"timeout": "2m"}, "would hang"),
        ({"job_environment": {"LD_PRELOAD": "mail"}}, "LD_"),
        ({"job_environment": {"JUPYTERHUB_USER": "mail"}}, "the hub's own"),
        ({"job_environment": {f"V{n}": "mail" for n in range(MAX_VARIABLES + 1)}}, "at most"),
    ],
)
def test_what_cannot_work_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        ldap(**change)
    assert message in str(error.value)


def test_without_somebody_who_may_look_nobody_asks_again() -> None:
    template = {"user_search": None, "dn_template": "uid={username},dc=x"}
    assert not ldap(**template).rechecks
    assert ldap(**template, bind_dn="cn=lookup,dc=x").rechecks


def test_attributes_for_jobs_are_read_as_well() -> None:
    auth = ldap(attributes=("mail", "uidNumber"), job_environment={"A": "mail", "B": "gecos"})
    assert auth.wanted == ("mail", "uidNumber", "gecos")
    assert job_variables(auth) == {"A": "mail", "B": "gecos"}
    assert job_variables(PamAuth(method="pam")) == {}


def test_what_the_launcher_protects_is_reserved() -> None:
    names = {*launcher.PROTECTED_NAMES, "PYTHONPATH", *(f"{p}X" for p in launcher.HUB_PREFIXES)}
    assert not [name for name in names if not RESERVED_VARIABLE.fullmatch(name)]
