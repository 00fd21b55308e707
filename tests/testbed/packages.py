"""Installs the Debian packages that a tier of the tests needs, or says which are missing."""

import fcntl
import os
import platform
from collections.abc import Iterable
from pathlib import Path

from tests.testbed.shell import BedError, run

#: What each tier needs beyond a Debian 12 base system.
PACKAGES: dict[str, tuple[str, ...]] = {
    "users": ("passwd", "libpam0g"),
    "cluster": (
        "slurm-wlm",
        "slurm-client",
        "slurmdbd",
        "munge",
        "mariadb-server",
        "sudo",
        "openssh-server",
        "openssh-client",
    ),
    "gridengine": ("gridengine-master", "gridengine-exec", "gridengine-client"),
    "machines": (
        "systemd-container",
        "mmdebstrap",
        "nftables",
        "iproute2",
        "openssh-client",
    ),
    "kernels": ("lmod", "r-cran-irkernel"),
    "database": ("postgresql",),
    "ldap": ("slapd", "ldap-utils"),
    "edge": ("nginx", "openssl", "prometheus", "pebble", "dehydrated", "curl"),
    "browser": ("chromium", "fonts-dejavu-core", "libatomic1"),  # the last for playwright's node
}
CHROMIUM = Path("/usr/bin/chromium")
"""The program of the tier "browser"."""
#: Otherwise the package makes a cell, and starts it where a machine starts services by itself.
_ANSWERS = "gridengine-common shared/gridengineconfig boolean false\n"
_LOCK = Path("/run/lock/berth-tests-packages")
_FORMAT = "${Package} ${db:Status-Abbrev}\n"
_NONINTERACTIVE = {"DEBIAN_FRONTEND": "noninteractive"}


def missing(tiers: Iterable[str]) -> list[str]:
    """Return the packages of these tiers that dpkg does not report as installed."""
    wanted = [name for tier in tiers for name in PACKAGES[tier]]
    try:
        listed = run(["/usr/bin/dpkg-query", "-W", "-f", _FORMAT, *wanted]).stdout
    except FileNotFoundError:
        return wanted
    installed = {line.split()[0] for line in listed.splitlines() if line.split()[1:] == ["ii"]}
    return [name for name in wanted if name not in installed]


def ensure(*tiers: str) -> None:
    """Install what is missing for these tiers.

    Raises BedError, naming the packages and the command to get them, where that cannot be done.
    """
    absent = missing(tiers)
    if not absent:
        return
    command = "apt-get install --no-install-recommends " + " ".join(absent)
    if not _is_debian():
        raise BedError(
            f"the tests need the Debian 12 packages {', '.join(absent)}, and this machine is not "
            f"Debian: run the tests as root in a Debian 12 machine or container"
        )
    if os.geteuid() != 0:
        raise BedError(
            f"packages are missing and only root can install them: run `{command}` as root, "
            f"or run the tests as root"
        )
    with _LOCK.open("w") as lock:  # apt waits for no other apt that reads the package lists
        fcntl.flock(lock, fcntl.LOCK_EX)
        if absent := missing(tiers):
            _install(absent, command)


def _install(absent: list[str], command: str) -> None:
    environment = {**os.environ, **_NONINTERACTIVE}  # keeps the proxy settings of the machine
    run(["/usr/bin/apt-get", "-q", "update"], env=environment, timeout=300)
    if any(name.startswith("gridengine") for name in absent):
        run(["/usr/bin/debconf-set-selections"], input=_ANSWERS)
    done = run(
        ["/usr/bin/apt-get", "-qy", "install", "--no-install-recommends", *absent],
        env=environment,
        timeout=900,
    )
    if done.returncode != 0:
        raise BedError(f"`{command}` failed: {done.stderr.strip()[-2000:]}")


def _is_debian() -> bool:
    try:
        return platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False
