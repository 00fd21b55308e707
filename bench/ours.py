"""OurHub: a Berth centre on the bed, beside which the stock hub is measured."""

import re
import shutil
from pathlib import Path
from typing import Any

from bench import people
from bench.rest import Rest
from tests.support.centre import HUB_USER, Centre
from tests.testbed import users
from tests.testbed.install import Release
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed

SITE = Path(__file__).with_name("site")
_CALL = re.compile(r"\(\d+ ms\)$", re.MULTILINE)


class OurHub(Rest):
    """The hub of a Centre: as user berth, with agent and login door behind sockets, PAM, Slurm.

    It listens at ``port`` and the two after it. ``stub`` stands in for berth-singleuser and its
    server.
    """

    kind = "ours"
    admin = "bob"
    answers: dict[str, Any] = {"profile": "shared"}  # noqa: RUF012 - as in the class above

    def __init__(
        self, bed: SlurmBed, release: Release, port: int, stub: Path | None = None
    ) -> None:
        self.centre = Centre(bed, release)
        made = self.centre.hub
        super().__init__(made.folder, made.argv)
        self.listen_at(port)
        self.centre.hub = self
        self.bed, self.release = bed, release
        self.password = users.ensure()[self.admin]
        self.centre.install({})
        self._own_site()
        self.use(stub)

    def _own_site(self) -> None:
        shutil.rmtree(self.folder / "profiles.d")
        self.write_site(str(SITE), {
            "auth": {"socket": str(self.centre.door_socket), "admins": [self.admin]},
            "scheduler": {
                "agent_socket": str(self.centre.agent_socket),
                "agent_config": str(self.centre.agent_config),
            },
        })  # fmt: skip
        must(["/bin/chown", "-R", f"{HUB_USER}:{HUB_USER}", str(self.folder)])

    def use(self, stub: Path | None) -> None:
        config, launcher = self.centre.agent_config, stub or self.release.launcher
        text = re.sub(r"(?m)^launcher = .*$", f'launcher = "{launcher}"', config.read_text())
        config.write_text(text)

    def open(self) -> None:
        self.centre.start()

    def down(self) -> None:
        self.centre.close()

    def password_of(self, user: str) -> str:
        people.set_passwords({user: self.password})
        return self.password

    def calls_made(self) -> int:
        """Return how many requests the agent was asked: each runs one command."""
        log = self.centre.agent_socket.with_suffix(".log")
        return len(_CALL.findall(log.read_text()))

    def pids(self) -> list[int]:
        return [*super().pids(), self.centre.doors[1].pid]
