"""The cluster's Slurm, as Debian's packages run it: what is in its configuration files.

The nodes claim more cores and memory than this computer has. Partitions and limits are those of
examples/dkrz, less its GPUs. What the settings are for is told in tests/testbed/cluster.py.
"""

from tests.testbed.cluster import Cluster, Node

CLUSTER = Cluster(
    nodes=(
        Node("c1", 131072, "64G"),
        Node("c2", 300000, "256G"),
    ),
    partitions=(
        "shared Nodes=c1 Default=YES MaxTime=7-00:00:00 DefMemPerCPU=2560",
        "prepost Nodes=c2 MaxTime=12:00:00 DefMemPerCPU=5120",
        "compute Nodes=c[1-2] MaxTime=8:00:00 DefMemPerCPU=1280 OverSubscribe=EXCLUSIVE",
        "miklip Nodes=c2 MaxTime=12:00:00 DefMemPerCPU=5120 AllowAccounts=miklip",
    ),
)


def configuration(suite: str) -> dict[str, str]:
    """Return the files of /etc/slurm that every machine has: name -> text."""
    # The detected plugin would insist on controllers that no container has here; nothing needs it.
    plugin = "cgroup/v1" if suite == "bookworm" else "disabled"
    return {
        "slurm.conf": _slurm_conf(),
        "cgroup.conf": f"CgroupPlugin={plugin}\n",
    }


def _slurm_conf() -> str:
    nodes = "\n".join(
        f"NodeName={node.name} Sockets=1 CoresPerSocket={node.cores} ThreadsPerCore=1"
        f" RealMemory={node.memory} Feature={node.features}"
        for node in CLUSTER.nodes
    )
    partitions = "\n".join(
        f"PartitionName={line} DefaultTime=1:00:00 State=UP" for line in CLUSTER.partitions
    )
    return f"{_SETTINGS}{nodes}\n{partitions}\n"


_SETTINGS = """\
ClusterName=berth
SlurmctldHost=ctl
AuthType=auth/munge
CredType=cred/munge
SlurmUser=slurm
StateSaveLocation=/var/lib/slurm/slurmctld
SlurmdSpoolDir=/var/lib/slurm/slurmd
SlurmctldLogFile=/var/log/slurm/slurmctld.log
SlurmdLogFile=/var/log/slurm/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
MpiDefault=none
ReturnToService=2
InactiveLimit=0
KillWait=2
MinJobAge=300
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2,bf_continue,sched_min_interval=100000
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
PriorityType=priority/multifactor
EnforcePartLimits=ALL
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=ctl
AccountingStorageEnforce=associations,limits,qos
"""

SLURMDBD_CONF = """\
DbdHost=ctl
AuthType=auth/munge
SlurmUser=slurm
LogFile=/var/log/slurm/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StorageLoc=slurm_acct
"""

DATABASE = """\
CREATE DATABASE slurm_acct;
CREATE USER 'slurm'@'localhost' IDENTIFIED VIA unix_socket;
GRANT ALL ON slurm_acct.* TO 'slurm'@'localhost';
"""
