"""R1, R2, R15: the scheduler is away, answers nonsense, or is only asked how servers are."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain

from tests.chaos.patience import within
from tests.chaos.scenario import Outcome, Scenario, Size
from tests.chaos.side import Side
from tests.testbed import daemons, processes

BANNER = ("has not answered since", "does not answer")
SAVED = 8.0
"""Seconds within which slurmctld saves what it knows; what it had not saved dies with it."""
_QUERIES = ("squeue", "sacct", "scontrol")


def controller(side: Side, size: Size) -> Outcome:
    """R1: half of the time slurmctld hangs, half of the time it is not there."""
    places = side.fleet(size.many)
    before = side.tools.calls()["scancel"]
    time.sleep(SAVED)
    began = time.monotonic()
    _signal(side, signal.SIGSTOP)
    banner = within(lambda: _banner(side), 15)
    time.sleep(max(0.0, size.outage / 2 - (time.monotonic() - began)))
    _signal(side, signal.SIGKILL)
    time.sleep(size.outage / 2)
    side.bed.control("up")
    time.sleep(2 * size.hold(side))
    lost, away = side.lost(places), set(places) - side.reached(places)
    cancels = side.tools.calls()["scancel"] - before
    figures = {"lost": len(lost), "unreachable": len(away), "scancel": cancels, "banner_s": banner}
    shown = f"banner {banner:.0f} s" if banner is not None else "no banner"
    cell = f"{len(lost | away)}/{size.many}, scancel {cancels}, {shown}"
    return Outcome(cell, not lost and not away and not cancels and banner is not None, figures)


def _signal(side: Side, what: signal.Signals) -> None:
    for pid in processes.find(daemons.SLURMCTLD, side.bed.layout.root):
        os.kill(pid, what)


def _banner(side: Side) -> bool:
    text = side.person("ada").get("/hub/home").text
    return any(word in text for word in BANNER)


_REAL = '/usr/bin/"${0##*/}" "$@"'
_TEXTS: dict[str, str] = {
    "zero bytes": "echo 'Zero Bytes were transmitted or received' >&2; exit 1",
    "resolver": 'echo "${0##*/}: error: resolve_ctls_from_dns_srv: res_nsearch error: Unknown host"'
    ' >&2; echo "${0##*/}: fatal: Could not establish a configuration source" >&2; exit 1',
    "PAM": "echo 'sudo: PAM account management error: Authentication service cannot retrieve"
    " authentication info' >&2; exit 1",
    "no process": "echo 'sh: 0: Cannot fork' >&2; exit 2",
    "empty": "exit 0",
    "cut short": f"{_REAL} | head -c -15",
    "error, exit 0": f"{_REAL} | head -n 1; "
    "echo 'slurm_load_jobs error: Socket timed out on send/recv operation' >&2; exit 0",
    "wrong job id": "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1",
    "garbage": "head -c 5000 /dev/urandom; exit 0",
    "1 MB": "yes 'slurm: a line of a debugging plugin' | head -c 1000000; exit 0",
    "hangs": "exec sleep 3600",
}


def answers(side: Side, size: Size) -> Outcome:
    """R2: every query gets one wrong answer after the other."""
    side.configure(poll=size.polls[side.name])
    side.restart()
    lost: dict[str, int] = {}
    for kind, fault in _faults(side):
        places = side.fleet(size.few)
        with fault():
            time.sleep(size.hold(side))
        time.sleep(size.hold(side) / 2)
        gone = side.lost(places) | (set(places) - side.reached(places))
        lost[kind] = len(gone)
        if gone:
            side.clean()
    count, of = sum(lost.values()), size.few * len(lost)
    return Outcome(f"{count}/{of} ({len(lost)} kinds)", count == 0, {"lost": lost})


def _faults(side: Side) -> Iterator[tuple[str, Callable[[], AbstractContextManager[None]]]]:
    scripted = ((kind, lambda text=text: side.tools.fault(text, *_QUERIES))
                for kind, text in _TEXTS.items())  # fmt: skip
    return chain(scripted, [("munge down", lambda: _munge_down(side))])


@contextmanager
def _munge_down(side: Side) -> Iterator[None]:
    """No script: the real munged is stopped."""
    processes.stop(daemons.MUNGED, side.bed.layout.root)
    try:
        yield
    finally:
        daemons.start_munged(side.bed.layout)


def calls(side: Side, size: Size) -> Outcome:
    """R15: nothing happens but servers run."""
    side.configure(poll=side.usual_poll)
    side.restart()
    places = side.fleet(size.many)
    within(lambda: all(map(side.is_noted, places)), 60)
    time.sleep(size.measured / 4)
    before = side.tools.calls()
    time.sleep(size.measured)
    made = side.tools.calls() - before
    rate = sum(made.values()) / size.measured
    return Outcome(f"{rate:.2f}/s", rate <= 0.2, {"per_second": rate, "calls": dict(made)})


CONTROLLER = Scenario(
    "R1", "slurmctld hangs, then is killed, then comes back", "servers lost; scancel sent",
    "0 lost, no scancel, banner in 15 s", controller,
)  # fmt: skip
ANSWERS = Scenario(
    "R2", "queries fail or answer nonsense, in twelve ways", "servers lost", "0", answers,
)  # fmt: skip
CALLS = Scenario(
    "R15", "none: servers run, nothing else happens", "scheduler calls per second",
    "at most 0.2", calls,
)  # fmt: skip
