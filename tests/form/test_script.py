"""What form.js reads, taken apart as it does."""

import json
from typing import Any

from hub_config.form.cards import cards
from hub_config.form.script import LISTS, script
from hub_config.model.offer import Offer
from tests.form.clusters import EIGHT, occupancy, outage, overview


def data(offer: Offer, **seen: Any) -> dict[str, Any]:
    found, _ = script(
        offer.partitions, cards(offer, "", overview(**seen), EIGHT), overview(**seen), EIGHT
    )
    read: dict[str, Any] = json.loads(json.dumps(found))
    return read


def test_limits_are_numbers_of_what_partitions_share(offer: Offer) -> None:
    found = data(offer)
    assert list(found["limits"]) == ["shared", "prepost", "gpu"]
    cores, memory, walltime, gpus, *lists, outage = found["limits"]["gpu"]
    spans = found["spans"]
    assert [spans[n] for n in (cores, memory, walltime, gpus)] == [
        [1, 24, 1], [0.5, 128, 1], [0.1666, 12, 1], [0, 4, 1],
    ]  # fmt: skip
    assert dict(zip(LISTS, (found["lists"][n] for n in lists), strict=True)) == {
        "gpu_type": ["a100", "v100"], "parallel_environment": [], "constraint": ["256G", "nvlink"],
    }  # fmt: skip
    assert outage == -1
    assert found["limits"]["prepost"][0] == cores, "24 cores are said once"


def test_presets_say_what_they_fill_in_but_locked_ones_do_not(offer: Offer) -> None:
    found = data(offer)
    assert list(found["presets"]) == ["small", "online", "learn"]
    assert found["presets"]["small"] == {
        "partition": "shared", "cores": "1", "memory": "2.5", "walltime": "12", "gpus": "0",
        "application": "lab",
    }  # fmt: skip


def test_partitions_share_their_maintenance(offer: Offer) -> None:
    closed = occupancy(outages=(outage(-9, -8), outage(2, 4)))
    seen = overview({"gpu": closed, "prepost": closed})
    found, outages = script(offer.partitions, (), seen, EIGHT)
    assert {name: numbers[-1] for name, numbers in found["limits"].items()} == {
        "shared": -1, "prepost": 0, "gpu": 0,
    }  # fmt: skip
    assert outages == (outage(2, 4),)
    assert found["now"] == EIGHT
