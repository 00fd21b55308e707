"""What the page says of each figure; the bars are for those who see them."""

from typing import Any

import pytest

from hub_config.i18n.catalog import catalog
from hub_config.said import spoken
from services.accounts.bars import Bar
from services.accounts.mine import Mine
from services.accounts.view import View, view
from tests.services.accounts.told import CPU, MINE, PROJECT, QUOTA, budget, project


def shown(told: dict[str, Any]) -> View:
    return view(Mine.model_validate(told))


def bar(told: dict[str, Any]) -> Bar:
    made = shown(told)
    assert made.projects
    return made.projects[0].bars[0]


def test_a_budget_is_told_in_words_beside_its_bar() -> None:
    assert bar(budget()) == Bar("500 of 2,000 core-h used, 1,500 left.", 25)  # type: ignore[arg-type]
    german = spoken(bar(budget()).text, catalog("de"))
    assert german.startswith("500 von 2.000 ")
    assert german.endswith("verbraucht, 1.500 übrig.")


@pytest.mark.parametrize(
    ("used", "level", "note"),
    [(1899, "", None), (1900, "warning", "Nearly used up"), (2000, "danger", "Used up"),
     (2500, "danger", "Used up")],
)  # fmt: skip
def test_a_budget_that_ends_warns_in_words_too(used: int, level: str, note: str | None) -> None:
    found = bar(budget(used=used, remaining=max(0, 2000 - used), exhausted=used >= 2000))
    assert (found.level, found.note) == (level, note)
    assert found.percent == min(100, used // 20)


def test_a_budget_of_nothing_is_used_up() -> None:
    found = bar(budget(limit=0, used=0, remaining=0, exhausted=True))
    assert (found.percent, found.note) == (100, "Used up")


def test_whose_limit_it_is_and_what_runs() -> None:
    text = bar(budget(holder="climate", own=True, running=12.25)).text
    assert "the limit of account climate above it." in text
    assert "the limit of your own part." in text
    assert "Running jobs may use 12.2 more." in text


def test_what_has_no_limit_is_told_all_the_same() -> None:
    made = shown(MINE)
    assert made.projects
    texts = [str(one.text) for one in made.projects[0].bars]
    assert texts[1] == "12.5 GPU-h used, 2 of them by you; no limit is set."


def test_an_account_in_several_partitions_is_one_row() -> None:
    rows = [
        {**PROJECT, "partition": "compute", "qos": ["normal"]},
        {**PROJECT, "partition": "gpu", "qos": ["gpu"], "default": False, "default_qos": ""},
        {**PROJECT, "account": "ab0995", "qos": [], "default_qos": ""},
    ]
    made = shown({**MINE, "projects": rows})
    assert made.projects
    first, second = made.projects
    assert (first.name, first.partitions, first.qos) == (
        "bm0146", ("compute", "gpu"), ("normal", "gpu"),
    )  # fmt: skip
    assert len(first.bars) == 2
    assert second.name == "ab0995"
    assert made.default_qos == ("normal",)


def test_without_qos_there_is_no_column_for_them() -> None:
    assert shown(MINE).qos
    assert not shown(project(qos=[], default_qos="")).qos


@pytest.mark.parametrize(
    ("qos", "set_", "default"),
    [(["a", "normal"], "a", "a"), (["a", "normal"], "", "normal"), (["a"], "", "")],
)
def test_the_default_qos_is_slurms(qos: list[str], set_: str, default: str) -> None:
    made = shown(project(qos=qos, default_qos=set_))
    assert made.default_qos == ((default,) if default else ())


def test_quotas_say_how_full_they_are() -> None:
    home, scratch = shown(MINE).quotas
    assert [(str(one.text), one.percent, one.note) for one in home.bars] == [
        ("9 GB of 10 GB", 90, None),
        ("100,000 of 100,000 files", 100, "Full"),
    ]
    assert [(str(one.text), one.percent, one.note) for one in scratch.bars] == [
        ("2 MB, no limit (500 KB of it yours)", None, None),
        ("96 of 100 files (1 of it yours)", 96, "Nearly full"),
    ]
    assert scratch.shared
    assert scratch.stale


def test_balances_of_projects_and_of_ones_own() -> None:
    project, own = shown(MINE).balances
    assert (project.name, str(project.text), project.spent) == ("bm0146", "12.5 RU left", False)
    assert (own.name, own.spent, own.stale) == ("", True, True)
    without = {**MINE["balances"][0], "unit": ""}
    assert str(shown({**MINE, "balances": [without]}).balances[0].text) == "12.5"


def test_features_and_gpus_of_each_partition() -> None:
    compute, gpu = shown(MINE).features
    assert (compute.partition, compute.features, compute.gpus) == ("compute", "256G, 64G", "")
    assert (gpu.features, gpu.gpus, gpu.nodes) == ("", "4 × a100, 2 × GPU", "1")


def test_stale_facts_are_marked_and_unknown_ones_are_not_called_stale() -> None:
    assert shown({**MINE, "stale": True}).stale
    nothing = shown({**MINE, "projects": None, "as_of": None, "stale": True})
    assert (nothing.projects, nothing.seen, nothing.stale) == (None, None, False)


def test_a_newer_hub_may_tell_more() -> None:
    more = {**MINE, "mood": "good", "quotas": [{**QUOTA, "colour": "red"}]}
    more["projects"] = [{**PROJECT, "budgets": [{**CPU, "more": 1}]}]
    assert len(shown(more).quotas) == 1


@pytest.mark.parametrize("tres", ["cpu", "gres/gpu", "gres/gpu:a100", "mem", "node", "fs/disk"])
def test_whatever_is_counted_has_a_unit(tres: str) -> None:
    text = str(bar(budget(tres=tres)).text)
    assert text.startswith("500 of 2,000 ")
    assert text.removeprefix("500 of 2,000 ").split(" used")[0].endswith("-h")
