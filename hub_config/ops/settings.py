"""A release's settings as they were when it was last found well: going back to it may need them.

An older release refuses a key that it does not know, and a hub that refuses does not start.
Secrets are no part of this: they are the machine's, not a release's.
"""

import grp
import hashlib
import os
import re
import time
from collections.abc import Collection
from pathlib import Path

from hub_config import __version__, bulletin
from hub_config.files import write
from hub_config.ops import archive
from hub_config.ops.archive import Contents
from hub_config.ops.failure import Failed
from hub_config.ops.files import private_folder
from hub_config.ops.layout import HUB_USER, Layout
from hub_config.ops.process import run
from hub_config.ops.release import Release

_SETTINGS = re.compile(
    r"site\.yml|services\.json|kernels\.yml|agent\.toml|profiles\.d/[^/]+\.ya?ml"
    r"|jupyterhub_config\.d/[^/]+\.py"
)
_AGENT, _TOLD = "agent.toml", "services.json"
_MADE = (_AGENT, _TOLD)
"""Files that the playbook makes and has no note of."""


def keep(layout: Layout, release: str) -> None:
    """Keep the settings of now as those *release* works with; write nothing if it is so kept."""
    now, file = _now(layout.etc, release), layout.kept(release)
    if file.exists() and archive.unpack(file).files == now.files:
        return
    private_folder(layout.backups)
    private_folder(layout.settings)
    write(file, archive.pack(now))


def refused(layout: Layout, release: Release) -> str:
    """Return what *release* says against the settings of now, empty if it takes them."""
    check: list[str | Path] = [release.berth, "check", layout.etc]
    module: list[str | Path] = [release.python, "-I", "-m", "hub_config.agent", "--config"]
    asked = [(check, HUB_USER)]
    if (agent := layout.etc / _AGENT).exists():
        asked.append(([*module, agent, "--check"], ""))
    done = [run(argv, user=user, timeout=120) for argv, user in asked]
    said = (d.stderr.strip() or d.stdout.strip() for d in done if d.returncode != 0)
    return "\n".join(words.decode(errors="replace")[-2000:] or "no words" for words in said)


def tell(layout: Layout, release: Release) -> None:
    """Let *release* say anew what its services know of the site: each reads its own words."""
    if not (told := layout.etc / _TOLD).exists():
        return
    done = run([release.berth, "services", layout.etc], timeout=120)
    if done.returncode == 0:  # an older one knows neither the command nor the file
        write(told, done.stdout, 0o644)


def need(layout: Layout, release: str, problems: str) -> None:
    """Raise Failed if there are no settings to put back for a release that has *problems*."""
    if not layout.kept(release).exists():
        raise Failed(
            f"{release} refuses the settings in {layout.etc}:\n{problems}\n"
            f"and none that it took are kept in {layout.settings} — correct them and try again"
        )


def set_aside(layout: Layout) -> Path:
    """Return a new folder with the settings of now, as ``cp -a`` would bring them back."""
    private_folder(layout.backups)
    private_folder(layout.settings)
    stamp = time.strftime("refused-%Y%m%dT%H%M%SZ", time.gmtime())
    folder = layout.settings / f"{stamp}-{time.monotonic_ns() % 10**6:06}"
    private_folder(folder)
    place(folder, _now(layout.etc, ""))
    return folder


def put_back(layout: Layout, release: str) -> None:
    """Put those kept for *release* in the place of those of now."""
    _replace(layout, archive.unpack(layout.kept(release)))


def bring_back(layout: Layout, aside: Path) -> None:
    """Put those that were set aside in the place of those of now."""
    _replace(layout, _now(aside, ""))


def place(etc: Path, contents: Contents, surplus: Collection[str] = ()) -> None:
    """Write the files of *contents* below *etc*, and remove *surplus*."""
    for name in surplus:
        (etc / name).unlink(missing_ok=True)
    for name, data in contents.files.items():
        path = etc / name
        if not path.parent.is_dir():
            mode = 0o755 if path.parent.name == bulletin.FOLDER else 0o750
            path.parent.mkdir(parents=True, mode=mode)
            _give(path.parent, HUB_USER)
        write(path, data, contents.modes[name])
        _give(path, contents.groups[name])


def _replace(layout: Layout, contents: Contents) -> None:
    place(layout.etc, contents, set(_now(layout.etc, "").files) - set(contents.files))
    # The playbook takes for edited by hand what is not as its note says.
    if layout.deployed.exists():
        named = {n: d for n, d in contents.files.items() if n not in _MADE}
        sums = {n: hashlib.sha256(d).hexdigest() for n, d in named.items()}
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
        write(layout.deployed, lines.encode())


def _now(etc: Path, release: str) -> Contents:
    found, modes, groups = archive.collect(etc)
    names = [name for name in found if _SETTINGS.fullmatch(name)]
    return Contents(
        version=__version__,
        release=release,
        made=time.time(),
        kind="",
        revision="",
        database=None,
        files={name: found[name] for name in names},
        modes={name: modes[name] for name in names},
        groups={name: groups[name] for name in names},
    )


def _give(path: Path, group: str) -> None:
    """Let the hub's group read what it read before; every other group is root's."""
    if os.geteuid() == 0:
        os.chown(path, 0, grp.getgrnam(HUB_USER).gr_gid if group == HUB_USER else 0)
