"""The command and the job script that a request leads to, as text: what ``berth script`` prints
and what the form shows. Made by the agent's own code, so that it is what would be submitted.

There is nothing secret in it: the token of a server is in a file that only its user can read, which
the script names.
"""

import os
import pwd
import shlex
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hub_config.agent.policy import Policy
from hub_config.agent.policy import load as load_policy
from hub_config.model.request import JobRequest
from hub_config.model.site import Site
from hub_config.schedulers import SCHEDULERS
from hub_config.schedulers.base import Submission
from hub_config.schedulers.script import job_script, stock_template

_UUID = "0" * 32
_LAUNCHER = "/opt/berth/singleuser/bin/berth-singleuser"


@dataclass(frozen=True, slots=True)
class Batch:
    """``unread``: the agent's settings that could not be read here; empty: these are they."""

    argv: tuple[str, ...]
    script: str
    unread: str = ""


def batch(site: Site, request: JobRequest, user: str, server: str = "") -> Batch:
    """Return what the agent would run for *user*; its uuid is made up. Reads files and accounts.

    Raises Failure if the agent's settings are wrong.
    """
    policy, unread = _policy(site)
    home = PurePosixPath(policy.home) if policy.home else _home(user)
    submission = Submission(
        request=request,
        uuid=_UUID,
        server=server,
        home=home,
        launcher=PurePosixPath(policy.launcher),
        spawn_file=home / policy.spawn_dir / f"{_UUID}.json",
    )
    command = SCHEDULERS[policy.scheduler](policy.bin_dir, policy.resources).submit(submission)
    return Batch(command.argv, job_script(submission, policy.template or stock_template()), unread)


def command_line(argv: tuple[str, ...]) -> str:
    """Return the command as it would be typed, an option a line."""
    return " \\\n  ".join(map(shlex.quote, argv))


def _policy(site: Site) -> tuple[Policy, str]:
    path: Path = site.scheduler.agent_config
    if os.access(path, os.R_OK):
        return load_policy(path, reading=True), ""
    return Policy(scheduler=site.scheduler.type, launcher=_LAUNCHER), str(path)


def _home(user: str) -> PurePosixPath:
    try:
        return PurePosixPath(pwd.getpwnam(user).pw_dir)
    except KeyError:
        return PurePosixPath("/home", user)
