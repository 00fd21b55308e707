"""What is counted: RPCs as slurmctld tells them, and the CPU seconds of processes."""

import os
import subprocess
import sys
from pathlib import Path

from bench.meters import cpu, read_sdiag

PRINTED = Path(__file__).with_name("sdiag.txt").read_text()
BURN = "import time\nwhile time.process_time() < 0.3: pass"


def test_rpcs_are_those_of_the_table_by_type() -> None:
    found = read_sdiag(PRINTED)
    assert found["REQUEST_JOB_INFO_SINGLE"] == 1134
    assert found["REQUEST_SUBMIT_BATCH_JOB"] == 386
    assert not any(name.islower() for name in found)


def test_what_slurms_own_daemons_say_is_left_out() -> None:
    found = read_sdiag(PRINTED)
    assert "MESSAGE_NODE_REGISTRATION_STATUS" in PRINTED
    assert "MESSAGE_NODE_REGISTRATION_STATUS" not in found
    assert "REQUEST_STATS_INFO" not in found


def test_children_that_were_waited_for_count() -> None:
    before = cpu([os.getpid()])
    subprocess.run([sys.executable, "-c", BURN], check=True)
    assert cpu([os.getpid()]) - before >= 0.25
