"""The stage of a bench: the bed with its users, the stubs, and both hubs, one at a time."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench import people, seed, stub
from bench.cluster import bench_bed, clear
from bench.ours import OurHub
from bench.rest import Rest
from bench.stock.hub import PROFILES, StockHub
from tests.support.hubs import until
from tests.testbed import processes
from tests.testbed.daemons import SLURMCTLD
from tests.testbed.install import install_release
from tests.testbed.layout import HOME
from tests.testbed.slurm import SlurmBed

TERM_PATIENCE = 30.0
"""Seconds after which a SIGTERM counts as lost."""
_STOCK_PROFILES = (
    *PROFILES,
    ("Full", "full", {"req_partition": "full", "req_memory": "256"}),
)


class Stage:
    """Everything a measurement needs; ``hubs`` is (ours, stock), neither running."""

    def __init__(self, most: int) -> None:
        self.users = people.ensure(most)
        self.bed = bench_bed()
        let_go(self.bed)
        self.bed.up()
        clear(self.bed)
        release = install_release(HOME / "release-bench")
        layout = self.bed.layout
        port = layout.port(90)
        self.stub, self._answers = stub.install(port), stub.Answers(port)
        folder = layout.root / "stock"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.ours = OurHub(self.bed, release, layout.port(92), self.stub)
        self.stock = StockHub(
            self.bed, folder, profiles=_STOCK_PROFILES, stub=self.stub, port=layout.port(95)
        )
        self.hubs: tuple[Rest, Rest] = (self.ours, self.stock)
        self._seeded = 0

    def down(self) -> None:
        """End everything that was started here; the Slurm stays for the next run."""
        for hub in self.hubs:
            hub.down()
        self._answers.close()
        clear(self.bed)

    @contextmanager
    def running(self, hub: Rest) -> Iterator[Rest]:
        """Run *hub* for as long as the block lasts."""
        if hub.proxy is None:
            hub.open()
        elif hub.process is None:
            hub.start()
        try:
            yield hub
            hub.check()
        finally:
            end(hub)

    def seed(self, number: int) -> None:
        """Bring both hubs, which do not run, to *number* running servers.

        From the first call on they know all users, so that only the servers become more.
        """
        if not self._seeded:
            for hub in self.hubs:
                with self.running(hub):
                    hub.add_users(self.users)
                    if number:
                        seed.first(hub)
                        until(lambda: seed.noted(self.bed), "a comment with the server's port")
            self._seeded = min(number, 1)
        if number > self._seeded:
            copies = seed.submit(self.bed, self.ours, self.users[self._seeded : number])
            for hub in self.hubs:
                seed.write(hub, copies)
            self._seeded = number


@contextmanager
def held(bed: SlurmBed) -> Iterator[None]:
    """Stop slurmctld as a machine under load does: it takes connections and answers nothing."""
    for pid in processes.find(SLURMCTLD, bed.layout.root):
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        let_go(bed)


def let_go(bed: SlurmBed) -> None:
    """Let slurmctld go on; a run that was killed may have left it stopped."""
    for pid in processes.find(SLURMCTLD, bed.layout.root):
        os.kill(pid, signal.SIGCONT)


def end(hub: Rest) -> float | None:
    """Stop *hub* by SIGTERM and return the seconds it took; None: it had to be killed."""
    if hub.process is None:
        return 0.0
    began = time.monotonic()
    hub.process.terminate()
    try:
        hub.process.wait(TERM_PATIENCE)
    except subprocess.TimeoutExpired:
        hub.process.kill()
        hub.process.wait()
        return None
    finally:
        hub.process = None
    return time.monotonic() - began
