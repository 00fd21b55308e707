"""agent.toml: what is in it, and every mistake told with its cure."""

import os
import re
from pathlib import Path

import pytest

from hub_config.agent import Failure
from hub_config.agent.policy import Policy, load
from hub_config.schedulers.script import stock_template

RUN_AS = "user" if os.geteuid() == 0 else "self"
LEAST = f'scheduler = "slurm"\nlauncher = "/opt/berth/bin/berth-singleuser"\nrun_as = "{RUN_AS}"\n'


def written(folder: Path, text: str) -> Path:
    file = folder / "agent.toml"
    file.write_text(text)
    return file


def test_what_is_not_written_has_a_default(tmp_path: Path) -> None:
    assert load(written(tmp_path, LEAST)) == Policy(
        scheduler="slurm",
        launcher="/opt/berth/bin/berth-singleuser",
        run_as=RUN_AS,
        template=stock_template(),
    )


def test_everything_can_be_written(tmp_path: Path) -> None:
    script = tmp_path / "job.sh"
    script.write_text("#!/bin/sh\n@LAUNCHER@ @SPAWN_FILE@\n")
    policy = load(
        written(
            tmp_path,
            LEAST + 'bin_dir = "/opt/slurm/bin"\nmin_uid = 500\ndeny_users = ["guest"]\n'
            'partitions = ["shared", "gpu"]\ntimeout = 40\nspawn_dir = ".berth"\n'
            f'job_script = "{script}"\n[environment]\nSLURM_CONF = "/etc/slurm/slurm.conf"\n',
        )
    )
    assert (policy.bin_dir, policy.min_uid, policy.timeout) == ("/opt/slurm/bin", 500, 40)
    assert (policy.deny_users, policy.partitions) == (("guest",), ("shared", "gpu"))
    assert policy.environment == {"SLURM_CONF": "/etc/slurm/slurm.conf"}
    assert policy.template == script.read_text()


def test_callers_may_do_what_their_lists_say(tmp_path: Path) -> None:
    callers = '[callers]\nberth = ["submit", "cancel", "query"]\nwatcher = ["query"]\n'
    policy = load(written(tmp_path, LEAST + callers), served=True)
    assert policy.callers == {"berth": ("submit", "cancel", "query"), "watcher": ("query",)}


def test_a_served_agent_has_to_know_its_callers(tmp_path: Path) -> None:
    file = written(tmp_path, LEAST)
    assert load(file).callers == {}
    with pytest.raises(Failure, match=r"callers is missing: write \[callers\] and a line"):
        load(file, served=True)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("scheduler = ", "not TOML"),
        ('launcher = "/x"', "scheduler is missing"),
        ('scheduler = "slurm"', "launcher is missing"),
        (LEAST + 'sheduler = "slurm"', "unknown key 'sheduler': known are bin_dir"),
        (LEAST + 'template = "x"', "unknown key 'template'"),
        (LEAST.replace("slurm", "pbs"), "scheduler: write one of local, slurm"),
        (LEAST.replace("/opt", "opt"), "launcher: write an absolute path"),
        (LEAST + 'bin_dir = "bin"', "bin_dir: write an absolute path"),
        (LEAST + "min_uid = 0", "min_uid: write a whole number from 1 on"),
        (LEAST + "min_uid = true", "min_uid"),
        (LEAST + 'deny_users = "root"', "deny_users: write a list of user names"),
        (LEAST + "partitions = [1]", "partitions: write a list of partitions"),
        (LEAST + "timeout = 0", "timeout: write a whole number of seconds from 1 to 300"),
        (LEAST + "timeout = 2.5", "timeout"),
        (LEAST + 'spawn_dir = "/tmp"', "spawn_dir: write a path below the home"),
        (LEAST + 'spawn_dir = "../x"', "spawn_dir"),
        (LEAST + 'spawn_dir = ""', "spawn_dir"),
        (LEAST + 'environment = {"A B" = "x"}', "environment: write a table"),
        (LEAST + "environment = {A = 1}", "environment"),
        (LEAST + 'environment = "A=b"', "environment"),
        (LEAST + 'job_script = "/nonexistent"', "/nonexistent: No such file or directory"),
        (LEAST.replace(RUN_AS, "root"), 'run_as: write "user" or "self"'),
        (LEAST + "[callers]", "callers: write [callers] and a line for each account"),
        (LEAST + "callers = 1", "callers: write"),
        (LEAST + 'callers = ["berth"]', "callers: write"),
        (LEAST + '[callers]\nberth = "submit"', "callers: write"),
        (LEAST + "[callers]\nberth = []", "callers: write"),
        (LEAST + '[callers]\nberth = ["submit", "shell"]', "callers: write"),
        (LEAST + '[callers]\nroot = ["query"]', "callers: write"),
        (LEAST + '[callers]\n"a b" = ["query"]', "callers: write"),
    ],
)
def test_a_mistake_is_told_with_its_cure(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(Failure) as failure:
        load(written(tmp_path, text))
    assert complaint in str(failure.value)
    assert "/nonexistent" in complaint or str(tmp_path / "agent.toml") in str(failure.value)


def test_a_job_script_with_a_mistake_is_told_before_anybody_uses_it(tmp_path: Path) -> None:
    script = tmp_path / "job.sh"
    script.write_text("#!/bin/sh\n@LAUNCHR@ @SPAWN_FILE@\n")
    with pytest.raises(Failure, match=f"{script}: @LAUNCHR@ means nothing: known are @LAUNCHER@"):
        load(written(tmp_path, LEAST + f'job_script = "{script}"'))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"agent\.toml: No such file or directory"):
        load(tmp_path / "agent.toml")


def test_the_local_scheduler_serves_one_account_only(tmp_path: Path) -> None:
    wrong = LEAST.replace("slurm", "local").replace('"self"', '"user"')
    with pytest.raises(Failure, match="run_as"):
        load(written(tmp_path, wrong))


def test_who_may_run_jobs_as_whom_depends_on_who_we_are(tmp_path: Path) -> None:
    other = "self" if RUN_AS == "user" else "user"
    with pytest.raises(Failure, match="run_as"):
        load(written(tmp_path, LEAST.replace(RUN_AS, other)))


def test_the_example_of_the_document_is_good(tmp_path: Path) -> None:
    document = Path(__file__).parents[2] / "docs" / "agent.md"
    [example] = re.findall(r"```toml\n(.*?)```", document.read_text(), re.DOTALL)
    policy = load(written(tmp_path, f'run_as = "{RUN_AS}"\n{example}'), served=True)
    assert policy.callers["watcher"] == ("query",)
