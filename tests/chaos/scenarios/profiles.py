"""R7: the profiles change under running servers, and the hub restarts."""

import time

from tests.chaos.patience import within
from tests.chaos.scenario import Outcome, Scenario, Size
from tests.chaos.side import Side

KINDS = ("renamed", "removed", "retyped")


def edit(side: Side, size: Size) -> Outcome:
    """A third of the servers has a profile each that is renamed, removed, or of another kind."""
    side.clean()
    side.profiles(dict.fromkeys(KINDS, "work"))
    side.restart()
    places = side.places(size.few, "p")
    for number, place in enumerate(places):
        assert side.start(place, KINDS[number % 3]).status_code < 400
    side.wait_ready(places)
    side.profiles({"renamed-now": "work", "retyped": "frail"})
    side.restart()
    time.sleep(2 * size.hold(side))
    gone = side.lost(places) | (set(places) - side.reached(places))
    side.stop_all(place for place in side.servers())
    left = within(lambda: not side.jobs(), 60)
    orphans = len(side.jobs())
    side.bed.cancel_all()
    side.profiles({})
    side.restart()
    figures = {"lost": len(gone), "orphans_after_stop": orphans, "stopped_s": left}
    return Outcome(f"{len(gone)}/{len(places)}", not gone and not orphans, figures)


EDIT = Scenario(
    "R7", "profiles are renamed, removed and retyped under running servers; restart",
    "servers lost", "0", edit,
)  # fmt: skip
