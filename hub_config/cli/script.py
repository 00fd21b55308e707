"""``berth script PROFILE``: the command and the job script that a choice would lead to."""

import argparse

from hub_config.agent import Failure
from hub_config.batch import Batch, batch, command_line
from hub_config.cli.sites import Loaded, Outcome, offer, with_site
from hub_config.model.resolve import BadAnswers, Defaults, resolve


def run(args: argparse.Namespace) -> Outcome:
    """Return argv and script, or the refusals as ``field: message``."""

    def written(loaded: Loaded) -> Outcome:
        answers = {"profile": args.profile, **dict(args.set)}
        scheduler = loaded.site.scheduler
        script, variables = loaded.site.user_script or "", loaded.site.single_user.environment
        defaults = Defaults(scheduler.start_timeout, scheduler.http_timeout, script, variables)
        try:
            request = resolve(offer(loaded, args.user, args), answers, defaults)
            made = batch(loaded.site, request, args.user)
        except BadAnswers as error:
            return 1, [f"{name}: {message}" for name, message in error.errors.items()]
        except Failure as error:
            return 1, [str(error)]
        return 0, _lines(made, args.user)

    return with_site(args.site, written)


def _lines(made: Batch, user: str) -> list[str]:
    note = f"# {made.unread} cannot be read here: launcher and folders are assumed"
    return [
        *([note] if made.unread else ()),
        f"# as {user}; the uuid is made for each start",
        command_line(made.argv),
        "# with this script on its standard input:",
        *made.script.splitlines(),
    ]
