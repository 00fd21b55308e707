"""Checks from within a job: one small server of an ordinary user, asked, and stopped again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub_config.doctor.edge import skew
from hub_config.doctor.patient import Finding, fail, ok, warn
from hub_config.ops.failure import Failed
from hub_config.visit.client import Hub, visit
from hub_config.visit.form import Card, SpawnForm
from hub_config.visit.server import NotReached, NotReported, Server, StillQueued, started
from hub_config.visit.smoke import Plan

NAME = "doctor"
SLOW_BOOT = 30.0
"""Seconds for a server to boot from which on users ask what is wrong."""

PROBE = r"""
import json, os, pathlib, platform, socket, ssl, subprocess, sys, tempfile, time
import urllib.error, urllib.parse, urllib.request

def hub():
    url = os.environ.get("JUPYTERHUB_API_URL", "")
    host = urllib.parse.urlsplit(url).hostname or ""
    said = {"url": url, "host": host, "kind": "", "error": ""}
    try:
        socket.getaddrinfo(host, None)
    except OSError as error:
        return {**said, "kind": "name", "error": str(error)}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    began = time.time()
    try:
        with opener.open(url, timeout=15) as answer:
            date = answer.headers.get("Date", "")
    except urllib.error.HTTPError as error:
        return {**said, "kind": "status", "error": str(error)}
    except OSError as error:
        reason = getattr(error, "reason", error)
        kind = "tls" if isinstance(reason, ssl.SSLError) else "network"
        return {**said, "kind": kind, "error": str(reason)}
    now = time.time()
    return {**said, "date": date, "now": (began + now) / 2, "seconds": now - began}

def home():
    try:
        with tempfile.NamedTemporaryFile(dir=pathlib.Path.home()) as file:
            file.write(b"0" * 65536)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return str(error)
    return ""

def module():
    script = "[ -r /etc/profile ] && . /etc/profile; type -t module"
    argv = ["/bin/bash", "-c", script]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return done.stdout.strip()

ports = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")
print(json.dumps({
    "host": os.uname().nodename,
    "python": platform.python_version(),
    "executable": sys.executable,
    "job": os.environ.get("SLURM_JOB_ID", ""),
    "port": urllib.parse.urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", "")).port,
    "ports": "-".join(ports.read_text().split()) if ports.exists() else "",
    "home": [str(pathlib.Path.home()), home()],
    "module": module(),
    "hub": hub(),
}))
"""

_HUB_CURES = {
    "name": "the nodes need the hub's name in their DNS or /etc/hosts",
    "network": "let the nodes reach that address (firewall, routes), or set hub.connect_url",
    "tls": "put the hub's CA among those that the nodes trust (update-ca-certificates)",
    "status": "is hub.connect_url the hub's own address?",
}

_NOT_REPORTED = (
    "the node does not reach the hub, and the job's log in the user's home says why: the hub's name"
    " is not known there (DNS), a firewall is between, or the nodes do not trust its certificate"
    " (update-ca-certificates); hub.connect_url in site.yml is the address that jobs use"
)
_NOT_REACHED = (
    "the hub does not reach the node: let this machine connect to the nodes' ports (those of"
    " /proc/sys/net/ipv4/ip_local_port_range there), and see that it knows the node's name"
)


def node(plan: Plan) -> list[Finding]:
    """Return what a server of ``plan.user`` sees on its node."""
    try:
        return visit(_node(plan))
    except StillQueued as error:
        return [warn(str(error), "ask again when the queue is shorter, or name another --preset")]
    except NotReported as error:
        return [fail(str(error), _NOT_REPORTED)]
    except NotReached as error:
        return [fail(str(error), _NOT_REACHED)]
    except Failed as error:
        return [fail(str(error), "look at the job's log in the user's home, and at the hub's log")]


async def _node(plan: Plan) -> list[Finding]:
    async with Hub(plan.url, plan.user, plan.ca) as hub:
        await hub.log_in(plan.password)
        form = await hub.form(NAME)
        card = smallest(form, plan.presets)
        async with started(hub, form, NAME, {"profile": card.id}) as server:
            await server.wait(plan.queue_limit, plan.start_limit)
            seen = _read(await server.execute(PROBE))
            return [reached(card, server, seen), *judge(seen)]


def smallest(form: SpawnForm, wanted: Sequence[str] = ()) -> Card:
    """Return the open preset that asks for least. Raises Failed."""
    cards = [card for card in form.cards if not card.locked]
    if wanted:
        cards = [card for card in cards if card.id in wanted]
    if not cards:
        names = ", ".join(card.id for card in form.cards) or "none"
        raise Failed(f"no such preset is open to this user — the form has {names}")
    return min(cards, key=_size)


def _size(card: Card) -> tuple[float, float, float]:
    gpus, cores, memory = (float(card.values.get(n) or 0) for n in ("gpus", "cores", "memory"))
    return gpus, cores, memory


def _read(printed: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(printed)
    except ValueError:
        raise Failed(f"the cell printed something else: {printed[:200]!r}") from None
    return found


def reached(card: Card, server: Server, seen: Mapping[str, Any]) -> Finding:
    """Judge how long it took until the hub had reached the server on its node."""
    boot = server.ready - server.begun
    what = (
        f"{card.id}: the hub reached {seen['host']}:{seen['port']} {boot:.1f} s after the job"
        f" began, and it had waited {server.begun:.1f} s (ports there: {seen['ports']})"
    )
    if boot <= SLOW_BOOT:
        return ok(what)
    return warn(what, "is the single-user environment on a slow file system?")


def judge(seen: Mapping[str, Any]) -> Iterator[Finding]:
    """Judge what the probe printed."""
    host, hub, (home, trouble) = seen["host"], seen["hub"], seen["home"]
    yield ok(f"{host} runs Python {seen['python']} of {seen['executable']}")
    if hub["error"]:
        said = f"{host} cannot reach the hub at {hub['url']}: {hub['error']}"
        yield fail(said, _HUB_CURES[hub["kind"]])
    else:
        yield ok(f"{host} reaches {hub['url']} in {hub['seconds'] * 1000:.0f} ms")
        if hub["date"]:
            yield skew(f"{host}'s hub", hub["date"], hub["now"])
    if trouble:
        yield fail(f"{home} cannot be written on {host}: {trouble}", "quota, or a broken mount?")
    else:
        yield ok(f"{home} can be written")
    if seen["module"] == "function":
        yield ok("there is a module command")
    else:
        said = f"bash has no module command on {host} after reading /etc/profile"
        yield warn(said, "install Lmod or environment-modules there, if kernels load modules")
