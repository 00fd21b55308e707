"""Kernels of every kind, started by Jupyter's own client: they calculate, or say what is missing.

Lmod and R are Debian's. Marked as the tests that need a machine of their own: they install both.
"""

import json
import platform
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_config.cli import main
from tests.kernels.people import Person, environment_in
from tests.singleuser.job import CHECKOUT, user_python

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("software")]
Declare = Callable[[str], Path]
Install = Callable[[str], None]


@pytest.fixture
def install(alice: Person, declare: Declare) -> Install:
    """Install these kernels for everybody."""

    def run(text: str) -> None:
        file = declare(text)
        assert main(["kernels", "install", str(file), "--to", str(alice.centre)]) == 0

    return run


@pytest.fixture
def modules(alice: Person) -> dict[str, str]:
    """What makes a tree of modules known: climate/1.0 and broken/1.0 of a small centre."""
    tree = alice.home / "modules"
    environment = environment_in(alice.home / "sw/python")
    for name, text in {
        "climate/1.0": f'prepend_path("PATH", "{environment}/bin") setenv("CLIMATE", "warm")\n',
        "broken/1.0": "this is no Lua",
    }.items():
        (tree / name).with_suffix(".0.lua").parent.mkdir(parents=True, exist_ok=True)
        (tree / f"{name}.lua").write_text(text)
    return {"MODULEPATH": str(tree), "LMOD_IGNORE_CACHE": "1"}


@pytest.mark.parametrize("kernel", ["python3", "bash"])
def test_python_and_bash_are_always_there(alice: Person, kernel: str) -> None:
    """Of the environment that `scripts/install-singleuser` finished, without a kernels.yml."""
    code = {"python3": "print(6*7)", "bash": "echo $((6*7))"}[kernel]
    assert alice.cell(kernel, code).text.strip() == "42"
    listed = alice.berth_kernel("list").text
    assert f"{kernel:8} system" in listed


def test_r_calculates(alice: Person, install: Install) -> None:
    install("  - {id: ir, language: R, requires: [/usr/lib/R/site-library/IRkernel]}\n")
    assert alice.cell("ir", "cat(6*7)").text.strip() == "42"
    assert alice.berth_kernel("check", "ir", "--start").text == "ir: ok\n"


def test_an_r_without_irkernel_is_absent(
    alice: Person, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("  - {id: ir, language: R, requires: [/usr/lib/R/site-library/NoSuchKernel]}\n")
    assert "ir: absent, /usr/lib/R/site-library/NoSuchKernel does not" in capsys.readouterr().out
    assert not list((alice.centre / "share/jupyter/kernels").iterdir())


def test_julia_is_declared_and_absent(alice: Person, capsys: pytest.CaptureFixture[str]) -> None:
    file = CHECKOUT / "examples/local/kernels.yml"
    assert main(["kernels", "install", str(file), "--to", str(alice.centre)]) == 0
    told = capsys.readouterr().out
    assert "julia: absent, /opt/julia/bin/julia does not exist here\n" in told
    assert "absent kernels are not installed — install their software here" in told
    assert not (alice.centre / "share/jupyter/kernels/julia").exists()


def test_a_kernel_of_a_module(alice: Person, install: Install, modules: dict[str, str]) -> None:
    install("  - {id: py, language: python, modules: [climate/1.0]}\n")
    ran = alice.cell("py", "import os, sys; print(os.environ['CLIMATE'], sys.prefix)", **modules)
    assert ran.text == f"warm {alice.home}/sw/python\n"
    assert alice.berth_kernel("check", "py", "--start", **modules).text == "py: ok\n"


@pytest.mark.parametrize("name", ["no/such", "broken/1.0"])
def test_a_module_that_cannot_be_loaded_is_named(
    alice: Person, install: Install, modules: dict[str, str], name: str
) -> None:
    install(f"  - {{id: py, language: python, modules: [climate/1.0, {name}]}}\n")
    checked = alice.berth_kernel("check", "py", **modules)
    assert (checked.code, checked.text) == (
        1,
        f"py: module {name} cannot be loaded on {platform.node()}"
        " — module avail lists those there are\n",
    )
    assert "Kernel died before replying" in alice.cell("py", "6*7", **modules).text


def test_a_user_adds_an_environment_with_its_module(
    alice: Person, environment: Path, modules: dict[str, str]
) -> None:
    added = alice.berth_kernel(
        "add", "mine", "--venv", environment, "--module", "climate/1.0", **modules
    )
    assert added.code == 0, added.text
    ran = alice.cell("mine", "import os, sys; print(os.environ['CLIMATE'], sys.prefix)", **modules)
    assert ran.text == f"warm {environment}\n"
    assert "mine     yours   mine (module climate/1.0)" in alice.berth_kernel("list").text


def test_the_module_command_of_the_job_is_taken(alice: Person, install: Install) -> None:
    """A site's own, exported by the job: /etc/profile is not read over it."""
    environment = environment_in(alice.home / "sw/python")
    exported = {
        "BASH_FUNC_module%%": f'() {{ export LOADED="$*" PATH="{environment}/bin:$PATH"; }}'
    }
    install("  - {id: py, language: python, modules: [x/1]}\n")
    ran = alice.cell("py", "import os; print(os.environ['LOADED'])", **exported)
    assert ran.text == "load x/1\n"


def test_what_a_node_lacks_is_said_on_the_node(alice: Person, install: Install) -> None:
    install("  - {id: py, language: python, requires: [/no/licence], seen_from_hub: false}\n")
    checked = alice.berth_kernel("check", "py")
    assert (checked.code, checked.text) == (
        1,
        f"py: /no/licence does not exist on {platform.node()}"
        " — this kernel cannot run without it\n",
    )


def test_a_script_starts_a_kernel(alice: Person, install: Install) -> None:
    script = alice.home / "start-kernel.sh"
    script.write_text(
        f'#!/bin/sh\nFROM=script exec {user_python()} -m ipykernel_launcher -f "$1"\n'
    )
    script.chmod(0o755)
    install(f"  - {{id: sc, language: python, script: {script}}}\n")
    assert alice.cell("sc", "import os; print(os.environ['FROM'])").text == "script\n"


def test_a_container_starts_a_kernel(alice: Person, install: Install) -> None:
    """The runtime is a stand-in, since Debian 12 has no apptainer: it enters an environment."""
    image = environment_in(alice.home / "image")
    runtime = alice.home / "runtime"
    runtime.write_text('#!/bin/sh\nshift; PATH="$1/bin:$PATH"; shift; exec "$@"\n')
    runtime.chmod(runtime.stat().st_mode | stat.S_IXUSR)
    container = f"{{image: {image}, runtime: [{runtime}, exec]}}"
    install(f"  - {{id: co, language: python, container: {container}}}\n")
    assert alice.cell("co", "import sys; print(sys.prefix)").text == f"{image}\n"
    spec = json.loads((alice.centre / "share/jupyter/kernels/co/kernel.json").read_text())
    assert spec["interrupt_mode"] == "message"


def test_the_kernel_is_the_process_that_jupyter_started(alice: Person, environment: Path) -> None:
    """Not a child of a shell: signals reach it, and nothing is left when it is killed."""
    alice.berth_kernel("add", "mine", "--venv", environment)
    code = "import os; print('start_new_kernel' in open(f'/proc/{os.getppid()}/cmdline').read())"
    assert alice.cell("mine", code).text == "True\n"
