"""A kernel of kernels.yml as the files of its folder."""

from typing import Any

from hub_config.model.kernels import PYTHON_MODULES, STARTS, Kernel
from hub_config.singleuser.berth_kernel import (
    CONNECTION_FILE,
    Around,
    kernel_files,
    python_argv,
)

MADE_BY = "berth kernels install"
"""What the kernels that this program may replace and remove have in their metadata."""


def files(kernel: Kernel) -> dict[str, str]:
    """Return the files of the kernel's folder, name -> text."""
    spec: dict[str, Any] = {
        "argv": argv(kernel),
        "display_name": kernel.title,
        "language": kernel.language,
        "env": kernel.env,
        "metadata": {"berth": {"made_by": MADE_BY}},
    }
    if kernel.language == "python":
        spec["metadata"]["debugger"] = True
    if kernel.encrypted or kernel.is_servers_own:
        spec["metadata"]["supported_encryption"] = ["curve"]
    if kernel.container:
        # A signal reaches the runtime, which need not pass it on.
        spec["interrupt_mode"] = "message"
    return kernel_files(spec, around(kernel))


def around(kernel: Kernel) -> Around:
    """Return what is made before the kernel's program runs."""
    return Around(kernel.requires, kernel.modules, kernel.venv or "", kernel.conda or "")


def argv(kernel: Kernel) -> list[str]:
    """Return what starts the kernel, without what is made around it."""
    words = _inner(kernel)
    return (
        [*kernel.container.runtime, kernel.container.image, *words] if kernel.container else words
    )


def _inner(kernel: Kernel) -> list[str]:
    if kernel.command:
        return list(kernel.command)
    if kernel.script:
        return [kernel.script, CONNECTION_FILE]
    environment = kernel.venv or kernel.conda
    interpreter = kernel.python or (f"{environment}/bin/python" if environment else "")
    if interpreter and kernel.language in PYTHON_MODULES:
        return python_argv(interpreter, PYTHON_MODULES[kernel.language])
    return list(STARTS[kernel.language])
