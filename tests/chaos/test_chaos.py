"""Every fault of the table, with small numbers: nothing of ours is lost and nothing orphaned."""

import pytest

from tests.chaos.ours import Ours
from tests.chaos.scenario import SMALL, Scenario
from tests.chaos.scenarios import SCENARIOS


# A guard against a hang: some faults have to last.
@pytest.mark.timeout(900)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_nothing_is_lost(ours: Ours, scenario: Scenario) -> None:
    try:
        outcome = scenario.run(ours, SMALL)
    finally:
        ours.clean()
    assert outcome.good, (outcome.cell, outcome.figures)
