"""Every recorded reply of every scheduler, and what it means."""

import pytest

from hub_config.schedulers.base import Membership, Phase, Refused, Reply, Unanswered
from hub_config.schedulers.slurm import Slurm
from tests.contract.recordings import SCHEDULERS, Recording, recording, recordings

# Faults: whatever was asked, nobody knows. The accounts are cached by slurmctld, so a job can
# be submitted while slurmdbd is away.
FAULTS = ("-munge-down", "-controller-down", "-controller-hangs", "-slurmdbd-down")
ANSWERED_ALL_THE_SAME = {"sbatch-slurmdbd-down"}
ACCEPTED = {
    "sbatch-accepted",
    "sbatch-accepted-gpu",
    "sbatch-in-reservation",
    "sbatch-multicluster",
    "sbatch-reserved-by-others",
    "sbatch-slurmdbd-down",
    "submit-sleeper",
    "submit-false",
}
WOULD_BE_ACCEPTED = {
    "sbatch-test-accepted",
    "sbatch-test-accepted-gpu",
    "sbatch-test-in-reservation",
    "submit-test",
}
NO_ANSWER = {"sbatch-not-a-script"}  # sbatch's own words: nothing was asked of the controller


def is_fault(found: Recording) -> bool:
    return found.name not in ANSWERED_ALL_THE_SAME and (
        found.name.endswith(FAULTS) or "-conf-" in found.name
    )


def cases(*prefixes: str, faults: bool = False) -> list[Recording]:
    every = [*recordings("slurm", *prefixes), *recordings("local", *prefixes, "")]
    return [one for one in every if one.name.startswith(prefixes) and is_fault(one) == faults]


@pytest.mark.parametrize("found", cases("sbatch-", "submit-"), ids=str)
def test_submissions(found: Recording) -> None:
    read = SCHEDULERS[found.scheduler].read_submit
    if found.name in ACCEPTED:
        assert read(found.reply) == found.reply.out.strip().partition(";")[0] != ""
    elif found.name in WOULD_BE_ACCEPTED:
        assert read(found.reply) == ""
    else:
        with pytest.raises(Unanswered if found.name in NO_ANSWER else Refused) as caught:
            read(found.reply)
        assert str(caught.value) == found.reply.err.strip()


@pytest.mark.parametrize("found", cases("scancel-", "cancel-"), ids=str)
def test_cancelling(found: Recording) -> None:
    read = SCHEDULERS[found.scheduler].read_cancel
    if "not-owner" in found.name:
        with pytest.raises(Refused, match="Access/permission denied"):
            read(found.reply)
    else:
        read(found.reply)


@pytest.mark.parametrize("found", recordings("slurm"), ids=str)
def test_no_fault_of_the_cluster_reads_like_an_answer(found: Recording) -> None:
    if not is_fault(found):
        return
    slurm = SCHEDULERS["slurm"]
    readers = {
        "squeue": slurm.read_jobs,
        "sinfo": slurm.read_partitions,
        "sbatch": slurm.read_submit,
        "scancel": slurm.read_cancel,
        "note": slurm.read_note,
        "queue": slurm.read_queue,
        "sacct": slurm.read_endings,
        "sacctmgr": slurm.read_memberships,
        "sshare": slurm.read_shares,
        "config": slurm.read_enforcement,
        "reservations": slurm.read_reservations,
    }
    with pytest.raises(Unanswered):
        readers[found.name.partition("-")[0]](found.reply)


def test_faults_of_every_kind_were_recorded() -> None:
    found = {one.name for one in recordings("slurm") if is_fault(one)}
    tools = "squeue", "queue", "sinfo", "sbatch", "scancel", "note", "reservations"
    for tool in (*tools, "sshare", "config"):
        assert {f"{tool}{fault}" for fault in FAULTS[:3]} <= found
    assert {"sacctmgr-munge-down", "sacctmgr-slurmdbd-down", "squeue-conf-unresolvable"} <= found


def phases(name: str) -> dict[str, Phase]:
    found = recording("slurm" if name.startswith("squeue") else "local", name)
    jobs = SCHEDULERS[found.scheduler].read_jobs(found.reply)
    return {job_id: job.phase for job_id, job in jobs.items()}


def test_waiting_and_running_jobs() -> None:
    found = recording("slurm", "squeue-waiting-and-running")
    jobs = Slurm().read_jobs(found.reply)
    by_phase = {phase: [j for j in jobs.values() if j.phase is phase] for phase in Phase}
    assert {job.state for job in by_phase[Phase.RUNNING]} == {"RUNNING", "SUSPENDED"}
    assert all(job.host and job.start and job.end for job in by_phase[Phase.RUNNING])
    assert not any(job.host for job in by_phase[Phase.PENDING])
    assert {job.reason for job in by_phase[Phase.PENDING]} == {
        "Resources",
        "Priority",
        "Reservation",
        "AssocMaxJobsLimit",
        "QOSMaxJobsPerUserLimit",
        "BeginTime",
        "Dependency",
        "JobHeldAdmin",
        "JobHeldUser",
    }
    assert next(job.reason for job in by_phase[Phase.PENDING] if job.start) == "Resources"
    assert len(jobs) == len(found.reply.out.splitlines()) - 1


def test_every_ending() -> None:
    jobs = Slurm().read_jobs(recording("slurm", "squeue-endings").reply).values()
    ended = {job.state for job in jobs if job.phase is Phase.ENDED}
    assert ended == {"CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "TIMEOUT"}
    assert {job.state for job in jobs if job.phase is Phase.ENDING} == {"COMPLETING"}
    assert {job.state for job in jobs if job.phase is Phase.PENDING} == {"PENDING", "SPECIAL_EXIT"}
    assert not [job for job in jobs if job.phase is Phase.UNKNOWN]


def test_jobs_of_others_that_are_named_like_ours_are_left_out() -> None:
    out = recording("slurm", "squeue-foreign-comments").reply.out
    mine = [line for line in out.splitlines() if "|berth:" in line]
    assert sorted(phases("squeue-foreign-comments")) == sorted(line.split("|")[1] for line in mine)
    assert len(mine) < len(out.splitlines()) - 1


def test_an_empty_queue_is_an_answer() -> None:
    assert phases("squeue-empty") == phases("jobs-none") == {}


def test_local_jobs() -> None:
    assert phases("jobs-two") == {"1": Phase.RUNNING, "2": Phase.ENDED}
    assert phases("jobs-ended") == {"1": Phase.ENDED, "2": Phase.ENDED}


def test_partitions_of_an_idle_cluster() -> None:
    found = Slurm().read_partitions(recording("slurm", "sinfo-idle").reply)
    assert list(found) == ["shared", "prepost", "compute", "gpu", "miklip"]
    compute = found["compute"]
    assert (compute.nodes, compute.idle_nodes, compute.cores) == (2, 2, 48)
    assert (compute.memory, compute.max_walltime) == (300000, 8 * 3600)
    assert compute.features == {"64G", "256G"}
    assert found["gpu"].gpus == {"a100": 4}
    assert found["shared"].max_walltime == 7 * 86400


def test_partitions_in_trouble() -> None:
    busy = Slurm().read_partitions(recording("slurm", "sinfo-busy").reply)
    assert {name for name, one in busy.items() if not one.up} == {"miklip"}
    assert {name: one.idle_nodes for name, one in busy.items() if one.idle_nodes} == {"compute": 1}
    troubled = Slurm().read_partitions(recording("slurm", "sinfo-troubled").reply)
    assert [name for name, one in troubled.items() if one.up] == ["shared", "prepost"]
    assert {name: one.idle_nodes for name, one in troubled.items() if one.idle_nodes} == {"gpu": 1}


def test_nodes_and_limits_of_many_kinds() -> None:
    zoo = Slurm().read_partitions(recording("slurm", "sinfo-zoo").reply)
    limits = {name: one.max_walltime for name, one in zoo.items()}
    assert (limits["test"], limits["minute"], limits["endless"]) == (1800, 120, None)
    assert (limits["mixed"], limits["big"]) == (131400, 14 * 86400)
    assert zoo["mixed"].gpus == {"": 4, "a100": 2, "v100": 4}
    assert (zoo["mixed"].cores, zoo["mixed"].memory) == (64, 256000)
    assert zoo["mig"].gpus == {"a100_1g.5gb": 7, "a100_3g.20gb": 2}
    assert (zoo["empty"].nodes, zoo["empty"].cores, zoo["big"].features) == (0, 0, frozenset())
    assert zoo["all"].gpus == {"": 4, "a100": 8, "v100": 4, **zoo["mig"].gpus}
    assert (zoo["all"].nodes, zoo["hidden"].nodes) == (9, 1)


def test_the_local_partition() -> None:
    local = SCHEDULERS["local"].read_partitions(recording("local", "partitions").reply)["local"]
    assert local.up and local.cores >= 1 and local.memory >= 1 and local.max_walltime is None


def test_accounts() -> None:
    read = Slurm().read_memberships
    both = ("express", "normal")
    assert set(read(recording("slurm", "sacctmgr-alice").reply)) == {
        Membership("mh0010", "shared", both),
        Membership("bm0146", "", both, default=True),
    }
    assert read(recording("slurm", "sacctmgr-dave").reply) == ()
    assert read(recording("slurm", "sacctmgr-unknown").reply) == ()


def test_what_accounts_may_use_and_have_used() -> None:
    shares = Slurm().read_shares(recording("slurm", "sshare-budgets").reply)
    rows = {(one.account, one.user): one for one in shares}
    climate, spent, own = (
        rows[key] for key in (("climate", ""), ("bm0146", ""), ("mh0010", "alice"))
    )
    assert (climate.above, spent.above, own.above) == (("root",), ("climate", "root"), ("root",))
    assert rows["bm0146", "alice"].above == spent.above
    assert (climate.limits, spent.limits) == ({"cpu": 6000}, {"cpu": 1, "gres/gpu": 120})
    assert spent.used["cpu"] == climate.used["cpu"] == 3
    assert (own.partition, own.limits, own.factor) == ("shared", {"billing": 600}, 1.0)
    assert (own.running["billing"], own.used["billing"]) == (10, 0)
    assert (rows["root", ""].factor, rows["root", ""].limits) == (None, {})


def test_only_the_accounts_of_the_user_are_told() -> None:
    assert Slurm().read_shares(recording("slurm", "sshare-unknown").reply) == ()
    for name in ("sshare-no-limits", "sshare-no-priorities"):
        shares = Slurm().read_shares(recording("slurm", name).reply)
        assert [(one.account, one.user) for one in shares] == [
            ("root", ""), ("bm0146", ""), ("bm0146", "alice"), ("mh0010", ""), ("mh0010", "alice"),
        ]  # fmt: skip
        assert not any(one.limits for one in shares)


@pytest.mark.parametrize("what", ["limits", "safe"])
def test_what_is_done_about_budgets(what: str) -> None:
    read = Slurm().read_enforcement
    assert read(recording("slurm", f"config-{what}").reply) == what
    assert read(recording("slurm", "config-none").reply) == "no"


def test_schedulers_without_budgets_say_so() -> None:
    for name in ("gridengine", "local"):
        scheduler = SCHEDULERS[name]
        assert scheduler.shares("alice") is None and scheduler.enforcement() is None
        assert scheduler.read_shares(Reply(0, "", "")) == ()
        assert scheduler.read_enforcement(Reply(0, "", "")) == "no"


def test_reservations() -> None:
    def names(name: str) -> list[str]:
        return [one.name for one in Slurm().read_reservations(recording("slurm", name).reply)]

    assert names("reservations-none") == []
    assert names("reservations-one") == ["training"]
    assert names("reservations-two") == ["training", "maintenance"]


def test_the_recordings_are_of_the_commands_we_run_today() -> None:
    slurm = Slurm()
    today = {
        "squeue-empty": slurm.jobs(),
        "sinfo-idle": slurm.partitions(),
        "scancel-unknown": slurm.cancel("99999", "0" * 32),
        "sacct-unknown": slurm.endings(("98", "99")),
        "queue-empty": slurm.queue(),
        "sacctmgr-alice": slurm.memberships("alice"),
        "sshare-budgets": slurm.shares("alice"),
        "config-limits": slurm.enforcement(),
        "reservations-none": slurm.reservations(),
    }
    for name, command in today.items():
        assert command and recording("slurm", name).argv == command.argv, f"record {name} again"
