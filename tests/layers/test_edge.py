"""What of proxy and services becomes which trait."""

from typing import Any

from traitlets.config import Config

from hub_config.layers import LAYERS
from hub_config.model.site import Site

SMALLEST = {"auth": {"method": "pam"}, "scheduler": {"type": "slurm"}}


def traits(**sections: Any) -> Config:
    c = Config()
    site = Site.model_validate({**SMALLEST, **sections})
    for layer in LAYERS:
        layer.apply(c, site)
    return c


def test_without_a_public_address_nothing_is_claimed() -> None:
    c = traits()
    assert c.JupyterHub.bind_url == "http://127.0.0.1:8000/"
    assert "public_url" not in c.JupyterHub
    assert "trusted_downstream_ips" not in c.JupyterHub
    assert "subdomain_host" not in c.JupyterHub
    assert "hub_connect_url" not in c.Spawner
    assert "services" not in c.JupyterHub
    assert c.ConfigurableHTTPProxy.api_url == "http://127.0.0.1:8001"


def test_a_public_address_is_what_pages_and_jobs_use() -> None:
    c = traits(proxy={"public_url": "https://hub.example.org/jupyter"})
    assert c.JupyterHub.bind_url == "http://127.0.0.1:8000/jupyter/"
    assert c.JupyterHub.public_url == "https://hub.example.org/jupyter/"
    assert c.JupyterHub.default_url == "/jupyter/hub/home"
    assert c.JupyterHub.trusted_downstream_ips == ["127.0.0.1"]
    assert c.JupyterHub.tornado_settings["cookie_options"] == {"secure": True}
    assert c.JupyterHub.tornado_settings["slow_spawn_timeout"] == 10
    assert c.Spawner.hub_connect_url == "https://hub.example.org"
    assert "hub_connect_url" not in c.JupyterHub


def test_jobs_may_have_another_way() -> None:
    proxy, hub = {"public_url": "https://a.org"}, {"connect_url": "http://10.0.0.1:8081"}
    assert traits(proxy=proxy, hub=hub).Spawner.hub_connect_url == "http://10.0.0.1:8081"


def test_trusted_proxies_are_those_that_are_named() -> None:
    proxy = {"public_url": "https://a.org", "trusted_proxies": ()}
    assert traits(proxy=proxy).JupyterHub.trusted_downstream_ips == []
    proxy["trusted_proxies"] = ("10.0.0.7",)
    assert traits(proxy=proxy).JupyterHub.trusted_downstream_ips == ["10.0.0.7"]


def test_subdomains_come_with_cookies_that_no_subdomain_can_set() -> None:
    c = traits(proxy={"public_url": "https://hub.example.org:8443/x", "subdomains": True})
    assert c.JupyterHub.subdomain_host == "https://hub.example.org:8443"
    assert c.JupyterHub.cookie_host_prefix_enabled is True


def test_a_socket_is_spelt_as_jupyterhub_spells_it() -> None:
    c = traits(proxy={"api": "unix:///run/berth-proxy/api.sock"})
    assert c.ConfigurableHTTPProxy.api_url == "http+unix://%2Frun%2Fberth-proxy%2Fapi.sock"


def test_services_may_do_what_is_written_and_no_more() -> None:
    services = {
        "news": {"port": 10101, "access": "everybody", "display": True, "command": ("/bin/true",)},
        "reports": {"port": 10102, "scopes": ("list:users",)},
        "prometheus": {"scopes": ("read:metrics",)},
    }
    c = traits(services=services)
    named = {spec["name"]: spec for spec in c.JupyterHub.services}
    assert {name: spec.get("url", "") for name, spec in named.items()} == {
        "news": "http://127.0.0.1:10101",
        "reports": "http://127.0.0.1:10102",
        "prometheus": "",
    }
    assert [name for name, spec in named.items() if spec["display"]] == ["news"]
    assert not any("command" in spec or "api_token" in spec for spec in named.values())
    assert c.JupyterHub.load_roles == [
        {"name": "service-reports", "scopes": ["list:users"], "services": ["reports"]},
        {"name": "service-prometheus", "scopes": ["read:metrics"], "services": ["prometheus"]},
    ]
    assert c.JupyterHub.extra_user_scopes == ["access:services!service=news"]
