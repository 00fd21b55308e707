"""Replies that are damaged: no scheduler takes them for an answer, or falls over them."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config.schedulers.base import Refused, Reply, Scheduler, Unanswered
from tests.contract.recordings import SCHEDULERS, recording

Reader = Callable[[Reply], object]
#: A complete answer of each kind, and who reads it.
ANSWERS: dict[str, tuple[str, str, str]] = {
    "slurm jobs": ("slurm", "squeue-waiting-and-running", "read_jobs"),
    "slurm ended jobs": ("slurm", "squeue-endings", "read_jobs"),
    "slurm endings": ("slurm", "sacct-endings", "read_endings"),
    "slurm queue": ("slurm", "queue-waiting", "read_queue"),
    "slurm partitions": ("slurm", "sinfo-zoo", "read_partitions"),
    "slurm accounts": ("slurm", "sacctmgr-alice", "read_memberships"),
    "slurm shares": ("slurm", "sshare-budgets", "read_shares"),
    "slurm enforcement": ("slurm", "config-limits", "read_enforcement"),
    "slurm reservations": ("slurm", "reservations-two", "read_reservations"),
    "gridengine jobs": ("gridengine", "qstat-many", "read_jobs"),
    "gridengine endings": ("gridengine", "qacct-several", "read_endings"),
    "gridengine queue": ("gridengine", "pending-many", "read_queue"),
    "gridengine partitions": ("gridengine", "queues-busy", "read_partitions"),
    "gridengine accounts": ("gridengine", "projects-people", "read_memberships"),
    "local jobs": ("local", "jobs-two", "read_jobs"),
    "local partitions": ("local", "partitions", "read_partitions"),
}
HEADLESS = {"local partitions", "gridengine accounts"}
XML = {"gridengine jobs", "gridengine queue", "gridengine partitions"}
SETTINGS = {"slurm enforcement"}
"""One line tells; those around it are the settings of every version in another way."""
GARBAGE = {
    "empty": "",
    "one line feed": "\n",
    "zeroes": "\0" * 100 + "\n",
    "binary": bytes(range(256)).decode("latin-1") + "\n",
    "not UTF-8": b"\xff\xfe\x80".decode(errors="replace") + "\n",
    "a page": "<html>\n<body>502 Bad Gateway</body>\n</html>\n",
    "bars": "|" * 20 + "\n",
    "huge": "x" * 2**20 + "\n",
    "huge and many lines": "12|x\n" * 2**18,
    "another locale": "AUFTRAG|ZUSTAND|BENUTZER\n",
}


def answer(kind: str) -> tuple[Reply, Reader]:
    scheduler, name, reader = ANSWERS[kind]
    read: Reader = getattr(SCHEDULERS[scheduler], reader)
    return recording(scheduler, name).reply, read


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_whole_answer_is_read(kind: str) -> None:
    reply, read = answer(kind)
    assert read(reply)


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_cut_off_within_a_line_tells_nothing(kind: str) -> None:
    reply, read = answer(kind)
    for end in range(len(reply.out)):
        if end and reply.out[end - 1] == "\n":
            continue  # nobody can see that lines are missing: absence counts only when seen twice
        with pytest.raises(Unanswered):
            read(Reply(0, reply.out[:end], ""))


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_with_its_beginning_missing_tells_nothing(kind: str) -> None:
    reply, read = answer(kind)
    first_line = reply.out.index("\n")
    for start in range(1, first_line):
        if kind in HEADLESS:
            continue  # what is missing of a name cannot be seen
        with pytest.raises(Unanswered):
            read(Reply(0, reply.out[start:], ""))


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_tells_nothing(kind: str, garbage: str) -> None:
    _, read = answer(kind)
    with pytest.raises(Unanswered):
        read(Reply(0, garbage, ""))


@pytest.mark.parametrize("kind", sorted(ANSWERS.keys() - SETTINGS))
@pytest.mark.parametrize("garbage", ["Segmentation fault", "x" * 100, "12|x", "\t"])
def test_garbage_between_good_lines_tells_nothing(kind: str, garbage: str) -> None:
    reply, read = answer(kind)
    if kind in XML and not garbage.strip():
        return  # an empty line means nothing there
    lines = reply.out.splitlines()
    for place in range(1, len(lines) + 1):
        with pytest.raises(Unanswered):
            read(Reply(0, "\n".join([*lines[:place], garbage, *lines[place:]]) + "\n", ""))


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize(
    ("code", "err"), [(1, ""), (-15, ""), (0, "slurm_load: error: half of it is missing\n")]
)
def test_a_good_answer_of_a_command_that_failed_tells_nothing(
    kind: str, code: int, err: str
) -> None:
    reply, read = answer(kind)
    with pytest.raises(Unanswered):
        read(Reply(code, reply.out, err))


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_warning_beside_a_good_answer_does_no_harm(kind: str) -> None:
    reply, read = answer(kind)
    assert read(Reply(0, reply.out, "sudo: unable to resolve host hub\n")) == read(reply)


@pytest.mark.parametrize("scheduler", SCHEDULERS.values(), ids=SCHEDULERS)
@given(code=st.sampled_from([0, 0, 1, -9]), out=st.text(), err=st.text())
def test_any_reply_is_read_or_refused_or_unanswered(
    scheduler: Scheduler, code: int, out: str, err: str
) -> None:
    reply = Reply(code, out, err)
    for reader in (
        scheduler.read_submit,
        scheduler.read_jobs,
        scheduler.read_cancel,
        scheduler.read_estimate,
        scheduler.read_note,
        scheduler.read_endings,
        scheduler.read_queue,
        scheduler.read_partitions,
        scheduler.read_memberships,
        scheduler.read_shares,
        scheduler.read_enforcement,
        scheduler.read_reservations,
    ):
        try:
            reader(reply)
        except (Refused, Unanswered) as said:
            assert str(said)
