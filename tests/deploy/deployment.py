"""One centre as its operator sees it: the hub's machine, the cluster, the inventory."""

from pathlib import Path

from tests.deploy import inventory
from tests.deploy.checkout import copy
from tests.deploy.playbook import Run, must_play, play
from tests.machines.cluster import Cluster
from tests.machines.layout import Layout
from tests.machines.machine import Machine
from tests.machines.people import PEOPLE
from tests.machines.room import MachineRoom
from tests.support.hubs import Visitor, until

#: How people log in at the hub of each Debian release, and its database: both ways are tried.
SETTINGS = {"bookworm": "ldap and SQLite", "trixie": "pam and PostgreSQL"}


class Deployment:
    """A room with a cluster and a hub's machine, and what it takes to deploy to it."""

    def __init__(self, layout: Layout, folder: Path) -> None:
        self.layout, self.folder = layout, folder
        self.room = MachineRoom(layout)
        self.checkout = folder / "checkout"
        self.inventory = folder / "inventory"
        self.url = f"https://{layout.full_name('hub')}"
        self.runs: list[Run] = []

    def prepare(self) -> None:
        """Make the machines and the files; nothing is installed yet."""
        self.room.open()
        self.cluster = Cluster(self.room)
        self.cluster.up()
        self.hub = self.room.add("hub")
        self.cluster.trust(self.hub)  # as on every machine of this centre
        self.hub.boot()
        self.trusted = self._trusted()
        copy(self.checkout)
        inventory.beside_cluster(self.inventory, self.cluster, self._settings())

    def _settings(self) -> dict[str, object]:
        if self.layout.suite == "bookworm":
            return {"auth": inventory.ldap(self.layout)}
        return {
            "auth": {"method": "pam"},
            "hub": {"database": "postgresql:///berth"},
            "announcements": {"database": "postgresql:///berth_announcements"},
            "usage": {"database": "postgresql:///berth_usage"},
        }

    def _trusted(self) -> Path:
        """Return a file with the authorities of this computer and the centre's own."""
        ours = self.cluster.authority.own.certificate.read_text()
        file = self.folder / "trusted.crt"
        file.write_text(Path("/etc/ssl/certs/ca-certificates.crt").read_text() + ours)
        return file

    def deploy(self, *arguments: str) -> Run:
        """Run the playbook; BedError if it fails."""
        self.runs.append(must_play(self.checkout, self.inventory, *arguments))
        return self.runs[-1]

    def try_deploy(self, *arguments: str) -> Run:
        """Run the playbook and return whatever it did."""
        return play(self.checkout, self.inventory, *arguments)

    def site_file(self, name: str) -> Path:
        """Return a file of the inventory's ``files`` folder."""
        return self.inventory / "files" / name

    def node(self, name: str) -> Machine:
        return Machine(self.layout, name, "cluster")

    def visitor(self, number: int = 0) -> Visitor:
        """Return a user of the centre, logged in."""
        visitor = Visitor(self.url, PEOPLE[number].name)
        answer = visitor.login(PEOPLE[number].password)
        assert answer.status_code == 200, answer.text[-2000:]
        assert "/hub/login" not in answer.url, f"the login of {visitor.name} failed"
        return visitor

    def pid(self, unit: str) -> int:
        """Return the main process of a unit of the hub's machine."""
        shown = self.hub.must(["/usr/bin/systemctl", "show", "-p", "MainPID", "--value", unit])
        return int(shown)

    def jobs(self) -> set[str]:
        """Return the ids of the jobs that wait or run."""
        listed = self.node("ctl").must(["/usr/bin/squeue", "-h", "-t", "PD,R", "-o", "%A"])
        return set(listed.split())

    def empty(self) -> None:
        """End every job, and wait until the hub has noticed."""
        self.node("ctl").must(["/bin/sh", "-c", "squeue -h -o %A | xargs -r scancel"])
        until(lambda: not self.jobs(), "an empty queue")

    def close(self) -> None:
        self.room.close()
