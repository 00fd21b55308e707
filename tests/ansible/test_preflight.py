"""What is wrong with an inventory is told before any machine is asked for anything."""

import shutil
from pathlib import Path

import pytest

from tests.ansible.plays import ANSIBLE, ansible

NOWHERE = "192.0.2.1"  # RFC 5737: nobody has this address


def deploy(folder: Path, *argv: str) -> str:
    """Run the playbook against a machine that is not there; return what it said."""
    done = ansible(
        "ansible-playbook", "-i", folder, "ansible/site.yml", "-e", f"ansible_host={NOWHERE}",
        *argv, ANSIBLE_TIMEOUT="2",
    )  # fmt: skip
    assert done.returncode != 0
    return " ".join((done.stdout + done.stderr).split())


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    return shutil.copytree(ANSIBLE / "inventories/example", tmp_path / "example")


def test_misspelt_variables_are_refused_all_at_once(inventory: Path) -> None:
    said = deploy(inventory, "-e", "berth_shard_dir=/sw", "-e", "berth_slrum=files")
    assert "berth_shard_dir: did you mean berth_shared_dir?" in said
    assert "berth_slrum: did you mean berth_slurm?" in said
    assert NOWHERE not in said


def test_misspelt_tags_are_refused(inventory: Path) -> None:
    said = deploy(inventory, "--tags", "profile,site")
    assert "profile: did you mean profiles?" in said
    assert NOWHERE not in said


def test_a_folder_without_a_site_is_refused(inventory: Path) -> None:
    (inventory / "files/site.yml").unlink()
    said = deploy(inventory)
    assert "has no site.yml" in said
    assert "berth_site_dir" in said


def test_the_example_is_good_as_it_is(inventory: Path) -> None:
    said = deploy(inventory)
    assert "Unknown variables" not in said
    assert "UNREACHABLE" in said
    assert "WARNING" not in said


def test_the_syntax_is_right() -> None:
    done = ansible(
        "ansible-playbook",
        "-i",
        "ansible/inventories/example",
        "--syntax-check",
        "ansible/site.yml",
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
