"""Slurm's PrivateData and munge."""

import pytest

from hub_config.doctor import slurm

CONFIG = """\
Configuration data as of 2026-11-21T12:31:00
AuthInfo                = socket=/run/bed/munge.sock
PrivateData             = {}
ProctrackType           = proctrack/linuxproc
"""
"""Lines that Slurm 22.05 printed for `scontrol show config`, with a place for the value."""


@pytest.mark.parametrize(
    ("value", "level"),
    [("none", "ok"), ("usage,users", "ok"), ("jobs", "warn"), ("jobs,nodes", "warn"),
     ("accounts,jobs", "warn"), ("all", "warn")],
)  # fmt: skip
def test_jobs_that_are_hidden(value: str, level: str) -> None:
    found = slurm.private_data(CONFIG.format(value))
    assert found.level == level
    assert f"PrivateData={value}" in found.seen


def test_a_controller_that_does_not_answer() -> None:
    said = "slurm_load_ctl_conf error: Unable to contact slurm controller (connect failure)"
    assert slurm.private_data(said).level == "unseen"


def test_munge() -> None:
    assert slurm.judge_munge(0, 0, "").level == "ok"
    said = 'munge: Error: Failed to access "/run/munge/munge.socket.2": No such file or directory'
    found = slurm.judge_munge(6, 1, f"{said}\n")
    assert (found.level, found.seen) == ("fail", said)
    assert slurm.judge_munge(0, 15, "").seen == "exit codes 0 and 15"
