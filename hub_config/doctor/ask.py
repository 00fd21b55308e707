"""``python -m hub_config.doctor.ask``: what the scheduler says to whoever runs it.

A process of its own, so that ``berth doctor``, run by root, can ask as the hub's account does,
and as one that must be refused. It takes the ``scheduler`` section of site.yml as JSON and
prints JSON: partitions, jobs, and the seconds each answer took; or ``failed`` and why.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from hub_config.cluster.client import Client
from hub_config.cluster.transport import make_transport
from hub_config.model.scheduler import Scheduler
from hub_config.schedulers import SCHEDULERS
from hub_config.schedulers.base import SchedulerError

_T = TypeVar("_T")


def main() -> None:
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = asyncio.run(_ask(sys.stdin.read(), Path(folder)))
    except SchedulerError as error:
        found = {"failed": str(error)}
    json.dump(found, sys.stdout, default=sorted)  # sets: features, nodes


async def _ask(section: str, folder: Path) -> dict[str, Any]:
    scheduler = Scheduler.model_validate(json.loads(section))
    client = Client(make_transport(scheduler, folder), SCHEDULERS[scheduler.type]())
    partitions, first = await _timed(client.partitions())
    jobs, second = await _timed(client.jobs())
    return {
        "partitions": {name: asdict(part) for name, part in partitions.items()},
        "jobs": [
            {"user": job.user, "host": job.host, "phase": job.phase.value} for job in jobs.values()
        ],
        "seconds": [first, second],
    }


async def _timed(work: Awaitable[_T]) -> tuple[_T, float]:
    began = time.monotonic()
    result = await work
    return result, time.monotonic() - began


if __name__ == "__main__":
    main()
