"""A machine with Berth installed, below a folder: real releases, a real hub, a real proxy.

In systemd's place ``Processes`` starts the hub: this box may have no systemd as its process 1.
What systemd itself does is tested on machines that have one (tests/deploy).
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

from hub_config.auth.passwords import hash_password, parse
from hub_config.load import load_site
from hub_config.ops import archive, hubhealth, secrets, settings
from hub_config.ops.database import Database, State
from hub_config.ops.files import turn
from hub_config.ops.layout import HUB, Layout
from hub_config.ops.release import pointed
from hub_config.ops.schema import head
from hub_config.ops.switch import Switch
from tests.hub.account import account
from tests.support.hubs import ROOT, Hub, Visitor, until

PASSWORDS = {name: f"{name}-secret-word" for name in ("ann", "ben")}
SITE = ROOT / "tests" / "hub" / "site"
ONE = "one-11111111"
"""The release that runs before a test does anything."""


class Processes:
    """Units as processes; several instances for one folder are the same machine."""

    def __init__(self, root: Path) -> None:
        self.layout = Layout(root)
        self.run = root / "run"
        self.log = self.run / "hub.log"
        self.restarted: list[str] = []
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self, unit: str) -> None:
        """Start what ``current`` points to, with its secrets as systemd hands them over."""
        assert unit == HUB
        if self.main_pid(HUB):  # as with systemd, what runs already is left alone
            return
        given = self.run / "credentials"
        shutil.rmtree(given, ignore_errors=True)
        given.mkdir(mode=0o700)
        for path in self.layout.secrets.iterdir():
            shutil.copy(path, given)
        account().give(given, *given.iterdir())
        env = {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(self.run),
            "BERTH_SITE": str(self.layout.site),
            "CREDENTIALS_DIRECTORY": str(given),
        }
        argv = [*account().prefix, str(self.layout.current / "hub/bin/python"), "-m"]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*argv, "hub_config.app"], env=env, cwd="/", stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._children.append(process)
        (self.run / "hub.pid").write_text(str(process.pid))

    def stop(self, unit: str) -> None:
        assert unit == HUB
        if pid := self.main_pid(HUB):
            os.kill(pid, signal.SIGTERM)
            until(lambda: not self.main_pid(HUB), "the end of the hub")
        for child in self._children:
            child.wait(60)

    def restart(self, unit: str) -> None:
        self.restarted.append(unit)

    def try_restart(self, *units: str) -> None:
        self.restarted += units

    def main_pid(self, unit: str) -> int:
        for child in self._children:
            child.poll()  # takes note of those that have ended
        file = self.run / "hub.pid"
        pid = int(file.read_text()) if file.exists() else 0
        return pid if pid and _lives(pid) else 0

    def said(self, unit: str, lines: int = 20) -> list[str]:
        return self.log.read_text(errors="replace").splitlines()[-lines:]


class Machine:
    """One folder as it would be on a hub VM."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="berth-ops-"))
        self.root.chmod(0o755)
        self.layout, self.units = Layout(self.root), Processes(self.root)
        self.data = self.root / "var" / "lib" / "berth"
        for folder in (self.layout.etc, self.layout.releases, self.data, self.units.run):
            folder.mkdir(parents=True)
        account().give(self.data, self.units.run)
        self.hub = Hub(self.layout.etc, [])
        self.write_site()
        list(secrets.ensure(self.layout.secrets))
        self.hub.proxy_token = (self.layout.secrets / "proxy-token").read_text()
        self.said: list[str] = []

    def write_site(self, database: str | None = None) -> None:
        """Write /etc/berth, with ann and ben."""
        agent = self.layout.etc / "direct.toml"  # not the one of root's agent
        agent.write_text(
            f'scheduler = "local"\nrun_as = "self"\nlauncher = "/bin/false"\nhome = "{self.data}"\n'
        )
        self.hub.write_site(str(SITE), {
            "hub": {"data_dir": str(self.data), "database": database},
            "auth": {"passwords": {n: hash_password(w) for n, w in PASSWORDS.items()},
                     "admins": ["ann"]},
            "scheduler": {"agent_config": str(agent)},
        })  # fmt: skip

    def release(
        self, name: str, *, schema: str = "", break_hub: str = "", version: str = ""
    ) -> Path:
        """Install one: this checkout's package; *schema* is SQL that its migration runs."""
        folder = self.layout.releases / name
        hub = folder / "hub"
        venv.create(hub, with_pip=False, symlinks=True)
        packages = Path(sysconfig.get_path("purelib", vars={"base": str(hub)}))
        base = account().python.parent.parent
        installed = Path(sysconfig.get_path("purelib", vars={"base": str(base)}))
        packages.joinpath("beneath.pth").write_text(f"{installed}\n")
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "hub_config", packages / "hub_config", ignore=ignored)
        shutil.copytree(ROOT / "templates", hub / "share" / "berth" / "templates")
        (hub / "share" / "jupyterhub").symlink_to(base / "share" / "jupyterhub")
        if break_hub:
            app = packages / "hub_config" / "app.py"
            app.write_text(break_hub + app.read_text())
        if version:
            package = packages / "hub_config" / "__init__.py"
            package.write_text(package.read_text() + f'\n__version__ = "{version}"\n')
        if schema:
            _add_migration(packages, installed, schema)
        _program(hub, "berth", "from hub_config.cli import main; sys.exit(main())")
        _program(hub, "alembic", "from alembic.config import main; sys.exit(main())")
        user = self._user(name)
        user.mkdir(parents=True)
        seen = f"/{user.relative_to(self.root)}"
        said = {"release": name, "version": version or "0", "python": "3", "user": seen}
        (folder / "release.json").write_text(json.dumps(said))
        return folder

    def switch(self, say: Callable[[str], None] | None = None, patience: float = 60) -> Switch:
        return Switch(self.layout, self.units, say or self.said.append, patience)

    def start_proxy(self) -> None:
        """Start the proxy, which no operation may touch."""
        self.hub.start_proxy()

    @property
    def database(self) -> Path:
        return self.data / "jupyterhub.sqlite"

    def log_in(self, name: str) -> Visitor:
        return self.hub.visitor(name, PASSWORDS[name])

    # --- as it was

    def note(self) -> None:
        """Remember everything as it is now, for ``reset``."""
        self._settings = archive.collect(self.layout.etc)[0]
        dumped = self._database().dump()
        assert dumped
        self._copy = dumped[1]

    def reset(self) -> None:
        """Make it again as it was when ``note`` was called, release one running."""
        self.said.clear()
        self.units.restarted.clear()
        shutil.rmtree(self.layout.backups, ignore_errors=True)
        if not self._is_as_noted():
            self.units.stop(HUB)
            self._put_back()
            self.units.start(HUB)
            hubhealth.wait(load_site(self.layout.site, parse), self.units, ONE, 100)
        settings.keep(self.layout, ONE)
        for folder in self.layout.releases.iterdir():
            if folder.name != ONE:
                shutil.rmtree(folder)
                shutil.rmtree(self._user(folder.name))

    def _is_as_noted(self) -> bool:
        settled = pointed(self.layout.current) == ONE and not self.layout.attempt.exists()
        return (
            settled
            and not self.layout.previous.is_symlink()
            and self.units.main_pid(HUB) != 0
            and archive.collect(self.layout.etc)[0] == self._settings
            and self._database().state() == State(head(), 1, ())
        )

    def _put_back(self) -> None:
        for name in set(archive.collect(self.layout.etc)[0]) - set(self._settings):
            (self.layout.etc / name).unlink()
        for name, data in self._settings.items():
            (self.layout.etc / name).write_bytes(data)
        turn(self.layout.current, self.layout.releases / ONE)
        turn(self.layout.previous, None)
        turn(self._user(ONE).parent.parent / "current", self._user(ONE))
        self.layout.attempt.unlink(missing_ok=True)
        self._database().load(self._copy)

    def _user(self, name: str) -> Path:
        return self.root / "opt" / "berth-user" / "releases" / name

    def _database(self) -> Database:
        return Database(self.layout.releases / ONE / "hub" / "bin" / "python", self.layout.site)

    def close(self) -> None:
        self.units.stop(HUB)
        self.hub.close()
        shutil.rmtree(self.root)


def _add_migration(packages: Path, installed: Path, schema: str) -> None:
    """Give the release a JupyterHub of its own, with one more revision of the schema."""
    shutil.copytree(installed / "jupyterhub", packages / "jupyterhub", symlinks=True)
    versions = packages / "jupyterhub" / "alembic" / "versions"
    versions.joinpath("ffff_later.py").write_text(
        f'revision = "ffff00000001"\ndown_revision = "{head()}"\n'
        "branch_labels = depends_on = None\nfrom alembic import op\n\n"
        f"def upgrade():\n    for line in {schema.split(';')!r}:\n        op.execute(line)\n"
    )


def _program(hub: Path, name: str, text: str) -> None:
    path = hub / "bin" / name
    path.write_text(f"#!{hub}/bin/python\nimport sys\n{text}\n")
    path.chmod(0o755)


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def main(argv: Sequence[str]) -> None:
    """Switch the machine in a folder, and die without a word before a step: a crash."""
    root, verb, name, fatal = argv

    def say(line: str) -> None:
        if line.startswith(fatal):
            os.kill(os.getpid(), signal.SIGKILL)

    switch = Switch(Layout(Path(root)), Processes(Path(root)), say, 60)
    (switch.activate if verb == "activate" else switch.rollback)(name)


if __name__ == "__main__":
    main(sys.argv[1:])
