"""The agent tells what a home directory is, and whether it is there."""

import json
import os
import pwd
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from hub_config.agent import home
from hub_config.agent.identity import Identity
from hub_config.agent.policy import Policy
from hub_config.agent.verbs import handle
from hub_config.schedulers.script import stock_template

ASK = {"verb": "query", "what": "home", "user": "alice"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A home directory of the test's own."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def ask(folder: Path, request: dict[str, Any], **settings: Any) -> dict[str, Any]:
    entry = pwd.getpwuid(os.geteuid())
    me = Identity(entry.pw_name, entry.pw_uid, entry.pw_gid, (), PurePosixPath(folder))
    policy = Policy(
        scheduler="local", launcher="/bin/true", template=stock_template(),
        **{"run_as": "self", **settings},
    )  # fmt: skip
    return handle(request, me, policy)


def told(answer: dict[str, Any]) -> Any:
    assert answer["code"] == 0, answer
    return json.loads(answer["out"])


def test_a_home_that_is_there(folder: Path) -> None:
    where = str(folder)
    assert told(ask(folder, ASK)) == {"home": where, "real": where, "there": True}


def test_a_home_that_is_not(folder: Path) -> None:
    folder.rmdir()
    assert told(ask(folder, ASK))["there"] is False


def test_a_home_that_leads_elsewhere(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert told(ask(link, ASK)) == {"home": str(link), "real": str(folder), "there": True}
    shutil.rmtree(folder)
    assert told(ask(link, ASK))["there"] is False


def test_a_home_that_cannot_be_looked_at_is_not_missing(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert told(ask(loop, ASK))["there"] is True


def test_an_account_that_nobody_knows(folder: Path) -> None:
    unknown = {**ASK, "user": "nobody-has-this-name"}
    assert told(ask(folder, unknown, run_as="user")) == {}


def test_accounts_that_have_no_jobs_have_no_homes_either(folder: Path) -> None:
    answer = ask(folder, {**ASK, "user": "root"}, run_as="user")
    assert answer == {"refused": "jobs are not run as root"}


def test_who_may_not_query_is_told_nothing(folder: Path) -> None:
    name = pwd.getpwuid(os.geteuid()).pw_name
    assert "refused" in ask(folder, ASK, callers={name: ("submit",)})


@pytest.mark.parametrize(
    "changes", [{"user": "../etc"}, {"user": ""}, {"user": 7}, {"path": "/etc"}, {"job_ids": []}]
)
def test_nothing_but_a_name_can_be_asked_for(folder: Path, changes: dict[str, Any]) -> None:
    assert "refused" in ask(folder, {**ASK, **changes})


def test_the_answer_of_an_account_that_does_not_exist_needs_no_process() -> None:
    assert home.answer(None, 0).out == "{}"
