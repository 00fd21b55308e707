"""Which Unix account and which programs the hub under test has.

Nothing runs jobs as root, so as root the hub runs as ``berth``, a system user of the test bed;
otherwise as whoever runs the tests. It runs the checkout itself if the account can, else a
release made of it.
"""

import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.hubs import ROOT
from tests.testbed import users
from tests.testbed.install import install_release
from tests.testbed.layout import chosen

_CHECKOUT_LAUNCHER = ROOT / ".venv-user" / "bin" / "berth-singleuser"


@dataclass(frozen=True)
class Account:
    """An account, the words before a command that run it as this one, and its programs."""

    uid: int
    gid: int
    prefix: tuple[str, ...]
    python: Path
    launcher: Path

    def give(self, *paths: Path) -> None:
        """Make the account the owner of *paths*, if we may."""
        if os.geteuid() == 0:
            for path in paths:
                os.chown(path, self.uid, self.gid)


@cache
def account() -> Account:
    """Return the account that a hub under test runs as."""
    checkout = (Path(sys.executable), _CHECKOUT_LAUNCHER)
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), (), *checkout)
    users.ensure_system()
    berth = pwd.getpwnam("berth")
    prefix = ("/usr/bin/setpriv", "--reuid=berth", "--regid=berth", "--clear-groups")
    if all(_runs([*prefix, *argv]) for argv in _uses(*checkout)):
        return Account(berth.pw_uid, berth.pw_gid, prefix, *checkout)
    release = install_release(chosen().root / "release")
    programs = (release.hub / "bin" / "python", release.launcher)
    return Account(berth.pw_uid, berth.pw_gid, prefix, *programs)


def _uses(python: Path, launcher: Path) -> tuple[list[str], ...]:
    return (
        [str(python), "-I", "-c", "import hub_config.schedulers"],
        [str(launcher.with_name("python")), "-I", "-c", "import jupyterlab"],
    )


def _runs(argv: list[str]) -> bool:
    done = subprocess.run(argv, cwd="/", env={}, capture_output=True, timeout=60)
    return done.returncode == 0
