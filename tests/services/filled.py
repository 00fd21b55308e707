"""A hub and its services at an invented centre, some weeks after their first day."""

import json
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.support.hubs import until
from tests.support.services import Served

DAY = 86400.0
APPLICATIONS = ("lab", "lab", "lab", "notebook", "terminal")
PROFILES = ("small", "small", "notebook", "terminal", "advanced")
OUTCOMES = ("finished", "stopped", "stopped", "timeout", "out_of_memory")
PEOPLE = ("ann", "ben", "cat", "eve")

SITE: dict[str, Any] = {
    "accounts": {"quota": ["quota.json"], "balance": ["balance.json"]},
    "branding": {"name": "Jupyter @ Example", "contact": "support@example.org"},
}

ANNOUNCEMENTS: tuple[dict[str, Any], ...] = (
    {
        "severity": "warning",
        "title": {"en": "Slow file system", "de": "Langsames Dateisystem"},
        "text": {
            "en": "Reading from `/work` takes **longer** than usual.\n\n- Writing is as ever.\n"
            "- [What we know](https://status.example.org/42)",
            "de": "Lesen von `/work` dauert **länger** als sonst.\n\n- Schreiben geht wie immer.\n"
            "- [Was wir wissen](https://status.example.org/42)",
        },
    },
    {
        "severity": "critical", "title": "Passwords", "closing": "acknowledge",
        "text": "Change your password by Friday.",
    },
    {"severity": "info", "groups": ["climate"], "text": "The meeting of group climate is at ten."},
    {"kind": "news", "date": "2026-03-01", "title": "R 4.5", "text": "As a kernel of its own."},
    {"kind": "news", "date": "2026-02-12", "title": "More GPUs", "url": "https://www.example.org/"},
)  # fmt: skip


@contextmanager
def filled() -> Iterator[Served]:
    """Run it."""
    served = Served(SITE)
    try:
        _write_files(served)
        served.start()
        for body in ANNOUNCEMENTS:
            _announce(served, **body)
        begins = (datetime.now(UTC) + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
        _announce(
            served, severity="maintenance", text="New switches.",
            maintenance={"begins": begins.isoformat(), "lasts": "4h"},
        )  # fmt: skip
        _announce(served, severity="info", text="Not yet.", draft=True)
        _have_used(served)
        until(lambda: _counted(served), "the statistics of what has been used")
        yield served
    finally:
        served.close()


def _write_files(served: Served) -> None:
    folder, now = served.room.folder, time.time()
    quotas = [
        {"path": path, "user": name, "block_limit": 20_000_000, "total_block_usage": used,
         "file_limit": 100_000, "total_file_usage": files}
        for name in PEOPLE
        for path, used, files in ((f"/home/{name}", 19_400_000, 96_000), ("/scratch", 900, 12))
    ]  # fmt: skip
    balances = [{"user": name, "project": "bm0146", "value": 120} for name in PEOPLE]
    told: dict[str, dict[str, Any]] = {
        "quota.json": {"version": 1, "timestamp": now, "quotas": quotas},
        "balance.json": {"version": 1, "timestamp": now, "balances": balances,
                         "config": {"unit": "node hours", "project_type": "project"}},
    }  # fmt: skip
    for name, data in told.items():
        folder.joinpath(name).write_text(json.dumps(data))
    announced = folder / "announcements.d"
    announced.mkdir()
    announced.joinpath("broken.md").write_text("---\nseverity: loud\n---\nHello.\n")
    files = [folder / name for name in told]
    served.room.account.give(*files, announced, *announced.iterdir())


def _announce(served: Served, **body: Any) -> None:
    token, path = served.tokens["announcements"], "api/v1/announcements"
    answer = served.ask(token, "announcements", path, "POST", json=body)
    assert answer.status_code == 201, answer.text


def _have_used(served: Served) -> None:
    """Tell the hub's log of starts in the last five weeks, the same each time."""
    chance, now = random.Random(4), time.time()  # noqa: S311 - no secret
    rows: list[tuple[float, str, str, dict[str, Any]]] = []
    for number in range(300):
        at, uuid = now - chance.random() * 35 * DAY, UUID(int=number).hex
        who = {"uuid": uuid, "user": chance.choice(PEOPLE), "server": ""}
        asked = {
            "application": chance.choice(APPLICATIONS), "profile": chance.choice(PROFILES),
            "partition": chance.choice(("local", "elsewhere")), "kind": "preset", "cores": 1,
            "memory": 1024, "walltime": 3600, "gpus": 0, "gpu_type": "",
        }  # fmt: skip
        rows.append((at, uuid, "server-requested", {**who, **asked}))
        ready, outcome = number % 9 != 0, chance.choice(OUTCOMES)
        waited = round(chance.expovariate(1 / 90), 1)
        if ready:
            told = {**who, "waited": waited, "queued": waited / 2}
            rows.append((at + waited, uuid, "server-ready", told))
        ended = {
            "outcome": outcome if ready else "failed", "state": "", "reason": "", "ready": ready,
            "by_other": False, "lasted": 3600.0,
        }  # fmt: skip
        rows.append((at + waited + 3600, uuid, "server-ended", {**who, **ended}))
    first = int(now * 1000)
    with closing(sqlite3.connect(served.room.folder / "jupyterhub.sqlite", timeout=60)) as db, db:
        db.executemany(
            "INSERT INTO berth_events (id, at, uuid, name, data) VALUES (?, ?, ?, ?, ?)",
            [
                (first + number, at, uuid, name, json.dumps(data))
                for number, (at, uuid, name, data) in enumerate(sorted(rows, key=lambda r: r[0]))
            ],
        )


def _counted(served: Served) -> bool:
    token = served.visitor("ann").token()
    weeks = served.ask(token, "usage", "api/v1/weeks").json()["weeks"]
    return bool(sum(week["starts"] for week in weeks) == 300)
