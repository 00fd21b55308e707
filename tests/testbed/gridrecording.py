"""``python -m tests.testbed.gridrecording``: record what Grid Engine prints in every situation.

A bed of its own is made anew, so that job numbers begin at 1 and nothing is left over.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from hub_config.model.request import JobRequest
from hub_config.schedulers.base import Command, Reply, Submission
from hub_config.schedulers.gridengine import GridEngine
from tests.testbed.gridcell import RESOURCES
from tests.testbed.gridengine import GridBed
from tests.testbed.layout import Layout
from tests.testbed.shell import must, run

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "gridengine"
GRID = GridEngine(resources=RESOURCES)
SLEEP = "#!/bin/bash\ntrap '' USR1 USR2\nsleep 3600\n"
"""What tells a job that it will be suspended or killed would end it."""
README = """\
# Recorded output of Grid Engine

Real output of Son of Grid Engine {version} (Debian 12), from the commands and in the situations
below. `python -m tests.testbed.gridrecording` (root, Debian) brings each situation about and writes
the files again; nothing here is written or edited by hand. Each file holds the argument vector,
standard input, exit code and both outputs.

| file | run by | command | situation |
|---|---|---|---|
{rows}
"""


def uuid(number: int) -> str:
    """Return a uuid that says which job it belongs to."""
    return f"{number:032x}"


def submit(
    user: str, number: int, wanted: Mapping[str, str | int] | None = None, *, dry_run: bool = False
) -> Command:
    """Return Berth's command for a small job of ``user``; ``wanted`` changes its request."""
    usual: dict[str, str | int] = {
        "profile": "small", "partition": "shared.q", "cores": 1, "memory": 1024,
        "walltime": 3600, "application": "lab",
    }  # fmt: skip
    home = PurePosixPath("/home", user)
    submission = Submission(
        request=JobRequest(**(usual | {**(wanted or {})})),  # type: ignore[arg-type]  # one kind per field
        uuid=uuid(number),
        server="preset",
        home=home,
        launcher=PurePosixPath("/opt/berth/user/bin/berth-singleuser"),
        spawn_file=home / ".cache" / "berth" / f"{uuid(number)}.json",
    )
    command = GRID.submit(submission, dry_run=dry_run)
    return Command(command.argv, SLEEP)


class Recorder:
    """Runs commands on ``bed`` and keeps what they print."""

    def __init__(self, bed: GridBed) -> None:
        self.bed = bed

    def save(self, name: str, situation: str, command: Command, user: str = "root") -> str:
        """Run a command as ``user``, keep it under ``name`` and return what it printed."""
        argv, stdin = command.argv, command.stdin
        if user == "root":
            done = run(argv, env=self.bed.env, input=stdin, timeout=90)
        else:
            done = self.bed.run_as(user, argv, input=stdin, timeout=90)
        record = {
            "situation": situation, "user": user, "argv": argv, "stdin": stdin,
            "rc": done.returncode, "stdout": done.stdout, "stderr": done.stderr,
        }  # fmt: skip
        text = json.dumps(record, indent=2, ensure_ascii=False)
        (FOLDER / f"{name}.json").write_text(f"{text}\n")
        print(f"{name}: rc {done.returncode}", flush=True)
        return done.stdout.strip()

    def job(self, user: str, number: int, *options: str) -> str:
        """Submit Berth's job with some options more, and return its id."""
        command = submit(user, number)
        argv = [*command.argv, *options]
        done = self.bed.run_as(user, argv, input=command.stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def wait(self, job: str, state: str) -> None:
        """Wait until qstat shows the job in this state; "": no more."""
        self.bed.wait_for(lambda: self.bed.qstat().get(job, "") == state, f"{job} {state}")


REFUSED: dict[str, tuple[str, dict[str, str | int]]] = {
    "bad-queue": ("a queue that does not exist", {"partition": "nosuch.q"}),
    "bad-project": ("a project that does not exist", {"account": "nosuch"}),
    "foreign-project": ("a project the user may not charge", {"account": "gen2reg"}),
    "without-project": ("a queue for a project, without it", {"partition": "gpu.q"}),
    "bad-environment": (
        "a parallel environment that does not exist",
        {"cores": 2, "parallel_environment": "nosuch"},
    ),
    "no-environment": ("two cores and no parallel environment", {"cores": 2}),
    "too-many-cores": (
        "more slots than there are",
        {"cores": 400, "parallel_environment": "smp"},
    ),
    "too-long": ("a time over the queue's limit", {"walltime": 97 * 3600}),
    "too-many-gpus": ("more GPUs than a host has", {"gpus": 5}),
    "unknown-resource": ("a resource that the cell does not have", {"qos": "normal"}),
    "bad-reservation": ("a reservation that does not exist", {"reservation": "12"}),
}


def submitting(to: Recorder) -> None:
    """Record what is taken, what would be, and what is refused."""
    to.save(
        "qsub-test-accepted",
        "dry run: everything in order",
        submit("alice", 1, dry_run=True),
        "alice",
    )
    taken: dict[str, tuple[str, dict[str, str | int]]] = {
        "accepted": ("everything in order", {}),
        "accepted-smp": ("two slots", {"cores": 2, "parallel_environment": "smp"}),
        "accepted-gpu": ("a GPU", {"gpus": 1, "partition": "gpu.q", "account": "gpu"}),
        "accepted-any": ("whichever queue there is, and mail",
                         {"partition": "any", "mail": "alice@example.org"}),
    }  # fmt: skip
    for number, (name, (situation, wanted)) in enumerate(taken.items()):
        to.save(f"qsub-{name}", situation, submit("alice", 100 + number, wanted), "alice")
    for name, (situation, wanted) in REFUSED.items():
        to.save(f"qsub-{name}", situation, submit("alice", 1, wanted), "alice")
        again = submit("alice", 1, wanted, dry_run=True)
        to.save(f"qsub-test-{name}", f"dry run: {situation}", again, "alice")


def queue(to: Recorder) -> None:
    """Record jobs in every state that there is to see, and the queues meanwhile."""
    bed = to.bed
    running, suspended, ending = (to.job("alice", number) for number in (11, 12, 13))
    for job in (running, suspended, ending):
        to.wait(job, "r")
    note = GRID.note(running, uuid(11), "preset", 40123)
    to.save("qalter-noted", "the job's server listens", note, "alice")
    to.save("queues-busy", "three jobs run", GRID.partitions())
    must(["/usr/bin/qmod", "-d", "shared.q"], env=bed.env)
    must(["/usr/bin/qmod", "-sq", "rse.q"], env=bed.env)
    to.save("queues-closed", "one queue is disabled, one suspended", GRID.partitions())
    pending, held = to.job("bob", 21), to.job("carol", 22, "-h")
    for name in ("berth-<b>", "berth-&amp;", 'berth-"x', "berth-]]>", "berth-", "thesis"):
        argv = ["/usr/bin/qsub", "-h", "-N", name, "-b", "y", "/bin/true"]
        bed.run_as("bob", argv)
    bed.run_as("alice", ["/usr/bin/qmod", "-sj", suspended])
    to.wait(suspended, "s")
    cancel = GRID.cancel(ending, uuid(13))
    to.save("qdel-running", "a running job", cancel, "alice")
    to.save("qdel-again", "a job that is being ended", cancel, "alice")
    to.save("qstat-many", "running, suspended, ending, waiting, held; names of others", GRID.jobs())
    to.save("pending-many", "waiting and held jobs", GRID.queue())
    for job in (pending, held):
        assert job in bed.qstat()
    to.wait(ending, "")
    to.save("qdel-ended", "a job that has ended", cancel, "alice")
    to.save("qdel-unknown", "a job that never was", GRID.cancel("99999", uuid(99)), "alice")
    to.save("qdel-not-owner", "somebody else's job", GRID.cancel(pending, uuid(21)), "alice")
    to.save("qdel-pending", "a waiting job", GRID.cancel(pending, uuid(21)), "bob")
    to.save("qalter-unknown", "a job that never was", GRID.note("", uuid(99), "", 40123), "alice")
    to.save("qalter-not-owner", "somebody else's job", GRID.note("", uuid(22), "", 1), "alice")
    must(["/usr/bin/qmod", "-e", "shared.q"], env=bed.env)
    must(["/usr/bin/qmod", "-usq", "rse.q"], env=bed.env)


def endings(to: Recorder) -> None:
    """Record how jobs ended, and what the accounting tells of it."""
    bed = to.bed
    to.save("qacct-none-yet", "no job has ended since the cell was made", GRID.endings(("1",)))
    good = submit("alice", 31)
    for name, script, options in (
        ("completed", "#!/bin/bash\ntrue\n", ()),
        ("failed", "#!/bin/bash\nexit 3\n", ()),
        ("timeout", SLEEP, ("-l", "h_rt=2")),
        ("killed", "#!/bin/bash\nkill -KILL $$\n", ()),
    ):
        done = bed.run_as("alice", [*good.argv, *options], input=script)
        job = done.stdout.strip()
        to.wait(job, "")
        bed.wait_for(lambda job=job: _accounted(to, job), "accounted")  # type: ignore[misc]
        to.save(f"qacct-{name}", name, GRID.endings((job,)))
    missing = to.job("alice", 35, "-wd", "/nonexistent")
    to.wait(missing, "Eqw")
    to.save("qstat-error", "a job that cannot start: its folder is not there", GRID.jobs())
    to.save("qdel-error", "a job in error", GRID.cancel(missing, uuid(35)), "alice")
    to.wait(missing, "")
    bed.wait_for(lambda: _accounted(to, missing), "accounted")
    to.save("qacct-error", "a job that never started", GRID.endings((missing,)))
    cancelled = to.job("alice", 36)
    to.wait(cancelled, "r")
    bed.run_as("alice", GRID.cancel(cancelled, uuid(36)).argv)
    to.wait(cancelled, "")
    bed.wait_for(lambda: _accounted(to, cancelled), "accounted")
    to.save("qacct-cancelled", "deleted by its owner", GRID.endings((cancelled,)))
    to.save("qacct-several", "asked for more than one", GRID.endings(("1", "2")))
    to.save("qacct-unknown", "a job that never was", GRID.endings(("99999",)))
    to.save("qstat-ended", "only jobs that have ended", GRID.jobs())


def answer(name: str) -> Reply:
    """Return what was recorded under *name*."""
    record = json.loads((FOLDER / f"{name}.json").read_text())
    return Reply(record["rc"], record["stdout"], record["stderr"])


def _accounted(to: Recorder, job: str) -> bool:
    return run(["/usr/bin/qacct", "-j", job], env=to.bed.env).returncode == 0


def accounts(to: Recorder) -> None:
    """Record the projects, and that there are none (which ends the bed's use)."""
    many = ",".join(f"member{number}" for number in range(12))
    for people, name in ((many, "many"), ("bob,@users", "students")):
        must(["/usr/bin/qconf", "-au", people, name], env=to.bed.env)
    must(["/usr/bin/qconf", "-aattr", "project", "acl", "many", "gen2reg"], env=to.bed.env)
    must(["/usr/bin/qconf", "-aattr", "project", "acl", "students", "rse"], env=to.bed.env)
    must(["/usr/bin/qconf", "-aattr", "project", "xacl", "many", "rse"], env=to.bed.env)
    to.save("projects-three", "three projects", GRID.memberships("alice"))
    for name, situation in (
        ("access", "the same projects: one is open to everybody"),
        ("people", "the same, with the people of their access lists"),
    ):
        before = "three" if name == "access" else "access"
        command = GRID.more_memberships(answer(f"projects-{before}"))
        assert command is not None
        to.save(f"projects-{name}", situation, command)
    for queue_name in ("gpu.q", "rse.q"):
        argv = ["/usr/bin/qconf", "-rattr", "queue", "projects", "NONE", queue_name]
        must(argv, env=to.bed.env)
    for name in ("gpu", "rse", "gen2reg"):
        must(["/usr/bin/qconf", "-dprj", name], env=to.bed.env)
    to.save("projects-none", "no project", GRID.memberships("alice"))


def faults(to: Recorder) -> None:
    """Record every command with the qmaster away."""
    to.bed.control("down")
    situation = "the qmaster does not run"
    commands: dict[str, tuple[str, Command]] = {
        "qstat": ("root", GRID.jobs()),
        "pending": ("root", GRID.queue()),
        "queues": ("root", GRID.partitions()),
        "projects": ("root", GRID.memberships("alice")),
        "qsub-test": ("alice", submit("alice", 1, dry_run=True)),
        "qsub": ("alice", submit("alice", 1)),
        "qdel": ("alice", GRID.cancel("1", uuid(1))),
        "qalter": ("alice", GRID.note("1", uuid(1), "", 40123)),
    }
    for name, (user, command) in commands.items():
        to.save(f"{name}-qmaster-down", situation, command, user)


def main() -> None:
    """Record everything."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    bed = GridBed(Layout(instance=9))
    bed.down()
    shutil.rmtree(bed.root, ignore_errors=True)
    bed.up()
    to = Recorder(bed)
    try:
        to.save("qstat-empty", "no job has ever been", GRID.jobs())
        to.save("queues-idle", "nothing runs", GRID.partitions())
        endings(to)
        submitting(to)
        bed.cancel_all()
        queue(to)
        bed.cancel_all()
        accounts(to)
        faults(to)
    finally:
        bed.control("up")
        bed.down()
        shutil.rmtree(bed.root)
    write_readme()


def write_readme() -> None:
    """List every recording with its command and situation."""
    version = must(["/usr/bin/dpkg-query", "-W", "-f", "${Version}", "gridengine-client"])
    rows = "\n".join(_row(path) for path in sorted(FOLDER.glob("*.json")))
    (FOLDER / "README.md").write_text(README.format(version=version, rows=rows))


def _row(path: Path) -> str:
    record = json.loads(path.read_text())
    tool, *options = record["argv"]
    command = " ".join([Path(tool).name, *options]).replace("|", "\\|")
    return f"| {path.stem} | {record['user']} | `{command}` | {record['situation']} |"


if __name__ == "__main__":
    main()
