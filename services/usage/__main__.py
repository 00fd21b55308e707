"""The process: ``python -m services.usage``."""

import asyncio
from pathlib import Path

from hub_config.model.told import Told
from services.common.app import App, run
from services.common.files import Files
from services.common.told import database
from services.usage.follow import Follower
from services.usage.store import Store
from services.usage.web import Sheet, State, Summary, UsagePage, Weeks

STATIC = Path(__file__).parent / "static"


def make(told: Told) -> App:
    """Return the service. Raises SQLAlchemyError without its database."""
    store = Store(database("usage"))
    follower = Follower(store, told.usage.keep)
    tasks: set[asyncio.Task[None]] = set()

    async def start() -> None:
        tasks.add(asyncio.create_task(follower.run()))

    def close() -> None:
        for task in tasks:
            task.cancel()
        store.close()

    return App(
        routes=[
            (r"", UsagePage),
            (r"usage\.csv", Sheet),
            (r"api/v1/summary", Summary),
            (r"api/v1/weeks", Weeks),
            (r"chart/(chart\.umd\.min\.js)", Files, {"path": str(STATIC)}),
        ],
        state=State(store, follower),
        start=start,
        close=close,
    )


if __name__ == "__main__":
    run(make)
