"""Everybody who may come to a service or to the hub, and what they come with."""

from functools import partial
from typing import Any

from tests.support.hubs import Visitor, until
from tests.support.services import APPS, STRANGER, Served

PEOPLE = ("cat", "ben", "eve", "ann")
ANONYMOUS = "anonymous"
NARROW = "cat, with a token that opens no service"
READER = "eve, with a token that opens all services and writes nothing"
REVOKED = "eve, with a token that was revoked"
OWN = {app: f"the token of {app}" for app in APPS}
FOREIGN = "the token of another service"
ACTORS = (ANONYMOUS, *PEOPLE, NARROW, READER, REVOKED, *OWN.values(), FOREIGN)


def tokens(served: Served) -> dict[str, str]:
    """Return what each of ACTORS comes with."""
    people = {name: served.visitor(name) for name in PEOPLE}
    eve, cat = people["eve"], people["cat"]
    return {
        ANONYMOUS: "",
        **{name: visitor.token() for name, visitor in people.items()},
        NARROW: _token(cat, ["read:users!user=cat"])["token"],
        READER: _token(eve, [f"access:services!service={app}" for app in APPS])["token"],
        REVOKED: _revoked(served, eve),
        **{OWN[app]: served.tokens[app] for app in APPS},
        FOREIGN: served.tokens[STRANGER],
    }


def _token(visitor: Visitor, scopes: list[str]) -> dict[str, Any]:
    body = {"note": "narrow", "scopes": scopes}
    answer = visitor.api("POST", f"/users/{visitor.name}/tokens", body)
    assert answer.status_code in (200, 201), answer.text
    made: dict[str, Any] = answer.json()
    return made


def _revoked(served: Served, eve: Visitor) -> str:
    """Return a token that every service has known, and knows no more."""
    made = _token(eve, [f"access:services!service={app}" for app in APPS])
    token: str = made["token"]
    for app in APPS:
        assert served.ask(token, app).status_code == 200, app
    answer = eve.api("DELETE", f"/users/eve/tokens/{made['id']}")
    assert answer.status_code == 204, answer.text
    for app in APPS:
        until(partial(_unknown, served, token, app), f"{app} forgets a token")
    return token


def _unknown(served: Served, token: str, app: str) -> bool:
    return served.ask(token, app).status_code != 200
