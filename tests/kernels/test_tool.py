"""berth-kernel add, list and remove, with real environments."""

import json
from pathlib import Path

import pytest

from tests.kernels.people import Person, empty_environment_in, environment_in

HOSTILE = 'it\'s "a" $(touch pwned) `id`; climate & co'


def test_an_environment_becomes_a_kernel(alice: Person, environment: Path) -> None:
    added = alice.berth_kernel("add", "climate", "--venv", environment)
    assert (added.code, added.text) == (
        0,
        f"added {alice.kernels}/climate: JupyterLab shows it after a reload of its page\n",
    )
    assert "climate  yours   climate\n" in alice.berth_kernel("list").text
    ran = alice.cell("climate", "import sys, os; print(sys.prefix, os.environ['VIRTUAL_ENV'], 6*7)")
    assert ran.text == f"{environment} {environment} 42\n"


def test_its_own_programs_come_first(alice: Person, environment: Path) -> None:
    alice.berth_kernel("add", "climate", "--venv", environment)
    ran = alice.cell("climate", "import shutil; print(shutil.which('python'))")
    assert ran.text == f"{environment}/bin/python\n"


def test_a_relative_path_is_made_absolute(alice: Person, environment: Path) -> None:
    assert alice.berth_kernel("add", "one", "--venv", "envs/climate").code == 0
    assert alice.berth_kernel("add", "two", "--venv", "~/envs/climate").code == 0
    assert "ok" in alice.berth_kernel("check", "one", PWD="/").text


def test_any_python_becomes_a_kernel(alice: Person, environment: Path) -> None:
    added = alice.berth_kernel(
        "add", "py", "--python", environment / "bin/python", "--display-name", "Python für mich"
    )
    assert added.code == 0, added.text
    assert alice.cell("py", "print(6*7)").text == "42\n"
    assert "py       yours   Python für mich" in alice.berth_kernel("list").text
    assert [entry.name for entry in (alice.kernels / "py").iterdir()] == ["kernel.json"]


def test_a_conda_environment_is_activated(alice: Person) -> None:
    """conda is in no registry used here: an environment with what conda leaves in one."""
    environment = environment_in(alice.home / "conda/envs/ocean")
    (environment / "conda-meta").mkdir()
    hooks = environment / "etc/conda/activate.d"
    hooks.mkdir(parents=True)
    (hooks / "proj.sh").write_text('export PROJ_DATA="$CONDA_PREFIX/share/proj"; set -- lost\n')
    added = alice.berth_kernel("add", "ocean", "--conda", environment)
    assert added.code == 0, added.text
    ran = alice.cell("ocean", "import os; print(os.environ['PROJ_DATA'])")
    assert ran.text == f"{environment}/share/proj\n"


def test_a_hostile_path_is_only_a_path(alice: Person) -> None:
    environment = environment_in(alice.home / HOSTILE)
    added = alice.berth_kernel("add", "odd", "--venv", environment)
    assert added.code == 0, added.text
    assert alice.cell("odd", "import sys; print(sys.prefix)").text == f"{environment}\n"
    assert not list(alice.home.rglob("pwned"))


@pytest.mark.parametrize("folder", ["a{resource_dir}", "two\nlines", "\udcff"])
def test_what_a_kernel_json_cannot_hold_is_refused(alice: Person, folder: str) -> None:
    refused = alice.berth_kernel("add", "odd", "--venv", alice.home / folder)
    assert refused.code == 1
    assert "holds characters that a kernel.json cannot" in refused.text
    assert not alice.kernels.exists()


@pytest.mark.parametrize("name", ["Climate", "my kernel", "../up", ".hidden", "", "-x", "a/b", "ü"])
def test_what_jupyter_would_not_take_as_a_name_is_refused(alice: Person, name: str) -> None:
    refused = alice.berth_kernel("add", "--venv", "/x", "--", name)
    assert refused.code == 2
    assert "is not small letters, digits and . _ - alone" in refused.text


def test_a_name_that_everybody_uses_is_refused(alice: Person, environment: Path) -> None:
    refused = alice.berth_kernel("add", "python3", "--venv", environment)
    assert refused.code == 1
    assert "it is everybody's: take another name" in refused.text


def test_a_name_in_use_is_refused_with_the_cure(alice: Person, environment: Path) -> None:
    alice.berth_kernel("add", "climate", "--venv", environment)
    refused = alice.berth_kernel("add", "climate", "--venv", environment)
    assert refused.code == 1
    assert "— berth-kernel remove climate first" in refused.text


def test_an_environment_without_ipykernel_is_not_added(alice: Person) -> None:
    environment = empty_environment_in(alice.home / "envs/empty")
    refused = alice.berth_kernel("add", "empty", "--venv", environment)
    python = environment / "bin/python"
    assert (refused.code, refused.text) == (
        1,
        f"not added: {python} has no package ipykernel — {python} -m pip install ipykernel\n",
    )
    assert list(alice.kernels.iterdir()) == []
    assert list(alice.kernels.parent.iterdir()) == [alice.kernels]


@pytest.mark.parametrize(
    ("option", "mark"), [("--venv", "virtual environment (no pyvenv"), ("--conda", "conda env")]
)
def test_a_folder_that_is_no_environment_is_told(alice: Person, option: str, mark: str) -> None:
    refused = alice.berth_kernel("add", "x", option, alice.home)
    assert refused.code == 1
    assert f"is no {mark}" in refused.text


def test_an_unknown_module_is_no_reason_to_add(alice: Person, environment: Path) -> None:
    refused = alice.berth_kernel("add", "x", "--venv", environment, "--module", "no/such")
    assert refused.code == 1
    assert "module" in refused.text
    assert not (alice.kernels / "x").exists()


def test_a_kernel_goes_and_its_environment_stays(alice: Person, environment: Path) -> None:
    alice.berth_kernel("add", "climate", "--venv", environment)
    removed = alice.berth_kernel("remove", "climate")
    assert (removed.code, removed.text) == (0, f"removed {alice.kernels}/climate\n")
    assert (environment / "bin/python").exists()
    assert "climate" not in alice.berth_kernel("list").text


@pytest.mark.parametrize("name", ["nothing", "..", "../../../../envs", "/", ""])
def test_only_kernels_of_ones_own_can_be_removed(
    alice: Person, environment: Path, name: str
) -> None:
    alice.kernel("mine")
    refused = alice.berth_kernel("remove", name)
    assert refused.code == 1
    assert "you have no kernel" in refused.text
    assert (environment / "bin/python").exists()
    assert (alice.kernels / "mine/kernel.json").exists()


def test_of_a_link_only_the_link_goes(alice: Person, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.mkdir()
    (target / "kernel.json").write_text("{}")
    alice.kernels.mkdir(parents=True)
    (alice.kernels / "link").symlink_to(target)
    assert alice.berth_kernel("remove", "link").code == 0
    assert (target / "kernel.json").exists()
    assert list(alice.kernels.iterdir()) == []


def test_the_list_marks_what_is_broken(alice: Person) -> None:
    alice.kernel("bad", spec=[])
    assert "bad      yours   broken: berth-kernel check bad\n" in alice.berth_kernel("list").text


def test_a_title_cannot_draw_on_the_terminal(alice: Person) -> None:
    alice.kernel("loud", display_name="\x1b[31mred\nroot  system  Root")
    shown = alice.berth_kernel("list").text
    assert "loud     yours   \\x1b[31mred\\nroot  system  Root\n" in shown


@pytest.mark.parametrize("variable", ["JUPYTER_DATA_DIR", "XDG_DATA_HOME"])
def test_the_users_folder_is_where_jupyter_has_it(
    alice: Person, environment: Path, variable: str
) -> None:
    moved = {variable: str(alice.home / "moved")}
    assert alice.berth_kernel("add", "climate", "--venv", environment, **moved).code == 0
    assert alice.cell("climate", "print(6*7)", **moved).text == "42\n"


def test_kernel_json_says_who_made_it(alice: Person, environment: Path) -> None:
    alice.berth_kernel("add", "climate", "--venv", environment)
    spec = json.loads((alice.kernels / "climate/kernel.json").read_text())
    assert spec["metadata"]["berth"] == {"made_by": "berth-kernel"}


def test_what_its_ipykernel_can_is_asked(alice: Person, environment: Path) -> None:
    """Whether it takes keys depends on its version, and a kernel that does not would not start."""
    alice.berth_kernel("add", "climate", "--venv", environment)
    spec = json.loads((alice.kernels / "climate/kernel.json").read_text())
    assert spec["metadata"]["supported_encryption"] == ["curve"]
    assert spec["metadata"]["debugger"] is True


def test_an_old_ipykernel_is_asked_for_nothing(alice: Person) -> None:
    old = empty_environment_in(alice.home / "envs/old")
    packages = next(old.rglob("site-packages"))
    for name in ("ipykernel", "ipykernel_launcher"):
        (packages / f"{name}.py").touch()
    assert alice.berth_kernel("add", "old", "--venv", old).code == 0
    spec = json.loads((alice.kernels / "old/kernel.json").read_text())
    assert spec["metadata"] == {"berth": {"made_by": "berth-kernel"}}
