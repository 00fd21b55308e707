"""The batch script: filled in, and run for real by bash."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from hub_config.schedulers.script import check_template, job_script, stock_template
from tests.schedulers.requests import UUID, submission

AWKWARD = ["o'neill", "two words", "$HOME", "`id`", "$(id)", 'a"b', "a;b", "a*b", "#a", "@UUID@"]


@pytest.mark.parametrize("name", AWKWARD)
def test_whatever_a_path_holds_it_is_one_quoted_word(name: str) -> None:
    home = f"/home/{name}"
    script = job_script(submission(home=home), "#!/bin/sh\nprintf %s @SPAWN_FILE@\n")
    out = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, timeout=30)
    assert out.stdout == f"{home}/.cache/berth/{UUID}.json"


@pytest.mark.parametrize(
    ("template", "complaint"),
    [("#!/bin/sh\necho @LAUNCHR@\n", "@LAUNCHR@"), ("echo @LAUNCHER@\n", "#!"), ("", "#!")],
)
def test_a_template_with_a_mistake_is_refused(template: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        check_template(template)


def test_our_own_template_has_no_mistake() -> None:
    check_template(stock_template())


class Script:
    """The stock script in a folder of its own, with a launcher the test writes."""

    def __init__(self, folder: Path) -> None:
        self.launcher = folder / "the launcher"
        self.spawn_file = folder / ".cache" / "berth" / f"{UUID}.json"
        self.spawn_file.parent.mkdir(parents=True)
        self.spawn_file.write_text("{}")
        whole = submission(home=str(folder), launcher=str(self.launcher))
        self.file = folder / "script"
        self.file.write_text(job_script(whole, stock_template()))
        self.file.chmod(0o700)

    def start(self, launcher: str | None, **env: str) -> "subprocess.Popen[str]":
        if launcher is not None:
            self.launcher.write_text("#!/bin/bash\n" + launcher)
            self.launcher.chmod(0o700)
        return subprocess.Popen(
            [self.file],
            env={"PATH": "/usr/bin:/bin", **env},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < deadline, f"{file} does not appear"
        time.sleep(0.02)


@pytest.mark.parametrize("code", [0, 3, 127])
def test_the_launchers_exit_code_is_the_jobs_and_the_spawn_file_goes(
    script: Script, code: int
) -> None:
    with script.start(f'test -f "$1" || exit 99; exit {code}') as process:
        process.communicate(timeout=30)
    assert process.returncode == code
    assert not script.spawn_file.exists()


def test_a_launcher_that_is_not_there_is_told(script: Script) -> None:
    with script.start(None) as process:
        process.communicate(timeout=30)
    assert process.returncode == 127
    assert not script.spawn_file.exists()


@pytest.mark.parametrize("whole_group", [True, False], ids=["all processes", "the script alone"])
def test_sigterm_reaches_the_launcher_which_may_take_its_time(
    script: Script, tmp_path: Path, whole_group: bool
) -> None:
    ready = tmp_path / "ready"
    launcher = f"trap 'sleep 0.3; exit 5' TERM; touch '{ready}'; while :; do sleep 0.1; done"
    with script.start(launcher) as process:
        wait_for(ready)
        (os.killpg if whole_group else os.kill)(process.pid, signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 5
    assert not script.spawn_file.exists()


def test_ctrl_c_still_works_in_what_the_launcher_starts(script: Script) -> None:
    # /proc/<pid>/status, proc(5): signals that are ignored are inherited by every child.
    with script.start("grep SigIgn /proc/self/status") as process:
        ignored = int(process.communicate(timeout=30)[0].split()[1], 16)
    assert not ignored >> (signal.SIGINT - 1) & 1
    assert not ignored >> (signal.SIGQUIT - 1) & 1


def test_the_launcher_finds_a_clean_environment(script: Script, tmp_path: Path) -> None:
    startup = tmp_path / "startup"
    startup.write_text("echo BASH_ENV was read\n")
    dirt = {
        "BASH_ENV": str(startup),
        "PYTHONPATH": "/opt",
        "XDG_RUNTIME_DIR": "/run/user/1",
        "LC_ALL": "C",
    }
    with script.start("env", **dirt, SLURM_JOB_ID="7", CUDA_VISIBLE_DEVICES="0") as process:
        out = process.communicate(timeout=30)[0]
    assert "BASH_ENV was read" not in out
    names = {line.partition("=")[0] for line in out.splitlines()}
    assert names.isdisjoint(dirt)
    assert {"SLURM_JOB_ID", "CUDA_VISIBLE_DEVICES"} <= names
