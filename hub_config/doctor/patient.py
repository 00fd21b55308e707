"""What every check of ``berth doctor`` is given, and what it gives back."""

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from hub_config.auth.passwords import parse
from hub_config.load import load_profiles, load_site
from hub_config.model.profiles import Profiles
from hub_config.model.site import Site
from hub_config.ops import process
from hub_config.ops.failure import Failed
from hub_config.ops.layout import HUB_USER, Layout
from hub_config.visit.client import public_url
from hub_config.yaml12 import BadConfig

Level = Literal["ok", "warn", "fail", "unseen"]
ASK_SECONDS = 120.0
STRANGER = "nobody"
"""An account without rights: what need not run as root runs as this one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen, and the cure. ``unseen``: it was not looked at, and why."""

    level: Level
    seen: str
    cure: str = ""
    check: str = ""


def ok(seen: str) -> Finding:
    return Finding("ok", seen)


def warn(seen: str, cure: str) -> Finding:
    return Finding("warn", seen, cure)


def fail(seen: str, cure: str) -> Finding:
    return Finding("fail", seen, cure)


def unseen(seen: str, cure: str = "") -> Finding:
    return Finding("unseen", seen, cure)


class Unseen(Exception):
    """This check cannot look here; the text says why."""


@dataclass(frozen=True)
class Patient:
    """One hub on this machine. What a check asks for first is found out once, for all of them."""

    folder: Path
    layout: Layout = field(default_factory=Layout)
    address: str = ""
    ca: Path | None = None

    @property
    def installed(self) -> bool:
        """Whether this is the hub that the release on this machine serves."""
        return self.folder.resolve() == self.layout.etc.resolve()

    @cached_property
    def site(self) -> Site:
        try:
            return load_site(self.file, parse)
        except BadConfig as error:
            raise Unseen(f"{self.file} cannot be read (see site)") from error

    @property
    def file(self) -> Path:
        return self.folder / "site.yml"

    @cached_property
    def profiles(self) -> Profiles:
        try:
            return load_profiles(self.folder / "profiles.d", self.site)
        except BadConfig as error:
            raise Unseen(f"{self.folder}/profiles.d cannot be used (see site)") from error

    @cached_property
    def url(self) -> str:
        """The hub as users have it, without a slash at the end."""
        return (self.address or public_url(self.site)).rstrip("/")

    @property
    def account(self) -> str:
        """Who the hub runs as: where it is its own agent (demo), the owner of agent.toml."""
        scheduler = self.site.scheduler
        if scheduler.transport != "direct":
            return HUB_USER
        try:
            return scheduler.agent_config.owner()
        except (OSError, KeyError) as error:
            raise Failed(f"{scheduler.agent_config} belongs to nobody known: {error}") from error

    @cached_property
    def answers(self) -> Mapping[str, Any]:
        """What the scheduler says to the hub's own account (ask.py)."""
        me = getpass.getuser()
        if os.geteuid() == 0 or me == self.account:
            return self.ask(self.account)
        raise Unseen(f"only root and {self.account} may ask berth-agent, this is {me}")

    def ask(self, user: str) -> Mapping[str, Any]:
        """Ask the scheduler as *user*, if we are root. Raises Failed."""
        argv = [sys.executable, "-I", "-m", "hub_config.doctor.ask"]
        data = self.site.scheduler.model_dump_json().encode()
        done = process.run(argv, user=user, data=data, timeout=ASK_SECONDS)
        try:
            answers: Mapping[str, Any] = json.loads(done.stdout)
        except ValueError:
            said = (done.stderr.strip().splitlines() or [b"nothing"])[-1]
            raise Failed(f"as {user}: {said.decode(errors='replace')[:300]}") from None
        if "failed" in answers:
            raise Failed(str(answers["failed"]))
        return answers


Check = tuple[str, Callable[[Patient], Iterable[Finding]]]
"""A name, and what looks."""
