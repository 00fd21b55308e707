"""R10: the proxy is killed and comes back without any route."""

import time

from tests.chaos.patience import within
from tests.chaos.scenario import Outcome, Scenario, Size
from tests.chaos.side import Side


def restart(side: Side, size: Size) -> Outcome:
    """Count the routes that come back, and how soon; the servers behind must be the same."""
    places = side.fleet(size.many)
    before = {place: side.reach(place) for place in places}
    proxy = side.hub.proxy
    assert proxy is not None
    proxy.kill()
    proxy.wait()
    time.sleep(1)
    side.hub.start_proxy()
    took = within(lambda: side.reached(places) == set(places), size.patience)
    same = sum(side.reach(place) == job for place, job in before.items())
    back = f"in {took:.0f} s" if took is not None else f"not all in {size.patience:.0f} s"
    figures = {"seconds": took, "same_servers": same}
    good = took is not None and took <= 10 and same == len(places)
    return Outcome(f"{same}/{len(places)} {back}", good, figures)


RESTART = Scenario(
    "R10", "the proxy is killed and started again, empty", "routes back, same servers behind",
    "all in 10 s", restart,
)  # fmt: skip
