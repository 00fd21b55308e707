"""Every trait that a layer sets exists and takes the value: traitlets forgives a misspelt one.

https://traitlets.readthedocs.io/en/stable/config.html (an unknown name is a warning at best)
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyterhub.auth import Authenticator
from jupyterhub.proxy import ConfigurableHTTPProxy
from jupyterhub.spawner import Spawner
from traitlets import HasTraits
from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue

from hub_config.app import BerthHub
from hub_config.auth.dictionary import DictionaryAuthenticator
from hub_config.auth.pam import DoorAuthenticator
from hub_config.auth.passwords import hash_password
from hub_config.layers import LAYERS
from hub_config.load import load_site
from hub_config.spawner import BerthSpawner
from tests.hub.room import SITE
from tests.support.hubs import ROOT

CLASSES: dict[str, type[HasTraits]] = {
    "JupyterHub": BerthHub,
    "BerthHub": BerthHub,
    "ConfigurableHTTPProxy": ConfigurableHTTPProxy,
    "Authenticator": Authenticator,
    "DictionaryAuthenticator": DictionaryAuthenticator,
    "DoorAuthenticator": DoorAuthenticator,
    "Spawner": Spawner,
    "BerthSpawner": BerthSpawner,
}
SITES = {
    "local": ROOT / "examples" / "local",
    "dkrz": ROOT / "examples" / "dkrz",
    "everything": SITE,
}
# What an example does not write, so that each branch of a layer is taken once.
MORE = """
hub: {listen: "http://127.0.0.1:8081", connect_url: "http://hub.example.org:8081", named_servers: 0}
proxy: {start: true, command: [node, configurable-http-proxy]}
auth: {method: dictionary, passwords: {ann: "%s"}, allowed_users: [ann], groups: {climate: [ann]}}
scheduler: {type: slurm}
branding: {name: Example, logo: logo.svg}
"""


def configured(folder: Path) -> Config:
    """Return what the layers make of the site in *folder*."""
    config = Config()
    site = load_site(folder / "site.yml")
    for layer in LAYERS:
        layer.apply(config, site)
    return config


def settings(config: Config) -> Iterator[tuple[str, str, object]]:
    """Yield class, trait and value of all that is set."""
    for name, section in config.items():
        for trait, value in section.items():
            assert not isinstance(value, LazyConfigValue), f"{name}.{trait} is half a value"
            yield name, trait, value


@pytest.fixture(params=[*SITES, "more"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Config:
    """The configuration of one site."""
    if request.param != "more":
        return configured(SITES[request.param])
    tmp_path.joinpath("site.yml").write_text(MORE % hash_password("ann's"))
    return configured(tmp_path)


def test_every_trait_exists_and_takes_its_value(config: Config) -> None:
    seen = set()
    for name, trait, value in settings(config):
        traits = CLASSES[name].class_traits(config=True)
        assert trait in traits, f"{name} has no trait {trait}"
        traits[trait]._validate(_Owner(), value)
        seen.add(f"{name}.{trait}")
    assert len(seen) >= 20


class _Owner(HasTraits):
    """Whom a trait is validated for: without the class's own cross-checks, which need a hub."""


@pytest.mark.parametrize(
    ("trait", "value"),
    [("bind_url", 8000), ("spawner_class", "no.such.Class"), ("cleanup_servers", "no")],
)
def test_a_wrong_value_would_be_noticed(trait: str, value: object) -> None:
    with pytest.raises(Exception, match=r"trait|class|import"):
        BerthHub.class_traits()[trait]._validate(_Owner(), value)


def test_spawners_traits_reach_the_class_that_is_used(config: Config) -> None:
    """``c.Spawner`` is read by BerthSpawner, and nothing of it is shadowed there."""
    spawner = BerthSpawner(config=config)
    for trait, value in config.Spawner.items():
        assert getattr(spawner, trait) == value


def test_the_authenticator_takes_its_settings(config: Config) -> None:
    authenticator = config.JupyterHub.authenticator_class(config=config)
    for trait, value in config.Authenticator.items():
        assert getattr(authenticator, trait) == value
    assert not authenticator.validate_username("ann\n")


def test_configuration_cannot_take_the_gate_away() -> None:
    config = Config()
    config.Spawner.apply_user_options = {"cmd": "cmd"}
    config.BerthSpawner.options_form = ""
    config.Spawner.options_from_form = lambda form: form
    spawner = BerthSpawner(config=config)
    assert getattr(spawner.apply_user_options, "__func__", None) is BerthSpawner.apply_user_options
    assert getattr(spawner.options_from_form, "__func__", None) is BerthSpawner.options_from_form
