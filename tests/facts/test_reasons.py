"""Every reason for which a job waits has a sentence; what nobody knows is shown as it is."""

from pathlib import Path

import pytest

from hub_config.cluster.reasons import sentence
from hub_config.schedulers.base import Phase
from hub_config.schedulers.slurm import Slurm
from tests.contract.recordings import recording

CODES = [
    line
    for line in Path(__file__).with_name("slurm-reasons.txt").read_text().splitlines()
    if not line.startswith("#")
]


def test_there_are_many() -> None:
    assert len(CODES) > 150


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_slurm_has_a_sentence(code: str) -> None:
    text = sentence(code)
    assert text.endswith(".") and text[0].isupper()
    assert code not in text, "the code itself is no explanation"


@pytest.mark.parametrize("name", ["squeue-waiting-and-running", "squeue-blocked", "squeue-endings"])
def test_so_has_every_reason_that_a_real_slurm_gave(name: str) -> None:
    jobs = Slurm().read_jobs(recording("slurm", name).reply)
    reasons = {job.reason for job in jobs.values() if job.phase is Phase.PENDING}
    assert reasons
    assert not [reason for reason in reasons if "The scheduler says" in sentence(reason)]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Resources", "starts as soon as enough is free"),
        ("Priority", "Others are before you"),
        ("", "not looked at it yet"),
        ("ReqNodeNotAvail, Reserved for maintenance", "maintenance that begins before"),
        ("ReqNodeNotAvail, May be reserved for other job", "reserved for another job"),
        ("ReqNodeNotAvail, UnavailableNodes:c[1-2]", "out of order (c[1-2])"),
        ("ReqNodeNotAvail", "in use, reserved or out of order"),
        ("PartitionTimeLimit", "more time than the partition allows"),
        ("QOSMaxJobsPerUserLimit", "You have all that the QOS allows one person: running jobs"),
        ("AssocMaxJobsLimit", "You have all that your account allows one person: running jobs"),
        (
            "AssocGrpCpuLimit",
            "The jobs of your account together have all that they may have: cores",
        ),
        ("MaxGRESPerAccount", "your account together have all that they may have: GPUs"),
        ("QOSGrpGRES", "jobs of the QOS together have all that they may have: GPUs"),
        ("AssocGrpCPUMinutesLimit", "computing time of your account (cores) is used up"),
        ("AssocGrpCPURunMinutesLimit", "have booked all the computing time (cores)"),
        ("QOSMaxGRESPerJob", "more GPUs or other devices than the QOS allows one job"),
        ("QOSMaxMemoryPerNode", "more memory than the QOS allows one node"),
        ("QOSMaxWallDurationPerJobLimit", "more time than the QOS allows one job"),
        ("QOSMaxCpuMinutesPerJobLimit", "computing time (cores) than the QOS allows one job"),
        ("QOSMinCpuNotSatisfied", "less than the QOS demands (cores)"),
        ("Error", "will not try again"),
        ("Hold", "on hold"),
    ],
)
def test_what_it_means_is_said(reason: str, words: str) -> None:
    assert words in sentence(reason)


@pytest.mark.parametrize(
    "reason", ["ReasonOfNextYear", "AssocGrpQuarksLimit", "job held by policy of the site", "|"]
)
def test_what_nobody_knows_is_shown_as_it_is(reason: str) -> None:
    assert sentence(reason) == f"The scheduler says: {reason}."
