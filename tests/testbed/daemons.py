"""Starts and stops the daemons of a bed, in the order in which they need each other."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from tests.testbed import machine, processes
from tests.testbed.layout import Layout
from tests.testbed.shell import BedError, must, run, tail

MUNGED = "/usr/sbin/munged"
MARIADBD = "/usr/sbin/mariadbd"
SLURMDBD = "/usr/sbin/slurmdbd"
SLURMCTLD = "/usr/sbin/slurmctld"
SLURMD = "/usr/sbin/slurmd"
SLURMSTEPD = "/usr/sbin/slurmstepd"

#: In the order in which they are to be stopped.
DAEMONS = (SLURMD, SLURMCTLD, SLURMDBD, MARIADBD, MUNGED)


def running(layout: Layout, program: str, *words: str) -> bool:
    """Tell whether this bed's ``program`` runs."""
    return bool(processes.find(program, layout.root, *words))


def start_munged(layout: Layout) -> None:
    """Start a munged with a key and a socket of this bed's own."""
    folder = layout.munge_socket.parent
    if not running(layout, MUNGED):
        key = folder / "key"
        if not key.exists():
            _as("munge", "/usr/sbin/mungekey", "--create", f"--keyfile={key}")
        _as(
            "munge",
            MUNGED,
            f"--socket={layout.munge_socket}",
            f"--key-file={key}",
            f"--pid-file={folder}/pid",
            f"--seed-file={folder}/seed",
            f"--log-file={folder}/log",
        )
    credential = ["/usr/bin/munge", "-n", "-S", str(layout.munge_socket)]
    wait(lambda: run(credential).returncode == 0, "munged", folder / "log")


def start_mariadb(layout: Layout) -> None:
    """Start a MariaDB that listens on a socket only, with the database that slurmdbd wants."""
    data = layout.database
    if not data.exists():
        _make_database_folder(data)
    if not running(layout, MARIADBD):
        must(["/usr/bin/setsid", "--fork", MARIADBD, "--no-defaults", "--user=mysql",
              f"--datadir={data}", f"--socket={data}/socket", f"--pid-file={data}/pid",
              f"--log-error={data}/log", "--skip-networking", "--innodb-buffer-pool-size=16M",
              "--innodb-log-file-size=16M", "--innodb-lock-wait-timeout=900",
              "--performance-schema=OFF"])  # fmt: skip
    client = ["/usr/bin/mariadb", "--no-defaults", f"--socket={data}/socket"]
    wait(lambda: run([*client, "-e", "SELECT 1"]).returncode == 0, "MariaDB", data / "log")
    must(client, input="CREATE DATABASE IF NOT EXISTS slurm_acct;"
         "CREATE USER IF NOT EXISTS 'slurm'@'localhost' IDENTIFIED VIA unix_socket;"
         "GRANT ALL ON slurm_acct.* TO 'slurm'@'localhost';")  # fmt: skip


def _make_database_folder(data: Path) -> None:
    """Make it beside its place: a run that is killed half way leaves nothing that looks whole."""
    fresh = data.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    machine.folder(fresh, "mysql")
    must(["/usr/bin/mariadb-install-db", "--no-defaults", "--user=mysql", f"--datadir={fresh}",
          "--auth-root-authentication-method=socket", "--skip-test-db"])  # fmt: skip
    fresh.rename(data)


def start_slurmdbd(layout: Layout) -> None:
    """Start the accounting daemon and wait until it answers."""
    if not running(layout, SLURMDBD):
        must([SLURMDBD], env={**layout.env, "MYSQL_UNIX_PORT": f"{layout.database}/socket"})
    ask = ["/usr/bin/sacctmgr", "--noheader", "show", "cluster"]
    log = layout.logs / "slurmdbd.log"
    wait(lambda: run(ask, env=layout.env).returncode == 0, "slurmdbd", log)


def start_slurmctld(layout: Layout) -> None:
    """Start the controller and wait until it answers."""
    if not running(layout, SLURMCTLD):
        must([SLURMCTLD, "-f", str(layout.conf)], env=layout.env)
    wait(lambda: controller_answers(layout), "slurmctld", layout.logs / "slurmctld.log")


def controller_answers(layout: Layout) -> bool:
    """Tell whether slurmctld runs and answers ``scontrol ping``."""
    return running(layout, SLURMCTLD) and (
        run(["/usr/bin/scontrol", "ping"], env=layout.env).returncode == 0
    )


def start_slurmd(layout: Layout, node: str) -> None:
    """Start the slurmd that plays ``node``."""
    if not running(layout, SLURMD, "-N", node):
        must([SLURMD, "-N", node, "-f", str(layout.conf)], env=layout.env)


def stop_all(layout: Layout) -> None:
    """End every process of this bed."""
    for program in (SLURMSTEPD, *DAEMONS):
        processes.stop(program, layout.root)


def wait(ready: Callable[[], bool], what: str, log: Path, patience: float = 120) -> None:
    """Return once ``ready()``; BedError with the end of ``log`` after ``patience`` seconds."""
    deadline = time.monotonic() + patience
    while not ready():
        if time.monotonic() > deadline:
            raise BedError(f"{what} did not answer for {patience:.0f} s; its log:\n{tail(log)}")
        time.sleep(0.1)


def _as(user: str, *argv: str) -> None:
    must(["/usr/bin/setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--", *argv])
