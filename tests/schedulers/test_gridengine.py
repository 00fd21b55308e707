"""Grid Engine's commands and replies, value by value. Whole recorded replies: tests/contract/."""

from itertools import pairwise
from typing import Any

import pytest

from hub_config.schedulers.base import Phase, Refused, Reply, Unanswered
from hub_config.schedulers.gridengine import GridEngine
from hub_config.schedulers.gridjobs import job_name, phase
from tests.schedulers.requests import UUID, submission

GRID = GridEngine("/opt/sge/bin", {"memory": "rmem", "gpu": "ngpus"})
# sge_status(5), JOB STATE, and those with an "N" of its suspension by preemption.
STATES = {
    Phase.PENDING: "qw Rq hqw hRwq Eqw Ehqw EhRqw t Rt",
    Phase.RUNNING: "r hr Rr s ts S tS T tT Rs Rts RS RtS RT RtT N P",
    Phase.ENDING: "dr dt dRr dRt ds dS dT dRs dRS dRT",
    Phase.ENDED: "z",
    Phase.UNKNOWN: "x rx qwX ?",
}
HEAD = "<?xml version='1.0'?>\n"
EMPTY = "<job_info>\n  <queue_info>\n  </queue_info>\n  <job_info>\n  </job_info>\n</job_info>\n"


def options(**fields: Any) -> dict[str, str]:
    """Return the options of a submission that take a value."""
    argv = GRID.submit(submission(**fields)).argv
    return {name: value for name, value in pairwise(argv) if name.startswith("-")}


def row(name: str, state: str = "r", job_id: str = "1", more: str = "") -> str:
    return (
        f"<job_list state='running'><JB_job_number>{job_id}</JB_job_number>"
        f"<JB_name>{name}</JB_name><JB_owner>alice</JB_owner><state>{state}</state><queue_name>a.q@n1</queue_name>{more}"
        "</job_list>"
    )


def listed(*rows: str, head: str = HEAD) -> Reply:
    text = f"<job_info><queue_info>{''.join(rows)}</queue_info><job_info></job_info></job_info>\n"
    return Reply(0, head + text, "")


def test_a_full_request_is_one_option_per_value_and_nothing_else() -> None:
    command = GRID.submit(
        submission(
            partition="gpu.q",
            cores=3,
            memory=1000,
            walltime=93784,
            gpus=1,
            account="rse",
            reservation="12",
            parallel_environment="smp",
            mail="alice@example.org",
            log_name="my.log",
            environment=(("FOO", "bar"),),
        )
    )
    assert command.argv == (
        "/opt/sge/bin/qsub", "-terse", "-b", "n", "-C", "", "-notify", "-r", "n", "-j", "y",
        "-N", f"berth-{UUID}",
        "-S", "/usr/bin/env",
        "-o", "/home/alice/my.log_$JOB_ID.log",
        "-wd", "/home/alice",
        "-q", "gpu.q",
        "-l", "h_rt=93784,rmem=334M,ngpus=1",
        "-P", "rse",
        "-ar", "12",
        "-M", "alice@example.org",
        "-m", "ea",
        "-pe", "smp", "3",
        "-w", "e",
    )  # fmt: skip
    assert command.stdin.startswith("#!/bin/bash -p\n")


def test_what_is_not_asked_for_is_not_there() -> None:
    assert set(options()) == {
        "-terse", "-b", "-C", "-notify", "-r", "-j", "-N", "-S", "-o", "-wd", "-q", "-l", "-w",
    }  # fmt: skip
    assert options()["-l"] == "h_rt=3600,rmem=512M"
    assert "-q" not in options(partition="any")
    assert options(mail="a@b.org")["-m"] == "ea"


def test_nothing_is_exported() -> None:
    argv = GRID.submit(submission(environment=(("SECRET", "x"),))).argv
    assert not {"-V", "-v", "-ac", "-A"} & set(argv)
    assert "SECRET" not in " ".join(argv)


def test_resources_have_usual_names_where_the_site_has_no_others() -> None:
    argv = GridEngine().submit(submission(gpus=2)).argv
    assert "h_rt=3600,mem_free=512M,gpu=2" in argv


@pytest.mark.parametrize("cores", [1, 2, 7, 40])
def test_memory_of_all_slots_is_no_less_than_asked_for(cores: int) -> None:
    asked = options(cores=cores, memory=1000, parallel_environment="smp")["-l"]
    per_slot = int(asked.partition("rmem=")[2].removesuffix("M"))
    assert 1000 <= per_slot * cores < 1000 + cores


def test_several_cores_ask_for_an_environment_even_if_none_was_chosen() -> None:
    assert options(cores=2)["-pe"] == "none-chosen"
    assert options(cores=1, parallel_environment="smp")["-pe"] == "smp"


@pytest.mark.parametrize(
    ("meaning", "state"), [(m, s) for m, states in STATES.items() for s in states.split()]
)
def test_states(meaning: Phase, state: str) -> None:
    assert phase(state) is meaning


@pytest.mark.parametrize(
    ("name", "server", "port"),
    [
        (f"berth-{UUID}", "", 0),
        (f"berth-{UUID}.preset", "preset", 0),
        (f"berth-{UUID}.gpu-work.40123", "gpu-work", 40123),
        (f"berth-{UUID}..40123", "", 40123),
    ],
)
def test_a_name_says_whose_server_it_is_and_where(name: str, server: str, port: int) -> None:
    assert job_name(UUID, server, port) == name
    job = GRID.read_jobs(listed(row(name)))["1"]
    assert (job.uuid, job.server, job.port) == (UUID, server, port)
    assert (job.host, job.partition) == ("n1", "a.q")


@pytest.mark.parametrize(
    "name", ["berth", "berth-", f"xberth-{UUID}", f"berth-{UUID}x", f"berth-{UUID}.A", "berth-0"]
)
def test_jobs_of_others_are_left_out(name: str) -> None:
    assert GRID.read_jobs(listed(row(name))) == {}


@pytest.mark.parametrize(
    "broken",
    [
        row(f"berth-{UUID}", state=""),
        row(f"berth-{UUID}", job_id=""),
        row(f"berth-{UUID}", job_id="-1"),
        row("thesis", job_id="1x"),
        "<job/>",
        "words",
    ],
)
def test_a_row_that_is_none_makes_the_answer_none(broken: str) -> None:
    with pytest.raises(Unanswered):
        GRID.read_jobs(listed(row(f"berth-{UUID}"), broken))


def test_entities_of_somebodys_own_are_refused() -> None:
    doctype = HEAD + '<!DOCTYPE job_info [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>\n'
    with pytest.raises(Unanswered):
        GRID.read_jobs(listed(row("&b;"), head=doctype))
    with pytest.raises(Unanswered):
        GRID.read_jobs(listed(row(f"berth-{UUID}"), head=HEAD + "<!DOCTYPE job_info>\n"))


def test_an_empty_cell_is_an_answer_for_jobs_and_none_for_queues() -> None:
    reply = Reply(0, HEAD + EMPTY, "")
    assert GRID.read_jobs(reply) == {}
    assert GRID.read_queue(reply) == {}
    with pytest.raises(Unanswered):
        GRID.read_partitions(reply)


@pytest.mark.parametrize("text", ["", "x", "9" * 12, "-5"])
def test_an_odd_time_limit_is_no_end(text: str) -> None:
    more = f"<JAT_start_time>2026-11-21T15:41:51</JAT_start_time><hard_request name='h_rt'>{text}"
    job = GRID.read_jobs(listed(row(f"berth-{UUID}", more=more + "</hard_request>")))["1"]
    assert (job.start, job.end) == ("2026-11-21T15:41:51", "")


@pytest.mark.parametrize(
    "words",
    [
        "Unable to run job: got no response from JSV script",
        "Unable to run job: unable to send message to qmaster using port 1 on host: got send error",
        "Unable to run job: Error reading answer list from qmaster",
        "error: commlib error: got select error (Connection refused)",
        "",
    ],
)
def test_what_may_have_left_a_job_is_no_refusal(words: str) -> None:
    with pytest.raises(Unanswered):
        GRID.read_submit(Reply(1, "", f"{words}\nExiting.\n"))


def test_reasons_of_a_dry_run_are_kept_whole() -> None:
    err = (
        'Unable to run job: Job 13 cannot run in queue "gpu.q" because it is not contained in its'
        " hard queue list (-q)\nverification: no suitable queues\nExiting.\n"
    )
    with pytest.raises(Refused) as refused:
        GRID.read_submit(Reply(1, "", err))
    assert "gpu.q" in str(refused.value)


def test_one_job_is_looked_up_by_its_number_and_several_by_their_name() -> None:
    assert GRID.endings(("12",)).argv == ("/opt/sge/bin/qacct", "-j", "12")
    assert GRID.endings(("12", "13")).argv[2:] == ("berth-*", "-E", "-d", "2")
