"""What a run measures, and how long: in full, in brief, or as a quick look."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Numbers of servers and users, seconds, and how often."""

    sizes: tuple[int, ...]
    """numbers of running servers at which the cost of standing still is measured"""
    restarts: tuple[int, ...]
    repeats: int
    """restarts of each hub at each size, in turns"""
    window: float
    health: float
    outage_servers: int
    outage: float
    spawns: int
    storm: int
    waiting: int
    pages: int
    events: int
    """of the statistics of use"""


PLANS = {
    "full": Plan(
        sizes=(0, 10, 50, 200, 1000), restarts=(0, 200, 1000), repeats=3, window=60, health=65,
        outage_servers=50, outage=120, spawns=20, storm=100, waiting=50, pages=50, events=1_000_000,
    ),
    "brief": Plan(
        sizes=(0, 10, 1000), restarts=(0, 1000), repeats=2, window=60, health=30,
        outage_servers=50, outage=45, spawns=10, storm=100, waiting=50, pages=20, events=1_000_000,
    ),
    "quick": Plan(
        sizes=(0, 50), restarts=(0, 50), repeats=1, window=30, health=10,
        outage_servers=50, outage=20, spawns=3, storm=20, waiting=10, pages=20, events=50_000,
    ),
}  # fmt: skip
