"""Budgets: what is left, which project pays, and what is too much for it."""

import dataclasses
from typing import Any

import pytest

from hub_config.i18n.catalog import catalog
from hub_config.model.budget import (
    Budget,
    Enforced,
    Project,
    amount,
    charged,
    shortage,
)
from hub_config.model.offer import Offer, Person
from hub_config.model.request import JobRequest
from hub_config.model.resolve import BadAnswers, Unaffordable, exceeded, resolve
from hub_config.said import spoken
from tests.model.offers import ALICE, DEFAULTS, offer
from tests.schedulers.requests import job_request

CORES = Budget(tres="cpu", limit=60_000, used=59_400, holder="bm0146")
SPENT = Budget(tres="cpu", limit=60_000, used=60_000, holder="bm0146")


def project(*budgets: Budget, **more: Any) -> Project:
    return Project(account="bm0146", budgets=budgets, known=True, **more)


def test_what_is_left_of_a_budget() -> None:
    assert (CORES.remaining, CORES.exhausted, CORES.unit) == (600, False, "core-h")
    assert CORES.hours(CORES.limit) == 1000
    assert (SPENT.remaining, SPENT.exhausted) == (0, True)
    over = Budget(tres="gres/gpu:a100", limit=60, used=61)
    assert (over.remaining, over.exhausted, over.unit) == (0, True, "GPU-h")
    assert Budget(tres="cpu", limit=0, used=0).exhausted
    assert Budget(tres="mem", limit=120 * 1024, used=0).hours(120 * 1024) == 2
    assert Budget(tres="fs/disk", limit=1, used=0).unit == "fs/disk-h"


@pytest.mark.parametrize(
    ("account", "partition", "paying"),
    [
        ("a", "gpu", ("a", "")),
        ("b", "gpu", ("b", "gpu")),
        ("b", "shared", ("b", "")),
        ("c", "shared", None),
        ("c", "gpu", ("c", "gpu")),
        ("", "shared", ("a", "")),
        ("nobody's", "shared", None),
    ],
)
def test_who_pays(account: str, partition: str, paying: tuple[str, str] | None) -> None:
    projects = (
        Project(account="a", default=True), Project(account="b"),
        Project(account="b", partition="gpu"), Project(account="c", partition="gpu"),
    )  # fmt: skip
    found = charged(projects, account, partition)
    assert (found and (found.account, found.partition)) == paying


@pytest.mark.parametrize(
    ("enforced", "spent", "short"),
    [("no", False, False), ("limits", True, False), ("safe", True, True)],
)
def test_only_what_the_scheduler_would_never_start_is_refused(
    enforced: Enforced, spent: bool, short: bool
) -> None:
    request = job_request(cores=20, walltime=3600)
    empty, low = (shortage(project(b), request, enforced) for b in (SPENT, CORES))
    assert empty and low
    assert (empty.refused, low.refused) == (spent, short)
    assert (empty.fits, low.fits) == (0, 1800)
    assert empty.text == (
        "The budget of project bm0146 is used up (1,000 of 1,000 core-h). Ask its managers for"
        " more, or choose another account."
    )
    assert low.text == (
        "Project bm0146 has 10 core-h left, and this asks for 20. At most 0:30 h of it fit."
    )


def test_what_fits_is_no_trouble_and_neither_is_what_is_not_known() -> None:
    request = job_request(cores=10, walltime=3600)
    assert shortage(project(CORES), request, "safe") is None
    assert shortage(project(), request, "safe") is None
    assert shortage(None, request, "safe") is None
    weighed = Budget(tres="billing", limit=10, used=9)
    assert shortage(project(weighed), request, "safe") is None


@pytest.mark.parametrize(
    ("tres", "limit", "fits"),
    [
        ("gres/gpu", 60, 1800),
        ("gres/gpu:a100", 60, 1800),
        ("gres/gpu:v100", 1, None),
        ("node", 30, 1800),
        ("mem", 1024 * 30, 1800),
        ("cpu", 0.5, 0),
    ],
)
def test_each_thing_counts_by_itself(tres: str, limit: int, fits: int | None) -> None:
    request = job_request(cores=1, memory=1024, walltime=3600, gpus=2, gpu_type="a100")
    budget = Budget(tres=tres, limit=int(limit * 2), used=int(limit * 2) - int(limit))
    found = shortage(project(budget), request, "limits")
    assert (found.fits if found else None) == fits


def test_the_scarcest_of_several_budgets_speaks() -> None:
    climate = Budget(tres="cpu", limit=100, used=70, holder="climate")
    found = shortage(project(CORES, climate), job_request(cores=60, walltime=3600), "no")
    assert found
    assert found.fits == 0
    assert found.text.startswith("Project climate has 0.5 core-h left, and this asks for 60. Ask")


def test_the_own_part_and_the_numbers_in_german() -> None:
    own = dataclasses.replace(SPENT, own=True, limit=75_030, used=75_030)
    found = shortage(project(own), job_request(), "limits")
    assert found
    assert found.text.startswith("Your part of the budget of project bm0146 is used up (1,250.5 of")
    assert "(1.250,5 von 1.250,5 Core-h)" in spoken(found.text, catalog("de"))
    assert spoken(amount(0.5), catalog("de")) == "0,5"


def answered(found: Offer, **answers: str) -> JobRequest:
    return resolve(found, answers, DEFAULTS)


def rich_and_poor(enforced: Enforced) -> Person:
    poor = project(SPENT, default=True)
    scarce = Project(account="mh0010", budgets=(CORES,), known=True)
    return dataclasses.replace(ALICE, projects=(poor, scarce), enforced=enforced)


def test_the_gate_refuses_at_the_field() -> None:
    found = offer(rich_and_poor("limits"))
    with pytest.raises(Unaffordable) as refused:
        answered(found, profile="shared-1", account="bm0146")
    assert list(refused.value.errors) == ["account"]
    with pytest.raises(Unaffordable):
        answered(found, profile="advanced", partition="shared", account="bm0146")
    request = answered(found, profile="shared-1", account="mh0010")
    short = exceeded(found, request)
    assert short and not short.refused


def test_with_safe_the_field_is_the_time() -> None:
    found = offer(rich_and_poor("safe"))
    wanted = {"profile": "advanced", "partition": "shared", "account": "mh0010", "cores": "20"}
    with pytest.raises(Unaffordable) as refused:
        answered(found, **wanted, walltime="1h")
    assert list(refused.value.errors) == ["walltime"]
    assert answered(found, **wanted, walltime="30m").walltime == 1800


def test_a_budget_is_only_said_where_a_qos_is_asked_for_that_may_have_its_own() -> None:
    spent = project(SPENT, default_qos="normal")
    for qos, refuses in (("", True), ("normal", True), ("express", False)):
        found = shortage(spent, job_request(qos=qos), "safe")
        assert found and found.refused is refuses
        assert found.text.startswith("The budget of project bm0146 is used up")
    found = shortage(project(CORES), job_request(cores=20, walltime=3600, qos="express"), "safe")
    assert found and (found.refused, found.fits) == (False, 1800)


def test_what_is_wrong_otherwise_comes_first() -> None:
    with pytest.raises(BadAnswers) as wrong:
        answered(offer(rich_and_poor("limits")), profile="shared-1", account="nobody's")
    assert not isinstance(wrong.value, Unaffordable)


def test_a_project_as_json_is_in_hours() -> None:
    shown = project(CORES, used={"cpu": 59_400}, own={"cpu": 30}, share=0.5).to_json()
    assert shown["used"] == {"cpu": 990}
    assert shown["own"] == {"cpu": 0.5}
    [budget] = shown["budgets"]
    assert (budget["limit"], budget["remaining"], budget["unit"]) == (1000, 10, "core-h")
    assert (budget["exhausted"], budget["own"], budget["holder"]) == (False, False, "bm0146")
