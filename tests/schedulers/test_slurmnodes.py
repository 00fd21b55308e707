"""The names of nodes in sinfo's table. Whole recorded replies: tests/contract/."""

import pytest

from hub_config.schedulers.base import Reply
from hub_config.schedulers.slurm import Slurm
from tests.schedulers.test_slurm import SINFO


@pytest.mark.parametrize(
    ("rows", "hosts"),
    [
        (("n[1-3,07]",), {"n1", "n2", "n3", "n07"}),
        (("n1", "rack[1-2]g1"), {"n1", "rack1g1", "rack2g1"}),
        (("n[1-999999999]",), set()),
        (("n1", "n[1,]"), set()),
        (("",), set()),
    ],
)
def test_the_names_of_a_partitions_nodes_or_none_if_some_cannot_be_read(
    rows: tuple[str, ...], hosts: set[str]
) -> None:
    row = "p|up|1:00:00|1|idle|4|64000|0/4/0/4|(null)|gpu:0|cpu|"
    table = "".join(f"{line}\n" for line in (SINFO, *(f"{row}{names}|" for names in rows)))
    assert Slurm().read_partitions(Reply(0, table, ""))["p"].hosts == hosts
