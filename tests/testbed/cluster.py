"""What the test cluster pretends to be, and the configuration files that say so to Slurm.

Partitions, limits and features are those of a climate computing centre; nodes claim more cores and
memory than this machine has (``SlurmdParameters=config_overrides``). Sources: man slurm.conf,
man slurmdbd.conf, man gres.conf.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.testbed.layout import Layout, this_host


@dataclass(frozen=True)
class Node:
    """One fake node: ``memory`` in MB, ``gres`` as in slurm.conf, lines for gres.conf."""

    name: str
    memory: int
    features: str
    cores: int = 48
    gres: str = ""
    gres_conf: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cluster:
    """Nodes, and the partitions as lines of slurm.conf."""

    nodes: tuple[Node, ...]
    partitions: tuple[str, ...]
    gpus: int = 0  # number of device files /dev/berth-gpu<n> that gres.conf refers to
    settings: tuple[str, ...] = ()  # lines of slurm.conf, each instead of the line with its key
    cgroup: tuple[str, ...] = ()  # lines of cgroup.conf
    people: bool = True  # whether it is for the people of ``users``, with their projects


# DefMemPerCPU times the 48 cores has to fit in the node's memory: a job of an exclusive partition
# is given all cores, and every submission would else fail with "Requested node configuration is
# not available".
BERTH = Cluster(
    nodes=(
        Node("l1", 131072, "64G"),
        Node("c1", 66000, "64G"),
        Node("c2", 300000, "256G"),
        Node("p1", 300000, "256G"),
        Node(
            "g1",
            515000,
            "a100,512G",
            gres="gpu:a100:4",
            gres_conf=("Name=gpu Type=a100 File=/dev/berth-gpu[0-3]",),
        ),
    ),
    partitions=(
        "shared Nodes=l1 Default=YES MaxTime=7-00:00:00 DefMemPerCPU=2560",
        "prepost Nodes=p1 MaxTime=12:00:00 DefMemPerCPU=5120",
        "compute Nodes=c[1-2] MaxTime=8:00:00 DefMemPerCPU=1280 OverSubscribe=EXCLUSIVE",
        "gpu Nodes=g1 MaxTime=12:00:00 DefMemPerCPU=5120",
        "miklip Nodes=p1 MaxTime=12:00:00 DefMemPerCPU=5120 AllowAccounts=miklip",
    ),
    gpus=4,
)


def slurm_conf(layout: Layout, cluster: Cluster) -> str:
    """Return slurm.conf: everything on loopback, quick to schedule and quick to kill."""
    return _replaced(_usual(layout, cluster), cluster.settings)


def cgroup_conf(cluster: Cluster) -> str:
    """Return cgroup.conf, which slurmd reads where jobs are kept in control groups."""
    return "".join(f"{line}\n" for line in cluster.cgroup)


def limited_memory(groups: Path = Path("/sys/fs/cgroup")) -> tuple[str, ...]:
    """Return lines of cgroup.conf with which a job that takes more memory than it has is ended.

    The plugin is the one of the hierarchy that memory belongs to: there may be both.
    """
    newer = ("CgroupPlugin=cgroup/v2", "IgnoreSystemdOnFailure=yes", "EnableControllers=yes")
    return (
        *(("CgroupPlugin=cgroup/v1",) if groups.joinpath("memory").is_dir() else newer),
        f"CgroupMountpoint={groups}",
        "ConstrainRAMSpace=yes",
        "ConstrainSwapSpace=yes",
        "AllowedSwapSpace=0",
        "MinRAMSpace=16",
    )


def _replaced(text: str, settings: tuple[str, ...]) -> str:
    keys = {line.partition("=")[0] for line in settings}
    kept = [line for line in text.splitlines() if line.partition("=")[0] not in keys]
    return "".join(f"{line}\n" for line in (*kept, *settings))


def _usual(layout: Layout, cluster: Cluster) -> str:
    return f"""\
ClusterName=berth
SlurmctldHost={this_host()}(127.0.0.1)
SlurmctldPort={layout.port(0)}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket={layout.munge_socket}
CredType=cred/munge
SlurmUser=slurm
StateSaveLocation={layout.root}/ctld
SlurmdSpoolDir={layout.root}/slurmd-%n
SlurmctldPidFile={layout.root}/ctld/slurmctld.pid
SlurmdPidFile={layout.root}/slurmd-%n/slurmd.pid
SlurmctldLogFile={layout.logs}/slurmctld.log
SlurmdLogFile={layout.logs}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
MpiDefault=none
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=60
InactiveLimit=0
KillWait=2
MinJobAge=300
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2,bf_continue,sched_min_interval=100000
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
GresTypes=gpu
PriorityType=priority/multifactor
PriorityWeightQOS=1000
# What was used stays used: else it changes between two looks at it.
PriorityDecayHalfLife=0
PriorityUsageResetPeriod=YEARLY
# Without it an over-long job is accepted and stays pending for ever.
EnforcePartLimits=ALL
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={layout.port(1)}
AccountingStoragePass={layout.munge_socket}
AccountingStorageEnforce=associations,limits,qos
AccountingStorageTRES=gres/gpu
{_node_lines(layout, cluster)}
{_partition_lines(cluster)}
"""


def _node_lines(layout: Layout, cluster: Cluster) -> str:
    return "\n".join(
        f"NodeName={node.name} NodeHostname={this_host()} NodeAddr=127.0.0.1"
        f" Port={layout.port(10 + number)} Sockets=1 CoresPerSocket={node.cores} ThreadsPerCore=1"
        f" RealMemory={node.memory}"
        + (f" Feature={node.features}" if node.features else "")
        + (f" Gres={node.gres}" if node.gres else "")
        for number, node in enumerate(cluster.nodes)
    )


def _partition_lines(cluster: Cluster) -> str:
    return "\n".join(
        f"PartitionName={line} DefaultTime=1:00:00 State=UP" for line in cluster.partitions
    )


def gres_conf(cluster: Cluster) -> str:
    """Return gres.conf."""
    lines = [f"NodeName={node.name} {line}" for node in cluster.nodes for line in node.gres_conf]
    return "".join(f"{line}\n" for line in lines)


def slurmdbd_conf(layout: Layout) -> str:
    """Return slurmdbd.conf; the database is reached through its socket (MYSQL_UNIX_PORT)."""
    return f"""\
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={layout.port(1)}
CommunicationParameters=NoInAddrAny
AuthType=auth/munge
AuthInfo=socket={layout.munge_socket}
SlurmUser=slurm
LogFile={layout.logs}/slurmdbd.log
PidFile={layout.root}/slurmdbd/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StorageLoc=slurm_acct
"""
