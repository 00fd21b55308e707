"""R9: six ways in which Slurm itself ends or interrupts a job."""

import re
import time
from collections.abc import Callable

from tests.chaos.patience import within
from tests.chaos.scenario import Outcome, Scenario, Size
from tests.chaos.side import Place, Side
from tests.testbed.shell import must

PLACES = {
    "node failure": (Place("ada", "r9a"), "frail"),
    "preempted": (Place("ada", "r9b"), "scavenge"),
    "out of memory": (Place("cleo", "r9c"), "work"),
    "cancelled by another": (Place("ada", "r9d"), "work"),
    "suspended": (Place("cleo", "r9e"), "work"),
    "time limit": (Place("cleo", "r9f"), "brief"),
}
WORDS = {
    "node failure": r"node[^.]{0,40}fail",
    "preempted": r"preempt|higher priority",
    "time limit": r"time limit|time was over",
    "out of memory": r"out of memory|more memory than",
    "cancelled by another": r"cancelled by root",
}


def ends(side: Side, size: Size) -> Outcome:
    """Let all six happen; look for the cause on the user's pages, and for the route."""
    side.profiles({"brief": "work"})
    side.restart()
    # The time limit takes a minute: not in the small size.
    places = {kind: it for kind, it in PLACES.items() if size.thin == 1 or kind != "time limit"}
    for place, profile in places.values():
        assert side.start(place, profile).status_code < 400
    side.wait_ready([place for place, _ in places.values()])
    jobs = {kind: side.job_of(place).id for kind, (place, _) in places.items()}
    kept = _suspended(side, size, jobs["suspended"])
    named: dict[str, bool] = {"suspended": kept}
    seconds: dict[str, float | None] = {}
    for kind in [kind for kind in FAULTS if kind in places]:
        named[kind], seconds[kind] = _ended(side, kind, jobs[kind])
    _repair(side)
    side.profiles({})
    side.restart()
    return _outcome(named, seconds)


def _ended(side: Side, kind: str, job_id: int) -> tuple[bool, float | None]:
    """Let a job end this way; return whether the user is told, and when the route went."""
    place = PLACES[kind][0]
    FAULTS[kind](side, job_id)
    _wait_over(side, job_id)
    seconds = within(lambda: not side.routed(place), 60)
    gone = within(lambda: place not in side.servers(), 30)
    return gone is not None and _named(side, kind, place), seconds


def _outcome(named: dict[str, bool], seconds: dict[str, float | None]) -> Outcome:
    known = [value for value in seconds.values() if value is not None]
    late = len(seconds) - len(known)
    routes = f"routes gone in {max(known, default=0.0):.0f} s" + (f", {late} not" if late else "")
    good = all(named.values()) and not late and max(known) <= 10
    figures = {"named": named, "route_s": seconds}
    return Outcome(f"{sum(named.values())}/{len(named)}, {routes}", good, figures)


def _suspended(side: Side, size: Size, job_id: int) -> bool:
    """Suspend and resume; the server must be there all the time and answer afterwards."""
    place = PLACES["suspended"][0]
    _control(side, "suspend", job_id)
    time.sleep(2 * size.hold(side))
    there = place in side.servers()
    _control(side, "resume", job_id)
    return there and within(lambda: side.reach(place) == str(job_id), 15) is not None


def _wait_over(side: Side, job_id: int) -> None:
    """Return once the job does not run any more; a job that is queued again does not, either."""
    over = within(lambda: side.bed.job(job_id)["JobState"] not in ("RUNNING", "COMPLETING"), 150)
    assert over is not None, f"{side.name}: job {job_id} runs on"


def _control(side: Side, *words: object) -> None:
    must(["/usr/bin/scontrol", *map(str, words)], env=side.bed.env)


def _fail_node(side: Side, job_id: int) -> None:
    node = side.bed.job(job_id)["NodeList"]
    _control(side, "update", f"nodename={node}", "state=down", "reason=chaos")


def _preempt(side: Side, _job_id: int) -> None:
    argv = ["/usr/bin/sbatch", "--job-name=in-the-way", "--partition=urgent", "--ntasks=8",
            "--output=/dev/null", "--wrap", "sleep 120"]  # fmt: skip
    done = side.bed.run_as("ben", argv)
    assert done.returncode == 0, done.stderr


def _eat(side: Side, _job_id: int) -> None:
    side.mode(PLACES["out of memory"][0], "eat")


def _cancel(side: Side, job_id: int) -> None:
    must(["/usr/bin/scancel", str(job_id)], env=side.bed.env)


FAULTS: dict[str, Callable[[Side, int], None]] = {
    "node failure": _fail_node,
    "preempted": _preempt,
    "out of memory": _eat,
    "cancelled by another": _cancel,
    "time limit": lambda _side, _job_id: None,  # its minute is over by itself
}


def _named(side: Side, kind: str, place: Place) -> bool:
    """Tell whether a page of the user's names the cause, within the next seconds."""
    wanted = re.compile(WORDS[kind], re.IGNORECASE)
    return within(lambda: wanted.search(side.told(place)), 10) is not None


def _repair(side: Side) -> None:
    side.bed.run_as("ben", ["/usr/bin/scancel", "--name=in-the-way"])
    side.bed.heal()


ENDS = Scenario(
    "R9", "node failure, preemption, time limit, out of memory, scancel by root, suspend, resume",
    "causes that the user is told", "6/6, route gone in 10 s", ends,
)  # fmt: skip
