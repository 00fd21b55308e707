"""Checks of this machine: systemd's units and the clock."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from hub_config.doctor.patient import STRANGER, Finding, Patient, Unseen, fail, ok, warn
from hub_config.ops import process
from hub_config.ops.layout import HUB, PROXY
from hub_config.ops.units import Systemd

_PROPERTIES = "Id,LoadState,ActiveState,SubState,NRestarts,Result"
_SYSTEMCTL, _TIMEDATECTL = "/usr/bin/systemctl", "/usr/bin/timedatectl"


def units(patient: Patient) -> Iterator[Finding]:
    """The units of the hub run, and have not been started again and again."""
    if not patient.installed:
        raise Unseen(f"{patient.folder} is not the installed site: its hub is no unit")
    if not Path("/run/systemd/system").is_dir():
        raise Unseen("this machine was not booted by systemd")
    wanted = wanted_units(patient)
    argv = [_SYSTEMCTL, "show", f"--property={_PROPERTIES}", "--no-pager", *wanted]
    yield from judge_units(process.must(argv).decode(), wanted)


def wanted_units(patient: Patient) -> list[str]:
    """Return the units that this site has."""
    site, names = patient.site, [HUB, PROXY]
    names += ["berth-agent.socket"] if site.scheduler.transport == "socket" else []
    names += ["berth-auth.socket"] if site.auth.method == "pam" else []
    names += ["nginx.service"] if site.proxy.public_url else []
    services = [name for name, service in site.services.items() if service.command]
    return [*names, *(f"berth-service@{name}.service" for name in services), "berth-backup.timer"]


def judge_units(text: str, wanted: list[str]) -> Iterator[Finding]:
    """Judge what ``systemctl show`` printed of each unit."""
    blocks = [dict(_pairs(block)) for block in text.split("\n\n") if block.strip()]
    states = {block.get("Id", ""): block for block in blocks}
    good = []
    for name in wanted:
        found = _judge_unit(name, states.get(name, {}))
        if found:
            yield found
        else:
            good.append(name)
    if good:
        yield ok(f"running: {', '.join(good)}")


def _judge_unit(name: str, state: Mapping[str, str]) -> Finding | None:
    if state.get("LoadState") != "loaded":
        return fail(f"{name} is {state.get('LoadState', 'not known')}", "run the play again")
    words = f"{state.get('ActiveState')} ({state.get('SubState')}, {state.get('Result')})"
    cure = f"journalctl --unit {name} --lines 50, then: systemctl restart {name}"
    if state.get("ActiveState") != "active":
        return fail(f"{name} is {words}", cure)
    if int(state.get("NRestarts") or 0) > 0:
        seen = f"{name} runs, but has failed and been restarted {state['NRestarts']} times"
        return warn(seen, f"journalctl --unit {name} says why; systemctl reset-failed {name}")
    return None


def _pairs(block: str) -> Iterator[tuple[str, str]]:
    for line in block.splitlines():
        name, _, value = line.partition("=")
        yield name, value


def proxy_program(patient: Patient) -> Iterator[Finding]:
    """Which proxy runs, on which node."""
    if not patient.installed:
        raise Unseen(f"{patient.folder} is not the installed site: its proxy is no unit")
    if not (pid := Systemd().main_pid(PROXY)):
        raise Unseen(f"{PROXY} does not run")
    words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    yield judge_program([Path(word) for word in words[:2]], patient.layout.opt / "proxy")


def judge_program(words: list[Path], home: Path) -> Finding:
    """Judge the first words of the proxy's command line, node and its program, made in *home*.

    A process says of itself what it likes, so nothing outside of *home* is opened or run.
    """
    if len(words) < 2 or not all(word.resolve().is_relative_to(home) for word in words):
        seen = f"{PROXY} runs {' '.join(map(str, words))}, not a program of {home}"
        return fail(seen, "look who started it; systemctl restart berth-proxy")
    package = json.loads((words[1].parent.parent / "package.json").read_text("utf-8"))
    version = process.must([words[0], "--version"], user=STRANGER).decode().strip()
    return ok(f"{package['name']} {package['version']} on node {version}")


def clock(patient: Patient) -> Iterator[Finding]:
    """The clock is kept right by somebody."""
    if not os.access(_TIMEDATECTL, os.X_OK) or not Path("/run/systemd/system").is_dir():
        raise Unseen("this machine has no timedatectl to ask")
    argv = [_TIMEDATECTL, "show", "--property=NTP", "--property=NTPSynchronized"]
    yield judge_clock(process.must(argv).decode())


def judge_clock(text: str) -> Finding:
    """Judge what timedatectl(1) says of time synchronisation."""
    said = dict(_pairs(text))
    if said.get("NTPSynchronized") == "yes":
        return ok("the clock is synchronised")
    if said.get("NTP") == "yes":
        return warn("the clock is not synchronised (yet)", "look at: timedatectl timesync-status")
    return warn("nothing keeps the clock right", "apt install systemd-timesyncd, or chrony")
