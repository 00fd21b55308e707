"""The batch script of a server: a template whose words between at signs become quoted values.

The one place where a value gets into shell text. Every scheduler that takes a script takes
this one; a site may have its own template (``job_script`` in agent.toml).
"""

import re
import shlex

from hub_config.paths import templates
from hub_config.schedulers.base import Submission

_PLACE = re.compile(r"@([A-Z_]+)@")


def job_script(submission: Submission, template: str) -> str:
    """Return *template* with ``@LAUNCHER@``, ``@SPAWN_FILE@``, ``@HOME@`` and ``@UUID@`` filled in.

    Raises ValueError for another word between at signs, and for a template without ``#!``.
    """
    values = {
        "LAUNCHER": str(submission.launcher),
        "SPAWN_FILE": str(submission.spawn_file),
        "HOME": str(submission.home),
        "UUID": submission.uuid,
    }
    if not template.startswith("#!"):
        raise ValueError("the job script has no first line with #! and an interpreter")
    if unknown := set(_PLACE.findall(template)) - set(values):
        raise ValueError(f"the job script has @{min(unknown)}@: known are @{'@, @'.join(values)}@")
    return _PLACE.sub(lambda place: shlex.quote(values[place[1]]), template)


def stock_template() -> str:
    """Return ``templates/jobs/server.sh``."""
    return (templates() / "jobs" / "server.sh").read_text("utf-8")
