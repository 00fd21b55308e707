"""The way to the scheduler: a dead agent, rights that are wrong, presets that cannot run."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from hub_config.agent.policy import Policy
from hub_config.doctor import cluster
from hub_config.doctor.patient import Finding, Patient, Unseen
from hub_config.load import load_profiles
from hub_config.ops.failure import Failed
from hub_config.schedulers.base import Partition

PROFILES = """\
presets:
  - {id: small, title: S, partition: shared, cores: 2, memory: 4G, walltime: 8h}
  - {id: gpu, title: G, partition: gpu, memory: 4G, walltime: 8h, gpus: 2, gpu_type: a100}
advanced:
  partitions: {shared: {}, gpu: {}}
"""
PARTITIONS = {
    "shared": Partition(name="shared", up=True, max_walltime=None, nodes=2, idle_nodes=1,
                        cores=16, memory=8000),
    "gpu": Partition(name="gpu", up=True, max_walltime=43200, nodes=1, idle_nodes=1, cores=8,
                     memory=8000, gpus={"a100": 4}),
}  # fmt: skip
POLICY = Policy(
    scheduler="slurm", launcher="/bin/true", callers={"berth": ("submit", "cancel", "query")}
)


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    folder = tmp_path / "profiles.d"
    folder.mkdir()
    (folder / "all.yml").write_text(PROFILES)
    return folder


def unfit(profiles: Path, **changes: Partition | None) -> list[Finding]:
    known = {name: part for name, part in {**PARTITIONS, **changes}.items() if part}
    told: dict[str, Any] = {name: asdict(part) for name, part in known.items()}
    return list(cluster.unfit(load_profiles(profiles, None), told))


# --- presets


def test_presets_that_fit(profiles: Path) -> None:
    assert not unfit(profiles)
    assert not unfit(profiles, gpu=replace(PARTITIONS["gpu"], gpus={}, gpus_known=False))


@pytest.mark.parametrize(
    ("partition", "change", "seen"),
    [
        ("shared", {"cores": 1}, "preset small: 2 cores, nodes have 1 in partition shared"),
        ("shared", {"memory": 4095}, "preset small: 4G memory, nodes have 4095M"),
        ("shared", {"max_walltime": 3600}, "08:00:00 walltime, jobs end after 01:00:00"),
        ("shared", {"up": False}, "preset small: nothing is started in partition shared"),
        ("gpu", {"gpus": {"a100": 1}}, "preset gpu: 2 a100, nodes have 1"),
        ("gpu", {"gpus": {"v100": 4}}, "preset gpu: 2 a100, nodes have 0"),
    ],
)
def test_a_preset_that_no_node_could_run(
    profiles: Path, partition: str, change: dict[str, Any], seen: str
) -> None:
    [found] = unfit(profiles, **{partition: replace(PARTITIONS[partition], **change)})
    assert found.level == "fail"
    assert seen in found.seen


def test_a_partition_that_is_gone(profiles: Path) -> None:
    found = unfit(profiles, gpu=None)
    assert [finding.level for finding in found] == ["fail", "warn"]
    assert "there is no partition gpu" in found[0].seen
    assert found[0].cure == "the scheduler has shared"


# --- the agent


def site(folder: Path, scheduler: str) -> Patient:
    (folder / "site.yml").write_text(
        f"auth: {{method: pam}}\nscheduler: {{type: slurm, timeout: 5s, {scheduler}}}\n"
    )
    return Patient(folder)


def test_an_agent_that_does_not_run(tmp_path: Path, profiles: Path) -> None:
    patient = site(tmp_path, f"transport: socket, agent_socket: {tmp_path}/agent.sock")
    with pytest.raises(Failed, match="berth-agent"):
        patient.ask("")
    assert profiles.is_dir()


@pytest.mark.parametrize("check", [cluster.queue, cluster.presets])
def test_what_depends_on_a_dead_agent_is_unseen(
    tmp_path: Path, profiles: Path, check: Callable[[Patient], Iterator[Finding]]
) -> None:
    patient = site(tmp_path, f"transport: direct, agent_config: {tmp_path}/none.toml")
    with pytest.raises(Unseen, match="gives no answer"):
        list(check(patient))
    assert profiles.is_dir()


def test_a_slow_scheduler() -> None:
    assert cluster.quick("jobs", 0.02).level == "ok"
    assert cluster.quick("jobs", 18.0).level == "warn"


# --- agent.toml


def judged(policy: Policy, served: bool = True) -> list[Finding]:
    return list(cluster.judge_policy(Path("/etc/berth/agent.toml"), policy, served))


def test_a_policy_as_it_should_be() -> None:
    assert [finding.level for finding in judged(POLICY)] == ["ok"]


def test_rights_that_the_hub_lacks() -> None:
    policy = replace(POLICY, callers={"berth": ("query",)})
    assert judged(policy)[0].seen.endswith("berth may not cancel, submit")
    assert judged(policy)[0].level == "fail"
    assert not [f for f in judged(replace(POLICY, callers={}), served=False) if f.level == "fail"]


def test_somebody_else_may_ask() -> None:
    policy = replace(POLICY, callers={**POLICY.callers, "www-data": ("submit",)})
    assert [finding.level for finding in judged(policy)] == ["warn", "ok"]


@pytest.mark.parametrize(("launcher", "level"), [("/none", "unseen"), ("/etc/passwd", "fail")])
def test_the_launcher(launcher: str, level: str) -> None:
    assert judged(replace(POLICY, launcher=launcher))[0].level == level


def test_a_policy_with_a_mistake(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "agent.toml").write_text('scheduler = "slurm"\n')
    patient = site(tmp_path, f"transport: sudo, agent_config: {tmp_path}/agent.toml")
    [found] = cluster.policy(patient)
    assert (found.level, "launcher is missing" in found.seen) == ("fail", True)


def test_a_policy_on_another_machine(tmp_path: Path) -> None:
    patient = site(tmp_path, f"transport: ssh, ssh: {{host: login1, key: {tmp_path}/key}}")
    with pytest.raises(Unseen):
        list(cluster.policy(patient))
