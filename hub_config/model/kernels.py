"""What admins write in kernels.yml: the kernels that everybody finds in JupyterLab."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from hub_config.model.fields import Line, Strict, Unique, VariableValue, text_like
from hub_config.model.space import Finding
from hub_config.singleuser.berth_kernel import (
    CONNECTION_FILE,
    KERNEL_NAME,
    MODULE_NAME,
    PLAIN_PATH,
    python_argv,
)

LANGUAGES = {"python": "Python", "bash": "Bash", "R": "R", "julia": "Julia"}
PYTHON_MODULES = {"python": "ipykernel_launcher", "bash": "bash_kernel"}
"""Kernels that are modules of a Python environment."""
STARTS: dict[str, tuple[str, ...]] = {
    **{name: tuple(python_argv("python3", module)) for name, module in PYTHON_MODULES.items()},
    "R": ("R", "--slave", "-e", "IRkernel::main()", "--args", CONNECTION_FILE),
}
"""What starts a kernel of a language that needs no word of its own about it."""

KernelId = Annotated[
    str,
    *text_like(KERNEL_NAME, "write small letters, digits and . _ -, starting with the former"),
]
Module = Annotated[
    str,
    *text_like(MODULE_NAME, "write it as after module load, python/3.11", "python/3.11"),
]
NodePath = Annotated[
    str,
    *text_like(PLAIN_PATH, "write an absolute path, without { and }", "/sw/envs/climate"),
]
Program = Annotated[
    str,
    *text_like(
        re.compile(rf"[A-Za-z0-9_][A-Za-z0-9_.+-]{{0,63}}|{PLAIN_PATH.pattern}"),
        "write the name of a program, or an absolute path without { and }",
        "python3.11",
    ),
]
Argument = Annotated[
    str,
    *text_like(re.compile(r"[^\x00-\x1f\x7f]{1,1024}"), "write printable characters, at least one"),
]
KernelVariable = Annotated[
    str,
    *text_like(
        re.compile(r"(?!JUPYTERHUB_|JPY_)[A-Za-z_][A-Za-z0-9_]{0,63}"),
        "write letters, digits and _; JUPYTERHUB_… and JPY_… are the hub's",
    ),
]


class Container(Strict):
    """The container that a kernel runs in."""

    image: Argument = Field(description="a file on the nodes, or whatever the runtime calls it")
    runtime: tuple[Argument, ...] = Field(
        ("apptainer", "exec"), min_length=1, description="the words before the image"
    )


class Kernel(Strict):
    """One kernel: what is made around it, and what runs then."""

    id: KernelId = Field(description="stable: notebooks carry it")
    language: Line = Field(max_length=40, description="python, bash, R or another one")
    display_name: Line | None = Field(
        None, max_length=100, description="what people read; left out: language, version, module"
    )
    modules: Unique[Module] = Field((), max_length=20, description="loaded first, in this order")
    venv: NodePath | None = Field(None, description="folder of a virtual environment")
    conda: NodePath | None = Field(None, description="folder of a conda environment")
    container: Container | None = Field(None, description="the container it runs in")
    python: Program | None = Field(
        None, description="interpreter; left out: the environment's or the notebook server's own"
    )
    script: NodePath | None = Field(
        None, description="a script that starts the kernel, given the connection file"
    )
    command: tuple[Argument, ...] | None = Field(
        None, min_length=1, description="what starts it, with {connection_file} among its words"
    )
    env: dict[KernelVariable, VariableValue] = Field(
        default_factory=dict, description="environment variables; $NAME is another variable"
    )
    encrypted: bool = Field(
        False,
        description="true: its ipykernel takes keys, so that nobody else on the node reads along",
    )
    requires: Unique[NodePath] = Field(
        (), max_length=20, description="paths without which the kernel is left out"
    )
    seen_from_hub: bool = Field(
        True, description="false: only nodes have its software; nothing is looked for on the hub"
    )

    @model_validator(mode="after")
    def _one_of_each(self) -> "Kernel":
        for keys in (("venv", "conda", "container"), ("python", "script", "command")):
            if len(given := [key for key in keys if getattr(self, key) is not None]) > 1:
                raise ValueError(f"has {' and '.join(given)} — keep one of them")
        if self.python and self.language not in PYTHON_MODULES:
            raise ValueError(f"has python for a kernel of {self.language} — write command instead")
        if self.command and not any(CONNECTION_FILE in word for word in self.command):
            raise ValueError(f'has a command without "{CONNECTION_FILE}" — add it as an argument')
        if not (self.script or self.command or self.language in STARTS):
            known = ", ".join(STARTS)
            raise ValueError(
                f'does not say what starts "{self.language[:40]}" — add command or script'
                f" (known without: {known})"
            )
        return self

    @property
    def is_servers_own(self) -> bool:
        """Whether it runs in the environment of the notebook server."""
        around = self.modules or self.venv or self.conda or self.container
        inside = self.python or self.script or self.command
        return not (around or inside) and self.language in PYTHON_MODULES

    @property
    def title(self) -> str:
        """The display name: as written, or "Python 3.11 (module python/3.11.4)"."""
        if self.display_name:
            return self.display_name
        language = LANGUAGES.get(self.language, self.language)
        version = next(filter(None, (self._version(module) for module in self.modules)), "")
        place = self._place()
        return f"{language}{version}" + (f" ({place})" if place else "")

    def _version(self, module: str) -> str:
        name, _, version = module.rpartition("/")
        found = re.match(r"[0-9]+(\.[0-9]+)?", version)
        alike = name.rpartition("/")[2].lower() in (
            self.language.lower(),
            f"{self.language.lower()}3",
        )
        return f" {found[0]}" if found and alike else ""

    def _place(self) -> str:
        if self.modules:
            return f"module {', '.join(self.modules)}"
        image = self.container.image if self.container else None
        for kind, path in (("venv", self.venv), ("conda", self.conda), ("container", image)):
            if path:
                return f"{kind} {path.rstrip('/').rpartition('/')[2]}"
        return ""


class Kernels(Strict):
    """The kernels that everybody finds besides Python and Bash."""

    kernels: tuple[Kernel, ...] = Field(max_length=200, description="the kernels, in any order")


def ids_once(kernels: Kernels) -> Iterator[Finding]:
    """Yield the ids that stand a second time."""
    seen: set[str] = set()
    for index, kernel in enumerate(kernels.kernels):
        if kernel.id in seen:
            yield ("kernels", index, "id"), f'"{kernel.id}" stands twice — keep one of them'
        seen.add(kernel.id)
