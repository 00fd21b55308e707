"""Images: folder trees of a Debian release with certain packages, made once, never written again.

They are kept by the content of their recipe, so that a changed recipe makes a new one and a run
that is killed half way leaves nothing that looks whole.
"""

import fcntl
import hashlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from tests.machines import surroundings
from tests.machines.layout import IMAGES
from tests.testbed.machine import folder
from tests.testbed.shell import must

#: What the virtual machine of a newcomer has, and nothing of ours.
_BARE = (
    "systemd", "systemd-sysv", "dbus", "libpam-systemd", "python3", "python3-apt", "sudo",
    "openssh-server", "ca-certificates", "iproute2", "procps",
)  # fmt: skip
PACKAGES: dict[str, tuple[str, ...]] = {
    "bare": _BARE,
    "cluster": (*_BARE, "slurm-wlm", "slurmdbd", "munge", "mariadb-server", "slapd", "ldap-utils"),
}


@dataclass(frozen=True)
class Image:
    """One image: ``kind`` is a key of PACKAGES, ``suite`` a Debian release."""

    kind: str
    suite: str

    @property
    def tree(self) -> Path:
        """The root folder of the image; ``build`` makes it."""
        return IMAGES / f"{self.suite}-{self.kind}-{self._fingerprint()}"

    def build(self) -> Path:
        """Return the tree, made now if it is not there; tells what takes its time."""
        folder(IMAGES, "root")
        with (IMAGES / f"{self.suite}-{self.kind}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.tree.exists():
                self._make()
        return self.tree

    def _fingerprint(self) -> str:
        recipe = f"{self.suite} {PACKAGES[self.kind]} {_TAKE_AWAY} {surroundings.fingerprint()}"
        return hashlib.sha256(recipe.encode()).hexdigest()[:12]

    def _make(self) -> None:
        started, fresh = time.monotonic(), self.tree.with_suffix(".new")
        print(f"making the {self.suite} image {self.kind!r} …", flush=True)
        shutil.rmtree(fresh, ignore_errors=True)
        must(["/usr/bin/mmdebstrap", "--quiet", "--variant=minbase", "--format=directory",
              f"--include={','.join(PACKAGES[self.kind])}", self.suite, str(fresh)],
             timeout=1200)  # fmt: skip
        surroundings.put_into(fresh)
        for name in _TAKE_AWAY:
            (fresh / name).unlink(missing_ok=True)
        self._forget_older()
        fresh.rename(self.tree)
        print(f"… {time.monotonic() - started:.0f} s, kept in {self.tree}", flush=True)

    def _forget_older(self) -> None:
        """Remove what older recipes made, unless a machine still stands on it."""
        mounts = Path("/proc/self/mounts").read_text()
        for old in IMAGES.glob(f"{self.suite}-{self.kind}-*"):
            if old != self.tree.with_suffix(".new") and f"lowerdir={old}," not in mounts:
                shutil.rmtree(old)


#: Each machine gets its own.
_TAKE_AWAY = ("etc/resolv.conf", "etc/hostname", "etc/machine-id", "var/lib/dbus/machine-id")
