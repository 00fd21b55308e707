"""R6: the hub restarts while nothing on the compute nodes can be reached."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.chaos.patience import within
from tests.chaos.scenario import Outcome, Scenario, Size
from tests.chaos.side import Side
from tests.testbed.shell import must

_RULES = """\
table inet {table} {{
  chain out {{
    type filter hook output priority 0;
    tcp dport {low}-{high} {verdict}
  }}
}}
"""


def restart(side: Side, size: Size) -> Outcome:
    """Look for jobs that were cancelled, and for how long routes stay away afterwards."""
    cancelled: dict[str, int] = {}
    seconds: dict[str, float | None] = {}
    for kind, broken in list(KINDS.items())[:: size.thin]:
        places = side.fleet(size.few)
        before = {job.id for job in side.jobs()}
        side.hub.stop()
        with broken(side):
            side.hub.start()
            time.sleep(size.trouble)
        wait = min(60.0, size.patience)
        seconds[kind] = within(lambda p=places: side.reached(p) == set(p), wait)  # type: ignore[misc]
        time.sleep(size.hold(side))
        gone = before - {job.id for job in side.jobs()}
        cancelled[kind] = len(gone | {place for place in side.lost(places) if not gone})
        if gone or seconds[kind] is None:
            side.clean()
    count, slow = sum(cancelled.values()), _slowest(seconds)
    routes = f"routes back in {slow:.0f} s" if slow is not None else "routes not all back"
    figures = {"cancelled_or_lost": cancelled, "routes_back_s": seconds}
    good = count == 0 and slow is not None and slow <= 15
    return Outcome(f"{count}/{size.few * len(cancelled)}, {routes}", good, figures)


def _slowest(seconds: dict[str, float | None]) -> float | None:
    known = [value for value in seconds.values() if value is not None]
    return max(known) if len(known) == len(seconds) else None


@contextmanager
def _filtered(side: Side, verdict: str) -> Iterator[None]:
    """Let the kernel refuse or drop what goes to the servers' ports."""
    table, (low, high) = f"berth_chaos_{side.ports[0]}", side.ports
    rules = _RULES.format(table=table, low=low, high=high, verdict=verdict)
    must(["/usr/sbin/nft", "--file", "-"], input=rules)
    try:
        yield
    finally:
        must(["/usr/sbin/nft", "delete", "table", "inet", table])


@contextmanager
def _stalled(side: Side) -> Iterator[None]:
    """Stop the servers' processes: connections are taken and never answered."""
    pids = list(_stubs(side.stub))
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _stubs(stub: Path) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"python3") and str(stub).encode() in words[1:4]:
            yield int(entry.name)


Broken = Callable[[Side], AbstractContextManager[None]]
KINDS: dict[str, Broken] = {
    "refused": lambda side: _filtered(side, "reject with tcp reset"),
    "dropped": lambda side: _filtered(side, "drop"),
    "stalled": _stalled,
}
RESTART = Scenario(
    "R6", "the hub restarts while compute nodes refuse, drop or do not answer connections",
    "jobs cancelled or servers lost", "0, and routes back in 15 s", restart,
)  # fmt: skip
