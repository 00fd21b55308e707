"""Gives both hubs N running servers: real jobs of real users, and rows in the hubs' databases.

One server of each hub is started by the hub itself. The others are its copies: a job submitted
beside the hub, with the comment that ours would have given it, and the rows of the first server
with the names changed. Both hubs are given the same jobs; they never run at the same time.
"""

import json
import sqlite3
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import people
from bench.cluster import BATCH
from bench.ours import OurHub
from bench.rest import Rest
from hub_config.marks import Marks
from tests.support.hubs import until
from tests.testbed.shell import must
from tests.testbed.slurm import Job, SlurmBed

_SCRIPT = "#!/bin/sh\nexec sleep infinity\n"


@dataclass(frozen=True)
class Copy:
    """A server that exists beside the hub so far."""

    user: str
    uuid: str
    job_id: str


def first(hub: Rest) -> None:
    """Let *hub*, which runs, start the server that is copied."""
    [user] = people.names(1)
    hub.add_users([user])
    hub.start_server(user)
    hub.wait_ready(user)


def noted(bed: SlurmBed) -> bool:
    """Return whether the job of our first server has the comment that the copies get."""
    return _model(bed).comment.count(":") == 3  # job name, uuid, server and, last, the port


def _model(bed: SlurmBed) -> Job:
    [job] = [job for job in bed.squeue(people.names(1)[0]) if job.name == "berth"]
    return job


def submit(bed: SlurmBed, ours: OurHub, users: list[str]) -> list[Copy]:
    """Submit a job for each of *users* and return when all run."""
    model = _model(bed)
    old = model.comment.split(":")[1]
    secret = ours.folder.joinpath("cookie_secret").read_text().strip()
    marks = Marks(bytes.fromhex(secret))

    def one(user: str) -> Copy:
        name = marks.mint(user, "")
        job = must(["/usr/bin/sbatch", "--parsable", f"--uid={user}", "--job-name=berth",
                    f"--comment={model.comment.replace(old, name)}", "--mem=256M", "--time=7-0",
                    f"--chdir={people.HOMES / user}", "--output=/dev/null", "--export=NIL",
                    "--no-requeue", "--partition=shared"], input=_SCRIPT, env=bed.env)  # fmt: skip
        return Copy(user, name, job.strip())

    copies: list[Copy] = []
    with ThreadPoolExecutor(4) as pool:
        while batch := users[len(copies) : len(copies) + BATCH]:
            copies += pool.map(one, batch)
            wanted = {int(copy.job_id) for copy in copies}
            until(lambda: wanted <= running(bed), f"{len(wanted)} running jobs", 300)  # noqa: B023
    return copies


def running(bed: SlurmBed) -> set[int]:
    """Return the ids of the jobs that run."""
    return {job.id for job in bed.squeue() if job.state == "RUNNING"}


def write(hub: Rest, copies: list[Copy]) -> None:
    """Write the copies into the database of *hub*, which does not run."""
    [path] = hub.folder.glob("*.sqlite")
    owner = path.stat()
    copy_rows(path, copies)
    must(["/bin/chown", "-R", f"{owner.st_uid}:{owner.st_gid}", str(hub.folder)])


def copy_rows(path: Path, copies: list[Copy]) -> None:
    """Copy the rows of the first user's server."""
    with closing(sqlite3.connect(path)) as db, db:
        db.row_factory = sqlite3.Row
        for copy in copies:
            _write(db, copy)


def _write(db: sqlite3.Connection, copy: Copy) -> None:
    [user] = people.names(1)
    spawner = _row(db, "SELECT * FROM spawners WHERE user_id = (SELECT id FROM users "
                       "WHERE name = ?)", user)  # fmt: skip
    server = _row(db, "SELECT * FROM servers WHERE id = ?", spawner["server_id"])
    server |= {"id": None, "base_url": server["base_url"].replace(user, copy.user)}
    user_id = _row(db, "SELECT id FROM users WHERE name = ?", copy.user)["id"]
    state = _renamed(json.loads(spawner["state"]), copy)
    db.execute("DELETE FROM spawners WHERE user_id = ?", (user_id,))
    spawner |= {"id": None, "user_id": user_id, "server_id": _insert(db, "servers", server),
                "state": json.dumps(state), "oauth_client_id": None}  # fmt: skip
    _insert(db, "spawners", spawner)
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'berth_jobs'").fetchone():
        row = _row(db, "SELECT * FROM berth_jobs WHERE user = ?", user)
        _insert(db, "berth_jobs", _renamed(row, copy) | {"user": copy.user})


def _renamed(state: Mapping[str, Any], copy: Copy) -> dict[str, Any]:
    """Return a saved state as the copy's own, wherever the names are in it."""
    own = {"job_id": copy.job_id, "uuid": copy.uuid, "token_hash": uuid.uuid4().hex}
    return {
        key: _renamed(value, copy) if isinstance(value, dict) else own.get(key, value)
        for key, value in state.items()
    }


def _row(db: sqlite3.Connection, query: str, *values: object) -> dict[str, Any]:
    return dict(db.execute(query, values).fetchone())


def _insert(db: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> int | None:
    columns = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" * len(row))
    query = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names of our own
    return db.execute(query, tuple(row.values())).lastrowid
