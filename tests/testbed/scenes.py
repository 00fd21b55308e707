"""The situations in which ``record`` runs commands, brought about on a real Slurm."""

import re
import signal
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tests.testbed import daemons, processes
from tests.testbed.cluster import BERTH, Cluster, Node
from tests.testbed.shell import BedError, must, run

if TYPE_CHECKING:
    from tests.testbed.record import Recorder

#: The commands as Berth runs them.
SQUEUE = (
    "/usr/bin/squeue", "--noheader", "--states=all", "--name=berth",
    "-o", "%A|%T|%u|%P|%B|%S|%e|%r|%k",
)  # fmt: skip
SINFO = ("/usr/bin/sinfo", "--noheader", "-o", "%R|%a|%l|%D|%T|%c|%m|%G|%F|%C|%f|%N")
SBATCH = ("/usr/bin/sbatch", "--parsable", "--job-name=berth", "--export=NONE")
SCANCEL = "/usr/bin/scancel"
SCONTROL = "/usr/bin/scontrol"
RESERVATIONS = (SCONTROL, "show", "reservation", "-o")
SLEEP = "#!/bin/bash\nexec sleep 3600\n"
STUBBORN = "#!/bin/bash\ntrap '' TERM\nfor i in {1..90}; do sleep 1; done\n"


def memberships(user: str) -> tuple[str, ...]:
    """Return the command that asks for the accounts of ``user``."""
    where = ("show", "associations", "where", f"user={user}", "format=Account,Partition,QOS")
    return ("/usr/bin/sacctmgr", "--noheader", "--parsable2", *where)


class Stage:
    """Submits jobs for a scene; each carries a number as its comment, 32 hex digits long."""

    def __init__(self, recorder: "Recorder") -> None:
        self.bed = recorder.bed
        self._number = 0

    def submit(self, user: str, *options: str, script: str = SLEEP) -> str:
        """Submit a job named berth and return its id."""
        self._number += 1
        account = {"alice": "bm0146", "bob": "mh0010", "carol": "miklip"}[user]
        usual = (f"--comment={self._number:032x}", f"--account={account}", "--output=/dev/null")
        done = self.bed.run_as(user, [*SBATCH, *usual, *options], input=script)
        if done.returncode != 0:
            raise BedError(done.stderr)
        return done.stdout.strip()

    def control(self, *words: str) -> None:
        """Run scontrol as root."""
        must([SCONTROL, *words], env=self.bed.env)

    def wait(self, expected: Mapping[str, str], patience: float = 60) -> None:
        """Wait until each job (id) shows ``STATE`` or ``STATE reason`` as expected."""
        argv = ["/usr/bin/squeue", "--noheader", "--states=all", "-o", "%A|%T %r"]
        deadline = time.monotonic() + patience
        while True:
            lines = must(argv, env=self.bed.env).splitlines()
            seen = dict(line.split("|", 1) for line in lines if "|" in line)
            wrong = {
                job: (seen.get(job), state)
                for job, state in expected.items()
                if not re.match(re.escape(state) + r"\b", seen.get(job, ""))
            }
            if not wrong:
                return
            if time.monotonic() > deadline:
                raise BedError(f"job -> (seen, expected): {wrong}")
            time.sleep(0.2)

    def wait_forecast(self, job: str, patience: float = 60) -> None:
        """Wait until the backfill scheduler has a start time for a waiting job."""
        deadline = time.monotonic() + patience
        while self.bed.job(job)["StartTime"] == "Unknown":
            if time.monotonic() > deadline:
                raise BedError(f"no start time for {job}: {self.bed.job(job)}")
            time.sleep(0.2)


def squeue(to: "Recorder") -> None:
    """Queue listings: none, waiting and running, every ending, jobs that are not ours."""
    stage = Stage(to)
    to.save("squeue-empty", "no job named berth is known", SQUEUE)
    _waiting_and_running(to, stage)
    to.bed.cancel_all()
    _endings(to, stage)
    _foreign(to, stage)
    to.save(
        "squeue-unknown-job", "a job id that Slurm does not know",
        ("/usr/bin/squeue", "--noheader", "--jobs=99999"),
    )  # fmt: skip


def _waiting_and_running(to: "Recorder", stage: Stage) -> None:
    bed = to.bed
    must(["/usr/bin/sacctmgr", "--immediate", "modify", "user", "bob", "set", "maxjobs=1"],
         env=bed.env)  # fmt: skip
    stage.control("create", "reservation", "reservationname=later", "users=alice", "nodes=g1",
                  "starttime=now+2hours", "duration=120")  # fmt: skip
    expected = {}
    for _ in range(2):
        job = stage.submit("alice", "--partition=compute", "--job-name=not-berth")
        expected[job] = "RUNNING None"
    stage.wait(expected)
    running = stage.submit("alice", "--partition=shared", "--mem=2560M")
    expected[running] = "RUNNING None"
    expected[stage.submit("bob", "--partition=prepost")] = "RUNNING None"
    stage.wait(expected)
    expected[stage.submit("bob", "--partition=prepost")] = "PENDING AssocMaxJobsLimit"
    expected[stage.submit("alice", "--partition=gpu", "--gres=gpu:a100:1")] = "RUNNING None"
    expected[stage.submit("carol", "--partition=miklip", "--cpus-per-task=4")] = "RUNNING None"
    expected[stage.submit("alice", "--qos=express")] = "RUNNING None"
    stage.wait(expected)
    expected[stage.submit("alice", "--qos=express")] = "PENDING QOSMaxJobsPerUserLimit"
    waiting = stage.submit("alice", "--partition=compute")
    expected[waiting] = "PENDING Resources"
    stage.wait(expected)
    expected[stage.submit("alice", "--partition=compute")] = "PENDING Priority"
    reserved = stage.submit("alice", "--partition=gpu", "--reservation=later")
    expected[reserved] = "PENDING Reservation"
    expected[stage.submit("alice", f"--dependency=afterok:{running}")] = "PENDING Dependency"
    expected[stage.submit("alice", "--begin=now+1hour")] = "PENDING BeginTime"
    expected[stage.submit("alice", "--hold")] = "PENDING JobHeldUser"
    by_admin = stage.submit("alice", "--begin=now+1hour")
    stage.control("hold", by_admin)
    expected[by_admin] = "PENDING JobHeldAdmin"
    suspended = stage.submit("alice")
    stage.wait({suspended: "RUNNING"})
    stage.control("suspend", suspended)
    expected[suspended] = "SUSPENDED"
    stage.wait(expected)
    stage.wait_forecast(waiting)
    to.save("squeue-waiting-and-running", "jobs running, suspended, and waiting for every common "
            "reason; two jobs of another name run as well", SQUEUE)  # fmt: skip
    must(["/usr/bin/sacctmgr", "--immediate", "modify", "user", "bob", "set", "maxjobs=-1"],
         env=bed.env)  # fmt: skip
    _blocked(to, stage)
    stage.control("delete", "reservationname=later")


def _blocked(to: "Recorder", stage: Stage) -> None:
    """What an administrator's hand on nodes and partitions does to waiting jobs."""
    to.bed.cancel_all()
    stage.control("update", "partition=gpu", "state=down")
    stage.control("update", "nodename=c1", "state=drain", "reason=maintenance")
    stage.wait({
        stage.submit("alice", "--partition=gpu"): "PENDING PartitionDown",
        stage.submit("alice", "--partition=compute", "--nodelist=c1"): "PENDING ReqNodeNotAvail",
    })  # fmt: skip
    to.save("squeue-blocked", "jobs waiting for a partition that is down and for a drained node "
            "(earlier ones cancelled)", SQUEUE)  # fmt: skip
    to.bed.cancel_all()
    stage.control("update", "partition=gpu", "state=up")
    stage.control("update", "nodename=c1", "state=resume")


def _endings(to: "Recorder", stage: Stage) -> None:
    stage.wait({stage.submit("alice", "--partition=prepost", "--exclusive"): "RUNNING"})
    slow = {
        stage.submit("alice", "--time=1"): "TIMEOUT",
        stage.submit("alice", "--partition=prepost", "--time=1", "--deadline=now+70seconds"):
            "DEADLINE",
        stage.submit("alice", script="#!/bin/bash\n"): "COMPLETED",
        stage.submit("bob", script="#!/bin/bash\nexit 7\n"): "FAILED",
    }  # fmt: skip
    stage.wait(slow, patience=200)  # Slurm looks for jobs over their limit every 30 s
    quick, nodes = _ended_by_hand(stage)
    ending = stage.submit("alice", script=STUBBORN)
    stage.wait(slow | quick | {ending: "RUNNING"})
    time.sleep(1)  # bash has to reach its trap, else it ends at once
    run([SCANCEL, ending], env=to.bed.env)
    stage.wait({ending: "COMPLETING"}, patience=5)
    to.save("squeue-endings", "jobs that have ended in every way this cluster knows, one that is "
            "just ending, and jobs put back into the queue", SQUEUE)  # fmt: skip
    for name in nodes:
        stage.control("update", f"nodename={name}", "state=resume")
    to.bed.cancel_all()


def _ended_by_hand(stage: Stage) -> tuple[dict[str, str], tuple[str, ...]]:
    """Cancel, requeue and lose jobs; return what they will show and the nodes taken down."""
    running = {kind: stage.submit("alice") for kind in ("cancel", "requeue", "hold", "special")}
    lost = stage.submit("alice", "--partition=compute", "--no-requeue")
    again = stage.submit("alice", "--partition=gpu", "--requeue")
    stage.wait(dict.fromkeys((*running.values(), lost, again), "RUNNING"))
    pending = stage.submit("alice", "--begin=now+1hour")
    run([SCANCEL, pending, running["cancel"]], env=stage.bed.env)
    stage.control("requeue", running["requeue"])
    stage.control("requeuehold", running["hold"])
    stage.control("requeuehold", "State=SpecialExit", running["special"])
    nodes = (stage.bed.job(lost)["NodeList"], "g1")
    for name in nodes:
        stage.control("update", f"nodename={name}", "state=down", "reason=failed")
    expected = {
        pending: "CANCELLED",
        running["cancel"]: "CANCELLED",
        running["requeue"]: "PENDING",
        running["hold"]: "PENDING job requeued in held state",
        running["special"]: "SPECIAL_EXIT",
        lost: "NODE_FAIL",
        again: "PENDING",
    }
    return expected, nodes


def _foreign(to: "Recorder", stage: Stage) -> None:
    comments = ("", "not ours", "a|b|c", "first line\nsecond line", "ä")
    jobs = [stage.submit("bob", "--hold", f"--comment={text}") for text in comments]
    stage.wait(dict.fromkeys(jobs, "PENDING JobHeldUser"))
    to.save("squeue-foreign-comments", "jobs named berth which somebody submitted by hand: no "
            "comment, other comments, one with the separator, one with a line break; earlier "
            "endings are listed too", SQUEUE)  # fmt: skip
    to.bed.cancel_all()


def sbatch(to: "Recorder") -> None:
    """Submissions that Slurm takes or refuses, and the same asked with --test-only."""
    usual = {"comment": f"{1:032x}", "partition": "shared", "account": "bm0146", "time": "60",
             "cpus-per-task": "1", "mem": "1024M", "output": "/dev/null"}  # fmt: skip
    cases: dict[str, tuple[str, dict[str, str]]] = {
        "accepted": ("everything in order", {}),
        "accepted-gpu": ("a GPU", {"partition": "gpu", "gres": "gpu:a100:1"}),
        "bad-account": ("an account that does not exist", {"account": "nosuch"}),
        "foreign-account": ("an account the user is not in", {"account": "miklip"}),
        "account-elsewhere": (
            "an account the user may charge in another partition only",
            {"account": "mh0010", "partition": "compute"},
        ),
        "bad-partition": ("a partition that does not exist", {"partition": "nosuch"}),
        "forbidden-partition": ("a partition for other accounts", {"partition": "miklip"}),
        "too-many-cores": ("more cores than any node has", {"cpus-per-task": "72"}),
        "too-much-memory": ("more memory than any node has", {"mem": "900000M"}),
        "too-long": ("more time than the partition's limit", {"partition": "gpu", "time": "1440"}),
        "bad-qos": ("a QOS that does not exist", {"qos": "nosuch"}),
        "forbidden-qos": ("a QOS the user does not have", {"qos": "training"}),
        "bad-constraint": ("a feature that no node has", {"constraint": "nosuch"}),
        "other-constraint": ("a feature of another partition's nodes", {"constraint": "256G"}),
        "bad-reservation": ("a reservation that does not exist", {"reservation": "nosuch"}),
        "bad-gres": ("a GPU type that no node has", {"partition": "gpu", "gres": "gpu:h100:1"}),
        "too-many-gpus": ("more GPUs than a node has", {"partition": "gpu", "gres": "gpu:9"}),
    }
    for name, (situation, change) in cases.items():
        options = [f"--{key}={value}" for key, value in (usual | change).items()]
        to.save(f"sbatch-{name}", situation, [*SBATCH, *options], user="alice", stdin=SLEEP)
        to.save(f"sbatch-test-{name}", f"asked only: {situation}",
                [*SBATCH, "--test-only", *options], user="alice", stdin=SLEEP)  # fmt: skip
    options = [f"--{key}={value}" for key, value in usual.items()]
    to.save("sbatch-no-association", "a user without any account", [*SBATCH, *options],
            user="dave", stdin=SLEEP)  # fmt: skip
    to.save("sbatch-multicluster", "the cluster is named, as where several share a database",
            [*SBATCH, "--clusters=berth", *options], user="alice", stdin=SLEEP)  # fmt: skip
    to.save("sbatch-not-a-script", "standard input is no script", [*SBATCH, *options],
            user="alice", stdin="sleep 1\n")  # fmt: skip
    with to.bed.reservation(node="c2"):
        wanted = [*options, "--partition=compute", "--constraint=256G"]
        to.save("sbatch-test-reserved-by-others", "the only fitting node is in a reservation of "
                "somebody else", [*SBATCH, "--test-only", *wanted, "--account=mh0010"],
                user="bob", stdin=SLEEP)  # fmt: skip
        to.save("sbatch-in-reservation", "the user's own reservation",
                [*SBATCH, *wanted, "--reservation=training"], user="alice",
                stdin=SLEEP)  # fmt: skip
        to.save("sbatch-foreign-reservation", "somebody else's reservation",
                [*SBATCH, *wanted, "--account=mh0010", "--reservation=training"], user="bob",
                stdin=SLEEP)  # fmt: skip
        to.bed.cancel_all()


def scancel(to: "Recorder") -> None:
    """Cancelling jobs of every kind."""
    stage = Stage(to)
    running, waiting = stage.submit("alice"), stage.submit("alice", "--begin=now+1hour")
    stage.wait({running: "RUNNING"})
    to.save("scancel-not-owner", "somebody else's running job", [SCANCEL, running], user="bob")
    to.save("scancel-running", "a running job", [SCANCEL, running], user="alice")
    to.save("scancel-pending", "a waiting job", [SCANCEL, waiting], user="alice")
    stage.wait({running: "CANCELLED", waiting: "CANCELLED"})
    to.save("scancel-ended", "a job that has ended", [SCANCEL, running], user="alice")
    to.save("scancel-unknown", "a job id that Slurm does not know", [SCANCEL, "99999"],
            user="alice")  # fmt: skip
    to.save("scancel-not-a-number", "what is no job id", [SCANCEL, "nosuch"], user="alice")


def sinfo(to: "Recorder") -> None:
    """Partitions and nodes of the usual cluster, idle and busy."""
    stage = Stage(to)
    to.save("sinfo-idle", "nothing runs; compute has two kinds of nodes", SINFO)
    some = [stage.submit("alice", "--cpus-per-task=5"),
            stage.submit("alice", "--partition=compute"),
            stage.submit("alice", "--partition=gpu", "--gres=gpu:a100:2")]  # fmt: skip
    stage.wait(dict.fromkeys(some, "RUNNING"))
    stage.control("update", "nodename=p1", "state=drain", "reason=maintenance")
    stage.control("update", "partition=miklip", "state=down")
    to.save("sinfo-busy", "nodes mixed, allocated and drained; the partition miklip is down", SINFO)
    to.bed.cancel_all()
    stage.control("update", "nodename=l1", "state=down", "reason=failed")
    stage.control("update", "nodename=c1", "state=fail", "reason=failing")
    stage.control("update", "partition=compute", "state=drain")
    stage.control("update", "partition=gpu", "state=inactive")
    with to.bed.reservation(node="c2"):
        to.save("sinfo-troubled", "nodes down, failing, drained and in a reservation; partitions "
                "draining, inactive and down", SINFO)  # fmt: skip
    for node in ("l1", "c1", "p1"):
        stage.control("update", f"nodename={node}", "state=resume")
    for partition in ("miklip", "compute", "gpu"):
        stage.control("update", f"partition={partition}", "state=up")


def accounts(to: "Recorder") -> None:
    """Accounts and reservations."""
    to.save("sacctmgr-alice", "a user with two accounts, one of them in one partition only",
            memberships("alice"))  # fmt: skip
    to.save("sacctmgr-dave", "a user without any account", memberships("dave"))
    to.save("sacctmgr-unknown", "a user that does not exist", memberships("nosuch"))
    to.save("reservations-none", "no reservation", RESERVATIONS)
    with to.bed.reservation():
        to.save("reservations-one", "one reservation", RESERVATIONS)
        with to.bed.reservation("maintenance", "root", "g1"):
            to.save("reservations-two", "two reservations", RESERVATIONS)
    to.save("scontrol-job-unknown", "a job id that Slurm does not know",
            (SCONTROL, "show", "job", "-o", "99999"))  # fmt: skip


def faults(to: "Recorder") -> None:
    """Parts of Slurm that are away; the slow ones take Slurm up to 20 s to notice."""
    bed, stage = to.bed, Stage(to)
    job = stage.submit("alice")
    stage.wait({job: "RUNNING"})
    submit = [*SBATCH, f"--comment={99:032x}", "--account=bm0146", "--output=/dev/null"]
    processes.stop(daemons.SLURMDBD, bed.layout.root)
    to.save("sacctmgr-slurmdbd-down", "slurmdbd does not run", memberships("alice"))
    to.save("sbatch-slurmdbd-down", "slurmdbd does not run", submit, user="alice", stdin=SLEEP)
    daemons.start_slurmdbd(bed.layout)

    everything = {"squeue": ("root", SQUEUE), "sinfo": ("root", SINFO),
                  "sbatch": ("alice", submit), "scancel": ("alice", (SCANCEL, job)),
                  "reservations": ("root", RESERVATIONS)}  # fmt: skip

    def save_all(fault: str, situation: str, **extra: Mapping[str, str]) -> None:
        for name, (user, argv) in everything.items():
            stdin = SLEEP if name == "sbatch" else ""
            to.save(f"{name}-{fault}", situation, argv, user=user, stdin=stdin)

    processes.stop(daemons.MUNGED, bed.layout.root)
    save_all("munge-down", "munged does not run on the machine that asks")
    to.save("sacctmgr-munge-down", "munged does not run on the machine that asks",
            memberships("alice"))  # fmt: skip
    daemons.start_munged(bed.layout)
    bed.control("down")
    save_all("controller-down", "slurmctld does not run (connection refused)")
    bed.control("up")
    [controller] = processes.find(daemons.SLURMCTLD, bed.layout.root)
    os.kill(controller, signal.SIGSTOP)
    save_all("controller-hangs", "slurmctld accepts connections and never answers")
    os.kill(controller, signal.SIGCONT)
    _wrong_conf(to)


def _wrong_conf(to: "Recorder") -> None:
    broken = to.bed.layout.root / "etc" / "broken"
    broken.mkdir(exist_ok=True)
    text = to.bed.layout.conf.read_text()
    variants = {
        "no-conf": ("SLURM_CONF names a file that is not there", None),
        "bad-conf": ("slurm.conf does not parse", "SlurmctldHost=\nNonsense=1\n"),
        "unresolvable": (
            "the controller's name does not resolve",
            re.sub(r"SlurmctldHost=.*", "SlurmctldHost=nosuch.invalid", text),
        ),
    }
    for name, (situation, changed) in variants.items():
        path = broken / f"{name}.conf"
        if changed is not None:
            path.write_text(changed)
        to.save(f"squeue-{name}", situation, SQUEUE, env={"SLURM_CONF": str(path)})


#: Kinds of nodes and limits that the usual cluster lacks, for sinfo.
ZOO = Cluster(
    nodes=(
        Node("z1", 64000, "cpu", cores=4),
        Node("z2", 256000, "gpu,a100,v100", cores=64, gres="gpu:a100:2,gpu:v100:4", gres_conf=(
            "Name=gpu Type=a100 Count=2", "Name=gpu Type=v100 Count=4")),
        Node("z3", 512000, "gpu,mig", cores=128, gres="gpu:a100_1g.5gb:7,gpu:a100_3g.20gb:2",
             gres_conf=("Name=gpu Type=a100_1g.5gb Count=7", "Name=gpu Type=a100_3g.20gb Count=2")),
        Node("z4", 128000, "gpu", cores=16, gres="gpu:4", gres_conf=("Name=gpu Count=4",)),
        Node("z5", 1500000, "", cores=192, gres="gpu:a100:8", gres_conf=(
            "Name=gpu Type=a100 Count=8",)),
        *(Node(f"z{number}", 64000, "cpu", cores=4) for number in range(6, 10)),
    ),
    partitions=(
        "test Nodes=z1 MaxTime=30",
        "minute Nodes=z1 MaxTime=00:01:30",
        "endless Nodes=z1 MaxTime=UNLIMITED",
        "mixed Nodes=z1,z2,z4 Default=YES MaxTime=1-12:30:00",
        "mig Nodes=z3 MaxTime=90",
        "big Nodes=z5 MaxTime=14-0",
        "empty MaxTime=60",
        "hidden Nodes=z1 MaxTime=60 Hidden=YES",
        "many Nodes=z1,z[6-9] MaxTime=60",
        "all Nodes=ALL MaxTime=60",
    ),
)  # fmt: skip


def zoo(to: "Recorder") -> None:
    """What sinfo prints for nodes and limits of many kinds."""
    to.save("sinfo-zoo", "two GPU types on a node, MIG slices, untyped GPUs, a node without "
            "features, partitions of mixed nodes, of none, hidden, with limits of minutes, of "
            "many days and without limit", SINFO)  # fmt: skip


USUAL_PLACE = (9, BERTH)
PLACES = {"zoo": (8, ZOO)}
