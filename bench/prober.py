"""Asks a hub for /hub/health at a steady pace and tells how long the answers took.

A process of its own, which starts each request when it is due, whether or not the one before has
been answered: otherwise a hub that stalls for ten seconds would be one slow answer among a
thousand quick ones. ``python -m bench.prober PORT SECONDS`` prints the seconds as JSON.
"""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACE = 0.05
PATIENCE = 60.0
_REQUEST = b"GET /hub/health HTTP/1.0\r\nHost: localhost\r\n\r\n"


@dataclass(frozen=True)
class Health:
    """Seconds that answers took; ``failed`` did not come within PATIENCE, or said no."""

    p50: float
    p99: float
    longest: float
    asked: int
    failed: int


class Probe:
    """A prober at work; ``result()`` waits for its end."""

    def __init__(self, port: int, seconds: float) -> None:
        argv = [sys.executable, "-m", "bench.prober", str(port), str(seconds)]
        self._process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def result(self) -> Health:
        """Return what was seen."""
        out, _ = self._process.communicate(timeout=600)
        return summary(json.loads(out))


def summary(answers: list[float | None]) -> Health:
    """Return the percentiles; a request without an answer took PATIENCE."""
    took = sorted(PATIENCE if answer is None else answer for answer in answers)
    nearest = [took[min(len(took) - 1, int(len(took) * share))] for share in (0.5, 0.99)]
    return Health(nearest[0], nearest[1], took[-1], len(took), answers.count(None))


async def _ask(port: int) -> float | None:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(_REQUEST)
            status = await reader.readline()
            writer.close()
    except (OSError, TimeoutError):
        return None
    return time.perf_counter() - began if b" 200 " in status else None


async def probe(port: int, seconds: float) -> list[float | None]:
    """Return the seconds of each answer, in the order of the requests; None: there was none."""
    began, requests = time.perf_counter(), []
    for number in range(int(seconds / PACE)):
        await asyncio.sleep(max(0.0, began + number * PACE - time.perf_counter()))
        requests.append(asyncio.create_task(_ask(port)))
    return list(await asyncio.gather(*requests))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(probe(int(sys.argv[1]), float(sys.argv[2])))))
