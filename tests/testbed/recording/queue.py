"""Queue listings: none, waiting and running, every ending, jobs that are not ours."""

import time

from hub_config.schedulers.base import Command
from tests.testbed.recording.recorder import Recorder
from tests.testbed.recording.stage import SCANCEL, SCONTROL, SLURM, Stage
from tests.testbed.shell import must, run

STUBBORN = "#!/bin/bash\ntrap '' TERM\nfor i in {1..90}; do sleep 1; done\n"


def record(to: Recorder) -> None:
    """Record all of them in one bed."""
    stage = Stage(to.bed)
    to.save("squeue-empty", "no job of ours is known", SLURM.jobs())
    to.save("queue-empty", "nobody waits", SLURM.queue())
    _waiting_and_running(to, stage)
    _blocked(to, stage)
    _endings(to, stage)
    _foreign(to, stage)
    unknown = Command(("/usr/bin/squeue", "--noheader", "--jobs=99999"))
    to.save("squeue-unknown-job", "a job id that Slurm does not know", unknown)
    unknown = Command((SCONTROL, "show", "job", "--oneliner", "99999"))
    to.save("scontrol-job-unknown", "a job id that Slurm does not know", unknown)


def _waiting_and_running(to: Recorder, stage: Stage) -> None:
    modify = ("/usr/bin/sacctmgr", "--immediate", "modify", "user", "bob", "set")
    must([*modify, "maxjobs=1"], env=to.bed.env)
    stage.control("create", "reservation", "reservationname=later", "users=alice", "nodes=g1",
                  "starttime=now+2hours", "duration=120")  # fmt: skip
    expected = _running(stage)
    expected |= _waiting(stage, next(iter(expected)))
    stage.wait(expected)
    to.save("squeue-waiting-and-running", "jobs running, suspended, and waiting for every common "
            "reason; two jobs of another name run as well", SLURM.jobs())  # fmt: skip
    to.save("queue-waiting", "jobs waiting in four partitions for every common reason",
            SLURM.queue())  # fmt: skip
    must([*modify, "maxjobs=-1"], env=to.bed.env)
    to.bed.cancel_all()
    stage.control("delete", "reservationname=later")


def _running(stage: Stage) -> dict[str, str]:
    expected = dict.fromkeys(
        [
            stage.submit("alice", "--mem=2560M"),
            stage.submit("alice", "--partition=compute", "--job-name=not-berth"),
            stage.submit("alice", "--partition=compute", "--job-name=not-berth"),
            stage.submit("bob", "--partition=prepost"),
            stage.submit("alice", "--partition=gpu", "--gres=gpu:a100:1"),
            stage.submit("carol", "--partition=miklip", "--cpus-per-task=4"),
            stage.submit("alice", "--qos=express"),
        ],
        "RUNNING None",
    )
    suspended = stage.submit("alice")
    stage.wait(expected | {suspended: "RUNNING"})
    stage.control("suspend", suspended)
    return expected | {suspended: "SUSPENDED"}


def _waiting(stage: Stage, running: str) -> dict[str, str]:
    first = stage.submit("alice", "--partition=compute")
    stage.wait({first: "PENDING Resources"})
    stage.wait_forecast(first)
    by_admin = stage.submit("alice", "--begin=now+1hour")
    stage.control("hold", by_admin)
    return {
        first: "PENDING Resources",
        stage.submit("alice", "--partition=compute"): "PENDING Priority",
        stage.submit("bob", "--partition=prepost"): "PENDING AssocMaxJobsLimit",
        stage.submit("alice", "--qos=express"): "PENDING QOSMaxJobsPerUserLimit",
        stage.submit("alice", "--partition=gpu", "--reservation=later"): "PENDING Reservation",
        stage.submit("alice", f"--dependency=afterok:{running}"): "PENDING Dependency",
        stage.submit("alice", "--begin=now+1hour"): "PENDING BeginTime",
        stage.submit("alice", "--hold"): "PENDING JobHeldUser",
        by_admin: "PENDING JobHeldAdmin",
    }


def _blocked(to: Recorder, stage: Stage) -> None:
    """What an administrator's hand on nodes and partitions does to waiting jobs."""
    stage.control("update", "partition=gpu", "state=down")
    stage.control("update", "nodename=c1", "state=drain", "reason=maintenance")
    expected = {
        stage.submit("alice", "--partition=gpu"): "PENDING PartitionDown",
        stage.submit("alice", "--partition=compute", "--nodelist=c1"): "PENDING ReqNodeNotAvail",
    }
    stage.wait(expected)
    to.save("squeue-blocked", "jobs waiting for a partition that is down and for a drained node; "
            "earlier ones, cancelled, are still listed", SLURM.jobs())  # fmt: skip
    to.bed.cancel_all()
    stage.control("update", "partition=gpu", "state=up")
    stage.resume("c1")


def _endings(to: Recorder, stage: Stage) -> None:
    stage.wait({stage.submit("alice", "--partition=prepost", "--exclusive"): "RUNNING"})
    soon = ("--time=1", "--deadline=now+70seconds")
    slow = {
        stage.submit("alice", "--time=1"): "TIMEOUT",
        stage.submit("alice", "--partition=prepost", *soon): "DEADLINE",
        stage.submit("alice", script="#!/bin/bash\n"): "COMPLETED",
        stage.submit("bob", script="#!/bin/bash\nexit 7\n"): "FAILED",
    }
    stage.wait(slow, patience=200)  # Slurm looks for jobs over their limit every 30 s
    quick, nodes = _ended_by_hand(stage)
    ending = stage.submit("alice", script=STUBBORN)
    stage.wait(slow | quick | {ending: "RUNNING"})
    time.sleep(1)  # bash has to reach its trap, else it ends at once
    run([SCANCEL, ending], env=to.bed.env)
    stage.wait({ending: "COMPLETING"}, patience=5)
    to.save("squeue-endings", "jobs that have ended in every way this cluster knows, one that is "
            "just ending, and jobs put back into the queue", SLURM.jobs())  # fmt: skip
    stage.resume(*nodes)
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


def _foreign(to: Recorder, stage: Stage) -> None:
    comments = ("", "not ours", "a|b|c", "first line\nsecond line", "ä")
    jobs = [stage.submit("bob", "--hold", f"--comment={text}") for text in comments]
    stage.wait(dict.fromkeys(jobs, "PENDING JobHeldUser"))
    to.save("squeue-foreign-comments", "jobs of our name which somebody submitted by hand: no "
            "comment, other comments, one with the separator, one with a line break; earlier "
            "endings are listed too", SLURM.jobs())  # fmt: skip
