"""The port report: one whole number from the job itself, once, and nothing else of a server.

Jobs run a stand-in that listens and leaves the report to the test.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from hub_config.job import BatchJob
from hub_config.spawner import BerthSpawner
from tests.hub.room import Room, stop_all
from tests.support.hubs import Visitor, until

READY = "/hub/api/berth/ready"
PORT = 45678
"""A port that would be taken, were it not for what else is wrong with the body."""


@dataclass(frozen=True)
class Waiting:
    """A job that has not reported yet."""

    owner: Visitor
    token: str
    port: int
    """What it really listens on."""

    @property
    def url(self) -> str:
        """The address that jobs report to."""
        return self.owner.url + READY

    def report(self, body: bytes, token: str = "", **options: Any) -> requests.Response:
        """POST *body* as the job does, or with another *token*."""
        headers = {"Authorization": f"token {token or self.token}", **options.pop("headers", {})}
        return requests.post(self.url, data=body, headers=headers, timeout=30, **options)


@pytest.fixture(scope="module")
def waiting(room: Room, ann_at_her_browser: Visitor) -> Iterator[Waiting]:
    """A job of cat's that waits to be heard; only the last tests of this file change that."""
    cat = room.visitor("cat")
    with room.launcher(room.standin):
        assert cat.submit_form("", {"profile": "small"}).status_code == 302
        until(lambda: state(ann_at_her_browser)["child_state"]["job_id"], "the job's number")
    spawn_file = room.spawn_file(state(ann_at_her_browser)["child_state"]["uuid"])
    port_file = spawn_file.with_suffix(".port")
    until(lambda: port_file.exists() and port_file.read_text(), "the stand-in listening")
    env = json.loads(spawn_file.read_text())["env"]
    yield Waiting(cat, env["JUPYTERHUB_API_TOKEN"], int(port_file.read_text()))
    stop_all(cat)
    cat.close()


def state(admin: Visitor) -> dict[str, Any]:
    """Return what the hub keeps of cat's server, as an admin sees it."""
    model = admin.api("GET", "/users/cat").json()["servers"][""]
    return {"model": {k: v for k, v in model.items() if k != "last_activity"}, **model["state"]}


# --- bodies

NAMES = sorted({*dir(BerthSpawner), *dir(BatchJob)} - {"port"})
"""Every attribute of the class tree, traits included."""

PORTS: tuple[Any, ...] = (
    0, 1, 22, 80, 443, 1023, -1, -45678, 65536, 2**31, 2**63, 10**30, 45678.0, 45678.5, 4.5678e4,
    1e400, float("nan"), float("inf"), True, False, None, "45678", "", "0xb26e", "45678 ", [45678],
    [], {}, {"port": 45678}, [[45678]], "\u0664\u0665\u0666\u0667\u0668",
)  # fmt: skip
RAW = (
    b"", b" ", b"\n", b"{}", b"[]", b"45678", b'"45678"', b"null", b"true", b"NaN", b"port=45678",
    b"{", b'{"port":', b'{"port": 45678', b'{"port": 45678}}', b'{"port": 45678} {"port": 45678}',
    b'{"port": 45678,}', b"{'port': 45678}", b'{port: 45678}', b'{"port": 045678}',
    b'{"port": +45678}', b'{"port": 4_5678}', b'{"port": 0xb26e}', b'{"port": 45678}\x00',
    b'{"PORT": 45678}', b'{"port ": 45678}', b'{" port": 45678}', b'{"port\\u0000": 45678}',
    b'{"port": 45678, "port": 45678}', b'{"port": 45678, "port": 45679}',
    b'{"port": 45678, "": 1}', b'[{"port": 45678}]', b'{"port": {"port": 45678}}',
    b'{"\xff": 45678}', b'\xff\xfe{"port": 45678}', b'\xef\xbb\xbf{"port": 45678}',
    '{"port": 45678}'.encode("utf-16"), '{"port": 45678}'.encode("utf-32-le"),
    b'{"\\ud800": 45678}', b"[" * 1000, b"[" * 100_000, b'{"a":' * 150 + b"1" + b"}" * 150,
    b'{"port": ' + b"[" * 900 + b"]" * 100 + b"}", b'{"port": ' + b"9" * 1000 + b"}",
    b'{"port": 45678' + b" " * 2000 + b"}", b"x" * 1_000_000, b'{"port": -Infinity}',
)  # fmt: skip
BODIES = {
    "port": [json.dumps({"port": value}).encode() for value in PORTS],
    "raw": list(RAW),
    "port-and-name": [json.dumps({"port": PORT, name: "x"}).encode() for name in NAMES],
    "name": [json.dumps({name: PORT}).encode() for name in NAMES[::3]],
}  # fmt: skip


def test_bodies_that_are_no_report_change_nothing(
    room: Room, ann: Visitor, waiting: Waiting
) -> None:
    before, faults = state(ann), room.faults()
    bodies = [body for group in BODIES.values() for body in group]
    assert len(bodies) >= 300
    codes = {body: waiting.report(body).status_code for body in bodies}
    assert not {body[:60]: code for body, code in codes.items() if code not in (400, 413)}
    assert state(ann) == before
    assert room.faults() == faults


# --- whose report


def test_only_the_jobs_own_token_counts(room: Room, ann: Visitor, waiting: Waiting) -> None:
    before = state(ann)
    body = json.dumps({"port": waiting.port}).encode()
    others = {
        "an admin's": (ann.token(), 410),
        "cat's own, not the job's": (waiting.owner.token(), 410),
        "nobody's": ("0" * 32, 403),
        "the proxy's": (room.hub.proxy_token, 403),
        "half of it": (waiting.token[:16], 403),
    }
    seen = {who: waiting.report(body, token).status_code for who, (token, _) in others.items()}
    assert seen == {who: code for who, (_, code) in others.items()}
    assert state(ann) == before


def test_cookies_are_no_proof(waiting: Waiting) -> None:
    cat = waiting.owner
    cat.get("/hub/home")
    body, kind = json.dumps({"port": waiting.port}), {"Content-Type": "application/json"}
    proofs: tuple[dict[str, Any], ...] = (
        {},
        {"headers": {"X-XSRFToken": cat.xsrf(), **kind}},
        {"params": {"_xsrf": cat.xsrf()}, "headers": kind},
    )
    for options in proofs:
        answer = cat.session.post(waiting.url, data=body, timeout=30, **options)
        assert answer.status_code == 403


def test_a_token_counts_in_the_header_only(waiting: Waiting) -> None:
    body = json.dumps({"port": waiting.port})
    url, form = waiting.url, {"token": waiting.token, "port": waiting.port}
    assert requests.post(url, data=body, timeout=30).status_code == 403
    assert requests.post(f"{url}?token={waiting.token}", data=body, timeout=30).status_code == 403
    assert requests.post(url, data=form, timeout=30).status_code == 403


def test_no_other_method_reports(ann: Visitor, waiting: Waiting) -> None:
    before = state(ann)
    headers, body = {"Authorization": f"token {waiting.token}"}, json.dumps({"port": waiting.port})
    for method in ("GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
        answer = requests.request(method, waiting.url, data=body, headers=headers, timeout=30)
        assert answer.status_code < 500, method
        assert state(ann) == before, method


@pytest.mark.parametrize("path", ["/hub/api/batchspawner", "/hub/api/batchspawner/"])
def test_batchspawners_own_report_is_not_there(waiting: Waiting, path: str) -> None:
    headers, url = {"Authorization": f"token {waiting.token}"}, waiting.owner.url + path
    for body in (b"{}", json.dumps({"port": waiting.port}).encode()):
        answer = requests.post(url, data=body, headers=headers, timeout=30)
        assert answer.status_code in (404, 405)


# --- the right report, and the end


def test_the_right_report_once(ann: Visitor, waiting: Waiting) -> None:
    right, other = (json.dumps({"port": port}).encode() for port in (waiting.port, PORT))
    assert waiting.report(b'{"port": 1023}').status_code == 400
    assert waiting.report(right).status_code == 204
    assert waiting.report(right).status_code == 204, "its first answer may have been lost"
    assert waiting.report(other).status_code == 409
    waiting.owner.wait_ready()
    assert waiting.report(right).status_code == 204
    assert waiting.report(other).status_code == 409
    assert state(ann)["child_state"]["port"] == waiting.port
    assert waiting.owner.get("/user/cat/api").status_code == 200


def test_after_the_stop_the_token_is_worth_nothing(waiting: Waiting) -> None:
    waiting.owner.stop()
    waiting.owner.wait_stopped()
    answer = waiting.report(json.dumps({"port": waiting.port}).encode())
    assert answer.status_code in (403, 410)
