"""Why a server is not there: what is said of it, and what to try, by its cause."""

import time

import pytest

from hub_config.pages.failure import UNTOLD, failure
from hub_config.refusal import SpawnRefused
from tests.pages.scenes_waiting import EARLY, REFUSED, broken, ended

LOG = {"log": "", "request": {}}


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"state": "OUT_OF_MEMORY"}, "choose more memory"),
        ({"state": "FAILED", "log": "slurmstepd: error: Detected 1 oom_kill event"}, "more memory"),
        ({"state": "FAILED", "log": "OSError: [Errno 122] Disk quota exceeded"}, "move some files"),
        ({"state": "TIMEOUT"}, "choose more time"),
        ({"state": "NODE_FAIL"}, "another node"),
        ({"state": "BOOT_FAIL"}, "another node"),
        ({"state": "CANCELLED", "by": "root"}, "ask who did"),
        ({"state": "PREEMPTED"}, "another partition or QOS"),
        ({"state": "DEADLINE"}, "choose less time"),
        ({"state": "REFUSED"}, "account, partition, QOS and amounts"),
        ({"state": "FAILED"}, "Retry with the same options"),
        ({"state": ""}, "Retry with the same options"),
    ],
)
def test_what_to_try_follows_from_the_cause(changes: dict[str, str], advice: str) -> None:
    found = failure(ended(**LOG | changes), EARLY)
    assert found and len(found.advice) == 1
    assert advice in found.advice[0]


@pytest.mark.parametrize(
    ("reason", "advice"), [("timeout", "Ask for less"), ("http", "the job's log")]
)
def test_a_start_that_was_given_up_says_why(reason: str, advice: str) -> None:
    message = "Job 4711 was not ready after 1:00:00. It is cancelled."
    entry = ended(**LOG, state="CANCELLED", message=message, want_end=True)
    found = failure(entry, SpawnRefused(message, reason=reason))
    assert found and found.what == message
    assert advice in found.advice[-1]


@pytest.mark.parametrize(
    ("log", "port", "script"),
    [
        ("Reading ~/setup.sh\nboom", 0, "~/setup.sh"),
        ("boom", 0, ""),
        ("boom\n" * 20, 0, "~/setup.sh"),
        ("b" * 8000, 0, "~/setup.sh"),
        ("boom\n" * 20, 40000, ""),
    ],
)
def test_a_script_that_prints_much_can_still_be_left_out(log: str, port: int, script: str) -> None:
    """Only the end of a log is kept, without what the launcher wrote before the script."""
    entry = ended(state="FAILED", log=log, port=port, request={"user_script": "~/setup.sh"})
    found = failure(entry, None if port else EARLY)
    assert found and found.script == script


@pytest.mark.parametrize(
    ("changes", "unsettled"),
    [({}, True), ({"by": "root"}, False), ({"want_end": True}, False),
     ({"state": "TIMEOUT"}, False),
     ({"ended": 1.0}, False)],
)  # fmt: skip
def test_who_cancelled_it_may_be_told_in_a_moment(
    changes: dict[str, object], unsettled: bool
) -> None:
    entry = ended(**{"state": "CANCELLED", "ended": time.time(), **changes})
    found = failure(entry, EARLY)
    assert found and found.unsettled is unsettled
    assert ("data-refresh" in broken(entry, EARLY)) is unsettled


def test_a_refusal_of_the_hub_itself_is_of_no_job() -> None:
    found = failure(ended(), SpawnRefused("Choose the account: it is needed.", reason="options"))
    assert found and found.what == "Choose the account: it is needed."
    assert (found.job_id, found.words, found.log, found.advice) == ("", "", "", ())


def test_what_nobody_can_explain_is_not_made_up() -> None:
    found = failure(None, RuntimeError("/srv/berth is full"))
    assert found and found.what == UNTOLD


def test_an_end_that_was_wanted_is_no_failure() -> None:
    assert failure(None, None) is None
    assert failure(ended(message="", state="CANCELLED", want_end=True), None) is None
    assert failure(ended(ended=None), None) is None, "it lives"


def test_the_schedulers_words_are_its_own() -> None:
    found = failure(REFUSED, None)
    assert found and found.words == REFUSED.message
    other = failure(ended(state="FAILED", reason="NonZeroExitCode"), None)
    assert other and other.words == "FAILED (NonZeroExitCode)"
