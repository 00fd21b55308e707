"""What is refused by the hub, and what Slurm itself refuses: with words, without jobs."""

from typing import Any

import pytest

from tests.support.centre import Centre, spawn_files
from tests.support.hubs import Visitor, until

ADVANCED = {"profile": "advanced", "partition": "shared", "account": "bm0146"}
FORGED: dict[str, dict[str, Any]] = {
    "account": {**ADVANCED, "account": "ab1234"},
    "someone's account": {**ADVANCED, "account": "miklip"},
    "partition": {**ADVANCED, "partition": "root"},
    "cores": {**ADVANCED, "cores": 72},
    "memory": {**ADVANCED, "memory": "500G"},
    "walltime": {**ADVANCED, "walltime": "13h"},
    "qos": {**ADVANCED, "qos": "training"},
    "reservation": {**ADVANCED, "reservation": "nobodys"},
    "constraint": {**ADVANCED, "constraint": "a100"},
    "memory of a preset": {"profile": "shared-1", "account": "bm0146", "memory": "500G"},
    "command": {"profile": "shared-1", "account": "bm0146", "cmd": ["/bin/sh"]},
    "unknown profile": {"profile": "bogus"},
    "locked profile": {"profile": "miklip-1", "account": "bm0146"},
    "no account": {"profile": "shared-1"},
    "nothing": {},
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_request_is_400_and_nothing_is_queued(
    centre: Centre, alice: Visitor, case: str
) -> None:
    response = alice.start("preset", FORGED[case])
    assert response.status_code == 400, response.text
    assert centre.bed.squeue("alice") == []


def test_72_cores_on_shared_is_refused_with_the_limit(centre: Centre, alice: Visitor) -> None:
    response = alice.submit_form("advanced", {**ADVANCED, "cores": "72"})
    assert response.status_code == 400
    assert "48" in response.text
    assert "you asked for 72" in response.text
    assert 'value="72"' in response.text
    assert centre.bed.squeue("alice") == []


def test_a_missing_account_is_a_message_at_its_field(centre: Centre, alice: Visitor) -> None:
    response = alice.submit_form("preset", {"profile": "shared-1"})
    assert response.status_code == 400
    assert "Choose the account" in response.text
    assert centre.bed.squeue("alice") == []


def test_what_only_slurm_can_refuse_is_shown_in_its_words(centre: Centre, alice: Visitor) -> None:
    """Alice may charge mh0010, but the accounting allows it on partition shared alone."""
    answers = {"profile": "advanced", "partition": "compute", "account": "mh0010"}
    response = alice.submit_form("advanced", answers)
    words = "Invalid account or account/partition combination specified"
    if response.status_code == 302:  # sbatch took longer than JupyterHub waits for a page
        until(lambda: words in alice.failure("advanced"), "sbatch's words on the page")
    else:
        assert response.status_code == 400
        assert words in response.text
        assert 'value="mh0010" selected' in response.text
    assert centre.bed.squeue("alice") == []


def test_a_user_without_accounts_is_told_so(centre: Centre, unix_users: dict[str, str]) -> None:
    dave = centre.hub.visitor("dave", unix_users["dave"])
    response = dave.submit_form("preset", {"profile": "shared-1"})
    assert response.status_code == 400
    assert "You have no account on this system yet" in response.text
    dave.close()


def test_a_job_that_waits_says_why_and_cancel_empties_the_queue(
    centre: Centre, alice: Visitor
) -> None:
    """QOS express is for half an hour at most: two hours wait for ever."""
    alice.start("advanced", {**ADVANCED, "qos": "express", "walltime": "2h"})
    until(lambda: centre.jobs("alice"), "the job in the queue")
    events = alice.events("advanced", "QOSMaxWallDurationPerJobLimit")
    assert "waiting in partition shared" in events
    assert alice.stop("advanced").status_code in (202, 204)
    alice.wait_stopped("advanced")
    centre.bed.wait_empty("alice")


def test_scancel_from_outside_ends_the_wait(centre: Centre, alice: Visitor) -> None:
    before = spawn_files("alice")
    alice.start("advanced", {**ADVANCED, "qos": "express", "walltime": "2h"})
    until(lambda: centre.jobs("alice"), "the job in the queue")
    centre.bed.cancel_all()
    until(lambda: "It was cancelled" in alice.failure("advanced"), "the reason on the page")
    until(lambda: spawn_files("alice") <= before, "the end of its spawn file")
