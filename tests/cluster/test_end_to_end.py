"""From login to a cell in a job on a compute node, by the form and by the REST API."""

import re

from tests.support.centre import Centre
from tests.support.hubs import Visitor
from tests.support.kernels import Kernel

ADVANCED = {
    "profile": "advanced", "partition": "shared", "cores": "4", "memory": "6G", "walltime": "2h",
    "account": "bm0146", "qos": "normal", "constraint": "64G", "log_name": "my_log",
    "application": "lab",
}  # fmt: skip


def test_preset_five_is_what_slurm_runs(centre: Centre, alice: Visitor) -> None:
    response = alice.submit_form("preset", {"profile": "prepost-1", "account": "bm0146"})
    assert response.status_code == 302, response.text
    alice.wait_ready("preset")
    job = centre.the_job("alice")
    assert job["Partition"] == "prepost"
    assert job["UserId"].startswith("alice(")
    assert job["NumCPUs"] == "1"
    assert job["MinMemoryNode"] == "5G"
    assert job["TimeLimit"] == "12:00:00"
    assert job["Account"] == "bm0146"
    assert re.fullmatch(r"/home/alice/jupyterhub_slurmspawner_preset_\d+\.log", job["StdOut"])
    kernel = Kernel(alice, "preset")
    assert kernel.execute("6*7") == "42"
    assert kernel.execute("import os; print(os.environ['SLURM_JOB_ID'])").strip() == job["JobId"]
    assert kernel.execute("import getpass; print(getpass.getuser())").strip() == "alice"
    assert alice.stop("preset").status_code in (202, 204)
    alice.wait_stopped("preset")
    centre.bed.wait_empty("alice")


def test_every_advanced_field_reaches_the_job(centre: Centre, alice: Visitor) -> None:
    response = alice.submit_form("advanced", ADVANCED)
    assert response.status_code == 302, response.text
    alice.wait_ready("advanced")
    job = centre.the_job("alice")
    assert job["Partition"] == "shared"
    assert job["NumCPUs"] == "4"
    assert job["CPUs/Task"] == "4"
    assert job["MinMemoryNode"] == "6G"
    assert job["TimeLimit"] == "02:00:00"
    assert job["QOS"] == "normal"
    assert job["Features"] == "64G"
    assert job["Account"] == "bm0146"
    assert job["StdOut"] == f"/home/alice/my_log_{job['JobId']}.log"
    page = alice.get("/user/alice/advanced/")
    assert page.url.startswith(f"{alice.url}/user/alice/advanced/lab")


def test_gpus_are_requested_one_too(centre: Centre, alice: Visitor) -> None:
    answers = {"profile": "advanced", "partition": "gpu", "gpus": "1", "account": "bm0146"}
    assert alice.start("advanced", answers).status_code in (201, 202)
    alice.wait_ready("advanced")
    assert "gres/gpu" in centre.the_job("alice")["TRES"]


def test_preset_and_advanced_run_at_the_same_time(centre: Centre, alice: Visitor) -> None:
    alice.start("preset", {"profile": "shared-1", "account": "bm0146"})
    alice.start("advanced", ADVANCED)
    alice.wait_ready("preset")
    alice.wait_ready("advanced")
    jobs = centre.jobs("alice")
    assert {job["StdOut"].rpartition("_")[0].rpartition("/")[2] for job in jobs} == {
        "jupyterhub_slurmspawner_preset",
        "my_log",
    }
    alice.stop("preset")
    alice.wait_stopped("preset")
    assert alice.servers()["advanced"]["ready"]
    assert Kernel(alice, "advanced").execute("6*7") == "42"
