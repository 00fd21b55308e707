"""Backups: written while the hub runs, checked before anything is put back."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sqlalchemy import make_url

from hub_config import __version__
from hub_config.auth.passwords import parse as parse_password
from hub_config.database import database_url
from hub_config.files import write
from hub_config.load import load_profiles, load_site
from hub_config.model.site import Site
from hub_config.ops import archive, hubhealth, keptby, schema, settings
from hub_config.ops.archive import Contents
from hub_config.ops.database import Database
from hub_config.ops.failure import Failed
from hub_config.ops.files import private_folder
from hub_config.ops.layout import HUB, PROXY, Layout
from hub_config.ops.release import pointed, read
from hub_config.ops.units import Units
from hub_config.yaml12 import BadConfig

_WHOLE = ("profiles.d/", "announcements.d/", "jupyterhub_config.d/")
"""Folders in which a file that the backup does not have would be one too many."""
_PATTERN = "berth-*.tar.gz"


def backup(layout: Layout, to: Path, keep: int = 0) -> Iterator[str]:
    """Write one into *to*, and remove all but the *keep* newest there (0: keep all)."""
    private_folder(to)
    path = to / time.strftime("berth-%Y%m%dT%H%M%SZ.tar.gz", time.gmtime())
    if path.exists():
        raise Failed(f"{path} was written this very second — try again")
    contents = _now(layout)
    write(path, archive.pack(contents))
    yield f"wrote {path}: {archive.shown(contents)}"
    for old in sorted(to.glob(_PATTERN))[:-keep] if keep else ():
        old.unlink()
        yield f"removed {old}"


def _now(layout: Layout) -> Contents:
    site, dumped = _site(layout), _database(layout).dump()
    files, modes, groups = archive.collect(layout.etc)
    ours = [name for name, one in site.services.items() if one.app]
    kept = {name: layout.kept_by(name) for name in ours}
    return Contents(
        version=__version__,
        release=pointed(layout.current),
        made=time.time(),
        kind=_kind(site),
        revision=dumped[0].revision if dumped else "",
        database=dumped[1] if dumped else None,
        files=files,
        modes=modes,
        groups=groups,
        services={
            name: keptby.dump(_python(layout), folder, site.database_of(name))
            for name, folder in kept.items()
            if folder.is_dir()
        },
    )


def restore(
    layout: Layout,
    units: Units,
    file: Path,
    say: Callable[[str], None],
    *,
    force: bool = False,
    patience: float = hubhealth.PATIENCE,
) -> None:
    """Put a backup in the place of what is there. Raises Failed; then all is as before.

    *force*: also where what is there is too broken to be kept, and so without a way back.
    """
    if layout.attempt.exists():
        raise Failed("a switch was interrupted — first: berth release rollback")
    contents = archive.unpack(file)
    say(archive.shown(contents))
    _check(contents)
    before = _kept(layout, say, force)
    try:
        _put(layout, units, contents, say, patience)
    except (Failed, BadConfig, OSError, KeyboardInterrupt) as error:
        said = "\n".join(f"  {line}" for line in units.said(HUB))
        say(f"failed: {error or 'interrupted'}")
        if before:
            _put(layout, units, before, say, patience)
        raise Failed(
            f"{file} was not restored: {error or 'interrupted'}\n"
            f"{'All is as before.' if before else 'There was no way back.'} "
            f"The hub's last lines before that:\n{said}"
        ) from error
    say(f"restored {file}")


def _kept(layout: Layout, say: Callable[[str], None], force: bool) -> Contents | None:
    """Return what is there now, after writing it down."""
    try:
        before = _now(layout)
    except (Failed, BadConfig) as error:
        if force:
            say(f"what is there now is not kept: {error}")
            return None
        cure = "correct that, or say --force and do without a way back"
        raise Failed(f"what is there now cannot be kept: {error}\n{cure}") from error
    stamp = time.strftime("before-restore-%Y%m%dT%H%M%SZ.tar.gz", time.gmtime())
    path = private_folder(layout.backups) / stamp
    write(path, archive.pack(before))
    say(f"what is there now is kept in {path}")
    return before


def _check(contents: Contents) -> None:
    """Raise Failed or BadConfig if what is in a backup cannot run here."""
    with tempfile.TemporaryDirectory(prefix="berth-restore-") as folder:
        etc = Path(folder)
        for name, data in contents.files.items():
            (etc / name).parent.mkdir(parents=True, exist_ok=True)
            (etc / name).write_bytes(data)
        site = load_site(etc / "site.yml", parse_password)
        load_profiles(etc / "profiles.d", site)
    if contents.database is None:
        return
    if _kind(site) != contents.kind:
        raise Failed(f"its site.yml says {_kind(site)}, its copy is of {contents.kind}")
    if not schema.knows(contents.revision):
        raise Failed(
            f"its database has schema {contents.revision}, which release {contents.release} wrote"
            f" and this one does not know — berth release activate {contents.release} first"
        )


def _put(
    layout: Layout, units: Units, contents: Contents, say: Callable[[str], None], patience: float
) -> None:
    say(f"stop {HUB}")
    units.stop(HUB)
    token = layout.secrets / "proxy-token"
    known = token.read_bytes() if token.exists() else b""
    settings.place(layout.etc, contents, _surplus(layout, contents))
    if contents.database is not None:
        say("put back the database")
        _database(layout).load(contents.database)
        if contents.revision != schema.head():
            say(f"convert the schema from {contents.revision} to {schema.head()}")
            _database(layout).upgrade()
    _put_services(layout, units, contents.services, say)
    if contents.files.get("secrets/proxy-token", known) != known:
        say(f"restart {PROXY}: its token is another one, open connections are cut once")
        units.restart(PROXY)
    say(f"start {HUB}")
    units.start(HUB)
    hubhealth.wait(_site(layout), units, pointed(layout.current), patience)


def _put_services(
    layout: Layout, units: Units, services: Mapping[str, bytes], say: Callable[[str], None]
) -> None:
    site = _site(layout)
    for name, data in services.items():
        folder, unit = layout.kept_by(name), f"berth-service@{name}.service"
        if not folder.is_dir():
            say(f"left out what service {name} kept: there is no {folder} here")
            continue
        say(f"put back what service {name} kept")
        units.stop(unit)
        keptby.load(_python(layout), folder, data, site.database_of(name))
        units.start(unit)


def _surplus(layout: Layout, contents: Contents) -> set[str]:
    there = archive.collect(layout.etc)[0]
    return {n for n in there if n.startswith(_WHOLE) and n not in contents.files}


def _site(layout: Layout) -> Site:
    return load_site(layout.site, parse_password)


def _kind(site: Site) -> str:
    return make_url(database_url(site.hub.database, site.hub.data_dir)).get_backend_name()


def _database(layout: Layout) -> Database:
    return Database(_python(layout), layout.site)


def _python(layout: Layout) -> Path:
    current = pointed(layout.current)
    return read(layout, current).python if current else Path(sys.executable)
