"""The text of a job is the agent's: its argv and its script, to the letter."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from hub_config.agent import Failure
from hub_config.agent.policy import load
from hub_config.batch import batch, command_line
from hub_config.load import load_site
from hub_config.model.request import JobRequest
from hub_config.model.site import Site
from hub_config.schedulers.base import Submission
from hub_config.schedulers.script import job_script
from hub_config.schedulers.slurm import Slurm

DKRZ = Path(__file__).parents[2] / "examples/dkrz"
UUID = "0" * 32
REQUEST = JobRequest(
    profile="x", partition="shared", cores=2, memory=2560, walltime=3600, application="lab",
    url="/lab", start_timeout=60, http_timeout=60, account="bm0146",
)  # fmt: skip
NOBODY = "berth-nobody-here"


def site(agent_config: Path) -> Site:
    known = load_site(DKRZ / "site.yml")
    return known.model_copy(
        update={"scheduler": known.scheduler.model_copy(update={"agent_config": agent_config})}
    )


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    template = tmp_path / "job.sh"
    template.write_text("#!/bin/sh\nexec @LAUNCHER@ @SPAWN_FILE@ # in @HOME@\n")
    file = tmp_path / "agent.toml"
    file.write_text(
        'scheduler = "slurm"\nlauncher = "/opt/it\'s/run"\nbin_dir = "/opt/slurm/bin"\n'
        f'spawn_dir = ".jobs"\njob_script = "{template}"\n'
    )
    return file


def test_it_is_what_the_agent_submits(agent: Path) -> None:
    made, policy = batch(site(agent), REQUEST, NOBODY, "third"), load(agent)
    home = PurePosixPath("/home", NOBODY)
    submission = Submission(
        request=REQUEST, uuid=UUID, server="third", home=home,
        launcher=PurePosixPath(policy.launcher), spawn_file=home / f".jobs/{UUID}.json",
    )  # fmt: skip
    assert made.argv == Slurm("/opt/slurm/bin").submit(submission).argv
    assert made.script == job_script(submission, policy.template)
    assert "'/opt/it'\"'\"'s/run'" in made.script
    assert not made.unread


def test_an_account_that_could_not_act_on_the_settings_reads_them(
    agent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in most centres, where the hub is nobody's root and the agent is reached by sudo."""
    monkeypatch.setattr("hub_config.agent.policy.can_switch", lambda: False)
    with pytest.raises(Failure, match="needs root"):
        load(agent)
    assert batch(site(agent), REQUEST, NOBODY).argv[0] == "/opt/slurm/bin/sbatch"


def test_settings_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    missing = tmp_path / "agent.toml"
    made = batch(site(missing), REQUEST, NOBODY)
    assert made.unread == str(missing)
    assert made.argv[0] == "/usr/bin/sbatch"
    assert made.script.startswith("#!/bin/bash")


def test_settings_that_are_wrong_are_told(agent: Path) -> None:
    agent.write_text('scheduler = "slurm"\n')
    with pytest.raises(Failure, match="launcher is missing"):
        batch(site(agent), REQUEST, NOBODY)


def test_an_option_a_line_and_quoted() -> None:
    assert command_line(("/bin/x", "--a=b c", "--d")) == "/bin/x \\\n  '--a=b c' \\\n  --d"


def test_the_servers_name_is_in_it(agent: Path) -> None:
    one, other = (batch(site(agent), REQUEST, NOBODY, name) for name in ("", "third"))
    assert [word for word in other.argv if "third" in word]
    assert replace(one, argv=()) == replace(other, argv=())
