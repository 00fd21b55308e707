"""The agent as its callers meet it, with the local scheduler and run_as = "self"."""

import os
import pwd
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from hub_config.agent.identity import Identity
from hub_config.agent.policy import Policy
from hub_config.agent.verbs import handle
from hub_config.schedulers.base import Reply
from hub_config.schedulers.local import Local
from hub_config.schedulers.script import stock_template
from tests.agent.requests import CANCEL

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory of the test's own."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def myself(home: Path) -> Identity:
    """Our own account, but at home in the test's folder."""
    entry = pwd.getpwuid(os.geteuid())
    groups = tuple(os.getgroups())
    return Identity(entry.pw_name, entry.pw_uid, entry.pw_gid, groups, PurePosixPath(home))


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Where the local scheduler keeps its records; there only after its tool has run."""
    return tmp_path / "records"


@pytest.fixture
def policy(tmp_path: Path, records: Path) -> Policy:
    """The demo's policy, with a launcher that shows what it was given."""
    launcher = tmp_path / "launcher"
    launcher.write_text('#!/bin/sh\ncat "$1"; echo; env; exec sleep 600\n')
    launcher.chmod(0o755)
    return Policy(
        scheduler="local",
        launcher=str(launcher),
        run_as="self",
        environment={"BERTH_LOCALBATCH_DIR": str(records)},
        template=stock_template(),
    )


@pytest.fixture
def ask(myself: Identity, policy: Policy, records: Path) -> Iterator[Ask]:
    """Ask the agent in this process; jobs that a test leaves are cancelled."""

    def ask(request: object, policy: Policy = policy) -> dict[str, Any]:
        return handle(request, myself, policy)

    yield ask
    if records.exists():
        queue = ask({"verb": "query", "what": "jobs"})
        for job_id in Local().read_jobs(Reply(**queue)):
            ask({**CANCEL, "job_id": job_id})
