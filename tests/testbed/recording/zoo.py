"""A cluster of the kinds of nodes and limits that the usual one lacks."""

from tests.testbed.cluster import Cluster, Node


def _gpu_node(name: str, memory: int, features: str, cores: int, **gpus: tuple[int, int]) -> Node:
    """Return a node; ``gpus`` is GPU type -> first and last device."""
    counts = (f"gpu:{kind}:{last - first + 1}" for kind, (first, last) in gpus.items())
    files = (
        f"Name=gpu Type={kind} File=/dev/berth-gpu[{first}-{last}]"
        for kind, (first, last) in gpus.items()
    )
    return Node(name, memory, features, cores, ",".join(counts), tuple(files))


ZOO = Cluster(
    nodes=(
        Node("z1", 64000, "cpu", cores=4),
        _gpu_node("z2", 256000, "gpu,a100,v100", 64, a100=(0, 1), v100=(2, 5)),
        _gpu_node("z3", 512000, "gpu,mig", 128, **{"a100_1g.5gb": (0, 6), "a100_3g.20gb": (7, 8)}),
        Node("z4", 128000, "gpu", 16, "gpu:4", ("Name=gpu File=/dev/berth-gpu[0-3]",)),
        _gpu_node("z5", 1500000, "", 192, a100=(0, 7)),
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
    gpus=9,
)
