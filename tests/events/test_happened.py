"""Every way in which a server ends has its outcome, and every event is as its schema says."""

import json
from dataclasses import replace
from typing import Any

import pytest

from hub_config.cluster.entry import Entry
from hub_config.cluster.happened import CLOCKS, Event, happened, moment
from hub_config.events import SCHEMAS, schema_id
from hub_config.model.events import (
    ENDED,
    FAILURES,
    NAMES,
    READY,
    REQUESTED,
    VERSION,
    Outcome,
    is_failure,
)
from hub_config.model.request import JobRequest
from tests.support.eventlog import schema

REQUEST = JobRequest(
    profile="gpu", partition="gpu", cores=4, memory=8192, walltime=7200, application="lab",
    gpus=2, gpu_type="a100",
)  # fmt: skip
ASKED = Entry(uuid="a" * 32, user="ann", server="lab", request=REQUEST.to_json(), created=1000.0)
READ = replace(ASKED, job_id="7", host="n1", port=40000, began=1004.0, ready=1010.5)


def told(entry: Entry) -> dict[str, Event]:
    """Return the events of a row that began as an intent; all are as their schemas say."""
    asked = happened(replace(entry, job_id="", ended=None, ready=None), {})
    events = happened(entry, asked)
    for event in events.values():
        schema(event.name).validate(dict(event.data))
    return events


def ended(entry: Entry, **changes: Any) -> dict[str, Any]:
    return dict(told(replace(entry, ended=2000.0, **changes))[ENDED].data)


def test_an_intent_says_what_was_asked_for() -> None:
    (event,) = told(ASKED).values()
    assert (event.name, event.at) == (REQUESTED, 1000.0)
    assert event.data == {
        "uuid": "a" * 32, "user": "ann", "server": "lab", "profile": "gpu", "kind": "preset",
        "application": "lab", "partition": "gpu", "cores": 4, "memory": 8192, "walltime": 7200,
        "gpus": 2, "gpu_type": "a100",
    }  # fmt: skip


def test_what_was_chosen_field_by_field_says_so() -> None:
    request = replace(REQUEST, profile="advanced").to_json()
    assert told(replace(ASKED, request=request))[REQUESTED].data["kind"] == "advanced"


def test_a_ready_server_says_how_long_it_took_and_how_long_of_that_in_the_queue() -> None:
    event = told(READ)[READY]
    assert event.at == 1010.5
    assert (event.data["waited"], event.data["queued"]) == (10.5, 4.0)


@pytest.mark.parametrize(
    ("began", "queued"),
    [
        (None, None),
        (1000.0 - CLOCKS, 0.0),
        (1000.0 - CLOCKS - 1, None),
        (1010.5 + CLOCKS, 10.5),
        (1010.5 + CLOCKS + 1, None),
    ],
)
def test_the_scheduler_s_clock_may_be_a_little_off(
    began: float | None, queued: float | None
) -> None:
    assert told(replace(READ, began=began))[READY].data["queued"] == queued


ENDS = [
    ("COMPLETED", "finished"),
    ("TIMEOUT", "timeout"),
    ("DEADLINE", "timeout"),
    ("FAILED", "failed"),
    ("OUT_OF_MEMORY", "out_of_memory"),
    ("NODE_FAIL", "node_failure"),
    ("BOOT_FAIL", "node_failure"),
    ("PREEMPTED", "preempted"),
    ("CANCELLED", "cancelled"),
    ("REFUSED", "refused"),
    ("REVOKED", "failed"),
    ("A_WORD_OF_TOMORROW", "failed"),
    ("", "lost"),
]


@pytest.mark.parametrize(("state", "outcome"), ENDS)
def test_an_end_that_nobody_wished_is_what_the_scheduler_says(state: str, outcome: str) -> None:
    assert ended(READ, state=state)["outcome"] == outcome


def test_a_server_that_was_never_ready_has_not_finished() -> None:
    end = ended(ASKED, job_id="7", state="COMPLETED")
    assert (end["outcome"], end["ready"], end["lasted"]) == ("failed", False, None)


def test_a_ready_server_that_is_stopped_says_how_long_it_was_there() -> None:
    end = ended(READ, want_end=True, state="CANCELLED")
    assert (end["outcome"], end["ready"], end["lasted"]) == ("stopped", True, 989.5)


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("", "withdrawn"),
        ("timeout", "start_timeout"),
        ("http", "no_answer"),
        ("job", "stuck"),
        ("scheduler", "lost"),
    ],
)
def test_why_a_start_was_given_up(reason: str, outcome: str) -> None:
    end = ended(ASKED, want_end=True, gave_up=reason, state="CANCELLED")
    assert (end["outcome"], end["ready"]) == (outcome, False)


@pytest.mark.parametrize(("by", "other"), [("", False), ("ann", False), ("root", True)])
def test_who_cancelled_it_is_not_named(by: str, other: bool) -> None:
    end = ended(READ, state="CANCELLED", by=by)
    assert end["by_other"] is other
    assert "root" not in json.dumps(end)


def test_of_a_job_of_before_its_row_only_the_end_is_told() -> None:
    taken_over = replace(READ, request={}, ready=1500.0)
    assert happened(taken_over, {}) == {}
    events = happened(replace(taken_over, ready=None, want_end=True, ended=2000.0), {})
    assert list(events) == [ENDED]
    end = events[ENDED].data
    assert (end["outcome"], end["ready"], end["lasted"]) == ("stopped", True, None)
    schema(ENDED).validate(dict(end))


def test_what_an_earlier_release_has_taken_from_the_row_is_still_in_the_log() -> None:
    known = told(READ)
    events = happened(replace(READ, ready=None, began=None, want_end=True, ended=2000.0), known)
    assert events[READY] == known[READY]
    assert (events[ENDED].data["outcome"], events[ENDED].data["lasted"]) == ("stopped", 989.5)


def test_the_closed_list_is_that_of_the_schema_and_every_outcome_comes_about() -> None:
    listed = schema(ENDED).properties["outcome"]["enum"]
    assert listed == [outcome.value for outcome in Outcome]
    given_up = {"stopped", "withdrawn", "start_timeout", "no_answer", "stuck"}
    assert {outcome for _, outcome in ENDS} | given_up == set(listed)


def test_which_ends_are_failures() -> None:
    assert all(is_failure(outcome, ready) for outcome in FAILURES for ready in (True, False))
    assert not is_failure("timeout", True) and is_failure("timeout", False)
    assert not is_failure("cancelled", True) and is_failure("cancelled", False)
    assert not any(is_failure(o, False) for o in ("finished", "stopped", "withdrawn"))


@pytest.mark.parametrize("name", NAMES)
def test_the_schemas_are_named_after_their_events_and_take_nothing_else(name: str) -> None:
    found = schema(name)
    assert (found.id, str(found.version)) == (schema_id(name), str(VERSION))
    raw = json.loads((SCHEMAS / f"{name}.json").read_text())
    assert raw["additionalProperties"] is False
    assert sorted(raw["required"]) == sorted(raw["properties"])


def test_the_scheduler_s_moments_are_of_this_machine_s_clock() -> None:
    found = moment("2026-11-21T10:00:00")
    assert found is not None
    assert moment("2026-11-21T10:00:30") == found + 30
    assert moment("N/A") is moment("") is None
