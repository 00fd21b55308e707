"""Record the scenes named on the command line, or all of them."""

import sys
from collections.abc import Callable

from tests.testbed.cluster import BERTH, Cluster
from tests.testbed.layout import Layout
from tests.testbed.recording import accounts, budgets, endings, faults, nodes, queue, submitting
from tests.testbed.recording.recorder import FOLDER, Recorder, write_readme
from tests.testbed.recording.zoo import ZOO
from tests.testbed.slurm import SlurmBed

Scene = Callable[[Recorder], None]
SCENES: dict[str, tuple[Scene, Cluster]] = {
    "queue": (queue.record, BERTH),
    "nodes": (nodes.record, BERTH),
    "zoo": (nodes.record_zoo, ZOO),
    "submitting": (submitting.record, BERTH),
    "accounts": (accounts.record, BERTH),
    "budgets": (budgets.record, BERTH),
    "budgets-safe": (budgets.record_safe, budgets.SAFE),
    "budgets-plain": (budgets.record_plain, budgets.PLAIN),
    "endings": (endings.record, endings.FRAIL),
    "faults": (faults.record, BERTH),
}


def main() -> None:
    """Give each scene a fresh bed, so that job numbers start at 1 and nothing is left over."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or SCENES:
        scene, cluster = SCENES[name]
        bed = SlurmBed(Layout(instance=9), cluster)
        bed.down(purge=True)
        try:
            bed.up()
            scene(Recorder(bed))
        finally:
            bed.down(purge=True)
    write_readme()


if __name__ == "__main__":
    main()
