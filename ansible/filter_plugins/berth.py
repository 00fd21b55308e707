"""What the roles compute from text: misspelt variables, ports in use, settings of the site."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

_SPECS = "*/meta/argument_specs.yml"
_SITE_FILE = re.compile(
    r"(site|kernels)\.yml|profiles\.d/[^/]+\.ya?ml|announcements\.d/[^/.][^/]*\.md"
    r"|jupyterhub_config\.d/[^/]+\.py"
)
_LISTENER = re.compile(r"^LISTEN\s+\d+\s+\d+\s+(\S+):(\d+)\s")
_PROGRAM = re.compile(r'\("([^"]*)",pid=(\d+)')


class FilterModule:
    """The names that templates and tasks know."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "berth_unknown": unknown,
            "berth_variables": variables,
            "berth_roles": roles,
            "berth_intruders": intruders,
            "berth_settings": settings,
            "berth_port": port,
            "berth_compared": compared,
            "berth_remembered": remembered,
            "berth_files": files,
        }


def variables(folder: str) -> list[str]:
    """Return the names of the variables that the roles in this folder know, sorted."""
    specs = (yaml.safe_load(path.read_text()) for path in Path(folder).glob(_SPECS))
    return sorted(name for spec in specs for name in spec["argument_specs"]["main"]["options"])


def roles(folder: str) -> list[str]:
    """Return the names of the roles in this folder, which are tags as well."""
    return sorted(path.parent.parent.name for path in Path(folder).glob(_SPECS))


def unknown(names: Iterable[str], known: list[str], kind: str = "variable") -> list[str]:
    """Return a complaint for each of *names* that no role knows, with the name it may mean."""
    complaints = []
    for name in sorted(set(names) - set(known)):
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"no role has a {kind} like it; remove it"
        complaints.append(f"{name}: {hint}")
    return complaints


def intruders(listeners: str, ports: Iterable[int]) -> list[str]:
    """Return what holds one of *ports* and is not ours.

    *listeners* is the output of ``ss -Hltnp``, followed by the process ids of our own units.
    """
    ours = {line for line in listeners.splitlines() if line.isdecimal()}
    wanted, found = set(map(int, ports)), set()
    for line in listeners.splitlines():
        match = _LISTENER.match(line)
        if not match or int(match[2]) not in wanted:
            continue
        programs = _PROGRAM.findall(line) or [("a program that cannot be seen", "?")]
        if ours.isdisjoint(pid for _, pid in programs):
            name, pid = programs[0]
            found.add(f"port {match[2]} at {match[1]} is held by {name} (pid {pid})")
    return sorted(found)


def settings(shown: str) -> dict[str, Any]:
    """Return what ``berth show --json`` printed, as setting and value."""
    return {name: row["value"] for name, row in json.loads(shown).items()}


def port(url: str) -> int:
    """Return the port of a URL like http://127.0.0.1:8081."""
    found = re.fullmatch(r"https?://.*:(\d+)/?", url)
    if not found:
        raise ValueError(f"{url!r} has no port")
    return int(found[1])


def compared(looked: str, new: dict[str, str], folders: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return which files are ``new``, ``stale``, ``edited`` and ``forgotten`` on the machine.

    *looked* is the list of what was deployed last, a line ``--``, and the list of what is there,
    both as sha256sum prints them; *new* is the inventory's, as name and checksum. With *folders*
    only what is in them is looked at. Stale is what the inventory no longer has. Edited is what is
    neither as it was deployed nor as it is to be. Forgotten is what is as it is to be, and was not
    deployed by us: brought by hand, say.
    """
    deployed, live = (_narrowed(files, folders) for files in _looked(looked))
    new = _narrowed(new, folders)
    right = {name for name in live if live[name] == new.get(name)}
    edited = {name for name in set(live) - right if live[name] != deployed.get(name)}
    return {
        "new": sorted(set(new) - right),
        "stale": sorted(set(live) - set(new)),
        "edited": sorted(edited),
        "forgotten": sorted(name for name in right if live[name] != deployed.get(name)),
    }


def remembered(looked: str, new: dict[str, str], folders: Iterable[str] = ()) -> str:
    """Return the list of what is deployed now, for the next ``compared``."""
    deployed, _ = _looked(looked)
    now = (deployed if folders else {}) | _narrowed(new, folders)
    gone = set(_narrowed(deployed, folders)) - set(new)
    return "".join(f"{now[name]}  {name}\n" for name in sorted(set(now) - gone))


def _narrowed(files: dict[str, str], folders: Iterable[str]) -> dict[str, str]:
    within = tuple(f"{folder}/" for folder in folders)
    return {k: v for k, v in files.items() if not within or k.startswith(within)}


def _looked(text: str) -> tuple[dict[str, str], dict[str, str]]:
    deployed, _, live = f"\n{text}\n".partition("\n--\n")
    return _checksums(deployed), _checksums(live)


def _checksums(lines: str) -> dict[str, str]:
    pairs = (line.split(maxsplit=1) for line in lines.splitlines())
    found = {pair[1].strip().removeprefix("./"): pair[0] for pair in pairs if len(pair) == 2}
    return {name: checksum for name, checksum in found.items() if _SITE_FILE.fullmatch(name)}


def files(folder: str) -> list[str]:
    """Return the site's files in this folder of the inventory, relative to it, sorted."""
    found = (str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())
    return sorted(name for name in found if _SITE_FILE.fullmatch(name))
