"""SlurmBed: the test cluster as an object that tests talk to."""

import contextlib
import fcntl
import os
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from tests.testbed import accounting, daemons, machine, packages, processes, users
from tests.testbed.cluster import BERTH, Cluster
from tests.testbed.layout import HOME, Layout, chosen
from tests.testbed.shell import BedError, must, run, run_as


class Job(NamedTuple):
    """One line of squeue."""

    id: int
    state: str
    user: str
    partition: str
    name: str
    reason: str
    comment: str


_ROW = re.compile(r"([0-9]+)" + r"\|([^|]*)" * 5 + r"\|(.*)")
_SQUEUE = ("/usr/bin/squeue", "--noheader", "--format=%A|%T|%u|%P|%j|%r|%k")
# A word directly followed by "=" starts the next field; values may hold blanks.
_FIELD = re.compile(r"([A-Za-z][\w/:]*)=(.*?)(?=\s+[A-Za-z][\w/:]*=|$)", re.MULTILINE)


class SlurmBed:
    """A Slurm cluster of the kind ``cluster`` at the place ``layout``."""

    def __init__(self, layout: Layout | None = None, cluster: Cluster = BERTH) -> None:
        self.layout = layout or chosen()
        self.cluster = cluster

    @property
    def env(self) -> dict[str, str]:
        """Environment that makes Slurm commands talk to this bed."""
        return self.layout.env

    # -- up and down ------------------------------------------------------------------------------

    def up(self) -> None:
        """Bring everything up and in order; quick when it already is. Raises BedError."""
        packages.ensure("users", "cluster")
        if os.geteuid() != 0:
            raise BedError("the Slurm test bed starts daemons for several users: run as root")
        with self._lock():
            if self.cluster.people:
                users.ensure()
            if not machine.started_with(self.layout, self.cluster):
                daemons.stop_all(self.layout)
            machine.prepare(self.layout, self.cluster)
            self._start()
            machine.remember_start(self.layout, self.cluster)

    def _start(self) -> None:
        daemons.start_munged(self.layout)
        daemons.start_mariadb(self.layout)
        daemons.start_slurmdbd(self.layout)
        (accounting.ensure if self.cluster.people else accounting.register)(self.layout)
        daemons.start_slurmctld(self.layout)
        for node in self.cluster.nodes:
            daemons.start_slurmd(self.layout, node.name)
        self.heal()
        log = self.layout.logs / "slurmctld.log"
        daemons.wait(lambda: not self._unready_nodes(), "some of the nodes", log)

    def down(self, *, purge: bool = False) -> None:
        """Stop everything; with ``purge`` also remove this bed's folder, its database included."""
        with self._lock():
            if daemons.controller_answers(self.layout):
                self.cancel_all()
            daemons.stop_all(self.layout)
            if purge:
                must(["/bin/rm", "-rf", "--one-file-system", str(self.layout.root)])

    def status(self) -> dict[str, bool]:
        """Return daemon -> whether it runs."""
        return {program: daemons.running(self.layout, program) for program in daemons.DAEMONS}

    def control(self, change: Literal["down", "up"]) -> None:
        """Stop or start slurmctld alone; jobs run on meanwhile."""
        if change == "down":
            processes.stop(daemons.SLURMCTLD, self.layout.root)
        else:
            daemons.start_slurmctld(self.layout)

    # -- using it ---------------------------------------------------------------------------------

    def run_as(
        self, user: str, argv: Sequence[str], *, input: str | None = None, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as ``user``, in the user's home, with a login-like environment."""
        return run_as(user, argv, env=self.env, input=input, timeout=timeout)

    def squeue(self, user: str | None = None) -> list[Job]:
        """Return the jobs that are pending, running or ending, of one user or of all."""
        listed = must([*_SQUEUE, *([f"--user={user}"] if user else [])], env=self.env)
        # A line that is no row continues a comment in which its author put a line break.
        rows = [match.groups() for line in listed.splitlines() if (match := _ROW.fullmatch(line))]
        return [Job(int(row[0]), *row[1:]) for row in rows]

    def job(self, job_id: int | str) -> dict[str, str]:
        """Return the fields of ``scontrol show job -dd``; LookupError when there is no such job."""
        done = run(["/usr/bin/scontrol", "show", "job", "-dd", str(job_id)], env=self.env)
        if "Invalid job id" in done.stderr:
            raise LookupError(f"Slurm knows no job {job_id} (any more)")
        if done.returncode != 0:
            raise BedError(done.stderr)
        return {key: value.strip() for key, value in _FIELD.findall(done.stdout)}

    def wait_state(self, job_id: int | str, *states: str, timeout: float = 120) -> dict[str, str]:
        """Return the job's fields once its JobState is one of ``states``."""
        deadline = time.monotonic() + timeout
        while (fields := self.job(job_id))["JobState"] not in states:
            if time.monotonic() > deadline:
                raise BedError(
                    f"job {job_id} is {fields['JobState']} ({fields['Reason']}) after "
                    f"{timeout:.0f} s, not {' or '.join(states)}"
                )
            time.sleep(0.2)
        return fields

    def wait_empty(self, user: str | None = None, timeout: float = 120) -> None:
        """Return once squeue lists no job of this user (or of anybody)."""
        deadline = time.monotonic() + timeout
        while left := self.squeue(user):
            if time.monotonic() > deadline:
                raise BedError(f"still in the queue after {timeout:.0f} s: {left}")
            time.sleep(0.2)

    def cancel_all(self) -> None:
        """Cancel every job of everybody and wait until all have ended."""
        ids = [str(job.id) for job in self.squeue()]
        if ids:
            run(["/usr/bin/scancel", *ids], env=self.env)
            self.wait_empty()

    @contextlib.contextmanager
    def reservation(
        self, name: str = "training", user: str = "alice", node: str = "c2"
    ) -> Iterator[str]:
        """Reserve a node for a user for two hours, for as long as the ``with`` block lasts."""
        fields = {"reservationname": name, "users": user, "nodes": node, "starttime": "now"}
        settings = [f"{key}={value}" for key, value in fields.items()]
        must(
            ["/usr/bin/scontrol", "create", "reservation", *settings, "duration=120"], env=self.env
        )
        try:
            yield name
        finally:
            self._delete_reservation(name)

    # -- inside -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        machine.folder(HOME, "root")
        with (HOME / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def heal(self) -> None:
        """Undo what a killed test may have left: reservations, drained or downed nodes."""
        listed = must(["/usr/bin/scontrol", "show", "reservation", "--oneliner"], env=self.env)
        for name in re.findall(r"^ReservationName=(\S+)", listed, re.MULTILINE):
            self._delete_reservation(name)
        for node in self._unready_nodes():
            run(["/usr/bin/scontrol", "update", f"nodename={node}", "state=resume"], env=self.env)

    def _delete_reservation(self, name: str) -> None:
        run(["/usr/bin/scontrol", "delete", f"reservationname={name}"], env=self.env)

    def _unready_nodes(self) -> list[str]:
        listed = must(["/usr/bin/sinfo", "--noheader", "--Node", "-o", "%N|%T"], env=self.env)
        states = dict(line.split("|") for line in listed.splitlines())
        ready = {"idle", "mixed", "allocated", "completing", "reserved", "planned"}
        return [node for node, state in states.items() if state not in ready]
