"""Events of servers for whoever listens: JupyterHub's event log, and a metric.

The hub's database has the log that counts (``cluster.eventlog``). A centre that collects events
elsewhere sets JupyterHub's own ``c.EventLogger.handlers`` in ``jupyterhub_config.d``; they get each
event once, after it was stored. What they did not get, because the hub was killed or they failed,
is in the log alone. https://jupyterhub.readthedocs.io/en/stable/reference/event-logging.html
"""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Histogram

from hub_config.cluster.happened import Event
from hub_config.model.events import NAMES, READY

log = logging.getLogger("berth.events")

SCHEMAS = Path(__file__).parent / "schema" / "events"
WAITS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 86400.0)


def schema_id(name: str) -> str:
    """Return the ``$id`` of the schema of an event, which collectors see as ``__schema__``."""
    return f"urn:berth:events:{name}"


class Sender:
    """Sends events to the handlers of *eventlog*, JupyterHub's own, and counts waiting times."""

    def __init__(self, eventlog: Any, registry: CollectorRegistry = REGISTRY) -> None:
        self._eventlog = eventlog
        for name in NAMES:
            eventlog.register_event_schema(SCHEMAS / f"{name}.json")
        self._waited = Histogram(
            "berth_spawn_wait_seconds",
            "Time from the request of a server to its first answer",
            buckets=WAITS,
            registry=registry,
        )

    def __call__(self, event: Event) -> None:
        """Send one event. Never raises: a start does not depend on who listens."""
        if event.name == READY:
            self._waited.observe(event.data["waited"])
        try:
            self._eventlog.emit(
                schema_id=schema_id(event.name),
                data=dict(event.data),
                timestamp_override=datetime.fromtimestamp(event.at, UTC),
            )
        except Exception:
            log.exception("An event is in the log, and nowhere else: %s", event.name)
