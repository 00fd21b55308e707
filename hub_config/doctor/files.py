"""Checks of files: the site, owners and modes, the release, disks, backups."""

import contextlib
import grp
import json
import os
import platform
import pwd
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from hub_config import __version__
from hub_config.auth.passwords import parse
from hub_config.doctor.patient import Finding, Patient, Unseen, fail, ok, unseen, warn
from hub_config.load import load_profiles, load_site
from hub_config.model.login import PamAuth
from hub_config.model.site import Site
from hub_config.ops.layout import HUB_USER, Layout
from hub_config.yaml12 import BadConfig

DAY = 86400
BACKUP_DAYS = 2
LITTLE, TOO_LITTLE = 2 * 2**30, 200 * 2**20
"""Bytes free on a disk below which it is told, and below which the hub is in danger."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who owns a file, and the bits its mode may have."""

    path: Path
    owner: str
    group: str
    mode: int


def rules(layout: Layout) -> Iterator[Rule]:
    """Yield a rule for everything below the installed folders that is there or has to be."""
    etc, root = layout.etc, "root"
    yield Rule(etc, root, HUB_USER, 0o750)
    yield Rule(layout.site, root, HUB_USER, 0o640)
    yield Rule(etc / "agent.toml", root, root, 0o644)
    others = set(_listed(etc, "*.yml")) - {layout.site}
    folders = {"profiles.d": "*.yml", "jupyterhub_config.d": "*.py"}
    for folder, pattern in folders.items():
        if _exists(etc / folder):
            yield Rule(etc / folder, root, HUB_USER, 0o750)
        others.update(_listed(etc / folder, pattern))
    for file in sorted(others):
        yield Rule(file, root, HUB_USER, 0o640)
    yield Rule(layout.secrets, root, root, 0o700)
    for file in _listed(layout.secrets, "*"):
        yield Rule(file, root, root, 0o600)
    yield Rule(layout.root / "var" / "lib" / "berth", HUB_USER, HUB_USER, 0o700)
    yield Rule(layout.opt, root, root, 0o755)
    yield Rule(layout.backups, root, root, 0o700)


def sockets(site: Site) -> Iterator[Rule]:
    """Yield a rule for each door of the hub: it alone may knock."""
    if site.scheduler.transport == "socket":
        yield Rule(site.scheduler.agent_socket, "root", HUB_USER, 0o660)
    if isinstance(site.auth, PamAuth):
        yield Rule(site.auth.socket, "root", HUB_USER, 0o660)


def site(patient: Patient) -> Iterator[Finding]:
    """The files of the site have no mistakes."""
    with contextlib.suppress(FileNotFoundError):  # which the loader tells better
        patient.file.open("rb").close()  # PermissionError: unseen
    try:
        found = load_site(patient.file, parse)
        presets = len(load_profiles(patient.folder / "profiles.d", found).presets)
    except BadConfig as error:
        for problem in error.problems[:5]:
            yield fail(f"{problem.place} {problem.text}", f"run: berth check {patient.folder}")
        return
    yield ok(f"{patient.file}: {found.scheduler.type}, {found.auth.method}, {presets} presets")


def owners(patient: Patient) -> Iterator[Finding]:
    """Owners and modes of everything installed are what they were made as."""
    if not patient.installed:
        raise Unseen(f"{patient.folder} is not the installed site, {patient.layout.etc}")
    count, wrong = 0, False
    for rule in (*rules(patient.layout), *sockets(patient.site)):
        found = judge(rule)
        count += found is None
        if found:
            wrong = True
            yield found
    if not wrong:
        yield ok(f"{count} files and folders are whose they should be")


def judge(rule: Rule) -> Finding | None:
    """Return what is wrong with one file; None: nothing."""
    cure = f"chown {rule.owner}:{rule.group} {rule.path} && chmod {rule.mode:04o} {rule.path}"
    try:
        status = rule.path.lstat()
    except FileNotFoundError:
        return fail(f"{rule.path} is missing", "run the play again")
    except PermissionError:
        return unseen(f"{rule.path} is closed to this account", "run as root")
    if stat.S_ISLNK(status.st_mode):
        return fail(f"{rule.path} is a symbolic link", "look who made it, then run the play again")
    mode = stat.S_IMODE(status.st_mode)
    owner, group = _user(status.st_uid), _group(status.st_gid)
    if owner == rule.owner and group == rule.group and not mode & ~rule.mode:
        return None
    leaked = rule.mode == 0o600 and mode & 0o077
    cure += f" && berth secrets rotate {rule.path.name}" if leaked else ""
    return fail(f"{rule.path} is {owner}:{group} {mode:04o}", cure)


def release(patient: Patient) -> Iterator[Finding]:
    """The release in use is complete, runs on this Python, and is the one that looks."""
    python = platform.python_version()
    here = f"berth {__version__}, jupyterhub {version('jupyterhub')}, Python {python}"
    if not patient.installed:
        yield ok(here)
        raise Unseen(f"{patient.folder} is not the installed site, so no release is looked for")
    try:
        said = json.loads((patient.layout.current / "release.json").read_text("utf-8"))
        name, its_version, its_python = said["release"], said["version"], str(said["python"])
    except (OSError, ValueError, KeyError) as error:
        seen = f"{patient.layout.current} leads to no complete release ({error})"
        yield fail(seen, "run the play, or: berth release list; berth release activate RELEASE")
        return
    yield ok(f"release {name}: {here}")
    if its_version != __version__:
        yield warn(
            f"this is berth {__version__}, the release is {its_version}", "use its own berth"
        )
    if its_python.split(".")[:2] != python.split(".")[:2]:
        yield fail(
            f"made for Python {its_python}, this is {python}", "run the play: it is made anew"
        )


def disks(patient: Patient) -> Iterator[Finding]:
    """There is room where the hub writes."""
    folders = [patient.site.hub.data_dir, patient.layout.opt, patient.layout.backups]
    seen = set()
    for folder in folders:
        if not _exists(folder) or (device := folder.stat().st_dev) in seen:
            continue
        seen.add(device)
        yield room(folder, shutil.disk_usage(folder).free)
    if not seen:
        raise Unseen("none of the hub's folders can be looked at from here")


def room(folder: Path, free: int) -> Finding:
    """Judge the bytes that are free where *folder* is."""
    seen = f"{free / 2**30:.1f} GiB free for {folder}"
    cure = "make room: berth release prune, older backups, the journal (journalctl --vacuum-size)"
    if free < TOO_LITTLE:
        return fail(seen, cure)
    return warn(seen, cure) if free < LITTLE else ok(seen)


def backup(patient: Patient) -> Iterator[Finding]:
    """There is a backup of yesterday."""
    if not patient.installed:
        raise Unseen(f"{patient.folder} is not the installed site, so no backups are looked for")
    folder = patient.layout.backups
    try:
        times = [file.stat().st_mtime for file in folder.iterdir() if file.is_file()]
    except PermissionError:
        raise Unseen(f"{folder} is closed to this account: run as root") from None
    except FileNotFoundError:
        times = []
    yield age(folder, times, time.time())


def age(folder: Path, times: Iterable[float], now: float) -> Finding:
    """Judge the newest of backups made at *times*."""
    cure = "look at: systemctl status berth-backup.timer berth-backup.service; or run berth backup"
    if not (newest := max(times, default=0.0)):
        return warn(f"there is no backup in {folder}", cure)
    days = (now - newest) / DAY
    seen = f"the newest backup in {folder} is {days:.1f} days old"
    return warn(seen, cure) if days > BACKUP_DAYS else ok(seen)


def _listed(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(file for file in folder.glob(pattern) if not file.name.startswith("."))
    except OSError:
        return []


def _exists(path: Path) -> bool:
    return os.access(path, os.F_OK)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
