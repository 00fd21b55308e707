"""What the statistics of use keep, for how long, and who sees them."""

from typing import Literal

from pydantic import Field

from hub_config.model.fields import Strict, Walltime
from hub_config.model.places import DatabaseUrl

DAY = 86400


class Usage(Strict):
    """The statistics of use: how often what was started, and how it went."""

    visible: Literal["everybody", "admins"] = Field(
        "everybody", description="who sees the statistics; names of users only admins see"
    )
    keep: Walltime = Field(
        400 * DAY,
        ge=35 * DAY,
        description="how long the statistics know who started what; counts without names stay",
    )
    keep_events: Walltime = Field(
        400 * DAY, ge=DAY, description="how long the hub keeps the events of its servers"
    )
    database: DatabaseUrl = Field(
        "", description="SQLAlchemy URL; left out: SQLite in the service's own folder"
    )
