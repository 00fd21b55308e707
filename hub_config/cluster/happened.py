"""What a row of the ledger says has happened to its server: the events of the log.

They are worked out of the row and nothing else, so the log cannot say other things than the ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub_config.cluster.entry import Entry
from hub_config.model.events import ENDED, READY, REQUESTED, Outcome
from hub_config.model.profiles import ADVANCED

CLOCKS = 5.0
"""Seconds by which the clocks of the scheduler and of the hub may differ, its rounding included."""

_STATES: Mapping[str, Outcome] = {
    "": Outcome.LOST,
    "BOOT_FAIL": Outcome.NODE_FAILURE,
    "CANCELLED": Outcome.CANCELLED,
    "COMPLETED": Outcome.FINISHED,
    "DEADLINE": Outcome.TIMEOUT,
    "NODE_FAIL": Outcome.NODE_FAILURE,
    "OUT_OF_MEMORY": Outcome.OUT_OF_MEMORY,
    "PREEMPTED": Outcome.PREEMPTED,
    "REFUSED": Outcome.REFUSED,
    "TIMEOUT": Outcome.TIMEOUT,
}
_GIVEN_UP: Mapping[str, Outcome] = {
    "http": Outcome.NO_ANSWER,
    "job": Outcome.STUCK,
    "scheduler": Outcome.LOST,
    "timeout": Outcome.START_TIMEOUT,
}
"""Why the hub gave a start up (SpawnRefused.reason), whose job it then cancelled."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log. ``at``: when it was so, in seconds since 1970."""

    name: str
    at: float
    data: Mapping[str, Any]


def happened(entry: Entry, known: Mapping[str, Event]) -> dict[str, Event]:
    """Return all that the row says, by name; *known* is what the log has of it already.

    A job that was there before its row (of a lost database, or of before there was a log) was not
    asked for here: only its end is told.
    """
    events = {}
    if REQUESTED in known or not entry.job_id:
        events[REQUESTED] = Event(REQUESTED, entry.created, _who(entry) | _request(entry.request))
        if entry.ready is not None:
            events[READY] = Event(READY, entry.ready, _who(entry) | _waited(entry, entry.ready))
    events = {**events, **{name: known[name] for name in (REQUESTED, READY) if name in known}}
    if entry.ended is not None:
        events[ENDED] = Event(ENDED, entry.ended, _who(entry) | _end(entry, events))
    return events


def moment(text: str) -> float | None:
    """Return a time of the scheduler's clock, which goes as that of this machine."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _who(entry: Entry) -> dict[str, Any]:
    return {"uuid": entry.uuid, "user": entry.user, "server": entry.server}


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    profile = request.get("profile", "")
    numbers = {name: request.get(name, 0) for name in ("cores", "memory", "walltime", "gpus")}
    return {
        "profile": profile,
        "kind": "advanced" if profile == ADVANCED else "preset",
        "application": request.get("application", ""),
        "partition": request.get("partition", ""),
        **numbers,
        "gpu_type": request.get("gpu_type", ""),
    }


def _waited(entry: Entry, ready: float) -> dict[str, Any]:
    waited = max(ready - entry.created, 0.0)
    queued = None
    if entry.began is not None and -CLOCKS <= entry.began - entry.created <= waited + CLOCKS:
        queued = round(min(max(entry.began - entry.created, 0.0), waited), 3)
    return {"waited": round(waited, 3), "queued": queued}


def _end(entry: Entry, events: Mapping[str, Event]) -> dict[str, Any]:
    ready = events[READY].at if READY in events else None
    # Of a job that was not asked for here nobody knows when its server answered, but that it did.
    was_ready = ready is not None or (REQUESTED not in events and entry.port != 0)
    return {
        "outcome": outcome(entry, was_ready).value,
        "state": entry.state,
        "reason": entry.reason,
        "by_other": entry.by not in ("", entry.user),
        "ready": was_ready,
        "lasted": None if ready is None else round(max((entry.ended or ready) - ready, 0.0), 3),
    }


def outcome(entry: Entry, ready: bool) -> Outcome:
    """Return how a server ended that had been *ready*, or never so."""
    if entry.want_end:
        if ready:
            return Outcome.STOPPED
        return _GIVEN_UP.get(entry.gave_up, Outcome.WITHDRAWN)
    found = _STATES.get(entry.state, Outcome.FAILED)
    return Outcome.FAILED if found is Outcome.FINISHED and not ready else found
