"""One server, as the hub's events tell of it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub_config.model.events import ENDED, READY, REQUESTED, VERSION, is_failure

log = logging.getLogger("berth.usage")

Uuid = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A row of ``usage_servers``."""

    uuid: Uuid
    user: str
    server: str
    profile: str
    kind: str
    application: str
    partition: str
    cores: int
    memory: int
    walltime: int
    gpus: int
    at: float
    waited: float | None = None
    queued: float | None = None
    ended: float | None = None
    outcome: str = ""
    reason: str = ""
    ready: bool = False
    lasted: float | None = None

    def row(self) -> dict[str, Any]:
        """Return it as the table has it."""
        return {name: getattr(self, name) for name in self.__slots__}

    @property
    def failed(self) -> bool:
        """Whether its end was no good one."""
        return self.ended is not None and is_failure(self.outcome, self.ready)


class _Told(BaseModel):
    """What all events say; later hubs may say more."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    uuid: str = Field(min_length=1, max_length=32)


class _Requested(_Told):
    user: str = Field(max_length=255)
    server: str = Field(max_length=255)
    profile: str = Field(max_length=64)
    kind: Literal["preset", "advanced"]
    application: str = Field(max_length=64)
    partition: str = Field(max_length=64)
    cores: int
    memory: int
    walltime: int
    gpus: int


class _Ready(_Told):
    waited: float = Field(ge=0, allow_inf_nan=False)
    queued: float | None = None


class _Ended(_Told):
    outcome: str = Field(min_length=1, max_length=32)
    reason: str
    ready: bool
    lasted: float | None


_KNOWN: Mapping[str, type[_Told]] = {REQUESTED: _Requested, READY: _Ready, ENDED: _Ended}


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the hub. ``at``: seconds since 1970."""

    at: float
    told: _Told

    @property
    def uuid(self) -> Uuid:
        """Which server it is about."""
        return self.told.uuid

    def applied(self, known: Server | None) -> Server | None:
        """Return the server after this event; None: it tells too little of one not known."""
        told = self.told
        if isinstance(told, _Requested):
            values = told.model_dump() | {"at": self.at}
            return replace(known, **values) if known else Server(**values)
        if known is None:
            return None
        if isinstance(told, _Ready):
            return replace(known, ready=True, waited=told.waited, queued=told.queued)
        values = told.model_dump(exclude={"uuid", "ready"})
        ready = known.ready or (isinstance(told, _Ended) and told.ready)
        return replace(known, ended=self.at, ready=ready, **values)


def read_event(raw: Mapping[str, Any]) -> Event | None:
    """Return the event in *raw*; None: of a kind, or of a version, that is not known here.

    One that is not what it should be is logged and left out: it must not stop all that follow.
    """
    model = _KNOWN.get(str(raw.get("schema")))
    if model is None or raw.get("version") != VERSION:
        return None
    try:
        return Event(float(raw["at"]), model.model_validate(raw["data"]))
    except (LookupError, TypeError, ValueError, ValidationError) as error:
        log.error("Event %s of the hub is left out: %s", raw.get("id"), error)
        return None
