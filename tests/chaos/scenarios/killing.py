"""R3: the hub is killed at every step of a start, and of a stop."""

import time
from collections.abc import Callable
from contextlib import suppress

import requests

from tests.chaos.census import Census, census
from tests.chaos.patience import within
from tests.chaos.scenario import Outcome, Scenario, Size
from tests.chaos.side import Place, Side
from tests.testbed.shell import run

IN_HUB = (
    "before the intent",
    "intent committed",
    "answer not read",
    "id not stored",
    "port reported",
    "port taken",
    "before the route",
    "after the route",
)
STOPPING = ("stop pressed", "cancelled")
# The command that is running when the hub dies: it asks for the kill and waits until it is done.
_KILL = "touch {root}/kills/now; while [ -e {root}/kills/now ]; do sleep 0.05; done"
IN_SBATCH = {
    "in sbatch, not accepted yet": '{kill}; exec /usr/bin/sbatch "$@"',
    "in sbatch, accepted": 'reply=$(/usr/bin/sbatch "$@"); {kill}; echo "$reply"',
}
OUTSIDE = ("pending", "running, no port yet")
LABELS = (*IN_HUB, *IN_SBATCH, *OUTSIDE, *STOPPING)
RECOVERY = 30.0


def hub(side: Side, size: Size) -> Outcome:
    """Kill at each label, start again, and take a census 30 s later at most."""
    found: dict[str, list[Census]] = {}
    seconds: list[float] = []
    for label in LABELS[:: size.thin]:
        for _ in range(max(1, size.repeats // size.at_once)):
            _kill_at(side, label, size.at_once)
            side.tools.clear()
            side.hub.process = None
            began = time.monotonic()
            side.hub.start()
            _unblock(side)
            within(lambda: census(side).settled, RECOVERY)
            seconds.append(round(time.monotonic() - began, 1))
            found.setdefault(label, []).append(census(side))
            side.clean()
    return _outcome(found, seconds, size)


def _outcome(found: dict[str, list[Census]], seconds: list[float], size: Size) -> Outcome:
    every = [one for some in found.values() for one in some]
    orphans, doubles = sum(c.orphans for c in every), sum(c.doubles for c in every)
    unclear, of = sum(c.unclear for c in every), len(every) * size.at_once
    bad = {
        label: [(c.orphans, c.doubles, c.unclear) for c in some]
        for label, some in found.items()
        if not all(c.settled for c in some)
    }
    figures = {
        "orphans": orphans, "doubles": doubles, "unclear": unclear, "of": of,
        "labels": len(found), "recovery_s": seconds, "not_settled": bad,
    }  # fmt: skip
    cell = f"{orphans}/{of} orphans, {doubles} double, {unclear} unclear, ≤ {max(seconds):.0f} s"
    return Outcome(cell, not bad and max(seconds) <= RECOVERY, figures)


def _kill_at(side: Side, label: str, count: int) -> None:
    """Start (or stop) *count* servers at once; the hub dies when the first gets to the label."""
    places = side.places(count, "k")
    for place in places:
        side.person(place.user)
    if label in STOPPING:
        side.start_all(places)
        side.wait_ready(places)
        side.arm(label)
        _attempt(side.stop_all, places)
    elif label in IN_SBATCH:
        kill = _KILL.format(root=side.root)
        side.tools.set("sbatch", IN_SBATCH[label].format(kill=kill))
        _asked(side, places)
        assert within((side.root / "kills" / "now").exists, 30, 0.05) is not None, label
        _shoot(side)
        (side.root / "kills" / "now").unlink()
        return
    elif label in OUTSIDE:
        _outside(side, label, places)
        return
    else:
        side.arm(label)
        _asked(side, places)
    assert within(side.died, 30, 0.05) is not None, f"{side.name} never came to: {label}"


def _outside(side: Side, label: str, places: list[Place]) -> None:
    """Kill when the scheduler says that the jobs are where the label says."""
    state, partition = ("PENDING", "narrow") if label == "pending" else ("RUNNING", "work")
    if label == "pending":
        _block(side)
    for place in places:
        side.mode(place, "" if label == "pending" else "late")
    _attempt(side.start_all, places, partition)
    there = within(lambda: _in_state(side, state) >= len(places), 60)
    assert there is not None, f"{side.name}: jobs do not get {state}"
    time.sleep(1)
    _shoot(side)
    for place in places:
        side.mode(place, "")


def _in_state(side: Side, state: str) -> int:
    return sum(job.state == state for job in side.jobs())


def _asked(side: Side, places: list[Place]) -> None:
    _attempt(side.start_all, places)


def _attempt(ask: Callable[..., object], *args: object) -> None:
    """Ask; the hub may die while it answers."""
    with suppress(requests.RequestException):
        ask(*args)


def _shoot(side: Side) -> None:
    assert side.hub.process is not None
    side.hub.process.kill()
    side.hub.process.wait(30)


def _block(side: Side) -> None:
    """Fill the narrow partition, so that servers have to wait there."""
    argv = ["/usr/bin/sbatch", "--job-name=in-the-way", "--partition=narrow", "--mem=900",
            "--output=/dev/null", "--wrap", "sleep 600"]  # fmt: skip
    done = side.bed.run_as("cleo", argv)
    assert done.returncode == 0, done.stderr
    running = within(lambda: any(_is_block(job.name, job.state) for job in side.bed.squeue()), 30)
    assert running is not None


def _is_block(name: str, state: str) -> bool:
    return name == "in-the-way" and state == "RUNNING"


def _unblock(side: Side) -> None:
    side.bed.run_as("cleo", ["/usr/bin/scancel", "--name=in-the-way"])
    # One core: what waits there comes one after the other, so the wall is taken down with it.
    for job in side.jobs():
        if job.state == "PENDING" and job.partition == "narrow":
            _move(side, job.id)


def _move(side: Side, job_id: int) -> None:
    run(["/usr/bin/scontrol", "update", f"jobid={job_id}", "partition=work"], env=side.bed.env)


HUB = Scenario(
    "R3", "the hub is killed at fourteen steps of a start or stop, and started again",
    "orphaned, double, unclear", "0 orphans, 0 double, all usable or clean in 30 s", hub,
)  # fmt: skip
