"""One file with everything that a hub cannot be made again from: a gzipped tar with a manifest."""

import hashlib
import io
import json
import stat
import tarfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from hub_config.ops.failure import Failed

FORMAT = 1
MANIFEST, DATABASE, ETC, SERVICES = "manifest.json", "database", "etc/", "services/"
_ABOUT = ("version", "release", "made", "kind", "revision", "modes", "groups")


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds. ``files`` are those below /etc/berth, with modes and groups.

    ``database`` is a copy as ops.database makes it, of the schema ``revision`` and the ``kind``
    of database; None: the hub had none yet. ``services`` is what each of Berth's own keeps, as
    ops.keptby makes it; an older release that unpacks this leaves it out.
    """

    version: str
    release: str
    made: float
    kind: str
    revision: str
    database: bytes | None
    files: dict[str, bytes] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    services: dict[str, bytes] = field(default_factory=dict)


def collect(etc: Path) -> tuple[dict[str, bytes], dict[str, int], dict[str, str]]:
    """Return text, mode and group of each file below *etc*, by its path in there."""
    files, modes, groups = {}, {}, {}
    for path in sorted(etc.rglob("*")):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            name = path.relative_to(etc).as_posix()
            files[name], modes[name] = path.read_bytes(), stat.S_IMODE(status.st_mode)
            groups[name] = path.group()
    return files, modes, groups


def pack(contents: Contents) -> bytes:
    """Return the archive."""
    members = {f"{ETC}{name}": data for name, data in contents.files.items()}
    members |= {f"{SERVICES}{name}.tar": data for name, data in contents.services.items()}
    if contents.database is not None:
        members[DATABASE] = contents.database
    sums = {name: _sum(data) for name, data in members.items()}
    about = {key: value for key, value in asdict(contents).items() if key in _ABOUT}
    manifest = json.dumps({"format": FORMAT, **about, "sha256": sums}, indent=2).encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in {MANIFEST: manifest, **members}.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(data), 0o600, int(contents.made)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def unpack(path: Path) -> Contents:
    """Return what is in an archive, every byte compared with the manifest. Raises Failed."""
    try:
        members = _members(path)
        manifest = json.loads(members.pop(MANIFEST))
        if manifest["format"] != FORMAT:
            raise Failed(f"{path} has format {manifest['format']} — use the release that wrote it")
        return _compared(path, manifest, members)
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise Failed(f"{path} is no whole backup of Berth ({error}) — take another one") from error


def _members(path: Path) -> dict[str, bytes]:
    found = {}
    with tarfile.open(path, mode="r:gz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isreg() else None
            pure = PurePosixPath(member.name)
            if file is None or pure.is_absolute() or ".." in pure.parts:
                raise ValueError(f"{member.name} is no file of a backup")
            found[member.name] = file.read()
    return found


def _compared(path: Path, manifest: dict[str, Any], members: dict[str, bytes]) -> Contents:
    sums: dict[str, str] = manifest["sha256"]
    if set(sums) != set(members):
        raise ValueError(f"{', '.join(sorted(set(sums) ^ set(members)))} is missing or too much")
    if damaged := [name for name, data in members.items() if _sum(data) != sums[name]]:
        raise ValueError(f"{', '.join(damaged)} was changed or damaged")
    about = {key: manifest[key] for key in _ABOUT}
    files = {n.removeprefix(ETC): data for n, data in members.items() if n.startswith(ETC)}
    if not set(files) == set(about["modes"]) == set(about["groups"]):
        raise ValueError("its files and their modes do not agree")
    kept = {
        name.removeprefix(SERVICES).removesuffix(".tar"): data
        for name, data in members.items()
        if name.startswith(SERVICES)
    }
    return Contents(**about, database=members.get(DATABASE), files=files, services=kept)


def shown(contents: Contents) -> str:
    """Return a line about an archive."""
    made = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(contents.made))
    what = (
        f"{contents.kind} with schema {contents.revision}" if contents.database else "no database"
    )
    by = contents.release or contents.version
    return f"made {made} by {by}: {what}, {len(contents.files)} files"


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
