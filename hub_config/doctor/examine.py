"""``berth doctor``: everything a hub needs, looked at one by one, with a cure for what is wrong.

What cannot be looked at is said to be unseen, and never good. Nothing is changed by looking;
only ``node`` starts something, a server of its own, and takes it away again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from hub_config.doctor import cluster, edge, files, machine, slurm
from hub_config.doctor.node import node
from hub_config.doctor.patient import Check, Finding, Patient, Unseen, fail, unseen
from hub_config.ops.failure import Failed
from hub_config.visit.smoke import Plan

CHECKS: tuple[Check, ...] = (
    ("site", files.site),
    ("release", files.release),
    ("files", files.owners),
    ("units", machine.units),
    ("program", machine.proxy_program),
    ("disk", files.disks),
    ("clock", machine.clock),
    ("backup", files.backup),
    ("certificate", edge.certificate),
    ("address", edge.front_door),
    ("hub", edge.health),
    ("proxy", edge.proxy_api),
    ("munge", slurm.munge),
    ("jobs", slurm.visible),
    ("policy", cluster.policy),
    ("agent", cluster.agent),
    ("queue", cluster.queue),
    ("presets", cluster.presets),
)
"""In the order of what depends on what, from the files to a job's node."""


def examine(patient: Patient, checks: Sequence[Check] = CHECKS) -> Iterator[Finding]:
    """Yield every finding of every check, with the check's name."""
    for name, look in checks:
        for found in _careful(patient, look):
            yield replace(found, check=name)


def examine_node(plan: Plan | None) -> Iterator[Finding]:
    """Yield what a server of an ordinary user sees; without a plan, that nobody looked."""
    if plan is None:
        looked = [unseen("nothing was started on a node", "name a user with --user")]
    else:
        looked = node(plan)
    for found in looked:
        yield replace(found, check="node")


def _careful(patient: Patient, look: Callable[[Patient], Iterable[Finding]]) -> Iterator[Finding]:
    try:
        yield from look(patient)
    except Unseen as why:
        yield unseen(str(why))
    except PermissionError as error:
        yield unseen(f"{error.filename} is closed to this account", "run as root")
    except Failed as error:
        yield fail(str(error), "put right what is named here, then ask again")
