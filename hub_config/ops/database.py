"""The hub's database from outside: asked, copied and put back by its owner, not by root."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub_config.ops.dbtool import NONE_YET
from hub_config.ops.failure import Failed
from hub_config.ops.layout import HUB_USER
from hub_config.ops.process import must, run

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class State:
    """What a database holds: ``running`` are the names of servers, as user/server."""

    revision: str
    users: int
    running: tuple[str, ...]

    @classmethod
    def read(cls, text: bytes) -> "State":
        said: dict[str, Any] = json.loads(text)
        return cls(said["revision"], said["users"], tuple(said["running"]))


@dataclass(frozen=True, slots=True)
class Database:
    """The database of *site*, through the interpreter *python* of one release."""

    python: Path
    site: Path

    def head(self) -> str:
        """Return the revision of the schema that this release wants."""
        return must(self._argv("head"), user=HUB_USER).decode().strip()

    def state(self) -> State | None:
        """Return what it holds; None: there is no database yet."""
        out = self._asked("state")
        return None if out is None else State.read(out)

    def dump(self) -> tuple[State, bytes] | None:
        """Return what it holds and a copy; None: there is no database yet."""
        out = self._asked("dump")
        if out is None:
            return None
        line, _, data = out.partition(b"\n")
        return State.read(line), data

    def load(self, data: bytes) -> None:
        """Put a copy in its place. The hub must not run."""
        must(self._argv("load"), user=HUB_USER, data=data, timeout=HOUR)

    def upgrade(self) -> None:
        """Bring its schema to what this release wants. The hub must not run."""
        # JupyterHub looks for its `alembic` by name (jupyterhub/dbutil.py, upgrade).
        env = {"PATH": f"{self.python.parent}:/usr/bin:/bin"}
        must(self._argv("upgrade"), user=HUB_USER, env=env, timeout=HOUR)

    def _asked(self, verb: str) -> bytes | None:
        done = run(self._argv(verb), user=HUB_USER, timeout=HOUR)
        if done.returncode == NONE_YET:
            return None
        if done.returncode != 0:
            words = done.stderr.decode(errors="replace").strip()[-2000:]
            raise Failed(f"the database of {self.site} cannot be asked for its {verb}:\n{words}")
        return done.stdout

    def _argv(self, verb: str) -> list[str | Path]:
        return [self.python, "-I", "-m", "hub_config.ops.dbtool", verb, self.site]
