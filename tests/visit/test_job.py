"""The probe, run for real here, and what is made of the answers of jobs."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from hub_config.ops.failure import Failed
from hub_config.visit.job import PROBE, Check, compare, faults, read

CARD = {"partition": "shared", "cores": "2", "memory": "5", "walltime": "12", "gpus": "0"}
"""A preset as its card on the form has it: GB and hours."""

JOB: Mapping[str, Any] = {
    "host": "vm", "python": "3.11.2", "job": "17", "partition": "shared", "cores": 2,
    "usable": 2, "memory": 5120, "limit": None, "devices": [], "walltime": "12:00:00",
}  # fmt: skip
"""What the probe printed in a job of this preset on the test bed."""


def probe(**environment: str) -> Mapping[str, Any]:
    """Run the probe as a kernel would."""
    env = {"PATH": "/usr/bin:/bin", **environment}
    argv = [sys.executable, "-I", "-c", PROBE]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=True)
    return read(done.stdout)


def judged(promised: Mapping[str, str], **job: Any) -> dict[str, Check]:
    return {check.name: check for check in compare({**CARD, **promised}, {**JOB, **job})}


def test_outside_of_a_job_there_is_little_to_see() -> None:
    seen = probe()
    assert seen["host"] == os.uname().nodename
    assert seen["usable"] == len(os.sched_getaffinity(0))
    assert (seen["cores"], seen["memory"], seen["walltime"], seen["devices"]) == (
        None,
        None,
        "",
        [],
    )
    unseen = [check.name for check in compare({**CARD, "cores": "1"}, seen) if check.good is None]
    assert unseen == ["partition", "cores", "memory", "gpus", "walltime"]


def test_what_slurm_tells_its_jobs() -> None:
    seen = probe(
        SLURM_JOB_ID="17", SLURM_JOB_PARTITION="shared", SLURM_CPUS_PER_TASK="1",
        SLURM_CPUS_ON_NODE="2", SLURM_MEM_PER_NODE="5120", CUDA_VISIBLE_DEVICES="0,1",
        SLURM_JOB_START_TIME="1000", SLURM_JOB_END_TIME="44200",
    )  # fmt: skip
    assert (seen["cores"], seen["memory"], seen["walltime"]) == (1, 5120, "43200")
    assert all(c.good for c in compare({**CARD, "cores": "1", "gpus": "2"}, seen))


def test_memory_per_core_is_multiplied() -> None:
    assert probe(SLURM_MEM_PER_CPU="1024", SLURM_CPUS_ON_NODE="4")["memory"] == 4096


def test_a_promise_that_is_kept() -> None:
    assert [check.good for check in judged({}).values()] == [True] * 5
    assert not [*faults(tuple(judged({}).values()))]


@pytest.mark.parametrize(
    ("name", "job"),
    [
        ("partition", {"partition": "debug"}),
        ("cores", {"cores": 1}),
        ("cores", {"usable": 1}),
        ("cores", {"cores": None, "usable": 1}),
        ("memory", {"memory": 5119}),
        ("memory", {"limit": 4 * 2**30}),
        ("gpus", {"devices": ["0"]}),
        ("walltime", {"walltime": "30:00"}),
        ("walltime", {"walltime": "7-00:00:00"}),
    ],
)
def test_a_promise_that_is_not_kept(name: str, job: dict[str, Any]) -> None:
    checks = judged({}, **job)
    assert [check.name for check in checks.values() if check.good is False] == [name]
    [fault] = faults(tuple(checks.values()))
    assert fault.startswith(f"{name}: asked for {checks[name].asked}, the job sees ")


@pytest.mark.parametrize(
    ("name", "job"),
    [
        ("cores", {"cores": 4, "usable": 4}),  # whole cores of two threads
        ("memory", {"memory": 6144, "limit": int(4.9 * 2**30)}),  # a part may be swap
        ("walltime", {"walltime": "43230"}),  # whole minutes
    ],
)
def test_a_little_more_is_as_good(name: str, job: dict[str, Any]) -> None:
    assert judged({}, **job)[name].good


def test_gpus_that_are_missing() -> None:
    assert judged({"gpus": "2"}, devices=["0"])["gpus"].good is False
    assert judged({"gpus": "2"}, devices=["0,1", "0,1"])["gpus"].good


@pytest.mark.parametrize("printed", ["", "Traceback", "[1]", "{}", json.dumps({"host": "x"})])
def test_other_output_is_no_answer(printed: str) -> None:
    with pytest.raises(Failed, match="the cell printed something else"):
        read(printed)
