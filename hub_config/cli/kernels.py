"""``berth kernels check|install``: the kernels of kernels.yml, and which are absent and why."""

import argparse
from pathlib import Path

from hub_config.cli.sites import Outcome, aligned
from hub_config.kernels.install import BELOW, InstallError, install
from hub_config.kernels.presence import absence
from hub_config.load import load_kernels
from hub_config.model.kernels import Kernels
from hub_config.yaml12 import BadConfig
from hub_config.yaml12.document import plain

ABSENT = (
    "absent kernels are not installed — install their software here, take them out,"
    " or write seen_from_hub: false where only the nodes have it"
)


def run(args: argparse.Namespace) -> Outcome:
    """Return a line for each kernel that is declared, or for each one that changes."""
    try:
        kernels = load_kernels(Path(args.file))
    except BadConfig as error:
        return 1, aligned(error.problems)
    absent = {kernel.id: why for kernel in kernels.kernels if (why := absence(kernel))}
    note = [ABSENT] if absent else []
    if args.action == "check":
        lines = _listed(kernels, absent)
        return 0, [*lines, *note, f"{args.file}: ok — {_counted(kernels, absent)}"]
    code, lines = _installed(kernels, Path(args.to))
    return code, [*(plain(f"{name}: absent, {why}") for name, why in absent.items()), *note, *lines]


def _listed(kernels: Kernels, absent: dict[str, str]) -> list[str]:
    width = max((len(kernel.id) for kernel in kernels.kernels), default=0)
    return [
        plain(f"{kernel.id:{width}}  {kernel.title}")
        + (f"  (absent: {plain(absent[kernel.id])})" if kernel.id in absent else "")
        for kernel in kernels.kernels
    ]


def _installed(kernels: Kernels, root: Path) -> Outcome:
    changes: list[str] = []
    try:
        for line in install(kernels, root):
            changes.append(line)  # noqa: PERF402 - what was done before an error is shown, too
    except InstallError as error:
        return 1, [*changes, plain(str(error))]
    word = f"changed: {len(changes)}" if changes else "unchanged: all"
    return 0, [*changes, f"{word} of the kernels in {root / BELOW}"]


def _counted(kernels: Kernels, absent: dict[str, str]) -> str:
    number = len(kernels.kernels)
    return f"{number} kernel{'s' * (number != 1)}, {len(absent)} absent here"
