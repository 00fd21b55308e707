from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hub_config.model.branding import Branding, Link
from hub_config.model.login import DictionaryAuth
from hub_config.model.site import Hub, Site, is_secret

SMALLEST = {"auth": {"method": "pam"}, "scheduler": {"type": "slurm"}}


def site(**change: Any) -> Site:
    return Site.model_validate({**SMALLEST, **change})


def test_the_smallest_site_has_everything_else_by_default() -> None:
    made = site()
    assert made.hub.listen == "http://127.0.0.1:8081"
    assert made.hub.data_dir == Path("/var/lib/berth")
    assert made.scheduler.transport == "socket"
    assert list(made.applications) == ["lab"]


def test_the_method_chooses_what_auth_holds() -> None:
    auth = {"method": "dictionary", "passwords": {"demo": "x"}}
    assert isinstance(site(auth=auth).auth, DictionaryAuth)
    with pytest.raises(ValidationError):
        site(auth={**auth, "method": "pam"})


def test_relative_paths_start_at_the_folder_of_the_site() -> None:
    made = Site.model_validate(
        {**SMALLEST, "hub": {"data_dir": "data"}, "branding": {"logo": "/sw/logo.png"}},
        context={"folder": Path("/etc/berth")},
    )
    assert made.hub.data_dir == Path("/etc/berth/data")
    assert made.branding.logo == Path("/sw/logo.png")


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8081", "https://hub.example.org:443", "http://[::1]:8081", "http://a:1/b"],
)
def test_the_hub_listens_on_a_host_and_a_port(url: str) -> None:
    assert Hub(listen=url).listen == url
    assert Hub(listen=url + "/").listen == url


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:8081", "http://", "http://:8081", "http://a", "http://a:0", "http://a:65536",
        "http://a:x", "http://a:-1", "ftp://a:1", "//a:1", "http://a b:1", "http://a:1 ", "",
        "http://[::1:8081", "http://a:1?x", "http://a:1#x", "http://user:pw@a:1", "http://a:1/\n",
        "javascript:alert(1)", "x" * 10_000,
    ],
)  # fmt: skip
def test_what_cannot_be_listened_on_is_refused(url: str) -> None:
    with pytest.raises(ValidationError) as error:
        Hub(listen=url)
    assert "write " in str(error.value)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://docs.example.org", "https://docs.example.org"),
        ("https://docs.example.org/", "https://docs.example.org"),
        ("https://docs.example.org/a/?q=1#top", "https://docs.example.org/a/?q=1#top"),
    ],
)
def test_a_link_leads_where_it_was_written_to(written: str, url: str) -> None:
    assert Link(text="x", url=written).url == url


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "/docs", "https:docs"])
def test_a_link_is_http(url: str) -> None:
    with pytest.raises(ValidationError):
        Link(text="x", url=url)


@pytest.mark.parametrize(
    "url", ["", "sqlite:////var/lib/x", "postgresql://a:b@c/d", "postgresql+psycopg://c/d"]
)
def test_a_database_is_a_url_of_sqlalchemy(url: str) -> None:
    assert Hub(database=url).database == url


@pytest.mark.parametrize("url", ["/var/lib/hub.sqlite", "postgres://a:hunter2@c/d", "hunter2"])
def test_what_is_no_database_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ValidationError) as error:
        Hub(database=url)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.20.0.5"])
def test_servers_listen_on_an_address(address: str) -> None:
    made = site(scheduler={"type": "local", "single_user_listen": address})
    assert made.scheduler.single_user_listen == address


@pytest.mark.parametrize("change", [{"name": ""}, {"name": "a\nb"}, {"welcome": "x" * 1001}])
def test_branding_fits_on_the_page(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Branding(**change)


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        (("auth", "passwords"), True),
        (("auth", "passwords", "alice"), True),
        (("hub", "database"), True),
        (("auth", "method"), False),
        (("hub", "listen"), False),
        (("passwords",), False),
        ((), False),
    ],
)
def test_secrets_are_known_by_their_place(path: tuple[object, ...], secret: bool) -> None:
    assert is_secret(path) is secret
