"""R5: everybody presses Stop while jobs cannot be cancelled."""

import time

from tests.chaos.patience import within
from tests.chaos.scenario import Outcome, Scenario, Size
from tests.chaos.side import Side

_FAILS = (
    "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1"
)


def cancel(side: Side, size: Size) -> Outcome:
    """Look at what the hub says meanwhile, and for how long jobs live afterwards."""
    places = side.fleet(size.few)
    early = 0
    with side.tools.fault(_FAILS, "scancel"):
        began = time.monotonic()
        side.stop_all(places)
        while time.monotonic() - began < size.trouble:
            early = max(early, len(side.lost(places)))
            time.sleep(1)
    took = within(lambda: not side.jobs(), size.patience / 6)
    left = len(side.jobs())
    said = within(lambda: not side.servers(), size.patience / 6)
    figures = {"left": left, "seconds": took, "said_stopped_early": early, "page_seconds": said}
    gone = f"in {took:.0f} s" if took is not None else f"after {size.patience / 6:.0f} s"
    cell = f"{len(places) - left}/{len(places)} gone {gone}; {early} called stopped too early"
    return Outcome(cell, took is not None and took <= 30 and not early, figures)


CANCEL = Scenario(
    "R5", "scancel fails for a minute while all press Stop", "jobs gone; wrong “stopped”",
    "all gone 30 s after recovery, none called stopped early", cancel,
)  # fmt: skip
