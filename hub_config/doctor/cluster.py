"""Checks of the way to the scheduler: the agent and its rights, the queue, presets that can run."""

import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hub_config.agent import Failure
from hub_config.agent.messages import VERBS
from hub_config.agent.policy import Policy, load
from hub_config.doctor.patient import STRANGER, Finding, Patient, Unseen, fail, ok, unseen, warn
from hub_config.model.profiles import Preset, Profiles
from hub_config.model.units import format_memory, format_walltime
from hub_config.ops.failure import Failed
from hub_config.ops.layout import HUB_USER

SLOW = 5.0
"""Seconds for an answer of the scheduler from which on pages and starts are felt to be slow."""


def policy(patient: Patient) -> Iterator[Finding]:
    """agent.toml is right, and lets in the hub's account alone."""
    scheduler = patient.site.scheduler
    if scheduler.transport == "ssh":
        raise Unseen("agent.toml is on another machine")
    if scheduler.transport == "direct" and os.geteuid() == 0:
        raise Unseen("the agent runs as the hub, whose files root does not trust")
    file, served = scheduler.agent_config, scheduler.transport == "socket"
    if not os.access(file, os.R_OK):
        raise Unseen(f"{file} cannot be read here")
    try:
        found = load(file, served=served)
    except Failure as error:
        if "needs root" in str(error) and os.geteuid() != 0:
            raise Unseen(f"{file} is for root's agent: run as root") from error
        yield fail(str(error), "correct it; the agent reads it at its next request")
        return
    yield from judge_policy(file, found, served)


def judge_policy(file: Path, found: Policy, served: bool) -> Iterator[Finding]:
    """Judge who may ask for what, and the launcher."""
    missing = sorted(set(VERBS) - set(found.callers.get(HUB_USER, ())))
    if served and missing:
        wanted = f'{HUB_USER} = ["submit", "cancel", "query"]'
        yield fail(f"{file}: {HUB_USER} may not {', '.join(missing)}", f"[callers] {wanted}")
    if others := sorted(set(found.callers) - {HUB_USER}):
        yield warn(f"{file}: {', '.join(others)} may ask, too", "is that meant?")
    launcher = Path(found.launcher)
    if not launcher.exists():
        yield unseen(f"{launcher} is not on this machine; the node's checks tell (--user)")
    elif not os.access(launcher, os.X_OK):
        yield fail(f"{launcher} is not executable", "run the play again")
    else:
        yield ok(f"{file}: jobs start {launcher}")


def agent(patient: Patient) -> Iterator[Finding]:
    """The agent answers the hub's account, and nobody else."""
    try:
        first, second = patient.answers["seconds"]
    except Failed as error:
        cure = "journalctl --unit berth-agent; as root: ls -l /run/berth; see agent.toml [callers]"
        yield fail(f"the hub's account gets no answer: {error}", cure)
        return
    yield quick("partitions", first)
    yield quick("jobs", second)
    if patient.site.scheduler.transport == "direct":
        yield unseen("there is nobody to refuse: the agent runs as the hub itself")
        return
    if os.geteuid() != 0:
        yield unseen("whether others are refused", "run as root")
        return
    try:
        patient.ask(STRANGER)
    except Failed as error:
        yield ok(f"{STRANGER} is refused ({' '.join(str(error).split())[:140]})")
    else:
        cure = "the socket must be root:berth 0660, and [callers] in agent.toml name berth alone"
        yield fail(f"the agent serves {STRANGER}, too", cure)


def quick(what: str, seconds: float) -> Finding:
    """Judge how long the scheduler took."""
    seen = f"{what} told in {seconds * 1000:.0f} ms"
    return warn(seen, "look at the load of the scheduler") if seconds > SLOW else ok(seen)


def queue(patient: Patient) -> Iterator[Finding]:
    """The queue is told, and this machine knows the names of the nodes in it."""
    jobs = _answers(patient)["jobs"]
    yield ok(f"{len(jobs)} jobs of Berth are in the queue or have just ended")
    hosts = sorted({job["host"] for job in jobs if job["phase"] == "running" and job["host"]})
    for host in hosts[:20]:
        if not _resolves(host):
            yield fail(f"the name of node {host} is not known here", "add the nodes to the DNS")


def presets(patient: Patient) -> Iterator[Finding]:
    """Every preset fits into the partition it names."""
    known = _answers(patient)["partitions"]
    wrong = list(unfit(patient.profiles, known))
    yield from wrong
    if not wrong:
        yield ok(f"{len(patient.profiles.presets)} presets fit into their partitions")


def unfit(profiles: Profiles, partitions: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the presets that no node of their partition could run, and unknown partitions."""
    for preset in profiles.presets:
        if preset.partition not in partitions:
            known = ", ".join(sorted(partitions))
            seen = f"preset {preset.id}: there is no partition {preset.partition}"
            yield fail(seen, f"the scheduler has {known}")
            continue
        for what in _too_much(preset, partitions[preset.partition]):
            seen = f"preset {preset.id}: {what} in partition {preset.partition}"
            yield fail(seen, "ask for less in profiles.d")
    for name in profiles.advanced.partitions if profiles.advanced else ():
        if name not in partitions:
            seen = f"advanced.partitions.{name}: the scheduler has no such partition"
            yield warn(seen, "remove it from profiles.d")


def _too_much(preset: Preset, partition: Mapping[str, Any]) -> Iterator[str]:
    gpus, limit = partition["gpus"], partition["max_walltime"]
    most = gpus.get(preset.gpu_type, 0) if preset.gpu_type else max(gpus.values(), default=0)
    if not partition["up"]:
        yield "nothing is started"
    if preset.cores > partition["cores"]:
        yield f"{preset.cores} cores, nodes have {partition['cores']}"
    if preset.memory > partition["memory"]:
        nodes = format_memory(partition["memory"])
        yield f"{format_memory(preset.memory)} memory, nodes have {nodes}"
    if limit is not None and preset.walltime > limit:
        asked = format_walltime(preset.walltime)
        yield f"{asked} walltime, jobs end after {format_walltime(limit)}"
    if preset.gpus > most and partition["gpus_known"]:
        yield f"{preset.gpus} {preset.gpu_type or 'GPU'}, nodes have {most}"


def _answers(patient: Patient) -> Mapping[str, Any]:
    try:
        return patient.answers
    except Failed:
        raise Unseen("the agent gives no answer (see agent)") from None


def _resolves(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, None))
    except OSError:
        return False
