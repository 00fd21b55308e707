"""A cluster beside the hub's machine: ``ctl`` (slurmctld, accounting, LDAP), ``c1`` and ``c2``."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor

from tests.machines import directory, slurm
from tests.machines.authority import Authority
from tests.machines.machine import Machine
from tests.machines.people import GID, PEOPLE, add_users
from tests.machines.room import MachineRoom
from tests.testbed.shell import BedError, must

_SERVICES = {"ctl": ("munge", "mariadb", "slapd"), "c1": ("munge", "slurmd")}
_SERVICES["c2"] = _SERVICES["c1"]
_ALL = ("munge", "mariadb", "slapd", "slurmdbd", "slurmctld", "slurmd")
_MUNGE_OWNER = "munge:munge"


class Cluster:
    """The cluster of a room.

    ``munge_key`` and ``configuration`` are what its operator hands to whoever installs the hub.
    """

    def __init__(self, room: MachineRoom) -> None:
        self.room = room
        self.authority = Authority(room.layout.root / "authority")
        self.munge_key = secrets.token_hex(64)
        self.configuration = slurm.configuration(room.layout.suite)

    def up(self) -> None:
        """Make the machines, boot them together, and return when both nodes take jobs."""
        self._homes()
        machines = [self.room.add(name, "cluster") for name in _SERVICES]
        with ThreadPoolExecutor() as pool:
            list(pool.map(self._install, machines))
            list(pool.map(Machine.boot, machines))
        self._start_controller(machines[0])
        self._wait_nodes(machines[0])

    def trust(self, machine: Machine) -> None:
        """Put the test authority into the system store of a machine, switched on or off."""
        path = "/usr/local/share/ca-certificates/berth-test.crt"
        machine.put(path, self.authority.own.certificate.read_text())
        machine.must(["/usr/sbin/update-ca-certificates"])

    def _homes(self) -> None:
        for person in PEOPLE:
            home = self.room.layout.home / person.name
            must(["/usr/bin/install", "-d", "-m", "700", "-o", str(person.uid), "-g", str(GID),
                  str(home)])  # fmt: skip

    def _install(self, machine: Machine) -> None:
        machine.must(["/bin/sh", "-euc", add_users()])
        machine.put("/etc/munge/munge.key", self.munge_key, 0o400, _MUNGE_OWNER)
        for name, text in self.configuration.items():
            machine.put(f"/etc/slurm/{name}", text)
        self.trust(machine)
        wanted = _SERVICES[machine.name]
        for unit in _ALL:
            if unit not in wanted:
                machine.must(["/usr/bin/systemctl", "--quiet", "mask", f"{unit}.service"])
        if "slapd" in wanted:
            names = [machine.full_name, machine.name, machine.address]
            server = self.authority.sign(names, file="ldap")
            directory.install(machine, self.authority.own, server)
            machine.put("/etc/slurm/slurmdbd.conf", slurm.SLURMDBD_CONF, 0o600, "slurm:slurm")

    def _start_controller(self, ctl: Machine) -> None:
        """Start one after the other what cannot start before it finds what the other made."""
        ctl.must(["/usr/bin/mariadb"], input=slurm.DATABASE)
        for unit, answers in (("slurmdbd", ["/usr/bin/sacctmgr", "-n", "show", "cluster"]),
                              ("slurmctld", ["/usr/bin/scontrol", "ping"])):  # fmt: skip
            ctl.must(["/usr/bin/systemctl", "--quiet", "unmask", f"{unit}.service"])
            ctl.must(["/usr/bin/systemctl", "start", unit])
            _until_well(ctl, answers)
            if unit == "slurmdbd":
                self._accounts(ctl)

    def _accounts(self, ctl: Machine) -> None:
        add = ["/usr/bin/sacctmgr", "--immediate", "--quiet", "add"]
        ctl.must([*add, "cluster", "berth"])
        for account in sorted({person.account for person in PEOPLE}):
            ctl.must([*add, "account", account, "Cluster=berth"])
        for person in PEOPLE:
            ctl.must([*add, "user", person.name, f"Account={person.account}"])

    def _wait_nodes(self, ctl: Machine) -> None:
        deadline = time.monotonic() + 180
        while True:
            states = ctl.run(["/usr/bin/sinfo", "-hN", "-o", "%N %T"]).stdout.split()
            if states and set(states[1::2]) == {"idle"}:
                return
            if time.monotonic() > deadline:
                raise BedError(f"the nodes do not become idle: {states}")
            time.sleep(0.2)


def _until_well(machine: Machine, argv: list[str], patience: float = 180) -> None:
    deadline = time.monotonic() + patience
    while (done := machine.run(argv)).returncode != 0:
        if time.monotonic() > deadline:
            raise BedError(f"{' '.join(argv)} on {machine.name}: {done.stderr or done.stdout}")
        time.sleep(0.2)
