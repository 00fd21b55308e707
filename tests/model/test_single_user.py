"""What a server is told about idleness, and which variables every server has."""

import pytest
from pydantic import ValidationError

from hub_config.model.offer import Person, make_offer
from hub_config.model.profiles import Profiles
from hub_config.model.request import MAX_VARIABLES
from hub_config.model.resolve import Defaults, resolve
from hub_config.model.single_user import CULL_CONNECTED, IDLE_TIMEOUT, SingleUser
from tests.model.offers import SITE, offer

HOUR = 3600


def test_nothing_is_culled_unless_asked_for() -> None:
    assert SingleUser().idle_variables(8 * HOUR) == {}


def test_a_timeout_goes_to_the_server() -> None:
    told = SingleUser.model_validate({"idle_timeout": "2h"}).idle_variables(8 * HOUR)
    assert told == {IDLE_TIMEOUT: "7200", CULL_CONNECTED: ""}


def test_open_notebooks_too() -> None:
    asked = {"idle_timeout": "2h", "cull_connected": True}
    told = SingleUser.model_validate(asked).idle_variables(8 * HOUR)
    assert told[CULL_CONNECTED] == "1"


@pytest.mark.parametrize("walltime", [HOUR, 2 * HOUR])
def test_a_job_that_ends_sooner_is_told_nothing(walltime: int) -> None:
    asked = SingleUser.model_validate({"idle_timeout": "2h"})
    assert asked.idle_variables(walltime) == {}


@pytest.mark.parametrize("name", ["PATH", "JUPYTERHUB_API_TOKEN", "LD_PRELOAD", "A-B"])
def test_reserved_names_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        SingleUser.model_validate({"environment": {name: "x"}})


def test_more_variables_than_a_request_holds_are_refused() -> None:
    with pytest.raises(ValidationError):
        SingleUser.model_validate({"environment": {f"V{n}": "" for n in range(MAX_VARIABLES + 1)}})


def asked(site: dict[str, str], **preset: object) -> dict[str, str]:
    """Return the variables of a server of a preset, which *preset* changes, at this site."""
    values = {"id": "one", "title": "One", "partition": "p", "memory": "1G", "walltime": "1h"}
    profiles = Profiles.model_validate({"presets": ({**values, **preset},)})
    found = make_offer(profiles, SITE.applications, Person("alice"), {}, None)
    request = resolve(found, {"profile": "one"}, Defaults(600, 120, "", site))
    return dict(request.environment)


def test_every_server_has_the_sites_variables() -> None:
    assert asked({"SITE": "example"}) == {"SITE": "example"}
    advanced = {"profile": "advanced", "partition": "shared", "account": "bm0146"}
    request = resolve(offer(), advanced, Defaults(600, 120, "", {"SITE": "example"}))
    assert request.environment == (("SITE", "example"),)


def test_a_preset_says_the_last_word() -> None:
    found = asked({"A": "site", "B": "site"}, environment={"B": "preset"})
    assert found == {"A": "site", "B": "preset"}


def test_a_full_site_and_a_full_preset_fit_into_one_request() -> None:
    site = {f"S{n}": "" for n in range(MAX_VARIABLES)}
    preset = {f"P{n}": "" for n in range(MAX_VARIABLES)}
    assert len(asked(site, environment=preset)) == 2 * MAX_VARIABLES
