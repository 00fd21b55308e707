"""Files with the wrong owner or mode, releases that are none, old backups, full disks."""

import getpass
import grp
import json
import os
import platform
import shutil
import socket
import tempfile
from pathlib import Path

import pytest

from hub_config import __version__
from hub_config.doctor import files
from hub_config.doctor.examine import examine
from hub_config.doctor.files import DAY, LITTLE, TOO_LITTLE, Rule
from hub_config.doctor.patient import Finding, Patient, Unseen
from hub_config.ops.layout import Layout
from tests.load.nobody import as_nobody

ROOT = Path(__file__).parents[2]
ME, MINE = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name


@pytest.fixture
def installed(tmp_path: Path) -> Patient:
    """The files of a hub below another root, whose owner is whoever runs the tests."""
    layout = Layout(tmp_path)
    shutil.copytree(ROOT / "examples" / "local", layout.etc)
    layout.secrets.mkdir(mode=0o700)
    for name in ("proxy-token", "cookie-secret"):
        file = layout.secrets / name
        file.touch(0o600)
    layout.backups.mkdir(parents=True)
    layout.opt.mkdir(parents=True)
    return Patient(layout.etc, layout)


def rule(path: Path, mode: int) -> Rule:
    return Rule(path, ME, MINE, mode)


def seen(found: list[Finding], level: str) -> list[str]:
    return [finding.seen for finding in found if finding.level == level]


# --- owners and modes


@pytest.mark.parametrize(("has", "may"), [(0o600, 0o600), (0o400, 0o600), (0o640, 0o640)])
def test_a_file_as_it_should_be(tmp_path: Path, has: int, may: int) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(has)
    assert files.judge(rule(file, may)) is None


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o777])
def test_a_secret_that_others_may_read_is_to_be_changed(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "proxy-token"
    file.touch()
    file.chmod(mode)
    found = files.judge(rule(file, 0o600))
    assert found is not None
    assert found.level == "fail"
    assert f"{mode:04o}" in found.seen
    assert f"chmod 0600 {file}" in found.cure
    assert "berth secrets rotate proxy-token" in found.cure


def test_a_file_of_somebody_else(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch(0o640)
    found = files.judge(Rule(file, "daemon", "daemon", 0o640))
    assert found is not None
    assert f"{ME}:{MINE}" in found.seen
    assert found.cure.startswith(f"chown daemon:daemon {file}")


def test_a_file_that_is_missing_or_a_link(tmp_path: Path) -> None:
    missing = files.judge(rule(tmp_path / "none", 0o600))
    assert missing is not None
    assert "is missing" in missing.seen
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    found = files.judge(rule(link, 0o777))
    assert found is not None
    assert "symbolic link" in found.seen


def test_every_file_of_an_installed_hub_is_looked_at(installed: Patient) -> None:
    looked = {rule.path for rule in files.rules(installed.layout)}
    assert looked >= {
        installed.layout.site, installed.layout.secrets, installed.layout.etc / "agent.toml",
        installed.layout.secrets / "proxy-token", installed.layout.etc / "profiles.d/presets.yml",
    }  # fmt: skip


def test_a_leaked_secret_is_found_among_all_files(installed: Patient) -> None:
    (installed.layout.secrets / "cookie-secret").chmod(0o644)
    found = [f for f in files.owners(installed) if "cookie-secret" in f.seen]
    assert [finding.level for finding in found] == ["fail"]
    assert "rotate cookie-secret" in found[0].cure


def test_a_site_elsewhere_is_not_judged_by_the_installed_one(tmp_path: Path) -> None:
    elsewhere = Patient(ROOT / "examples" / "local", Layout(tmp_path))
    for check in (files.owners, files.backup):
        with pytest.raises(Unseen):
            list(check(elsewhere))


def test_the_doors_of_the_hub_are_looked_at() -> None:
    doors = {rule.path: rule.mode for rule in files.sockets(Patient(ROOT / "examples/dkrz").site)}
    assert doors == {Path("/run/berth/agent.sock"): 0o660, Path("/run/berth/auth.sock"): 0o660}
    assert not [*files.sockets(Patient(ROOT / "examples/local").site)]


def test_a_door_that_is_open_to_all(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "sock"))
        (tmp_path / "sock").chmod(0o666)
        found = files.judge(rule(tmp_path / "sock", 0o660))
    assert found is not None
    assert "0666" in found.seen


# --- the site


def test_a_site_that_is_closed_to_this_account_is_unseen() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "site.yml").touch(0o600)
        (folder / "site.yml").chmod(0)
        with as_nobody():
            [found] = examine(Patient(folder), [("site", files.site)])
    assert (found.level, found.cure) == ("unseen", "run as root")


def test_a_site_without_mistakes() -> None:
    [found] = files.site(Patient(ROOT / "examples" / "dkrz"))
    assert (found.level, found.seen.rpartition(": ")[2]) == ("ok", "slurm, pam, 9 presets")


def test_a_site_with_a_mistake(installed: Patient) -> None:
    presets = installed.folder / "profiles.d" / "presets.yml"
    presets.write_text(presets.read_text().replace("memory: 1G", "memory: 1"))
    [found] = files.site(installed)
    assert found.level == "fail"
    assert 'presets[small].memory: "1" has no unit' in found.seen


# --- the release


def write_release(layout: Layout, **changes: str) -> None:
    folder = layout.releases / "one"
    folder.mkdir(parents=True)
    said = {"release": "one", "version": __version__, "python": platform.python_version()}
    (folder / "release.json").write_text(json.dumps({**said, **changes}))
    layout.current.symlink_to(folder)


def test_the_release_in_use(installed: Patient) -> None:
    write_release(installed.layout)
    [found] = files.release(installed)
    assert found.level == "ok"
    assert found.seen.startswith(f"release one: berth {__version__}")


def test_no_release_in_use(installed: Patient) -> None:
    [found] = files.release(installed)
    assert (found.level, "run the play" in found.cure) == ("fail", True)


def test_a_release_made_for_another_python(installed: Patient) -> None:
    write_release(installed.layout, python="3.9.1")
    assert seen(list(files.release(installed)), "fail") == [
        f"made for Python 3.9.1, this is {platform.python_version()}"
    ]


def test_a_release_of_another_version(installed: Patient) -> None:
    write_release(installed.layout, version="9.9")
    assert seen(list(files.release(installed)), "warn")


# --- disks and backups


@pytest.mark.parametrize(
    ("free", "level"), [(TOO_LITTLE - 1, "fail"), (LITTLE - 1, "warn"), (LITTLE, "ok")]
)
def test_room_on_a_disk(free: int, level: str) -> None:
    assert files.room(Path("/var"), free).level == level


def test_the_disk_of_this_machine(installed: Patient) -> None:
    [found] = files.disks(installed)
    assert "GiB free" in found.seen


def test_no_backup_yet(installed: Patient) -> None:
    [found] = files.backup(installed)
    assert (found.level, "there is no backup" in found.seen) == ("warn", True)


@pytest.mark.parametrize(("days", "level"), [(0.5, "ok"), (1.9, "ok"), (2.1, "warn"), (30, "warn")])
def test_the_age_of_the_newest_backup(days: float, level: str) -> None:
    times = [0.0, 1000 * DAY - days * DAY]
    assert files.age(Path("/b"), times, 1000 * DAY).level == level
