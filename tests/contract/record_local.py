"""Record what the local scheduler prints: ``python -m tests.contract.record_local``.

It is a scheduler like the others, so its readers are tested on recorded output, too.
"""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path, PurePosixPath

from hub_config.model.request import JobRequest
from hub_config.schedulers.base import Command, Submission
from hub_config.schedulers.local import Local
from tests.contract.recordings import FOLDERS

LOCAL = Local()
HOME = PurePosixPath("/tmp/berth-recording")  # noqa: S108 - a short name without a user's in it


def submission(number: int, launcher: str, **fields: str | int) -> Submission:
    """A small submission with a launcher of the machine's own."""
    small: dict[str, str | int] = {
        "profile": "small", "partition": "local", "cores": 1, "memory": 64, "walltime": 60,
        "application": "lab",
    }  # fmt: skip
    return Submission(
        request=JobRequest(**{**small, **fields}),  # type: ignore[arg-type]
        uuid=f"{number:032x}",
        home=HOME,
        launcher=PurePosixPath(launcher),
        spawn_file=HOME / "spawn.json",
    )


def save(name: str, situation: str, command: Command) -> None:
    """Run *command* and store it without this machine's interpreter."""
    env = {"PATH": "/usr/bin:/bin", "HOME": str(HOME), "LOGNAME": "alice"}
    done = subprocess.run(
        command.argv, input=command.stdin, env=env, capture_output=True, text=True, timeout=60
    )
    host = os.uname().nodename
    record = {
        "situation": situation,
        "argv": ["python", *command.argv[1:]],
        "rc": done.returncode,
        "stdout": done.stdout.replace(f"|{host}|", "|host|"),
        "stderr": done.stderr,
    }
    (FOLDERS["local"] / f"{name}.json").write_text(json.dumps(record, indent=2) + "\n")


def cancel(job_id: str) -> Command:
    """Return the command that ends a job of a known number."""
    command = LOCAL.cancel(job_id, f"{1:032x}")
    assert command is not None
    return command


def main() -> None:
    """Bring the situations about, one after the other."""
    FOLDERS["local"].mkdir(parents=True, exist_ok=True)
    Path(HOME).mkdir(mode=0o700)
    sleeper = Path(HOME, "sleeper")
    sleeper.write_text("#!/bin/sh\nexec sleep 600\n")
    sleeper.chmod(0o700)
    save("jobs-none", "nothing was ever submitted", LOCAL.jobs())
    good, bad = submission(1, str(sleeper)), submission(2, "/usr/bin/false")
    save("submit-test", "dry run: everything in order", LOCAL.submit(good, dry_run=True))
    save("submit-sleeper", "everything in order", LOCAL.submit(good))
    save("submit-false", "everything in order", LOCAL.submit(bad))
    for number, (name, fields) in enumerate(REFUSED.items(), 3):
        wanted = submission(number, "/usr/bin/true", **fields)
        save(f"submit-refused-{name}", name.replace("-", " "), LOCAL.submit(wanted))
    time.sleep(1)
    save("jobs-two", "one runs, one has failed", LOCAL.jobs())
    uuid = good.uuid
    save("note-running", "a running job", LOCAL.note("1", uuid, "gpu-work", 40123))
    save("note-unknown", "a job that never was", LOCAL.note("99", uuid, "gpu-work", 40123))
    save("jobs-noted", "a port was noted beside the one that runs", LOCAL.jobs())
    save("cancel-running", "a running job", cancel("1"))
    time.sleep(2)
    save("jobs-ended", "one was cancelled, one has failed", LOCAL.jobs())
    save("cancel-ended", "a job that has ended", cancel("1"))
    save("cancel-unknown", "a job that never was", cancel("99"))
    save("partitions", "this machine", LOCAL.partitions())


REFUSED: dict[str, dict[str, str | int]] = {
    "too-many-cores": {"cores": 4096},
    "too-much-memory": {"memory": 64 * 2**20},
    "gpus": {"gpus": 1},
    "another-partition": {"partition": "gpu"},
    "an-account": {"account": "bm0146"},
}

if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(HOME)
