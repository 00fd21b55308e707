"""The recorded output under tests/fixtures/slurm/ is of the commands that Berth runs today."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub_config.schedulers.slurm import Slurm
from tests.testbed.recording.recorder import FOLDER

FILES = sorted(FOLDER.glob("*.json"))
SLURM = Slurm()
# A recording whose name begins so, unless it is in ODD, is of this command.
COMMANDS = {
    "squeue-": SLURM.jobs().argv,
    "sinfo-": SLURM.partitions().argv,
    "queue-": SLURM.queue().argv,
    "reservations-": SLURM.reservations().argv,
    "sacctmgr-alice": SLURM.memberships("alice").argv,
    "sshare-budgets": SLURM.shares("alice").argv,
    "config-": SLURM.enforcement().argv,
    "sacctmgr-dave": SLURM.memberships("dave").argv,
}
ODD = {"squeue-unknown-job"}


def read(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text())
    return record


def test_there_are_recordings() -> None:
    assert len(FILES) > 50


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_recording_is_complete_and_says_where_it_comes_from(path: Path) -> None:
    record = read(path)
    assert {"situation", "user", "argv", "stdin", "rc", "stdout", "stderr"} == set(record)
    assert record["situation"]
    assert f"| {path.stem} | {record['user']} |" in (FOLDER / "README.md").read_text()


@pytest.mark.parametrize(("prefix", "argv"), COMMANDS.items(), ids=COMMANDS)
def test_recordings_are_of_todays_commands(prefix: str, argv: tuple[str, ...]) -> None:
    """Otherwise record again: python -m tests.testbed.recording."""
    paths = [path for path in FILES if path.stem.startswith(prefix) and path.stem not in ODD]
    assert paths
    assert {path.stem: tuple(read(path)["argv"]) for path in paths} == {p.stem: argv for p in paths}
