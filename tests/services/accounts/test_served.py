"""The service beside a real hub: its page and its JSON, for whoever asks."""

import pytest
import requests

from tests.pages.markup import parse
from tests.support.hubs import Visitor, until
from tests.support.services import APPS, STRANGER, Served


@pytest.fixture(scope="module", autouse=True)
def known(served: Served) -> None:
    """The hub has looked at its scheduler once; before, a page may have to do without."""
    cat = served.visitor("cat")
    until(lambda: cat.api("GET", "/berth/accounts").json()["features"], "a look at the partitions")


def test_a_visitor_sees_their_accounts(served: Served, cat: Visitor) -> None:
    answer = cat.get("/services/accounts/")
    assert answer.status_code == 200, answer.text
    (main,) = parse(answer.text).all("main")
    assert "The scheduler here has no accounts." in " ".join(main.text.split())
    assert "local" in main.text  # the partition they may choose


def test_everybody_gets_their_own_as_json(served: Served, cat: Visitor, ann: Visitor) -> None:
    for visitor in (cat, ann):
        answer = served.ask(visitor.token(), "accounts", "api/v1/mine")
        assert answer.json()["user"] == visitor.name
        assert answer.json() == {**answer.json(), **visitor.api("GET", "/berth/accounts").json()}
        assert answer.headers["Cache-Control"] == "no-store"


def test_nobody_can_ask_for_somebody_else(served: Served, cat: Visitor) -> None:
    for path in ("api/v1/mine?user=ann", "api/v1/mine?token=x", "?user=ann"):
        answer = served.ask(cat.token(), "accounts", path)
        assert '"user": "ann"' not in answer.text
    assert served.ask(cat.token(), "accounts", "api/v1/ann").status_code == 404


@pytest.mark.parametrize("name", [*APPS, STRANGER])
def test_services_have_no_accounts(served: Served, name: str) -> None:
    answer = served.ask(served.tokens[name], "accounts", "api/v1/mine")
    assert answer.status_code == 403
    assert set(answer.json()) == {"status", "message"}


def test_whoever_is_not_logged_in(served: Served) -> None:
    assert served.ask("", "accounts", "api/v1/mine").status_code == 403
    assert served.ask("nonsense", "accounts", "api/v1/mine").status_code == 403
    assert served.ask("", "accounts").status_code == 302


def test_a_token_that_is_revoked_is_told_nothing_more(served: Served, cat: Visitor) -> None:
    made = cat.api("POST", "/users/cat/tokens", {"note": "short"}).json()
    assert served.ask(made["token"], "accounts", "api/v1/mine").status_code == 200
    cat.api("DELETE", f"/users/cat/tokens/{made['id']}")
    url = f"{served.hub.url}/hub/api/berth/accounts"
    headers = {"Authorization": f"token {made['token']}"}
    assert requests.get(url, headers=headers, timeout=60).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["", "api/v1/mine"])
def test_nothing_can_be_changed(served: Served, cat: Visitor, path: str, method: str) -> None:
    assert served.ask(cat.token(), "accounts", path, method).status_code == 405
