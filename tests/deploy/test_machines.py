"""The machines themselves: what the other tests of this folder stand on."""

from pathlib import Path

import pytest

from tests.deploy.deployment import Deployment
from tests.machines.machine import Machine
from tests.machines.people import PEOPLE
from tests.testbed.shell import run


@pytest.mark.parametrize("deployment", ["bookworm"], indirect=True)
def test_a_machine_starts_from_its_image_and_leaves_nothing(spare: Machine) -> None:
    assert "spare" in spare.must(["/usr/bin/hostname"])
    assert spare.run(["/usr/bin/which", "sbatch", "nginx", "berth"]).stdout == ""
    spare.put("/etc/of-this-machine", "yes\n", 0o600, "daemon:daemon")
    spare.kill()
    spare.boot()
    assert spare.get("/etc/of-this-machine") == "yes\n"
    leader = spare.leader
    assert leader is not None

    spare.remove()
    assert spare.leader is None
    assert not Path("/proc", str(leader)).exists()
    assert str(spare.root) not in Path("/proc/self/mounts").read_text()
    spare.create()
    assert spare.run(["/usr/bin/cat", "/etc/of-this-machine"]).returncode == 1
    assert not (spare.image.tree / "etc/of-this-machine").exists()


@pytest.mark.parametrize("deployment", ["bookworm"], indirect=True)
def test_root_comes_in_by_ssh_and_the_machine_reaches_its_mirror(spare: Machine) -> None:
    done = run(spare.ssh("apt-get -q update && cat /etc/hostname"), timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("spare\n")


def test_a_job_of_a_user_of_the_directory_runs_on_a_node(deployment: Deployment) -> None:
    person = PEOPLE[1]
    ctl = deployment.node("ctl")
    ctl.must(
        ["/usr/bin/sbatch", "--wait", "--partition=prepost", "--wrap", "hostname; id -un",
         f"--chdir={person.home}", "--output=of-a-test.log"],
        user=person.name,
    )  # fmt: skip
    log = f"{person.home}/of-a-test.log"
    assert deployment.hub.get(log) == f"c2\n{person.name}\n"
    owner = deployment.hub.must(["/usr/bin/stat", "-c", "%U:%G", log])
    assert owner == f"{person.name}:hpcusers\n"
