"""Checks that only Slurm needs: munge, and whether it shows the hub everybody's jobs."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from hub_config.agent import Failure
from hub_config.agent.policy import load
from hub_config.doctor.patient import Finding, Patient, Unseen, fail, ok, unseen, warn
from hub_config.ops import process
from hub_config.ops.layout import HUB_USER

_MUNGE, _UNMUNGE = "/usr/bin/munge", "/usr/bin/unmunge"
_SOCKET = re.compile(r"^AuthInfo\s*=.*\bsocket=([^,\s]+)", re.MULTILINE)


def munge(patient: Patient) -> Iterator[Finding]:
    """Munge, without which Slurm answers nobody, makes credentials and reads them."""
    scheduler = patient.site.scheduler
    if scheduler.type != "slurm":
        raise Unseen(f"the scheduler {scheduler.type} does not use it")
    if scheduler.transport == "ssh":
        raise Unseen("the agent is on another machine")
    if not os.access(_MUNGE, os.X_OK):
        yield warn(f"there is no {_MUNGE} here", "install munge with the cluster's key")
        return
    found = _SOCKET.search(_config(patient))
    where = [f"--socket={found[1]}"] if found else []
    made = process.run([_MUNGE, "--no-input", *where], timeout=20)
    read = process.run([_UNMUNGE, *where], data=made.stdout, timeout=20)
    yield judge_munge(made.returncode, read.returncode, (made.stderr or read.stderr).decode())


def judge_munge(made: int, read: int, said: str) -> Finding:
    """Judge the exit codes of munge and unmunge."""
    if made == 0 and read == 0:
        return ok("credentials are made and read")
    words = " ".join(said.split())[:200] or f"exit codes {made} and {read}"
    return fail(words, "systemctl status munge; its key must be the cluster's")


def visible(patient: Patient) -> Iterator[Finding]:
    """The hub's account may see everybody's jobs: one it cannot see looks ended."""
    if patient.site.scheduler.type != "slurm":
        raise Unseen("only Slurm can hide jobs")
    yield private_data(_config(patient))


def private_data(config: str) -> Finding:
    """Judge PrivateData in what ``scontrol show config`` printed."""
    found = re.search(r"^PrivateData\s*=\s*(.*)$", config, re.MULTILINE)
    if not found:
        return unseen("whether Slurm hides jobs (PrivateData): scontrol does not answer here")
    if {word.strip() for word in found[1].split(",")} & {"jobs", "all"}:
        return warn(
            f"Slurm has PrivateData={found[1].strip()}: users see only their own jobs",
            f"sacctmgr modify user {HUB_USER} set AdminLevel=Operator; or else servers that run"
            " look ended to the hub",
        )
    return ok(f"Slurm shows everybody's jobs (PrivateData={found[1].strip()})")


def _config(patient: Patient) -> str:
    """Return what Slurm says of its configuration; empty: nothing."""
    tool, env = Path("/usr/bin/scontrol"), {}
    try:
        policy = load(patient.site.scheduler.agent_config)
        tool, env = Path(policy.bin_dir, "scontrol"), dict(policy.environment)
    except Failure:
        pass  # where the agent is another machine's
    if not os.access(tool, os.X_OK):
        return ""
    return process.run([tool, "show", "config"], timeout=30, env=env).stdout.decode(
        "utf-8", "replace"
    )
