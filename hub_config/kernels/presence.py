"""Whether the software of a declared kernel is on this machine."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from hub_config.kernels.spec import argv
from hub_config.model.kernels import Kernel
from hub_config.singleuser.berth_kernel import SERVERS_OWN, is_there


def absence(kernel: Kernel) -> str:
    """Return what the kernel lacks here; "" if it lacks nothing.

    Modules and what is inside a container are not looked for: they are the nodes'.
    """
    if not kernel.seen_from_hub:
        return ""
    if missing := next((path for path in _paths(kernel) if not is_there(path)), None):
        return f"{missing} does not exist here"
    if (program := _program(kernel)) and not shutil.which(program):
        return f"{program} is not among the programs of this machine"
    return ""


def _paths(kernel: Kernel) -> Iterator[str]:
    yield from kernel.requires
    yield from filter(None, (kernel.venv, kernel.conda))
    if kernel.container and kernel.container.image.startswith("/"):
        yield kernel.container.image
    elif not kernel.container and kernel.script:
        yield kernel.script
    if (first := argv(kernel)[0]).startswith("/"):
        yield str(Path(first))


def _program(kernel: Kernel) -> str:
    """Return the program that has to be among those of the machine; "" if there is none."""
    program = argv(kernel)[0]
    supplied = kernel.modules or kernel.venv or kernel.conda
    return "" if supplied or program in SERVERS_OWN or "/" in program else program
