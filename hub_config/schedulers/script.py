"""The batch script of a server: a template whose words between at signs become quoted values.

The one place where a value gets into shell text. Every scheduler that takes a script takes
this one; a site may have its own template (``job_script`` in agent.toml).
"""

import re
import shlex
from collections.abc import Callable, Mapping

from hub_config.paths import templates
from hub_config.schedulers.base import Submission

_PLACE = re.compile(r"@([A-Z_]+)@")


_VALUES: Mapping[str, Callable[[Submission], object]] = {
    "LAUNCHER": lambda submission: submission.launcher,
    "SPAWN_FILE": lambda submission: submission.spawn_file,
    "HOME": lambda submission: submission.home,
    "UUID": lambda submission: submission.uuid,
}


def check_template(template: str) -> None:
    """Raise ValueError for a word between at signs we do not know, and for a missing ``#!``."""
    if not template.startswith("#!"):
        raise ValueError("a job script begins with #! and an interpreter")
    if unknown := set(_PLACE.findall(template)) - set(_VALUES):
        raise ValueError(f"@{min(unknown)}@ means nothing: known are @{'@, @'.join(_VALUES)}@")


def job_script(submission: Submission, template: str) -> str:
    """Return *template*, one that check_template has passed, with its values filled in."""
    return _PLACE.sub(lambda place: shlex.quote(str(_VALUES[place[1]](submission))), template)


def stock_template() -> str:
    """Return ``templates/jobs/server.sh``."""
    return (templates() / "jobs" / "server.sh").read_text("utf-8")
