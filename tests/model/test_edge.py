from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hub_config.model.edge import Proxy, Service
from hub_config.model.site import Site


@pytest.mark.parametrize(
    ("written", "url", "origin", "prefix"),
    [
        ("https://hub.example.org", "https://hub.example.org", "https://hub.example.org", ""),
        ("https://hub.example.org/", "https://hub.example.org", "https://hub.example.org", ""),
        ("https://a.org:8443/hub/", "https://a.org:8443/hub", "https://a.org:8443", "/hub"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "http://127.0.0.1:8000", ""),
        ("http://localhost", "http://localhost", "http://localhost", ""),
        ("https://10.20.0.5", "https://10.20.0.5", "https://10.20.0.5", ""),
    ],
)
def test_a_public_url(written: str, url: str, origin: str, prefix: str) -> None:
    proxy = Proxy(public_url=written)
    assert (proxy.public_url, proxy.origin, proxy.prefix) == (url, origin, prefix)


@pytest.mark.parametrize(
    "url",
    ["hub.example.org", "http://hub.example.org", "https://", "https://a b", "https://a?x",
     "https://a#x", "https://user:pw@a", "ftp://a", "", "http://10.20.0.5"],
)  # fmt: skip
def test_what_users_cannot_safely_type(url: str) -> None:
    with pytest.raises(ValidationError, match=r"write "):
        Proxy(public_url=url)


def test_without_a_public_url() -> None:
    proxy = Proxy(listen="http://127.0.0.1:8000/jupyter")
    assert (proxy.origin, proxy.prefix) == ("", "/jupyter")


def test_an_api_on_a_socket_or_a_port() -> None:
    there = Proxy(api="unix:///run/berth-proxy/api.sock")
    assert there.socket == Path("/run/berth-proxy/api.sock")
    assert Proxy(api="http://127.0.0.1:9001").socket is None


@pytest.mark.parametrize(
    "api",
    ["unix:/run/a.sock", "unix://run/a.sock", "unix:///", "unix:///a b", "http://a", "/run/a"],
)
def test_what_is_no_api(api: str) -> None:
    with pytest.raises(ValidationError, match=r"write "):
        Proxy(api=api)


def test_addresses_that_are_trusted_once() -> None:
    assert Proxy(trusted_proxies=("10.0.0.1", "::1")).trusted_proxies == ("10.0.0.1", "::1")
    for addresses in (("10.0.0.1", "10.0.0.1"), ("10.0.0.0/8",)):
        with pytest.raises(ValidationError):
            Proxy(trusted_proxies=addresses)


@pytest.mark.parametrize(
    "scope",
    ["read:metrics", "admin:users", "list:users", "access:services!service=my-echo",
     "read:users:activity", "self", "servers!user=alice/gpu"],
)  # fmt: skip
def test_scopes(scope: str) -> None:
    assert Service(scopes=(scope,)).scopes == (scope,)


@pytest.mark.parametrize("scope", ["", "Read:metrics", "read metrics", "read:metrics!", "all;"])
def test_what_is_no_scope(scope: str) -> None:
    with pytest.raises(ValidationError):
        Service(scopes=(scope,))


@pytest.mark.parametrize("name", ["announcements", "my-echo", "abc", "a" * 32])
def test_names_of_services(name: str) -> None:
    assert list(site(name).services) == [name]


@pytest.mark.parametrize("name", ["ab", "a" * 33, "My", "1st", "a_b", "a.b", "-ab", "ab-", "a/b"])
def test_what_is_no_name_of_a_service(name: str) -> None:
    with pytest.raises(ValidationError):
        site(name)


@pytest.mark.parametrize("port", [80, 0, 70000, "8080"])
def test_ports_that_a_service_cannot_have(port: Any) -> None:
    with pytest.raises(ValidationError):
        Service(port=port)


def site(name: str) -> Site:
    return Site.model_validate(
        {
            "auth": {"method": "pam"},
            "scheduler": {"type": "slurm"},
            "services": {name: {"scopes": ("read:metrics",)}},
        }
    )
