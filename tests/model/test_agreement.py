from typing import Any

import pytest

from hub_config.model.agreement import edge_agrees
from hub_config.model.site import Site

SMALLEST = {"auth": {"method": "pam"}, "scheduler": {"type": "slurm"}}
PUBLIC = {"public_url": "https://hub.example.org"}


def found(**sections: Any) -> dict[str, str]:
    site = Site.model_validate({**SMALLEST, **sections})
    return {".".join(map(str, path)): message for path, message in edge_agrees(site)}


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"proxy": PUBLIC},
        {"proxy": {**PUBLIC, "subdomains": True}},
        {"proxy": {"public_url": "https://hub.example.org/jupyter", "listen": "http://127.0.0.1:8000/jupyter"}},
        {"proxy": {**PUBLIC, "listen": "http://0.0.0.0:8000", "trusted_proxies": ("10.0.0.7",)}},
        {"proxy": {"listen": "http://0.0.0.0:8000"}},
        {"proxy": {"listen": "http://10.0.0.1:8081"}},
        {"proxy": {"api": "unix:///run/berth-proxy/api.sock"}, "services": {"abc": {"port": 8001}}},
        {"services": {"abc": {"command": ("/bin/true",)}, "xyz": {"scopes": ("self",)}}},
    ],
)  # fmt: skip
def test_what_agrees(sections: dict[str, Any]) -> None:
    assert found(**sections) == {}


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ({"subdomains": True}, "needs proxy.public_url"),
        ({"subdomains": True, "public_url": "http://localhost:8000"}, "needs https"),
        ({"subdomains": True, "public_url": "https://hub"}, "a name with a dot"),
        ({"subdomains": True, "public_url": "https://10.20.0.5"}, "a name with a dot"),
    ],
)
def test_subdomains_of_nothing(proxy: dict[str, Any], said: str) -> None:
    assert said in found(proxy=proxy)["proxy.subdomains"]


def test_a_path_that_users_do_not_type() -> None:
    proxy = {**PUBLIC, "listen": "http://127.0.0.1:8000/jupyter"}
    assert "leave it out here" in found(proxy=proxy)["proxy.listen"]


@pytest.mark.parametrize(
    "listen", ["http://0.0.0.0:8000", "http://10.0.0.1:8000", "http://[::]:80"]
)
def test_a_proxy_that_others_reach_without_https(listen: str) -> None:
    message = found(proxy={**PUBLIC, "listen": listen})["proxy.listen"]
    assert "is open to others" in message
    assert "http://127.0.0.1:8000" in message


@pytest.mark.parametrize(
    ("sections", "path", "owner"),
    [
        ({"proxy": {"listen": "http://127.0.0.1:8081"}}, "proxy.listen", "hub.listen"),
        ({"proxy": {"listen": "http://0.0.0.0:8081"}}, "proxy.listen", "hub.listen"),
        ({"proxy": {"listen": "http://localhost:8081"}}, "proxy.listen", "hub.listen"),
        ({"proxy": {"api": "http://127.0.0.1:8000"}}, "proxy.api", "proxy.listen"),
        ({"services": {"abc": {"port": 8001}}}, "services.abc.port", "proxy.api"),
        ({"services": {"abc": {"port": 9000}, "xyz": {"port": 9000}}}, "services.xyz.port",
         "services.abc.port"),
    ],
)  # fmt: skip
def test_two_at_one_port(sections: dict[str, Any], path: str, owner: str) -> None:
    assert f"is taken by {owner}" in found(**sections)[path]


@pytest.mark.parametrize(
    ("service", "key", "said"),
    [
        ({}, "scopes", "write what the service is for"),
        ({"display": True, "scopes": ("self",)}, "display", "no page without a port"),
        ({"command": ("python3", "x.py")}, "command", "no absolute path"),
    ],
)
def test_services_that_cannot_be_meant_so(service: dict[str, Any], key: str, said: str) -> None:
    assert said in found(services={"abc": service})[f"services.abc.{key}"]
