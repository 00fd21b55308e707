"""What JupyterHub's own metrics do not say: how Berth, its profiles and its scheduler are.

They are worked out while ``/hub/metrics`` is read, from what the hub knows anyway.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from hub_config import __version__
from hub_config.paths import release
from hub_config.runtime import Runtime

STATES = ("starting", "ready", "stopping")


class BerthCollector(Collector):
    """The gauges of one hub; *users* returns JupyterHub's users that have servers."""

    def __init__(self, runtime: Runtime, users: Callable[[], Iterable[Any]]) -> None:
        self._runtime, self._users = runtime, users

    def describe(self) -> Iterable[Metric]:
        """Return nothing: no name is known before the first reading."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every gauge with its value now."""
        yield self._info()
        yield self._servers()
        poller, profiles = self._runtime.poller, self._runtime.profiles
        failing = time.monotonic() - poller.failing_since if poller.failing_since else 0.0
        yield GaugeMetricFamily(
            "berth_scheduler_failing_seconds",
            "Since when the scheduler has not answered; 0: it answers, or nobody needs to ask",
            failing,
        )
        open_rows = self._runtime.ledger.open()
        yield GaugeMetricFamily(
            "berth_jobs_ending",
            "Jobs that are to end and have not provably ended, with or without a server",
            sum(entry.want_end for entry in open_rows),
        )
        yield GaugeMetricFamily(
            "berth_jobs", "Jobs that were submitted and have not provably ended", len(open_rows)
        )
        yield GaugeMetricFamily(
            "berth_profile_problems",
            "Mistakes in profiles.d that keep its last edit from being live",
            len(profiles.problems),
        )

    def _info(self) -> Metric:
        info = GaugeMetricFamily(
            "berth_build_info", "1; which Berth this is", labels=("version", "release")
        )
        info.add_metric((__version__, release()), 1)
        return info

    def _servers(self) -> Metric:
        spawners = [spawner for user in self._users() for spawner in user.spawners.values()]
        counted = Counter(_state(spawner) for spawner in spawners)
        servers = GaugeMetricFamily("berth_servers", "Servers by state", labels=("state",))
        for state in STATES:
            servers.add_metric((state,), counted[state])
        return servers


def _state(spawner: Any) -> str:
    """Return what becomes of a server, as JupyterHub's ``Spawner.pending`` says it."""
    if spawner.pending == "stop":
        return "stopping"
    if spawner.ready:
        return "ready"
    return "starting" if spawner.pending else ""
