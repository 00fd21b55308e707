"""The rows of the table, in its order."""

from tests.chaos.scenario import Scenario
from tests.chaos.scenarios import (
    causes,
    database,
    killing,
    network,
    outage,
    profiles,
    proxy,
    stopping,
    submitting,
)

SCENARIOS: tuple[Scenario, ...] = (
    outage.CONTROLLER,
    outage.ANSWERS,
    killing.HUB,
    submitting.ANSWERS,
    stopping.CANCEL,
    network.RESTART,
    profiles.EDIT,
    submitting.DEATH,
    causes.ENDS,
    proxy.RESTART,
    database.TROUBLE,
    submitting.CLICKS,
    outage.CALLS,
)
