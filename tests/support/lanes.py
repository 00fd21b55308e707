"""Which tests may run at the same time: ``make test`` runs several lanes beside each other.

The tests of one lane run one after the other in one process and share what is expensive: a centre
that was deployed, the real Slurm, a running hub. A lane is a folder, but for what is named here.
"""

import re
from pathlib import PurePath
from typing import Any

import pytest

_SLURM = ("browser", "cluster", "contract")
"""Folders that share one real Slurm with its users, and so one lane."""

_FIRST = (
    "deploy-bookworm", "slurm", "chaos", "deploy-trixie", "hub", "pages", "services", "chromium",
)  # fmt: skip
"""Lanes in the order of their beginning, the longest first; the others follow."""


def lane(nodeid: str) -> str:
    """Return the name of the lane that this test is in."""
    folder = PurePath(nodeid.partition("::")[0]).parts[:-1][:2][-1]
    if folder in _SLURM:
        return "slurm"
    suite = re.search(r"\[(?:.*-)?(bookworm|trixie)\b", nodeid)
    return f"{folder}-{suite[1]}" if folder == "deploy" and suite else folder


def _place(item: pytest.Item) -> int:
    name = lane(item.nodeid)
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep everybody out of the Slurm of others, and bring the longest lanes to the front."""
    for item in items:
        used = {"gridengine", "slurm", "unix_users"} & set(getattr(item, "fixturenames", ()))
        if used and lane(item.nodeid) != "slurm":
            raise pytest.UsageError(
                f"{item.nodeid} uses {', '.join(used)}, which other tests have at the same time: "
                f"name its folder in tests/support/lanes.py"
            )
    if hasattr(config, "workerinput"):  # one of several processes
        items.sort(key=_place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give every lane to one process.

    xdist's own way, the mark ``xdist_group``, does nothing with pytest 9.2:
    https://github.com/pytest-dev/pytest-xdist/issues/1386
    """
    from xdist.scheduler import LoadScopeScheduling
    from xdist.workermanage import NodeManager

    NodeManager.EXIT_TIMEOUT = 120  # after Ctrl-C: each process takes away what it has started
    config.option.loadscopereorder = False  # by the number of their tests, which is not their time
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = lane
    return scheduler
