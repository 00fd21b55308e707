"""scripts/bundle: the same sources make the same release, others make another one."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.ansible.plays import ROOT

NEEDED = (
    "hub_config", "services", "templates", "examples", "requirements", "scripts", "LICENSE",
    "pyproject.toml", "package.json", "package-lock.json", ".npmrc",
)  # fmt: skip


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a bundle is made from: others may be at work in the checkout itself."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name)
        else:
            shutil.copy2(ROOT / name, copy / name)
    return copy


def bundle(checkout: Path, *argv: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, checkout / "scripts/bundle", *argv], capture_output=True, text=True,
        timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    about = json.loads(done.stdout)
    assert isinstance(about, dict)
    return about


def changed(checkout: Path, folder: Path, name: str, text: str) -> Path:
    """Return a copy of the checkout with *text* added to one file."""
    shutil.copytree(checkout, folder, ignore=shutil.ignore_patterns("dist"))
    with (folder / name).open("a") as file:
        file.write(text)
    return folder


def test_the_same_sources_make_the_same_release(checkout: Path, tmp_path: Path) -> None:
    first, second = bundle(checkout), bundle(checkout)
    assert (first["made"], second["made"]) == (True, False)
    other = shutil.copytree(checkout, tmp_path / "elsewhere")
    shutil.rmtree(other / "dist")
    assert bundle(other)["release"] == first["release"] == second["release"]


def test_it_holds_what_the_machine_is_installed_from(checkout: Path) -> None:
    about = bundle(checkout)
    folder = Path(about["path"])
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files >= {
        f"berth-{about['version']}-py3-none-any.whl", ".npmrc", "package.json",
        "package-lock.json", "requirements/tools.txt", "requirements/hub.txt",
        "requirements/user.txt", "requirements/proxy.txt", "scripts/install-singleuser",
        "hub_config/singleuser/berth_singleuser.py",
    }  # fmt: skip
    assert not [name for name in files if "__pycache__" in name]
    assert about["release"] == f"{about['version']}-{about['release'][-8:]}"


def test_the_wheel_has_the_pages(checkout: Path) -> None:
    (wheel,) = Path(bundle(checkout)["path"]).glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if name.endswith("share/berth/templates/home.html")]
    assert "hub_config/spawner.py" in names


def test_traces_of_running_make_no_other_release(checkout: Path, tmp_path: Path) -> None:
    used = shutil.copytree(checkout, tmp_path / "used")
    (used / "hub_config/__pycache__").mkdir(exist_ok=True)
    (used / "hub_config/__pycache__/spawner.cpython-311.pyc").write_bytes(b"x")
    (used / "hub_config/spawner.py").touch()
    assert bundle(used)["release"] == bundle(checkout)["release"]


@pytest.mark.parametrize(
    "name",
    ["hub_config/spawner.py", "requirements/user.txt", "scripts/install-singleuser"],
)
def test_a_change_makes_another_release_with_the_same_proxy(
    checkout: Path, tmp_path: Path, name: str
) -> None:
    was, now = bundle(checkout), bundle(changed(checkout, tmp_path / "c", name, "# more\n"))
    assert now["release"] != was["release"]
    assert now["proxy"] == was["proxy"]


def test_another_node_is_another_proxy(checkout: Path, tmp_path: Path) -> None:
    other = changed(checkout, tmp_path / "c", "requirements/proxy.txt", "# another\n")
    assert bundle(other)["proxy"] != bundle(checkout)["proxy"]


def test_what_only_tests_need_is_no_other_proxy(checkout: Path, tmp_path: Path) -> None:
    other = shutil.copytree(checkout, tmp_path / "c")
    lock = json.loads((other / "package-lock.json").read_text())
    dev = [name for name, entry in lock["packages"].items() if entry.get("dev")]
    assert dev
    lock["packages"][dev[0]]["version"] = "99.0.0"
    (other / "package-lock.json").write_text(json.dumps(lock))
    assert bundle(other)["proxy"] == bundle(checkout)["proxy"]
    used = next(name for name in lock["packages"] if name and name not in dev)
    lock["packages"][used]["integrity"] = "sha512-other"
    (other / "package-lock.json").write_text(json.dumps(lock))
    assert bundle(other)["proxy"] != bundle(checkout)["proxy"]


def test_a_version_can_be_given_to_try_an_upgrade(checkout: Path) -> None:
    about = bundle(checkout, "--version", "9.8.7")
    (wheel,) = Path(about["path"]).glob("*.whl")
    assert about["release"].startswith("9.8.7-")
    assert wheel.name == "berth-9.8.7-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as opened:
        assert b'__version__ = "9.8.7"' in opened.read("hub_config/__init__.py")


def test_a_wheel_that_cannot_be_built_is_told_with_its_cure(checkout: Path, tmp_path: Path) -> None:
    broken = changed(checkout, tmp_path / "c", "pyproject.toml", "[broken\n")
    done = subprocess.run(
        [sys.executable, broken / "scripts/bundle"], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 1
    assert "make .venv-deploy/.stamp" in done.stderr
    assert list((broken / "dist").iterdir()) == []
