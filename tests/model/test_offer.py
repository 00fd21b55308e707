from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config.model.offer import Limits, NodeFacts, Offer, Person, Span, make_offer
from hub_config.model.profiles import Profiles
from hub_config.model.site import Application

LAB = {"lab": Application(title="JupyterLab")}
ALICE = Person("alice")
NODES = {
    "shared": NodeFacts(cores=24, memory=64 * 1024, walltime=8 * 3600, gpus={"a100": 4, "": 2})
}


def profiles(**partition: Any) -> Profiles:
    return Profiles.model_validate({"advanced": {"partitions": {"shared": partition}}})


def preset(**more: Any) -> dict[str, Any]:
    return {
        "id": "one",
        "title": "1",
        "partition": "shared",
        "memory": "1G",
        "walltime": "1h",
        **more,
    }


def offer(
    found: Profiles, person: Person = ALICE, nodes: dict[str, NodeFacts] | None = None
) -> Offer:
    return make_offer(found, LAB, person, nodes or {}, None)


def limits(nodes: dict[str, NodeFacts] | None = None, **partition: Any) -> Limits:
    return offer(profiles(**partition), nodes=nodes).partitions["shared"]


@pytest.mark.parametrize(
    ("written", "nodes", "span"),
    [
        pytest.param({}, None, Span(1, 1, 1), id="nothing-known"),
        pytest.param({"default": 4}, None, Span(4, 1, 4), id="only-a-default"),
        pytest.param({"max": 48}, None, Span(1, 1, 48), id="only-the-admin"),
        pytest.param({}, NODES, Span(1, 1, 24), id="only-the-scheduler"),
        pytest.param({"max": 12}, NODES, Span(1, 1, 12), id="admin-under-scheduler"),
        pytest.param({"max": 48}, NODES, Span(1, 1, 24), id="admin-over-scheduler"),
        pytest.param(
            {"default": 36, "max": 48}, NODES, Span(24, 1, 24), id="default-over-scheduler"
        ),
        pytest.param(
            {"default": 36, "min": 30, "max": 48}, NODES, Span(24, 24, 24), id="min-over-it"
        ),
    ],
)
def test_facts_narrow_the_range_of_the_admin(
    written: dict[str, int], nodes: dict[str, NodeFacts] | None, span: Span
) -> None:
    assert limits(nodes, cores=written).cores == span


def test_memory_and_walltime_are_narrowed_too() -> None:
    found = limits(NODES, memory={"max": "120G"}, walltime={"max": "12h"})
    assert (found.memory.high, found.walltime.high) == (64 * 1024, 8 * 3600)


def test_an_unlimited_partition_has_the_limit_of_the_admin() -> None:
    endless = {"shared": NodeFacts(cores=24, memory=1024, walltime=None)}
    assert limits(endless, walltime={"max": "12h"}).walltime == Span(3600, 600, 12 * 3600)


def test_a_partition_without_nodes_is_narrowed_by_nothing() -> None:
    empty = {"shared": NodeFacts(cores=0, memory=0, walltime=0)}
    assert limits(empty, cores={"max": 48}).cores == Span(1, 1, 48)


def test_facts_of_another_partition_say_nothing() -> None:
    assert limits({"gpu": NODES["shared"]}, cores={"max": 48}).cores.high == 48


@pytest.mark.parametrize(
    ("written", "nodes", "most", "types"),
    [
        pytest.param({}, None, 0, (), id="nothing-known"),
        pytest.param({"max": 4}, None, 4, (), id="only-the-admin"),
        pytest.param({}, NODES, 4, ("a100",), id="only-the-scheduler"),
        pytest.param({"max": 1}, NODES, 1, ("a100",), id="admin-under-scheduler"),
        pytest.param({"types": ("v100",)}, NODES, 0, ("v100",), id="a-type-no-node-has"),
        pytest.param({"types": ()}, NODES, 4, (), id="no-choice-of-types"),
        pytest.param(
            {"default": 2, "max": 2}, {"shared": NodeFacts(4, 4, 60)}, 0, (), id="no-gpus"
        ),
    ],
)
def test_gpus_are_those_of_the_nodes(
    written: dict[str, Any], nodes: dict[str, NodeFacts] | None, most: int, types: tuple[str, ...]
) -> None:
    found = limits(nodes, gpus=written)
    assert (found.gpus.low, found.gpus.high, found.gpu_types) == (0, most, types)
    assert found.gpus.default <= most


numbers = st.integers(1, 4096)


@given(numbers, numbers | st.none(), st.integers(0, 5000) | st.none())
def test_the_default_can_always_be_chosen(default: int, most: int | None, fact: int | None) -> None:
    written = {"default": default, "max": None if most is None else max(most, default)}
    nodes = {} if fact is None else {"shared": NodeFacts(fact, 1024, None)}
    span = limits(nodes, cores=written).cores
    assert span.default in span
    assert span.low >= 1


@pytest.mark.parametrize(
    ("groups", "locked"),
    [((), "needs group climate or staff"), (("staff", "x"), ""), (("x",), None)],
)
def test_a_preset_of_a_group_is_locked_for_others(
    groups: tuple[str, ...], locked: str | None
) -> None:
    found = Profiles.model_validate({"presets": (preset(groups=("climate", "staff")),)})
    shown = offer(found, Person("alice", frozenset(groups))).presets["one"]
    assert shown.locked == ("needs group climate or staff" if locked is None else locked)


def test_a_partition_of_a_group_is_not_shown_to_others() -> None:
    found = profiles(groups=("climate",))
    assert offer(found).partitions == {}
    assert list(offer(found, Person("alice", frozenset({"climate"}))).partitions) == ["shared"]


def test_the_advanced_form_is_closed_to_whom_no_partition_is_open() -> None:
    assert not offer(profiles(groups=("climate",))).advanced
    assert offer(profiles()).advanced


def test_the_advanced_form_may_belong_to_a_group() -> None:
    found = Profiles.model_validate(
        {"advanced": {"groups": ("climate",), "partitions": {"shared": {}}}}
    )
    assert (offer(found).advanced, offer(found).partitions) == (False, {})
    assert offer(found, Person("bob", frozenset({"climate"}))).advanced


@pytest.mark.parametrize("name", ["account", "qos"])
@pytest.mark.parametrize(
    ("known", "fields", "locked"),
    [
        pytest.param(None, (), "", id="not-known"),
        pytest.param(("x",), (), "", id="theirs"),
        pytest.param(("y",), (), "needs {} x", id="not-theirs"),
        pytest.param((), (), "needs {} x", id="none-at-all"),
        pytest.param(("y",), None, "", id="asked-for"),
    ],
)
def test_a_preset_that_charges_others_is_locked(
    name: str, known: tuple[str, ...] | None, fields: tuple[str, ...] | None, locked: str
) -> None:
    form = {"fields": (name,) if fields is None else fields}
    found = Profiles.model_validate({"presets": (preset(**{name: "x"}),), "preset_form": form})
    theirs: dict[str, Any] = {"accounts" if name == "account" else "qos": known}
    person = Person("alice", **theirs)
    assert offer(found, person).presets["one"].locked == locked.format(
        {"qos": "QOS"}.get(name, name)
    )


def test_nothing_is_offered_that_nobody_wrote() -> None:
    found = offer(Profiles())
    assert (found.presets, found.advanced, found.fields, found.partitions) == ({}, False, (), {})
