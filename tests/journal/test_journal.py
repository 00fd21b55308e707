"""Lines for the journal: whose server, which job, which priority."""

import logging
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from hub_config import journal
from hub_config.journal import JournalFormatter, ServerLog, WithoutRefusals


class Refusal(Exception):
    """In the place of SpawnRefused."""


def record(level: int = logging.INFO, text: str = "text", module: str = "x") -> logging.LogRecord:
    return logging.LogRecord("JupyterHub", level, f"/{module}.py", 7, text, None, None)


def spawner(name: str, job_id: str) -> SimpleNamespace:
    return SimpleNamespace(user=SimpleNamespace(name="alice"), name=name, job_id=job_id)


@pytest.mark.parametrize(
    ("name", "job_id", "suffix"),
    [
        ("gpu", "4711", "[alice/gpu job 4711]"),
        ("gpu", "", "[alice/gpu]"),
        ("", "4711", "[alice/ job 4711]"),
        ("100%", "", "[alice/100%]"),
    ],
)
def test_a_line_about_a_server_says_whose_and_which(
    name: str, job_id: str, suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    about = spawner(name, job_id)
    log = ServerLog(logging.getLogger("berth.test"), journal.log_of(about)._who)
    with caplog.at_level(logging.INFO, "berth.test"):
        log.info("Listens on %s:%i", "node1", 4000)
    assert caplog.messages == [f"Listens on node1:4000 {suffix}"]


def test_the_job_is_asked_anew_for_each_line(caplog: pytest.LogCaptureFixture) -> None:
    about = spawner("gpu", "")
    log = ServerLog(logging.getLogger("berth.test"), journal.log_of(about)._who)
    with caplog.at_level(logging.INFO, "berth.test"):
        log.info("Submitting")
        about.job_id = "4711"
        log.info("Submitted")
    assert caplog.messages == ["Submitting [alice/gpu]", "Submitted [alice/gpu job 4711]"]


@pytest.mark.parametrize(
    ("level", "priority"),
    [(logging.DEBUG, 7), (logging.INFO, 6), (logging.WARNING, 4), (logging.ERROR, 3),
     (logging.CRITICAL, 2)],
)  # fmt: skip
def test_each_line_has_its_priority_and_no_time(level: int, priority: int) -> None:
    text = JournalFormatter("%(asctime)s", "%Y").format(record(level, "first\nsecond"))
    lines = text.splitlines()
    assert lines[0] == f"<{priority}>JupyterHub x:7  first"
    assert lines[1].startswith(f"<{priority}>")
    assert lines[1].endswith("second")


def test_only_what_goes_to_the_journal_is_formatted_for_it() -> None:
    program = "import sys; from hub_config.journal import to_journal; sys.exit(to_journal())"

    def exit_code(stream: str) -> int:
        with open(os.devnull, "w") as err:  # noqa: PTH123
            status = os.fstat(err.fileno())
            value = stream.format(dev=status.st_dev, ino=status.st_ino)
            env = {"JOURNAL_STREAM": value} if value else {}
            argv = [sys.executable, "-c", program]
            return subprocess.run(argv, env=env, stderr=err, timeout=60, check=False).returncode

    assert exit_code("{dev}:{ino}") == 1
    assert exit_code("{dev}:1") == 0
    assert exit_code("") == 0


def test_upstreams_lines_about_a_refusal_are_dropped_and_no_others() -> None:
    quiet = WithoutRefusals(Refusal)
    assert quiet.filter(record())
    assert not quiet.filter(record(text="Not starting ann's server x: no", module="user"))
    assert quiet.filter(record(text="Not starting", module="elsewhere"))
    for error, kept in ((Refusal(), False), (ValueError(), True)):
        line = record(logging.ERROR, "Failed to spawn")
        line.exc_info = (type(error), error, None)
        assert quiet.filter(line) is kept
