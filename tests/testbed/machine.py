"""Prepares the machine for a bed: folders, configuration files, host names, devices."""

import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from tests.testbed.cluster import Cluster, cgroup_conf, gres_conf, slurm_conf, slurmdbd_conf
from tests.testbed.layout import Layout

_HOSTS = Path("/etc/hosts")


def prepare(layout: Layout, cluster: Cluster) -> None:
    """Put everything in place for the daemons."""
    _make_folders(layout, cluster)
    _ensure_hosts(node.name for node in cluster.nodes)
    _ensure_devices(cluster.gpus)
    etc = layout.conf.parent
    _write(layout.conf, slurm_conf(layout, cluster))
    _write(etc / "gres.conf", gres_conf(cluster))
    _write(etc / "cgroup.conf", cgroup_conf(cluster))
    # slurmdbd refuses a configuration file that others can read.
    _write(etc / "slurmdbd.conf", slurmdbd_conf(layout), owner="slurm", mode=0o600)


def started_with(layout: Layout, cluster: Cluster) -> bool:
    """Tell whether the daemons were last started with this very configuration."""
    stamp = layout.root / "started-with"
    return stamp.exists() and stamp.read_text() == _configuration(layout, cluster)


def remember_start(layout: Layout, cluster: Cluster) -> None:
    """Keep for ``started_with`` what the daemons were started with."""
    _write(layout.root / "started-with", _configuration(layout, cluster), mode=0o600)


def _configuration(layout: Layout, cluster: Cluster) -> str:
    written = (slurm_conf(layout, cluster), gres_conf(cluster), cgroup_conf(cluster))
    return "".join(written) + slurmdbd_conf(layout)


def folder(path: Path, owner: str) -> None:
    """Create a folder that belongs to ``owner`` and that everybody can enter."""
    path.mkdir(parents=True, exist_ok=True)
    shutil.chown(path, owner, owner)
    path.chmod(0o755)


def _make_folders(layout: Layout, cluster: Cluster) -> None:
    for path in (layout.root, layout.conf.parent):
        folder(path, "root")
    folder(layout.munge_socket.parent, "munge")
    for path in (layout.logs, layout.root / "ctld", layout.root / "slurmdbd"):
        folder(path, "slurm")
    for node in cluster.nodes:
        folder(layout.root / f"slurmd-{node.name}", "root")


def _write(path: Path, text: str, owner: str = "root", mode: int = 0o644) -> None:
    """Replace a file as a whole, so that a command running meanwhile reads old or new."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    shutil.chown(fresh, owner)
    fresh.chmod(mode)
    fresh.replace(path)


def _ensure_hosts(names: Iterable[str]) -> None:
    """Make the node names resolve: the hub connects to the name that squeue prints."""
    text = _HOSTS.read_text()
    known = {word for line in text.splitlines() for word in line.partition("#")[0].split()[1:]}
    if absent := [name for name in names if name not in known]:
        start = text if text.endswith("\n") else text + "\n"
        _HOSTS.write_text(f"{start}127.0.0.1 {' '.join(absent)}  # Berth test bed\n")


def _ensure_devices(count: int) -> None:
    """Make device files that stand for GPUs; they are /dev/null under other names."""
    for number in range(count):
        path = Path(f"/dev/berth-gpu{number}")
        if not path.exists():
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
