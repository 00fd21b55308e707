"""Projects, their budgets and what was used of them: as Slurm's own tools tell it, and in time.

Three people: alice, whose project has used up its budget by real jobs; bob, whose project has less
left than he asks for; carol, who has used up her own part.
"""

import pwd
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from hub_config.agent.identity import account
from hub_config.agent.policy import Policy, load
from hub_config.agent.verbs import handle
from hub_config.cluster.client import Client
from hub_config.cluster.facts import Facts
from hub_config.model.budget import Project
from hub_config.schedulers.base import Reply
from hub_config.schedulers.slurm import Slurm
from tests.support.centre import HUB_USER, Centre
from tests.support.hubs import Visitor, until
from tests.support.people import logged_in
from tests.testbed.accounting import SACCTMGR
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed

LIMITS = {
    ("account", "name=bm0146"): "cpu=1",
    ("account", "name=mh0010"): "cpu={left},gres/gpu=60",
    ("user", "name=carol", "account=miklip"): "cpu=0",
}
WORK = "#!/bin/bash\nsleep 4\n"
PATIENT = "from hub_config.cluster import cached\n\ncached.PATIENCE = 30.0\n"
"""A hub that waits for sshare, without whose answer of just now it refuses nobody."""


@pytest.fixture(scope="module")
def budgets(centre: Centre) -> Iterator[None]:
    """Budgets on all three projects, one of them used up; the hub has seen none of it before."""
    job = _submit(centre.bed, "alice", "--account=bm0146", "--cpus-per-task=40", script=WORK)
    centre.bed.wait_state(job, "COMPLETED")
    used = _used(centre.bed, "bob")["mh0010", "", ""]["cpu"]
    patient = centre.hub.folder / "jupyterhub_config.d" / "patient.py"
    patient.parent.mkdir()
    patient.write_text(PATIENT)
    try:
        for what, limit in LIMITS.items():
            _limit(centre.bed, what, limit.format(left=used + 120))
        _begin_anew(centre)
        yield
    finally:
        for what in LIMITS:
            _limit(centre.bed, what, "cpu=-1,gres/gpu=-1")
        patient.unlink()
        patient.parent.rmdir()
        _begin_anew(centre)


def _begin_anew(centre: Centre) -> None:
    """Restart the hub, which asks for a person's projects every five minutes only."""
    centre.hub.stop()
    centre.hub.start()


def _limit(bed: SlurmBed, what: tuple[str, ...], minutes: str) -> None:
    must([SACCTMGR, "--immediate", "modify", *what, "set", f"GrpTRESMins={minutes}"], env=bed.env)


def _submit(bed: SlurmBed, user: str, *options: str, script: str) -> str:
    argv = ["/usr/bin/sbatch", "--parsable", "--time=10", "--output=/dev/null", *options]
    done = bed.run_as(user, argv, input=script)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Agent:
    """The agent's own verbs, called by the hub's account."""

    def __init__(self, policy: Policy) -> None:
        self.policy, self.caller = policy, account(pwd.getpwnam(HUB_USER).pw_uid)

    async def ask(self, request: Mapping[str, Any]) -> Reply:
        return Reply(**handle(dict(request), self.caller, self.policy))


def _told(bed: SlurmBed, *argv: str) -> list[list[str]]:
    """Return the rows of a table of Slurm's."""
    return [line.strip().split("|") for line in must(argv, env=bed.env).splitlines()]


def _minutes(text: str) -> dict[str, int]:
    return {name: int(n) for name, _, n in (one.partition("=") for one in text.split(",") if one)}


def _used(bed: SlurmBed, user: str) -> dict[tuple[str, ...], dict[str, int]]:
    """Return minutes by thing for each account, user and partition."""
    columns = "--format=Account,User,Partition,GrpTRESRaw"
    rows = _told(bed, "/usr/bin/sshare", "-hPm", f"--users={user}", columns)
    return {tuple(row[:3]): _minutes(row[3]) for row in rows}


@pytest.mark.usefixtures("budgets")
@pytest.mark.parametrize("user", ["alice", "bob", "carol"])
async def test_projects_are_those_of_sacctmgr_and_their_figures_those_of_sshare(
    centre: Centre, user: str
) -> None:
    client: Any = Agent(load(centre.agent_config))
    facts = Facts(Client(client, Slurm()))
    found: tuple[Project, ...] = ()
    while not (found and found[0].known):  # a first look waits for 0.7 s only
        found = (await facts.accounts(user)).projects or ()
    seen = await facts.accounts(user)
    assert (seen.enforced, seen.stale) == ("limits", False)

    rows = _told(centre.bed, SACCTMGR, "-nP", "show", "associations", "where", f"user={user}",
                 "format=Account,Partition,QOS,DefaultQOS,GrpTRESMins")  # fmt: skip
    assert {(p.account, p.partition, ",".join(p.qos), p.default_qos) for p in found} == {
        tuple(row[:4]) for row in rows
    }
    used = _used(centre.bed, user)
    own_limits = {(row[0], row[1]): _minutes(row[4]) for row in rows}
    for project in found:
        assert project.used == used[project.account, "", ""]
        assert project.own == used[project.account, user, project.partition]
        [[limit]] = _told(centre.bed, SACCTMGR, "-nP", "show", "associations", "where", "user=",
                          f"account={project.account}", "format=GrpTRESMins")  # fmt: skip
        shown = [(b.own, b.tres, b.limit, b.used) for b in project.budgets]
        assert sorted(shown) == sorted(
            (own, tres, most, (project.own if own else project.used)[tres])
            for own, limits in (
                (True, own_limits[project.account, project.partition]),
                (False, _minutes(limit)),
            )
            for tres, most in limits.items()
        )


@pytest.mark.usefixtures("budgets")
def test_the_form_says_that_a_budget_is_used_up_before_slurm_lets_a_job_wait_for_ever(
    centre: Centre, alice: Visitor
) -> None:
    until(lambda: "bm0146 – budget used up" in _form(alice), "the form's word")
    assert "mh0010 – budget" not in _form(alice)
    words = "The budget of project bm0146 is used up ("
    preset = {"profile": "shared-1", "account": "bm0146"}
    assert words in _estimate(alice, **preset)
    refused = alice.submit_form("preset", preset)
    assert refused.status_code == 400
    assert words in refused.text
    assert 'id="preset-account-error"' in refused.text
    advanced = {"profile": "advanced", "partition": "shared", "account": "bm0146"}
    assert alice.start("advanced", advanced).status_code == 400
    assert centre.bed.squeue("alice") == []
    # What Slurm itself does with such a job: it takes it, and never starts it.
    job = _submit(centre.bed, "alice", "--account=bm0146", script=WORK)
    until(lambda: centre.bed.job(job)["Reason"] == "AssocGrpCPUMinutesLimit", "Slurm's reason")
    centre.bed.cancel_all()


@pytest.mark.usefixtures("budgets")
def test_who_asks_for_more_than_is_left_is_warned(bob: Visitor) -> None:
    wanted = {"profile": "advanced", "partition": "shared", "account": "mh0010", "cores": "2"}
    warned = r"Project mh0010 has 2[0-9.]* core-h left, and this asks for 8\. At most 1:0[0-9] h of"
    until(lambda: re.match(warned, _estimate(bob, **wanted, walltime="4")), "the warning")
    assert "left" not in _estimate(bob, **wanted, walltime="0.2")


@pytest.mark.usefixtures("budgets")
def test_who_has_used_up_the_own_part_is_told_so(
    centre: Centre, unix_users: dict[str, str]
) -> None:
    answers = {"profile": "shared-1", "account": "miklip"}
    words = "Your part of the budget of project miklip is used up (0 of 0 core-h)."
    with logged_in(centre, "carol", unix_users) as carol:
        until(lambda: "miklip – budget used up" in _form(carol), "the form's word")
        refused = carol.submit_form("preset", answers)
    assert refused.status_code == 400
    assert words in refused.text


def _form(visitor: Visitor) -> str:
    return visitor.get("/hub/spawn").content.decode()


def _estimate(visitor: Visitor, **options: str) -> str:
    asked = "&".join(f"opt-{name}={value}" for name, value in options.items())
    text: str = visitor.get(f"/hub/berth/estimate/{visitor.name}?{asked}").json()["text"]
    return text
