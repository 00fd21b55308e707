"""What a service keeps in its folder, copied and put back by the user who owns it.

    python -I -m hub_config.ops.keptby dump FOLDER    print a tar with a consistent copy
    python -I -m hub_config.ops.keptby load FOLDER    put such a tar in the place of what is there

A database is copied while the service writes; to be put back, the service must not run. One that is
not in the folder is that of the URL in ``$BERTH_DATABASE``; it is among the copy as DATABASE.
"""

import io
import os
import shutil
import sqlite3
import sys
import tarfile
from pathlib import Path

from sqlalchemy import URL, make_url

from hub_config.ops import postgres, sqlite
from hub_config.ops.failure import Failed
from hub_config.ops.process import must

HOUR = 3600.0
DATABASE = ".database"
_DATABASE = b"SQLite format 3\0"
_BESIDE = ("-wal", "-shm", "-journal")


def dump(python: Path, folder: Path, url: str = "") -> bytes:
    """Return a copy of what the service keeps in *folder* and at *url*. Raises Failed."""
    env = {"BERTH_DATABASE": url}
    return must(_argv(python, "dump", folder), user=_owner(folder), env=env, timeout=HOUR)


def load(python: Path, folder: Path, data: bytes, url: str = "") -> None:
    """Put a copy in the place of what is in *folder* and at *url*. Raises Failed."""
    argv, env = _argv(python, "load", folder), {"BERTH_DATABASE": url}
    must(argv, user=_owner(folder), data=data, env=env, timeout=HOUR)


def _argv(python: Path, verb: str, folder: Path) -> list[str | Path]:
    return [python, "-I", "-m", "hub_config.ops.keptby", verb, folder]


def _owner(folder: Path) -> str:
    try:
        return folder.owner()
    except KeyError:
        uid = folder.stat().st_uid
        raise Failed(f"{folder} belongs to user {uid}, who is not known here") from None


def main(argv: list[str]) -> int:
    """Run one verb; what goes wrong is said on standard error."""
    os.umask(0o077)
    verb, folder = argv
    try:
        _VERBS[verb](Path(folder))
    except (Failed, OSError, sqlite3.Error, tarfile.TarError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _dump(folder: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_file() or path.name.endswith(_BESIDE):
                continue
            _add(archive, path.relative_to(folder).as_posix(), _copy(path))
        if (url := _elsewhere()) is not None:
            _add(archive, DATABASE, postgres.Kind().dump(url))
    sys.stdout.buffer.write(out.getvalue())


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    archive.addfile(member, io.BytesIO(data))


def _elsewhere() -> URL | None:
    """Return where the service's database is, if that is not a file."""
    written = os.environ.get("BERTH_DATABASE", "")
    url = make_url(written) if written else None
    return url if url and url.get_backend_name() == "postgresql" else None


def _copy(path: Path) -> bytes:
    with path.open("rb") as file:
        is_database = file.read(len(_DATABASE)) == _DATABASE
    if is_database:
        return sqlite.Kind().dump(URL.create("sqlite", database=str(path)))
    return path.read_bytes()


def _load(folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read())) as archive:
        files = {member.name: archive.extractfile(member) for member in archive}
        read = {name: file.read() for name, file in files.items() if file}
    for name in read:
        if not (folder / name).resolve().is_relative_to(folder.resolve()):
            raise Failed(f"{name} is no file of {folder}")
    database, url = read.pop(DATABASE, None), _elsewhere()
    if database is not None and url is not None:
        postgres.Kind().load(url, database)
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for name, data in read.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


_VERBS = {"dump": _dump, "load": _load}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
