import os
import shlex
import subprocess
from pathlib import Path

import pytest

from hub_config.cli import main
from hub_config.schedulers.script import stock_template
from tests.load.folders import ADVANCED, PRESETS, SITE, write

EXAMPLES = Path(__file__).parents[2] / "examples"
NOBODY = "berth-nobody-here"  # no such user: the home directory is then made up


def script(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> list[str]:
    argv = ("script", *argv, "--user", NOBODY, "--site", str(EXAMPLES / "dkrz"))
    assert main(argv) == code
    return capsys.readouterr().out.splitlines()


def command(lines: list[str]) -> list[str]:
    """Return the argv between the comments."""
    begin = next(i for i, line in enumerate(lines) if not line.startswith("#"))
    end = next(i for i, line in enumerate(lines) if i > begin and line.startswith("#"))
    return shlex.split("\n".join(lines[begin:end]))


def test_a_preset_is_what_would_be_submitted(capsys: pytest.CaptureFixture[str]) -> None:
    argv = command(script(capsys, "shared-1", "--set", "account=bm0146", "--set", "qos=express"))
    assert argv[0] == "/usr/bin/sbatch"
    for option in (
        "--partition=shared", "--cpus-per-task=1", "--mem=2560M", "--time=0-12:00:00",
        "--account=bm0146", "--qos=express", f"--chdir=/home/{NOBODY}",
        f"--output=/home/{NOBODY}/jupyterhub_slurmspawner_preset_%j.log",
    ):  # fmt: skip
        assert option in argv


def test_the_advanced_form_too(capsys: pytest.CaptureFixture[str]) -> None:
    answers = ["partition=gpu", "account=x", "cores=8", "memory=16G", "walltime=2h", "gpus=2"]
    sets = [word for answer in answers for word in ("--set", answer)]
    argv = command(script(capsys, "advanced", *sets))
    for option in ("--cpus-per-task=8", "--mem=16384M", "--time=0-02:00:00", "--gres=gpu:2"):
        assert option in argv


def test_the_script_is_the_one_of_the_agent(capsys: pytest.CaptureFixture[str]) -> None:
    lines = script(capsys, "shared-1", "--set", "account=x")
    begin = lines.index("#!/bin/bash -p")
    assert len(lines) - begin == len(stock_template().splitlines())
    done = subprocess.run(
        ["/bin/bash", "-n"], input="\n".join(lines[begin:]), text=True, check=False, timeout=60
    )
    assert done.returncode == 0


def test_nothing_in_it_is_secret(capsys: pytest.CaptureFixture[str]) -> None:
    printed = "\n".join(script(capsys, "shared-1", "--set", "account=x"))
    assert "TOKEN" not in printed.replace("unset", "")
    assert "JUPYTERHUB" not in printed


@pytest.mark.parametrize(
    ("argv", "lines"),
    [
        (["nothing"], ['profile: There is no profile "nothing" for you.']),
        (["miklip-1"], ["profile: This profile needs group miklip."]),
        (["shared-1"], ["account: Choose the account: it is needed."]),
        (
            ["shared-1", "--accounts", "a", "--set", "account=b", "--set", "cores=4"],
            [
                "cores: cores is settled by the preset shared-1.",
                'account: There is no account "b" for you.',
            ],
        ),
        (
            ["advanced", "--set", "partition=shared", "--set", "account=x", "--set", "cores=49"],
            ["cores: Partition shared allows 1 to 48 here; you asked for 49."],
        ),
    ],
)
def test_a_refusal_is_field_and_message(
    argv: list[str], lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert script(capsys, *argv, code=1) == lines


def test_groups_and_accounts_are_those_given(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["miklip-1", "--groups", "miklip", "--accounts", "m", "--set", "account=m"]
    assert "--partition=miklip" in command(script(capsys, *argv))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site that has its agent.toml beside it."""
    write(tmp_path, site=SITE + "  agent_config: agent.toml\n", presets=PRESETS, advanced=ADVANCED)
    return tmp_path


def test_the_agents_own_settings_are_used(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.chmod(0o755)
    (site / "agent.toml").write_text(
        'scheduler = "slurm"\nlauncher = "/sw/a b/berth-singleuser"\nbin_dir = "/opt/slurm/bin"\n'
        'spawn_dir = ".berth"\n'
    )
    (site / "agent.toml").chmod(0o644)
    assert main(["script", "shared-1", "--user", NOBODY, "--site", str(site)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert command(lines)[0] == "/opt/slurm/bin/sbatch"
    assert "launcher='/sw/a b/berth-singleuser'" in lines
    assert f"spawn_file=/home/{NOBODY}/.berth/{'0' * 32}.json" in lines
    assert "cannot be read here" not in "".join(lines)


def test_settings_of_the_agent_that_are_wrong(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "agent.toml").write_text('scheduler = "slurm"\n')
    (site / "agent.toml").chmod(0o644)
    assert main(["script", "shared-1", "--site", str(site)]) == 1
    assert "launcher is missing" in capsys.readouterr().out


def test_without_them_the_output_says_so(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["script", "shared-1", "--site", str(site)]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == f"# {site}/agent.toml cannot be read here: launcher and folders are assumed"


def test_the_local_scheduler(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["script", "small", "--user", NOBODY, "--site", str(EXAMPLES / "local")]
    assert main(argv) == 0
    argv = command(capsys.readouterr().out.splitlines())
    assert "hub_config.schedulers.localbatch" in argv
    assert "--walltime=3600" in argv


def test_the_home_of_a_user_of_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["script", "small", "--user", "root", "--site", str(EXAMPLES / "local")]
    assert main(argv) == 0
    assert f"--chdir={Path('~root').expanduser()}" in command(capsys.readouterr().out.splitlines())


def test_a_broken_site_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["script", "small", "--site", str(tmp_path / os.curdir)]) == 1
    assert "site.yml:1:1" in capsys.readouterr().out
