"""One hub under test on a Slurm of its own: what the scenarios do to it and ask of it.

``ours`` and ``stock`` say how the hub is set up; everything below is the same for both, so that a
difference in the table is one of the hubs.
"""

import json
import shutil
import signal
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import requests

from tests.chaos.cluster import cluster, layout
from tests.chaos.patience import within
from tests.chaos.tools import Tools
from tests.support.hubs import Hub, Visitor
from tests.testbed import processes, users
from tests.testbed.install import PYTHON
from tests.testbed.shell import must
from tests.testbed.slurm import Job, SlurmBed

# Of their own: other tests play with the homes of theirs.
UIDS = {"ada": 20101, "ben": 20102, "cleo": 20103}
PEOPLE = tuple(UIDS)
ADMIN = "ben"
ENDED = {"COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "PREEMPTED", "NODE_FAIL", "OUT_OF_MEMORY"}
_AT_ONCE = 10
_PORTS = 200
_DISK = "16m"
"""Of the file system that the hub's database is on."""


class Place(NamedTuple):
    """A server by its user and its name."""

    user: str
    server: str


class Side(ABC):
    """A hub, its proxy, its Slurm, and the stubs that are its servers."""

    name: ClassVar[str]
    job_name: ClassVar[str]
    usual_poll: ClassVar[int]  # seconds between two looks at a server, if nobody says otherwise
    points: ClassVar[dict[str, tuple[str, str, str, str]]]
    hub: Hub

    def __init__(self) -> None:
        users.ensure_people(UIDS)
        users.ensure_system()
        where = layout(self.name)
        self.bed = SlurmBed(where, cluster(where))
        self.bed.up()
        self.bed.cancel_all()
        self.root = where.root / "chaos"
        self.data = self.root / "data"
        processes.stop(PYTHON, self.root)  # what a run that was killed has left
        self._unmount()
        shutil.rmtree(self.root, ignore_errors=True)
        self.data.mkdir(parents=True, mode=0o755)
        must(["/bin/mount", "-t", "tmpfs", "-o", f"size={_DISK}", "berth-chaos", str(self.data)])
        self.tools = Tools(self.root, where.conf)
        low = 6000 + _PORTS * where.instance
        self.ports = (low, low + _PORTS - 1)
        self.stub = self._install_stub()
        self._visitors: dict[str, Visitor] = {}

    def _install_stub(self) -> Path:
        (self.root / "modes").mkdir(mode=0o755)
        for notes in ("seen", "deaths", "kills"):
            (self.root / notes).mkdir()
            (self.root / notes).chmod(0o777)
        (self.root / "ports").write_text(f"{self.ports[0]} {self.ports[1]}")
        stub = self.root / "stub"
        stub.write_bytes(Path(__file__).with_name("stub.py").read_bytes())
        stub.chmod(0o755)
        return stub

    def _unmount(self) -> None:
        if self.data.is_mount():
            must(["/bin/umount", "--lazy", str(self.data)])

    # -- the hub ----------------------------------------------------------------------------------

    @abstractmethod
    def configure(self, **changes: Any) -> None:
        """Set what scenarios vary, for the next start: poll, start_timeout (seconds)."""

    @abstractmethod
    def profiles(self, more: Mapping[str, str]) -> None:
        """Offer servers in each partition, and *more* (name -> partition), at the next start.

        A profile called ``brief`` runs for a minute.
        """

    @abstractmethod
    def answers(self, partition: str) -> dict[str, str]:
        """Return the options that start a server in this partition."""

    @abstractmethod
    def password(self, user: str) -> str:
        """Return a person's password."""

    @abstractmethod
    def open(self) -> None:
        """Start what the hub needs and the hub, for the first time."""

    def close(self) -> None:
        """End every process of this side; the Slurm stays up for the next run."""
        self.tools.clear()
        for visitor in self._visitors.values():
            visitor.close()
        self.hub.close()
        self.bed.control("up")
        self.bed.cancel_all()
        self._unmount()

    def restart(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the hub and start it again."""
        self.hub.stop(how)
        self.hub.start()

    def arm(self, label: str) -> None:
        """Let the hub die at the step of this label."""
        fresh = self.hub.folder / "kill-at.new"
        fresh.write_text(label)
        fresh.chmod(0o644)
        fresh.rename(self.hub.folder / "kill-at")

    def disarm(self) -> None:
        (self.hub.folder / "kill-at").unlink(missing_ok=True)

    def died(self) -> bool:
        """Tell whether the hub's process has ended."""
        return self.hub.process is None or self.hub.process.poll() is not None

    # -- people and servers -----------------------------------------------------------------------

    def person(self, name: str) -> Visitor:
        """Return somebody who is logged in, with a token."""
        if name not in self._visitors:
            self._visitors[name] = self.hub.visitor(name, self.password(name))
        self._visitors[name].token()
        return self._visitors[name]

    def forget_people(self) -> None:
        """Let everybody log in again: the hub's database is another one."""
        for visitor in self._visitors.values():
            visitor.close()
        self._visitors.clear()

    def start(self, place: Place, partition: str = "work") -> requests.Response:
        """Ask for a server; the hub answers at once or while it starts."""
        return self.person(place.user).start(place.server, self.answers(partition))

    def stop(self, place: Place) -> requests.Response:
        """Press Stop."""
        return self.person(place.user).stop(place.server)

    def servers(self) -> dict[Place, dict[str, Any]]:
        """Return every server the hub knows; raises when the hub does not answer."""
        response = self.person(ADMIN).api("GET", "/users")
        response.raise_for_status()
        return {
            Place(user["name"], server): model
            for user in response.json()
            for server, model in user["servers"].items()
        }

    def ready(self) -> set[Place]:
        """Return the servers that the hub calls ready."""
        return {place for place, model in self.servers().items() if model["ready"]}

    def reach(self, place: Place, timeout: float = 5) -> str:
        """Return the job's number that answers at the server's address; "" if none does."""
        url = f"{self.hub.url}/user/{place.user}/{place.server}/"
        try:
            response = requests.get(url, timeout=timeout, allow_redirects=False)
            return str(response.json()["job"]) if response.status_code == 200 else ""
        except (requests.RequestException, ValueError, KeyError):
            return ""

    def routed(self, place: Place) -> bool:
        """Tell whether the proxy has a route to the server."""
        headers = {"Authorization": f"token {self.hub.proxy_token}"}
        url = f"http://127.0.0.1:{self.hub.api_port}/api/routes"
        routes = requests.get(url, headers=headers, timeout=10).json()
        return f"/user/{place.user}/{place.server}" in routes

    def told(self, place: Place) -> str:
        """Return what the user's pages say after a server has ended, markup and all."""
        paths = (f"/hub/user/{place.user}/{place.server}/", "/hub/home")
        return "".join(self.person(place.user).get(path).text for path in paths)

    def reached(self, places: Iterable[Place]) -> set[Place]:
        """Return those that answer through the proxy."""
        listed = list(places)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return {p for p, job in zip(listed, pool.map(self.reach, listed), strict=True) if job}

    def places(self, count: int, word: str = "s") -> list[Place]:
        """Return *count* places, shared out among the people."""
        return [Place(PEOPLE[n % len(PEOPLE)], f"{word}{n}") for n in range(count)]

    def fleet(self, count: int, partition: str = "work", patience: float = 240) -> list[Place]:
        """Return *count* servers that are ready, started where they were not."""
        places = self.places(count)
        for user in PEOPLE:
            self.person(user)
        absent = set(places) - set(self.servers())
        self.start_all(sorted(absent), partition)
        self.wait_ready(places, patience)
        return places

    def wait_ready(self, places: Iterable[Place], patience: float = 240) -> None:
        """Return when these servers are ready; fail as soon as one is given up."""
        wanted = set(places)

        def arrived() -> bool:
            servers = self.servers()
            given_up = wanted - set(servers)
            assert not given_up, f"{self.name}: not started: {sorted(given_up)}"
            return all(servers[place]["ready"] for place in wanted)

        assert within(arrived, patience) is not None, f"{self.name}: servers not ready in time"

    def start_all(self, places: Iterable[Place], partition: str = "work") -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda place: self.start(place, partition), places))

    def stop_all(self, places: Iterable[Place]) -> list[int]:
        """Press Stop on all; return the statuses."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return [response.status_code for response in pool.map(self.stop, places)]

    def lost(self, places: Iterable[Place]) -> set[Place]:
        """Return the servers that the hub has given up although nobody stopped them."""
        return set(places) - set(self.servers())

    # -- jobs -------------------------------------------------------------------------------------

    def jobs(self) -> list[Job]:
        """Return the jobs that are servers and not at their end."""
        ending = ENDED | {"COMPLETING"}
        return [j for j in self.bed.squeue() if j.name == self.job_name and j.state not in ending]

    def job_of(self, place: Place) -> Job:
        """Return the job that answers for a server."""
        number = int(self.reach(place))
        return next(job for job in self.jobs() if job.id == number)

    def is_noted(self, place: Place) -> bool:
        """Return whether the queue knows all that the hub writes beside this server's job."""
        return True

    def mode(self, place: Place, word: str) -> None:
        """Tell a stub to misbehave; "" to behave."""
        fresh = self.root / "modes" / f".{place.server}"
        fresh.write_text(word)
        fresh.rename(self.root / "modes" / (place.server or "default"))

    def clean(self) -> None:
        """Take everything away that a scenario left: faults, servers, jobs."""
        self.tools.clear()
        self.disarm()
        for mode in (self.root / "modes").iterdir():
            mode.unlink()
        self.bed.control("up")
        self.bed.heal()
        if self.died():
            self.hub.process = None
            self.hub.start()
        self.stop_all([place for place, model in self.servers().items() if not model["stopped"]])
        self.bed.cancel_all()
        if within(lambda: not self.servers(), 60, pause=0.5) is None:
            self.reset()

    def reset(self) -> None:
        """Begin again with an empty database: the hub does not get rid of its servers."""
        self.hub.stop(signal.SIGKILL)
        for path in self.data.glob("jupyterhub.sqlite*"):
            path.unlink()
        self.forget_people()
        self.hub.start()

    def write_points(self) -> Path:
        """Write the steps at which this hub can be killed, for hub_main.py."""
        path = self.hub.folder / "points.json"
        path.write_text(json.dumps(self.points))
        main = self.hub.folder / "hub_main.py"
        main.write_bytes(Path(__file__).with_name("hub_main.py").read_bytes())
        return main
