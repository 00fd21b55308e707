"""Whose job is whose: orphans, doubles, and servers in a state their user can do nothing with."""

from collections import Counter
from dataclasses import dataclass

import requests

from tests.chaos.side import Place, Side


@dataclass(frozen=True, slots=True)
class Census:
    """Jobs and servers at one moment.

    ``orphans``: jobs that belong to no server the hub knows. ``doubles``: jobs beyond the first of
    a server. ``unclear``: servers that are neither ready and reachable nor stopped.
    """

    jobs: int
    servers: int
    orphans: int
    doubles: int
    unclear: int

    @property
    def settled(self) -> bool:
        """Whether nothing is left to happen: each server works or is gone, each job has one."""
        return not (self.orphans or self.doubles or self.unclear)


NOBODY = Census(-1, -1, 0, 0, 1)
"""While the hub does not answer."""


def census(side: Side) -> Census:
    """Count. A job's server is known from its stub; one that has not begun is taken for a starting
    server's, as long as there are as many of these."""
    try:
        servers = side.servers()
    except requests.RequestException:
        return NOBODY
    jobs = side.jobs()
    names = Counter(place for job in jobs if (place := _server_of(side, job.id, job.user)))
    unnamed = len(jobs) - sum(names.values())
    waiting = sum(model["pending"] == "spawn" and p not in names for p, model in servers.items())
    foreign = sum(count for place, count in names.items() if place not in servers)
    ready = {place for place, model in servers.items() if model["ready"]}
    return Census(
        jobs=len(jobs),
        servers=len(servers),
        orphans=foreign + max(0, unnamed - waiting),
        doubles=sum(count - 1 for count in names.values()),
        unclear=len(servers) - len(side.reached(ready)),
    )


def _server_of(side: Side, job_id: int, user: str) -> Place | None:
    note = side.root / "seen" / str(job_id)
    return Place(user, note.read_text()) if note.exists() else None
