"""The live profiles: an edit of profiles.d is there at the next look, a broken one never is."""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hub_config.load import load_profiles, profile_files
from hub_config.model.profiles import Profiles
from hub_config.model.site import Site
from hub_config.yaml12 import BadConfig, Problem

log = logging.getLogger("berth.profiles")

_State = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """Profiles as they were read: ``digest`` of the files, ``read_at`` in UTC."""

    profiles: Profiles
    digest: str
    read_at: datetime


class ProfileStore:
    """The profiles in *folder* for *site*. ``problems`` is why the last edit is not live."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.folder = folder
        self.site = site
        self.problems: list[Problem] = []
        self.good: Edition | None = None
        self._seen: _State | None = None

    def current(self) -> Profiles:
        """Return the last good profiles, read again if any file changed since the last look.

        Raises BadConfig only if there never were good ones. Costs one stat per file.
        """
        self.look()
        if self.good is None:
            raise BadConfig(self.problems)
        return self.good.profiles

    def look(self) -> None:
        """Read the files again if any of them changed since the last look."""
        state = self._state()
        if state != self._seen:
            self._read()
            self._seen = state

    def _read(self) -> None:
        try:
            profiles = load_profiles(self.folder, self.site)
            self.good = Edition(profiles, digest(profile_files(self.folder)), datetime.now(UTC))
            self.problems = []
            log.info("Profiles read from %s: %d presets", self.folder, len(profiles.presets))
        except BadConfig as error:
            self.problems = error.problems
            kept = "keeping the last good ones" if self.good else "there are no others"
            log.error("Profiles in %s cannot be used (%s):\n%s", self.folder, kept, error)

    def _state(self) -> _State:
        try:
            return tuple(_stamp(path) for path in profile_files(self.folder))
        except BadConfig as error:
            return (str(error),)


def digest(files: Iterable[Path]) -> str:
    """Return a short name for what is in *files*, the same wherever they lie."""
    found = hashlib.sha256()
    for path in files:
        data = path.read_bytes()
        found.update(f"{path.name}\0{len(data)}\0".encode() + data)
    return found.hexdigest()[:16]


def _stamp(path: Path) -> _State:
    try:
        status = path.stat()
    except OSError as error:
        return (path.name, error.errno)
    # ctime too: chmod makes an unreadable file readable and changes nothing else.
    return (path.name, status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
