"""Hub restarts and edits of profiles.d under running servers: nobody loses a kernel.

One hub, one proxy and three servers for the whole file; each test restarts or edits.
"""

import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.hub.room import Room, stop_all
from tests.support.hubs import Visitor, until
from tests.support.kernels import Kernel

PRESET = "{id: %s, title: %s, partition: local, memory: 512M, walltime: 2h}"


@dataclass(frozen=True)
class Running:
    """A server with a kernel that remembers something."""

    owner: Visitor
    server: str
    kernel: str
    job_id: str
    token: str

    def remembers(self) -> str:
        """Return the variable that its kernel was given before."""
        return Kernel(self.owner, self.server, self.kernel).execute("word")


@dataclass(frozen=True)
class Busy:
    """A hub with servers of two users, one of them named."""

    room: Room
    servers: tuple[Running, ...]

    @property
    def presets(self) -> Path:
        """The file that admins edit."""
        return self.room.folder / "profiles.d" / "tests.yml"

    def edit(self, change: Callable[[str], str]) -> None:
        self.presets.write_text(change(self.presets.read_text()))

    def restart(self, how: signal.Signals) -> None:
        self.room.hub.stop(how)
        self.room.hub.start()


@pytest.fixture(scope="module")
def busy() -> Iterator[Busy]:
    """Three servers that run while the tests of this file do their worst."""
    room = Room({})
    try:
        room.hub.start()
        visitors = {name: room.visitor(name) for name in ("ann", "ben")}
        starts = {
            ("ann", ""): {"profile": "small"},
            ("ann", "advanced"): {"profile": "advanced", "partition": "local"},
            ("ben", ""): {"profile": "small"},
        }
        for (name, server), answers in starts.items():
            assert visitors[name].submit_form(server, answers).status_code == 302
        yield Busy(room, tuple(running(room, visitors, *start) for start in starts))
        for visitor in visitors.values():
            stop_all(visitor)
            visitor.close()
    finally:
        room.close()


def running(room: Room, visitors: dict[str, Visitor], name: str, server: str) -> Running:
    owner = visitors[name]
    owner.wait_ready(server)
    kernel = Kernel(owner, server)
    kernel.execute(f"word = '{name} {server}'")
    job = child_state(visitors["ann"], name, server)
    token = re.search(r'"JUPYTERHUB_API_TOKEN": "(\w+)"', room.spawn_file(job["uuid"]).read_text())
    assert token
    return Running(owner, server, kernel.id, job["job_id"], token[1])


def child_state(admin: Visitor, name: str, server: str) -> dict[str, str]:
    """Return what the hub keeps of this server's job."""
    servers = admin.api("GET", f"/users/{name}").json()["servers"]
    state: dict[str, str] = servers[server]["state"]["child_state"]
    return state


def check_kept(busy: Busy) -> None:
    """Fail unless every server is known, ready, in the same job and with the same kernel."""
    admin = busy.servers[0].owner
    for server in busy.servers:
        server.owner.wait_ready(server.server)
        assert child_state(admin, server.owner.name, server.server)["job_id"] == server.job_id
        assert server.remembers() == repr(f"{server.owner.name} {server.server}")
        assert active(server.owner, server.token), "the job's token still counts"
    assert len(busy.room.living()) == len(busy.servers)


def active(owner: Visitor, token: str) -> bool:
    headers = {"Authorization": f"token {token}"}
    answer = requests.get(f"{owner.url}/hub/api/user", headers=headers, timeout=30)
    assert answer.status_code in (200, 403)
    return answer.status_code == 200


# --- restarts

EDITS = {
    "nothing": lambda text: text,
    "renamed": lambda text: text.replace("id: small,", "id: tiny,"),
    "removed": lambda text: re.sub(r"  - \{id: (small|tiny),.*\n", "", text),
    "retyped": lambda text: text.replace("max: 2}", "max: 1}").replace("max: 1G", "max: 300M")
    .replace("default: 512M", "default: 256M").replace("memory: 512M", "memory: 300M"),
    "without-advanced": lambda text: text.partition("advanced:")[0],
}  # fmt: skip


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
@pytest.mark.parametrize("edit", EDITS)
def test_servers_are_kept(busy: Busy, how: signal.Signals, edit: str) -> None:
    original = busy.presets.read_text()
    try:
        busy.edit(EDITS[edit])
        assert edit == "nothing" or busy.presets.read_text() != original
        busy.restart(how)
        check_kept(busy)
        assert offered(busy.servers[-1].owner) >= {"notebook"}, "the edit was a valid one"
    finally:
        busy.presets.write_text(original)


def test_profiles_that_are_broken_at_the_start_cost_nobody_a_server(busy: Busy) -> None:
    ben, original = busy.servers[-1].owner, busy.presets.read_text()
    try:
        busy.edit(lambda text: text + "\tbroken")
        busy.restart(signal.SIGTERM)
        check_kept(busy)
        page, answer = ben.get("/hub/spawn/ben/form"), ben.start("form", {"profile": "small"})
        assert (page.status_code, answer.status_code) == (503, 400)
        assert "There are no profiles at the moment" in page.text
        assert "There are no profiles at the moment" in answer.json()["message"]
    finally:
        busy.presets.write_text(original)
    assert "small" in offered(ben)


# --- edits without a restart


def offered(visitor: Visitor) -> set[str]:
    """Return the presets that the form shows."""
    page = visitor.get("/hub/spawn/ben/form")
    assert page.status_code == 200
    return set(re.findall(r'name="profile"\s+value="([^"]+)"', page.text))


def test_an_added_preset_is_there_at_once(busy: Busy) -> None:
    ben = busy.servers[-1].owner
    assert "added" not in offered(ben)
    path = busy.presets.with_name("added.yml")
    path.write_text("presets:\n  - " + PRESET % ("added", "Added") + "\n")
    try:
        assert "added" in offered(ben)
    finally:
        path.unlink()
    assert "added" not in offered(ben)


@pytest.mark.parametrize(
    "broken",
    [
        "presets: [",
        "presets:\n  - {id: x}\n",
        "\tx",
        "presets:\n  - " + PRESET % ("small", "Twice"),
    ],
    ids=["no-yaml", "no-preset", "tab", "twice"],
)
def test_a_broken_edit_changes_nothing(busy: Busy, broken: str) -> None:
    ben = busy.servers[-1].owner
    before = offered(ben)
    path = busy.presets.with_name("broken.yml")
    path.write_text(broken)
    try:
        assert offered(ben) == before
        assert ben.start("form", {"profile": "nope"}).status_code == 400
        busy_answer = ben.start("form", {"profile": "refused"})
        assert "the only partition is local" in busy_answer.text, "the last good is in force"
    finally:
        path.unlink()
    assert offered(ben) == before


# --- the end


def test_stop_works_and_ends_the_token(busy: Busy) -> None:
    for server in busy.servers:
        assert active(server.owner, server.token)
        assert server.owner.stop(server.server).status_code in (202, 204)
    for server in busy.servers:
        server.owner.wait_stopped(server.server)
        assert not active(server.owner, server.token)
    until(lambda: not busy.room.living(), "the end of the jobs")
