"""Where quotas come from and what is checked, as an operator writes it."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hub_config.model.accounts import Accounts


def read(data: dict[str, Any]) -> Accounts:
    """Read it as the loader does, which gives tuples and the folder of site.yml."""
    given = {key: tuple(v) if isinstance(v, list) else v for key, v in data.items()}
    return Accounts.model_validate(given, context={"folder": "/etc/berth"})


def test_nothing_has_to_be_said() -> None:
    site = read({})
    assert (site.quota, site.balance, site.login) == ((), (), None)
    assert (site.checks.home, site.checks.quota, site.checks.quota_age) == (None, "refuse", 3600)


def test_places_are_files_beside_the_site_or_addresses() -> None:
    places = ["quota.json", "/var/lib/q.json", "https://example.org/q.json?key=1",
              "http://127.0.0.1:8080/q.json"]  # fmt: skip
    assert read({"quota": places}).quota == (
        Path("/etc/berth/quota.json"), Path("/var/lib/q.json"), *places[2:],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("http://example.org/q.json", "is no https URL"),
        ("ftp://example.org/q.json", "is no https URL"),
        ("https://me:secret@example.org/q.json", "is no https URL"),
        ("https://", "is no https URL"),
        ("", "is neither a path nor a URL"),
        ("a\nb", "is neither a path nor a URL"),
        (7, "is neither a path nor a URL"),
    ],
)
def test_other_places_are_refused_with_a_cure(place: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        read({"quota": [place]})
    assert " — write " in str(caught.value)


@pytest.mark.parametrize("name", ["login.example.org", "login1", "LOGIN", "10.0.0.1"])
def test_a_machine_to_log_in_to(name: str) -> None:
    assert read({"login": name}).login == name


@pytest.mark.parametrize("name", ["", "a b", "-x", "login.", "<b>", "https://login", "x" * 300])
def test_what_is_no_machine(name: str) -> None:
    with pytest.raises(ValidationError, match="login"):
        read({"login": name})


@pytest.mark.parametrize(
    "checks", [{"quota": "maybe"}, {"quota": True}, {"quota_age": 60}, {"home": "yes"}, {"x": 1}]
)
def test_checks_that_there_are_not(checks: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read({"checks": checks})


def test_one_place_once() -> None:
    with pytest.raises(ValidationError, match="stands twice"):
        read({"quota": ["q.json", "/etc/berth/q.json"]})
