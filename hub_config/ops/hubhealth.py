"""What a running hub says of itself, asked on its own machine (hub_config/health.py)."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

from hub_config.model.site import Site
from hub_config.ops.failure import Failed
from hub_config.ops.layout import HUB, hub_url
from hub_config.ops.units import Units

PATIENCE = 90.0
"""Seconds a hub may take to start: mostly imports, and a look at every server that runs."""
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(site: Site) -> dict[str, Any]:
    """Return the hub's report. Raises Failed if there is no hub, or one without a report."""
    url = hub_url(site, "/api/berth/health")
    try:
        with _NO_PROXY.open(url, timeout=10) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        text = error.read()  # 503 comes with a report
    except OSError as error:
        raise Failed(f"no hub answers at {url}: {getattr(error, 'reason', error)}") from error
    try:
        report: dict[str, Any] = json.loads(text)
        return report if "pid" in report else _not_ours(url, text)
    except ValueError:
        return _not_ours(url, text)


def _not_ours(url: str, text: bytes) -> dict[str, Any]:
    said = text[:200].decode(errors="replace")
    raise Failed(f"what answers at {url} is no hub of Berth that trusts this machine: {said}")


def wait(site: Site, units: Units, release: str, patience: float = PATIENCE) -> dict[str, Any]:
    """Return the report of a hub of *release* that works. Raises Failed when there is none.

    Its process must be the unit's: a port may belong to another program, and a unit that
    starts again and again is "active" in between.
    """
    end, seen = time.monotonic() + patience, "nothing answered"
    began = units.main_pid(HUB)
    while time.monotonic() < end:
        pid = units.main_pid(HUB)
        if began and pid != began:
            raise Failed("the hub ended soon after its start")
        began = began or pid
        try:
            report = ask(site)
        except Failed as error:
            seen = str(error)
        else:
            seen = _wrong(report, release, pid)
            if not seen:
                return report
        time.sleep(0.25)
    raise Failed(f"the hub is not well after {patience:g} s: {seen}")


def _wrong(report: dict[str, Any], release: str, pid: int) -> str:
    if report["pid"] != pid:
        return f"process {report['pid']} answers, the unit's is {pid or 'not running'}"
    if report["release"] != release:
        return f"release {report['release']} answers"
    if not report["database"]["ok"]:
        return "its database does not answer"
    return "" if report["profiles"]["digest"] else "it has no profiles"
