"""From the click to a JupyterLab that is ready: ours, stock, and the floor, in turns.

The floor is what no hub can do without: the same sbatch, and a bare jupyterlab until it listens.
Where the seconds go is read from what hub, slurmd and server write into their logs.
"""

import itertools
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from bench import people
from bench.rest import Rest
from bench.stage import Stage
from tests.support.hubs import until

_STAMP = r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,]\d{3})"
_SUBMITTED = re.compile(rf"{_STAMP} .*(?:Submitted|Job submitted)")
_REPORTED = re.compile(rf"{_STAMP} .*20\d POST /hub/api/(?:berth/ready|batchspawner)")
_LAUNCHED = re.compile(rf"\[{_STAMP}\] Launching batch job (\d+) ")
_SERVING = re.compile(rf"{_STAMP} .*Jupyter Server .*is running at")


@dataclass(frozen=True)
class Split:
    """Seconds of one start; ``total`` is what the user waits."""

    submit: float
    """until sbatch has returned"""
    scheduler: float
    """until slurmd launches the job"""
    start: float
    """until the job has told the hub its port"""
    boot: float
    """until the server is running"""
    ready: float
    """until the hub says that it is ready"""
    total: float


def latency(stage: Stage, rounds: int) -> dict[str, list[Split] | list[float]]:
    """Return the splits of ``ours`` and ``stock``, and the seconds of ``floor``."""
    found: dict[str, list[Split] | list[float]] = {"ours": [], "stock": [], "floor": []}
    user = people.names(2)[1]
    with ExitStack() as stack:
        for hub in stage.hubs:
            hub.use(None)
            stack.callback(hub.use, stage.stub)
            stack.enter_context(stage.running(hub))
            hub.add_users([user])
        turns: list[tuple[str, Callable[[], Split | float]]] = [
            (hub.kind, lambda hub=hub: _start(stage, hub, user))  # type: ignore[misc]
            for hub in stage.hubs
        ]
        turns.append(("floor", lambda: _floor(stage, user)))
        for _name, turn in turns:  # once unmeasured, so that every file has been read before
            turn()
        for number in range(rounds):
            for name, turn in turns[:: 1 if number % 2 else -1]:
                found[name].append(turn())  # type: ignore[arg-type]
    return found


def median(splits: list[Split]) -> Split:
    """Return the median of each column."""
    names = [field.name for field in fields(Split)]
    return Split(*(statistics.median(getattr(split, name) for split in splits) for name in names))


def _start(stage: Stage, hub: Rest, user: str) -> Split:
    """Start and stop one real server."""
    began, clock = time.monotonic(), time.time()
    request = threading.Thread(target=hub.start_server, args=(user,))
    request.start()
    hub.follow(user)
    total = time.monotonic() - began
    request.join()
    split = _split(stage, hub, user, clock, total)
    hub.stop_server(user)
    until(lambda: hub.server(user) is None and not stage.bed.squeue(user), "its end")
    return split


def _split(stage: Stage, hub: Rest, user: str, clock: float, total: float) -> Split:
    log, job = hub.log(), stage.bed.squeue(user)[0].id
    outputs = (people.HOMES / user).glob(f"*_{job}.log")
    output = max(outputs, key=lambda path: path.stat().st_mtime)
    slurmd = "".join(path.read_text() for path in stage.bed.layout.logs.glob("slurmd-*.log"))
    launched = [match[1] for match in _LAUNCHED.finditer(slurmd) if match[2] == str(job)]
    moments = [
        clock,
        _last(_SUBMITTED, log),
        _seconds(launched[-1]),
        _last(_REPORTED, log),
        _last(_SERVING, output.read_text()),
        clock + total,
    ]
    submit, scheduler, start, boot, ready = (b - a for a, b in itertools.pairwise(moments))
    return Split(submit, scheduler, start, boot, ready, total)


def _last(pattern: re.Pattern[str], text: str) -> float:
    return _seconds([match[1] for match in pattern.finditer(text)][-1])


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp.replace(",", ".")).timestamp()


def _floor(stage: Stage, user: str) -> float:
    """Return the seconds from sbatch until a bare jupyterlab listens."""
    python, port = stage.ours.release.user / "bin" / "python", stage.bed.layout.port(91)
    # jupyterlab asks a node.js that it finds on the PATH for settings that no server needs.
    script = (
        f"#!/bin/bash -p\nPATH=/nonexistent exec {python} -I -m jupyterlab --no-browser "
        f"--ServerApp.ip=127.0.0.1 --ServerApp.port={port} --ServerApp.port_retries=0\n"
    )
    began = time.monotonic()
    argv = ["/usr/bin/sbatch", "--parsable", "--job-name=floor", "--mem=256M", "--no-requeue",
            "--partition=shared", "--export=ALL", "--propagate=NONE"]  # fmt: skip
    job = stage.bed.run_as(user, argv, input=script).stdout.strip()
    deadline = began + 90
    while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
        if time.monotonic() > deadline:
            raise AssertionError(f"job {job}: {_tail(people.HOMES / user / f'slurm-{job}.out')}")
        time.sleep(0.01)
    took = time.monotonic() - began
    stage.bed.run_as(user, ["/usr/bin/scancel", job])
    until(lambda: not stage.bed.squeue(user), "the end of the floor's job")
    return took


def _tail(path: Path) -> str:
    return path.read_text()[-2000:] if path.exists() else "no output"
