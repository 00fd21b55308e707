"""What the server inherits from the job, and where it works."""

import os
import pwd
from pathlib import Path

import pytest

from hub_config.singleuser import berth_singleuser as launcher

UNWANTED = {
    "XDG_RUNTIME_DIR": "/run/user/0",
    "PYTHONPATH": "/broken",
    "PYTHONHOME": "/broken",
    "PYTHONSTARTUP": "/broken",
    "LD_PRELOAD": "/broken.so",
    "LD_AUDIT": "/broken.so",
    "BASH_ENV": "/broken",
    "ENV": "/broken",
    "JUPYTERHUB_API_TOKEN": "of another hub",
    "JPY_API_TOKEN": "of another hub",
}
WANTED = {
    "SLURM_JOB_ID": "7",
    "CUDA_VISIBLE_DEVICES": "0,1",
    "TMPDIR": "/scratch/7",
    "LD_LIBRARY_PATH": "/opt/lib",
    "JUPYTER_PATH": "/opt/kernels",
    "HOME": "/home/alice",
    "PATH": "/opt/slurm/bin:/usr/bin",
    "BASH_FUNC_module%%": "() { :; }",
}


def test_what_breaks_servers_is_dropped_and_the_rest_is_kept() -> None:
    env = launcher.clean_environment(UNWANTED | WANTED, {})
    assert not UNWANTED.keys() & env.keys()
    assert env.items() >= WANTED.items()


def test_spawn_file_wins_over_the_job() -> None:
    inherited = {"HOME": "/home/alice", "http_proxy": "http://old:1"}
    env = launcher.clean_environment(inherited, {"http_proxy": "http://new:1"})
    assert env["http_proxy"] == "http://new:1"


def test_user_site_is_not_hidden_from_kernels() -> None:
    assert "PYTHONNOUSERSITE" not in launcher.clean_environment({"HOME": "/home/alice"}, {})


def test_account_fills_what_the_job_lacks() -> None:
    account = pwd.getpwuid(os.geteuid())
    env = launcher.clean_environment({}, {})
    assert env["HOME"] == account.pw_dir
    assert env["USER"] == env["LOGNAME"] == account.pw_name
    assert env["PATH"] == "/usr/local/bin:/usr/bin:/bin"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", "/home/alice"),
        ("~", "/home/alice"),
        ("~/.jupyterlabrc", "/home/alice/.jupyterlabrc"),
        (".jupyterlabrc", "/home/alice/.jupyterlabrc"),
        ("/project/rc", "/project/rc"),
    ],
)
def test_paths_start_at_home(written: str, meant: str) -> None:
    assert launcher.expand(written, "/home/alice") == Path(meant)


def test_server_works_where_it_was_told_to(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    (home / "project").mkdir()
    env = {"HOME": str(home)}
    launcher.enter_work_dir("~/project", env)
    assert Path.cwd() == home / "project" == Path(env["PWD"])


def test_missing_work_dir_is_told_and_home_is_taken(
    home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir("/")
    launcher.enter_work_dir("/no/such/dir", {"HOME": str(home)})
    assert Path.cwd() == home
    assert capfd.readouterr().out == "Cannot work in /no/such/dir: No such file or directory\n"


@pytest.mark.parametrize(
    ("url", "result"),
    [
        ("http://0.0.0.0:0/user/alice/", "http://0.0.0.0:5/user/alice/"),
        ("http://10.0.0.1/user/alice/", "http://10.0.0.1:5/user/alice/"),
        ("https://[::]:0/user/alice/", "https://[::]:5/user/alice/"),
    ],
)
def test_service_url_gets_the_real_port(url: str, result: str) -> None:
    assert launcher.with_port(url, 5) == result


def test_address_that_is_not_of_this_machine_is_told() -> None:
    with pytest.raises(launcher.LauncherError, match=r"Cannot listen on 192\.0\.2\.1"):
        launcher.listen("http://192.0.2.1:0/")
