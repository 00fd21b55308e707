"""The table of a run."""

from typing import Any

import pytest

from bench.figures import rows
from bench.page import page
from bench.report import Row, Values, failures, table

COST = {"rpcs": 12.0, "hub_cpu": 0.5, "slurmctld_cpu": 0.1, "kinds": {}}


def steady(ours: list[Any], stock: list[Any]) -> Values:
    return {"steady 50": {"ours": ours, "stock": stock}}


def the(found: list[Row], start: str) -> Row:
    [row] = [row for row in found if row.what.startswith(start)]
    return row


def test_figures_are_medians_over_the_turns() -> None:
    ours = [{"calls": calls, **COST} for calls in (9.0, 1.0, 6.0)]
    row = the(rows(steady(ours, [{"calls": 100.0, **COST}])), "N = 50: calls")
    assert row.figures == (6.0, 100.0)
    assert row.ratio == 0.06
    assert row.met is True


def test_a_missed_target_is_seen() -> None:
    found = rows(steady([{"calls": 13.0, **COST}], []))
    assert the(found, "N = 50: calls").met is False
    assert "| **no** |" in table(found)


def test_a_failed_measurement_is_no_figure_and_is_told() -> None:
    values = steady(["failed: TimeoutError: 60 s"], [{"calls": 100.0, **COST}])
    row = the(rows(values), "N = 50: calls")
    assert (row.figures, row.met) == ((None, 100.0), None)
    assert failures(values) == ["steady 50, ours: failed: TimeoutError: 60 s"]


def test_a_lost_sigterm_is_counted_and_has_no_time() -> None:
    turn = {"term": None, "answers": 5.0, "all_ready": 8.0, "ready": 200, "calls": 1}
    values = {"restart 200": {"ours": [turn], "stock": [turn, turn | {"term": 1.5}]}}
    found = rows(values)
    assert the(found, "– SIGTERMs lost").figures == (1.0, 1.0)
    assert the(found, "– SIGTERM until").figures == (None, 1.5)
    assert the(found, "– until all servers").figures == (3.0, 3.0)


def test_a_restart_is_judged_by_ours_without_servers() -> None:
    turn = {"term": 1.0, "all_ready": 9.0, "ready": 0, "calls": 1}
    values: Values = {
        "restart 0": {"ours": [turn | {"answers": 4.0}], "stock": [turn | {"answers": 4.0}]},
        "restart 200": {"ours": [turn | {"answers": 6.1}], "stock": [turn | {"answers": 5.0}]},
    }
    assert the(rows(values), "N = 200: restart").met is False


@pytest.mark.parametrize(("ours", "met"), [(3.0, True), (3.1, False)])
def test_the_spawn_is_judged_by_stock(ours: float, met: bool) -> None:
    values: Values = {
        "latency": {"ours": [{"total": ours}], "stock": [{"total": 6.0}], "floor": [2.8]}
    }
    found = rows(values)
    assert the(found, "a real JupyterLab").met is met
    assert the(found, "– above the floor").figures == pytest.approx((ours - 2.8, 3.2))


def test_the_page_has_the_table_and_says_what_failed_and_when_it_was() -> None:
    values = steady([{"calls": 6.0, **COST}], ["failed: no answer"])
    about = {"day": "2026-01-02 03:04", "load": 0.3, "minutes": 5.2, "plan": "quick"}
    text = page({"values": values, "runs": {"steady 50": about, "storm 20": about}})
    assert table(rows(values)) in text
    assert "Failed: steady 50, stock: failed: no answer" in text
    run = "2026-01-02 03:04, 5 minutes, load 0.3 at its beginning"
    assert f"- {run}: steady 50, storm 20 (BENCH=quick)\n" in text
