"""The server's token is in its user's files and its own memory, and nowhere else."""

import stat
import time
from pathlib import Path

from tests.support.centre import Centre, spawn_files
from tests.support.hubs import Visitor, until
from tests.support.kernels import Kernel
from tests.testbed.shell import must


def test_the_token_is_nowhere_others_can_look(centre: Centre, alice: Visitor) -> None:
    alice.start("", {"profile": "shared-1", "account": "bm0146"})
    seen = _watch_processes(2)
    alice.wait_ready()
    kernel = Kernel(alice)
    token = kernel.execute("import os; print(os.environ['JUPYTERHUB_API_TOKEN'])").strip()
    assert len(token) >= 32
    job = centre.the_job("alice")
    show = ["/usr/bin/scontrol", "show", "job", "-dd", job["JobId"]]
    assert token not in must(show, env=centre.bed.env)
    batch = ["/usr/bin/scontrol", "write", "batch_script", job["JobId"], "-"]
    script = must(batch, env=centre.bed.env)
    assert "berth-singleuser" in script
    assert token not in script
    accounting = ["/usr/bin/sacct", "-j", job["JobId"], "-o", "ALL", "-P"]
    assert token not in must(accounting, env=centre.bed.env)
    assert token not in seen
    assert token not in must(["/bin/ps", "-eo", "args"])
    assert token not in centre.hub.log()
    assert token not in Path(job["StdOut"]).read_text(errors="replace")
    listening = centre.bed.run_as("bob", ["/bin/sh", "-c", "cat /proc/[0-9]*/environ 2>/dev/null"])
    assert token not in listening.stdout


def test_the_spawn_file_is_the_users_alone_and_goes_with_the_job(
    centre: Centre, alice: Visitor
) -> None:
    before = spawn_files("alice")
    alice.start("", {"profile": "shared-1", "account": "bm0146"})
    (file,) = until(lambda: spawn_files("alice") - before, "the spawn file")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.owner() == "alice"
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert centre.bed.run_as("bob", ["/bin/cat", str(file)]).returncode != 0
    alice.wait_ready()
    alice.stop()
    alice.wait_stopped()
    until(lambda: file not in spawn_files("alice"), "the spawn file's end")


def test_what_the_hub_keeps_is_its_own(centre: Centre) -> None:
    for path in centre.hub.folder.rglob("*"):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or path.name in PUBLIC, path
    assert stat.S_IMODE(centre.hub.folder.stat().st_mode) == 0o700


PUBLIC = {"site.yml", "hub.log", "presets.yml", "advanced.yml"}
"""Written by the test bed, in a folder that is the hub's own."""


def _watch_processes(seconds: float) -> str:
    """Return the command lines of everybody's processes, looked at for a while."""
    end, seen = time.monotonic() + seconds, ""
    while time.monotonic() < end:
        seen += must(["/bin/ps", "-eo", "args"])
        time.sleep(0.02)
    return seen
