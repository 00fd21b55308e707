"""The spawn file: the server's environment with its token, for its user's eyes only.

It goes through the home directory because argv, environment and script of a job are kept by
schedulers and shown by some. Both functions run as the user (process.call).
"""

import errno
import json
import os
from contextlib import suppress
from pathlib import Path, PurePosixPath

from hub_config.agent import Refusal
from hub_config.agent.messages import Submit

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CURES = {
    errno.EDQUOT: "is full (quota): delete some files, then start again",
    errno.ENOSPC: "is full: delete some files, then start again",
    errno.EACCES: "cannot be written by you: ask for help, or check its permissions",
    errno.EROFS: "is read-only at the moment: try again later",
}


def content(submit: Submit) -> bytes:
    """Return the JSON that berth-singleuser reads."""
    data = {
        "version": 1,
        "env": dict(submit.env),
        "report_url": submit.report_url,
        "user_script": submit.request.user_script,
        "user_script_seconds": 60,
        "work_dir": "",
    }
    return json.dumps(data).encode()


def write(home: PurePosixPath, file: PurePosixPath, data: bytes) -> None:
    """Make *file* (0600 in a 0700 folder of ours). Raises Refusal with what the user can do."""
    try:
        if not Path(home).exists():
            cure = "log in once by SSH so that it is made, then start again"
            raise Refusal(f"Your home directory {home} does not exist yet: {cure}.")
        _write(Path(file), data)
    except OSError as error:
        raise Refusal(_sentence(home, error)) from error


def remove(file: PurePosixPath) -> None:
    """Remove *file* if it is there and can be."""
    with suppress(OSError):
        Path(file).unlink()


def _write(file: Path, data: bytes) -> None:
    # Homes are small, so ~/.cache is often a link to elsewhere: followed, as the user. The
    # last folder is ours alone and must be a real one of the user's own.
    file.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        file.parent.mkdir(0o700)
    folder = os.open(file.parent, _OPEN_FOLDER)
    if os.fstat(folder).st_uid != os.geteuid():
        raise Refusal(f"{file.parent} belongs to somebody else: remove it, then start again")
    os.fchmod(folder, 0o700)
    try:
        descriptor = os.open(file.name, _NEW_FILE, 0o600, dir_fd=folder)
    except FileExistsError as error:
        raise Refusal(f"{file} exists: this server was submitted before") from error
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())  # where a full quota shows on NFS
    except OSError:
        os.unlink(file.name, dir_fd=folder)
        raise


def _sentence(home: PurePosixPath, error: OSError) -> str:
    if error.errno in (errno.EEXIST, errno.ELOOP, errno.ENOTDIR):
        return f"{error.filename} must be a folder, not a link or a file: move it away."
    cure = _CURES.get(error.errno or 0, f"cannot be used: {error.strerror}")
    return f"Your home directory {home} {cure}."
