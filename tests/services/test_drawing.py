"""Where a page of a service leads: below the prefix of the site, or on a name of its own."""

import re
from pathlib import Path

import pytest

from hub_config.load import load_site
from hub_config.model.told import Told, tell
from services.common.drawing import draw
from services.common.person import Person
from tests.support.hubs import ROOT

CAT = Person("cat", "user")
ANN = Person("ann", "user", admin=True)
OURS = ("announcements", "accounts", "usage")


@pytest.fixture
def told() -> Told:
    """The example site with all three services."""
    site = load_site(ROOT / "examples" / "dkrz" / "site.yml")
    known = tell(site, Path("/etc/berth"))
    names = [entry.name for entry in known.menu]
    assert {entry.app for entry in known.menu} >= set(OURS), names
    return known


def addresses(told: Told, base: str, who: Person | None) -> set[str]:
    """Return where the page of an error leads, and what it loads."""
    words = {"status": 404, "words": "No.", "method": "GET"}
    page = draw("services/problem.html", told, base, who, **words)
    return set(re.findall(r'(?:href|src)="([^"#]+)"', page))


def test_below_a_prefix(told: Told) -> None:
    site = told.model_copy(update={"prefix": "/jupyter", "subdomains": False})
    base = "/jupyter/services/usage/"
    found = {one for one in addresses(site, base, CAT) if not one.startswith(("http", "mailto:"))}
    assert found
    assert all(one.startswith(("/jupyter/hub/", "/jupyter/services/")) for one in found)
    assert {f"/jupyter/services/{app}/" for app in OURS} <= found


def test_on_a_name_of_its_own(told: Told) -> None:
    site = told.model_copy(
        update={"prefix": "", "subdomains": True, "origin": "https://hub.example.org"}
    )
    found = addresses(site, "/services/usage/", CAT)
    assert {"https://hub.example.org/hub/home", "https://hub.example.org/hub/logout"} <= found
    assert {f"https://{app}--service.hub.example.org/services/{app}/" for app in OURS} <= found
    local = {one for one in found if one.startswith("/")}
    assert local
    assert all(one.startswith("/services/usage/") for one in local)


def test_the_menu_is_that_of_the_visitor(told: Told) -> None:
    entries = tuple(one.model_copy(update={"everybody": one.app != "usage"}) for one in told.menu)
    site = told.model_copy(update={"menu": entries})
    usage = "/services/usage/"
    assert usage not in addresses(site, "/services/accounts/", CAT)
    assert usage in addresses(site, "/services/accounts/", ANN)
    assert "/hub/admin" in addresses(site, usage, ANN)
    assert "/hub/admin" not in addresses(site, usage, CAT)
    assert not {"/hub/logout", "/hub/home"} - addresses(site, usage, CAT)
    assert "/hub/login" in addresses(site, usage, None)
