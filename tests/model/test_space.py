from typing import Any

import pytest

from hub_config.model.profiles import Profiles
from hub_config.model.site import Site
from hub_config.model.space import (
    applications_known,
    complete,
    people_known,
    ranges_kept,
    suggest,
)

SHARED = {
    "cores": {"default": 2, "min": 2, "max": 48},
    "memory": {"max": "120G"},
    "walltime": {"max": "12h"},
    "gpus": {"max": 4, "types": ("a100",)},
}


def profiles(advanced: dict[str, Any] | None = None, **preset: Any) -> Profiles:
    plain = {"id": "one", "title": "x", "partition": "shared", "memory": "1G", "walltime": "1h"}
    written = {"partitions": {"shared": SHARED}} if advanced is None else advanced
    return Profiles.model_validate(
        {"presets": ({**plain, "cores": 2, **preset},), "advanced": written}
    )


RANGES: dict[str, tuple[dict[str, Any], str | None]] = {
    "00-within": ({}, None),
    "01-at-the-limits": ({"cores": 48, "memory": "120G", "walltime": "12h", "gpus": 4}, None),
    "10-cores-over": ({"cores": 49}, "49 is over the maximum 48 of partition shared"),
    "11-memory-over": ({"memory": "121G"}, "121G is over the maximum 120G of partition shared"),
    "12-walltime-over": ({"walltime": "13h"}, "13:00:00 is over the maximum 12:00:00"),
    "13-gpus-over": ({"gpus": 5}, "5 is over the maximum 4 of partition shared"),
    "20-cores-under": ({"cores": 1}, "1 is under the minimum 2 of partition shared"),
    "21-memory-under-what-nobody-wrote": ({"memory": "1M"}, None),
    "30-gpu-type": ({"gpus": 1, "gpu_type": "a10"}, '"a10" is not among the GPU types'),
    "31-gpu-type-known": ({"gpus": 1, "gpu_type": "a100"}, None),
}


@pytest.mark.parametrize("case", RANGES)
def test_a_preset_lies_within_its_partition(case: str) -> None:
    preset, complaint = RANGES[case]
    found = list(ranges_kept(profiles(**preset)))
    if complaint is None:
        assert found == []
        return
    [((_, _, key), message)] = [(path, text) for path, text in found]
    assert complaint in message
    assert key in preset
    assert " — " in message


def test_the_cure_names_both_places() -> None:
    [(path, message)] = ranges_kept(profiles(cores=64))
    assert path == ("presets", 0, "cores")
    assert message == (
        "64 is over the maximum 48 of partition shared — "
        "lower it here or raise advanced.partitions.shared.cores.max"
    )


def test_a_preset_without_its_partition_is_not_judged_by_ranges() -> None:
    assert list(ranges_kept(profiles(partition="gpu", cores=4096))) == []
    assert list(ranges_kept(Profiles(presets=profiles().presets))) == []


COMPLETE: dict[str, tuple[dict[str, Any], list[tuple[tuple[str | int, ...], str]]]] = {
    "00-presets-alone": ({"presets": profiles().presets}, []),
    "01-nothing": (
        {},
        [((), "has neither presets nor advanced — nobody could start anything: write one")],
    ),
    "02-no-partition": (
        {"advanced": {}},
        [(("advanced",), "has no partitions — write at least one under advanced.partitions")],
    ),
    "03-partition-not-asked": (
        {"advanced": {"fields": ("cores",), "partitions": {"a": {}, "b": {}}}},
        [(("advanced", "fields"), 'has no "partition" for 2 partitions — add it')],
    ),
    "04-one-partition-need-not-be-asked": (
        {"advanced": {"fields": ("cores",), "partitions": {"a": {}}}},
        [],
    ),
    "05-required-but-not-asked": (
        {"advanced": {"required": ("account",), "partitions": {"a": {}}}},
        [
            (
                ("advanced", "required", 0),
                '"account" is required but not among advanced.fields'
                " — add it there or remove it here",
            )
        ],
    ),
    "06-unknown-partition": (
        {"presets": profiles().presets, "advanced": {"partitions": {"share": {}}}},
        [
            (
                ("presets", 0, "partition"),
                '"shared" is not among advanced.partitions'
                ' — did you mean "share"? (or add it there)',
            )
        ],
    ),
}


@pytest.mark.parametrize("case", COMPLETE)
def test_all_files_together_are_complete(case: str) -> None:
    written, findings = COMPLETE[case]
    assert list(complete(Profiles.model_validate(written))) == findings


def test_a_preset_opens_an_application_of_the_site() -> None:
    site = Site.model_validate({"auth": {"method": "pam"}, "scheduler": {"type": "slurm"}})
    assert list(applications_known(profiles(), site)) == []
    [(path, message)] = applications_known(profiles(application="labs"), site)
    assert path == ("presets", 0, "application")
    assert message == (
        '"labs" is not among the applications of site.yml — did you mean "lab"? (or add it there)'
    )


def test_people_of_the_dictionary_have_passwords() -> None:
    auth = {
        "method": "dictionary",
        "passwords": {"alice": "x"},
        "admins": ("alice", "bob"),
        "allowed_users": ("carol",),
        "groups": {"climate": ("alice", "dave")},
    }
    site = Site.model_validate({"auth": auth, "scheduler": {"type": "slurm"}})
    assert [path for path, _ in people_known(site)] == [
        ("auth", "admins", 1),
        ("auth", "allowed_users", 0),
        ("auth", "groups", "climate", 1),
    ]


def test_people_of_pam_are_the_machines_business() -> None:
    auth = {"method": "pam", "admins": ("root",)}
    site = Site.model_validate({"auth": auth, "scheduler": {"type": "slurm"}})
    assert list(people_known(site)) == []


@pytest.mark.parametrize(
    ("seen", "known", "cure"),
    [
        ("partiton", ["partition", "cores"], 'did you mean "partition"?'),
        ("colour", ["partition", "cores"], "known here: partition, cores"),
        ("x", [], "known here: none"),
        ("x" * 10**6, ["cores"], "known here: cores"),
    ],
    ids=["near", "far", "nothing-known", "endless"],
)
def test_a_cure_is_the_nearest_word_or_all(seen: str, known: list[str], cure: str) -> None:
    assert suggest(seen, known) == cure
