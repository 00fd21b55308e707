"""The live profiles: an edit of profiles.d is there at the next look, a broken one never is."""

import logging
from pathlib import Path

from hub_config.load import load_profiles, profile_files
from hub_config.model.profiles import Profiles
from hub_config.model.site import Site
from hub_config.yaml12 import BadConfig, Problem

log = logging.getLogger("berth.profiles")

_State = tuple[object, ...]


class ProfileStore:
    """The profiles in *folder* for *site*. ``problems`` is why the last edit is not live."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.folder = folder
        self.site = site
        self.problems: list[Problem] = []
        self._seen: _State | None = None
        self._good: Profiles | None = None

    def current(self) -> Profiles:
        """Return the last good profiles, read again if any file changed since the last look.

        Raises BadConfig only if there never were good ones. Costs one stat per file.
        """
        state = self._state()
        if state != self._seen:
            self._read()
            self._seen = state
        if self._good is None:
            raise BadConfig(self.problems)
        return self._good

    def _read(self) -> None:
        try:
            self._good, self.problems = load_profiles(self.folder, self.site), []
            log.info("Profiles read from %s: %d presets", self.folder, len(self._good.presets))
        except BadConfig as error:
            self.problems = error.problems
            kept = "keeping the last good ones" if self._good else "there are no others"
            log.error("Profiles in %s cannot be used (%s):\n%s", self.folder, kept, error)

    def _state(self) -> _State:
        try:
            return tuple(_stamp(path) for path in profile_files(self.folder))
        except BadConfig as error:
            return (str(error),)


def _stamp(path: Path) -> _State:
    try:
        status = path.stat()
    except OSError as error:
        return (path.name, error.errno)
    # ctime too: chmod makes an unreadable file readable and changes nothing else.
    return (path.name, status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
