"""``berth script PROFILE``: the command and the job script that a choice would lead to."""

import argparse
import os
import pwd
import shlex
from pathlib import PurePosixPath

from hub_config.agent import Failure
from hub_config.agent.policy import Policy
from hub_config.agent.policy import load as load_policy
from hub_config.cli.sites import Loaded, Outcome, offer, with_site
from hub_config.model.request import JobRequest
from hub_config.model.resolve import BadAnswers, Defaults, resolve
from hub_config.model.site import Site
from hub_config.schedulers import SCHEDULERS
from hub_config.schedulers.base import Submission
from hub_config.schedulers.script import job_script, stock_template

_UUID = "0" * 32
_LAUNCHER = "/opt/berth/singleuser/bin/berth-singleuser"


def run(args: argparse.Namespace) -> Outcome:
    """Return argv and script, or the refusals as ``field: message``."""

    def written(loaded: Loaded) -> Outcome:
        answers = {"profile": args.profile, **dict(args.set)}
        scheduler = loaded.site.scheduler
        script, variables = loaded.site.user_script or "", loaded.site.single_user.environment
        defaults = Defaults(scheduler.start_timeout, scheduler.http_timeout, script, variables)
        try:
            request = resolve(offer(loaded, args.user, args), answers, defaults)
            policy, notes = _policy(loaded.site)
        except BadAnswers as error:
            return 1, [f"{name}: {message}" for name, message in error.errors.items()]
        except Failure as error:
            return 1, [str(error)]
        return 0, [*notes, *_lines(request, args.user, policy)]

    return with_site(args.site, written)


def _policy(site: Site) -> tuple[Policy, list[str]]:
    """Return the agent's settings and notes about them. Raises Failure if they are wrong."""
    path = site.scheduler.agent_config
    if os.access(path, os.R_OK):
        return load_policy(path), []
    note = f"# {path} cannot be read here: launcher and folders are assumed"
    return Policy(scheduler=site.scheduler.type, launcher=_LAUNCHER), [note]


def _lines(request: JobRequest, user: str, policy: Policy) -> list[str]:
    home = _home(user)
    submission = Submission(
        request=request,
        uuid=_UUID,
        home=home,
        launcher=PurePosixPath(policy.launcher),
        spawn_file=home / policy.spawn_dir / f"{_UUID}.json",
    )
    command = SCHEDULERS[policy.scheduler](policy.bin_dir, policy.resources).submit(submission)
    script = job_script(submission, policy.template or stock_template())
    return [
        f"# as {user}; the uuid is made for each start",
        " \\\n  ".join(map(shlex.quote, command.argv)),
        "# with this script on its standard input:",
        *script.splitlines(),
    ]


def _home(user: str) -> PurePosixPath:
    try:
        return PurePosixPath(pwd.getpwnam(user).pw_dir)
    except KeyError:
        return PurePosixPath("/home", user)
