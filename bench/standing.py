"""What N running servers cost a hub that has nothing else to do, and how it starts with them."""

import time
from dataclasses import dataclass

from bench.meters import Cost, cost, cpu
from bench.prober import Health, Probe
from bench.rest import Rest
from bench.stage import Stage, end

SETTLE = 5.0
"""Seconds after a start in which nothing is counted."""
_READY_PATIENCE = 300.0


@dataclass(frozen=True)
class Restart:
    """Seconds; ``term`` None: SIGTERM was lost. ``calls``: of the scheduler, until all ready.

    ``cpu``: what the hub has computed when it answers; a busy machine does not change it much.
    """

    term: float | None
    answers: float
    cpu: float
    all_ready: float | None
    ready: int
    calls: int


def steady(stage: Stage, hub: Rest, seconds: float) -> Cost:
    """Return what the servers that there are cost in a minute."""
    with stage.running(hub):
        time.sleep(SETTLE)
        return cost(stage.bed, hub, seconds)


def health(stage: Stage, hub: Rest, seconds: float) -> Health:
    """Return how the idle hub answers, from soon after its start on."""
    with stage.running(hub):
        time.sleep(SETTLE)
        return Probe(hub.hub_port, seconds).result()


def restart(stage: Stage, hub: Rest, servers: int) -> Restart:
    """Start the hub, wait until it says that all its servers are ready, and stop it again."""
    if hub.proxy is None:
        with stage.running(hub):  # its first start makes the database
            time.sleep(SETTLE)
    calls, began = hub.calls_made(), time.monotonic()
    hub.start()
    answers, spent = time.monotonic() - began, cpu(hub.pids()[:1])
    ready = _wait_for(hub, servers)
    all_ready = time.monotonic() - began if ready >= servers else None
    calls = hub.calls_made() - calls
    time.sleep(SETTLE)
    hub.check()
    return Restart(end(hub), answers, spent, all_ready, ready, calls)


def _wait_for(hub: Rest, servers: int) -> int:
    deadline = time.monotonic() + _READY_PATIENCE
    ready = hub.ready()
    while ready < servers and time.monotonic() < deadline:
        time.sleep(1)
        ready = hub.ready()
    return ready
