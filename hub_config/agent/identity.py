"""Who asks, whom it is for, and how a process becomes that account."""

import os
import pwd
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from hub_config.agent import Failure, Refusal, capabilities
from hub_config.agent.policy import Policy

NOBODY = 65534
"""The uid that stands for accounts which cannot be named, root of other machines among them."""

# A backslash would switch off the %j in Slurm's --output, sbatch(1) "filename pattern".
_HOME = re.compile(r"/[\x20-\x5b\x5d-\x7e]*")


class NoAccount(Refusal):
    """Jobs are not run for a user whom the name service does not know."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A Unix account as the name service knows it; ``name`` is what its environment says."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    home: PurePosixPath

    @classmethod
    def of(cls, entry: pwd.struct_passwd) -> "Identity":
        if not _HOME.fullmatch(entry.pw_dir):
            raise Refusal(f"the home directory of {entry.pw_name} is not a usable path")
        groups = tuple(os.getgrouplist(entry.pw_name, entry.pw_gid))
        home = PurePosixPath(entry.pw_dir)
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid, groups, home)

    def switch(self) -> dict[str, Any]:
        """Return the arguments with which subprocess starts a process as this account."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": list(self.groups)}

    def become(self) -> None:
        """Turn this process into the account for good."""
        if self.uid != os.geteuid():
            os.setgroups(self.groups)
            os.setresgid(self.gid, self.gid, self.gid)
            os.setresuid(self.uid, self.uid, self.uid)
            capabilities.keep(0)


def calling(environment: Mapping[str, str]) -> Identity:
    """Return who asks: the account that called sudo, or our own. Raises as ``account`` does."""
    uid = os.geteuid()
    if uid == 0:
        text = environment.get("SUDO_UID", "0")
        uid = int(text) if text.isascii() and text.isdigit() else 0
    return account(uid)


def account(uid: int) -> Identity:
    """Return the account that asks. Raises Failure for root and for one without a name."""
    try:
        caller = Identity.of(pwd.getpwuid(uid))
    except (KeyError, OverflowError, Refusal) as error:
        raise Failure("the calling account cannot be told") from error
    if caller.uid == 0:
        raise Failure("root does not ask itself: call the agent from the hub's account")
    return caller


def target(user: str, caller: Identity, policy: Policy) -> Identity:
    """Return the account jobs of *user* run as. Raises Refusal."""
    if policy.run_as == "self":
        return Identity(user, caller.uid, caller.gid, caller.groups, caller.home)
    try:
        entry = pwd.getpwnam(user)
    except KeyError as error:
        raise NoAccount(f"{user} has no account on this machine") from error
    allowed = (
        entry.pw_name == user
        and entry.pw_uid >= max(1, policy.min_uid)
        and entry.pw_uid not in (caller.uid, os.geteuid(), NOBODY)
        and user not in policy.deny_users
    )
    if not allowed:
        raise Refusal(f"jobs are not run as {user}")
    return Identity.of(entry)
