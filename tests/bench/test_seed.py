"""Copies of a running server in a real database of JupyterHub."""

import json
from dataclasses import replace
from pathlib import Path

from jupyterhub import orm
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench import people, seed
from hub_config.cluster.ledger import Entry, Ledger

FIRST, SECOND = people.names(2)
OLD = {"uuid": "a" * 32, "job_id": "7"}
COPY = seed.Copy(user=SECOND, uuid="b" * 32, job_id="8")


def database(path: Path) -> Session:
    """Return a database with two users, the first one's server and its row in the ledger."""
    db: Session = orm.new_session_factory(f"sqlite:///{path}")()
    for name in (FIRST, SECOND):
        db.add(orm.User(name=name))
    server = orm.Server(ip="node1", port=8888, base_url=f"/user/{FIRST}/")
    user = orm.User.find(db, FIRST)
    state = {"profile": "shared", "child_state": {**OLD, "host": "node1"}}
    db.add(orm.Spawner(name="", user=user, server=server, state=state))
    db.commit()
    ours = Entry(uuid=OLD["uuid"], job_id=OLD["job_id"], user=FIRST, server="")
    Ledger(db).intend(replace(ours, request={"cores": 1}))
    return db


def test_a_copy_differs_in_its_names_alone(tmp_path: Path) -> None:
    db = database(tmp_path / "hub.sqlite")
    seed.copy_rows(tmp_path / "hub.sqlite", [COPY])
    db.expire_all()
    user = orm.User.find(db, SECOND)
    spawner = user.orm_spawners[""]
    assert spawner.state["profile"] == "shared"
    child = spawner.state["child_state"]
    assert (child["uuid"], child["job_id"], child["host"]) == ("b" * 32, "8", "node1")
    assert (spawner.server.base_url, spawner.server.port) == (f"/user/{SECOND}/", 8888)
    db.close()


def test_the_ledger_gets_a_row_of_its_own(tmp_path: Path) -> None:
    db = database(tmp_path / "hub.sqlite")
    seed.copy_rows(tmp_path / "hub.sqlite", [COPY])
    found = db.execute(text("SELECT user, uuid, job_id, request FROM berth_jobs ORDER BY user"))
    first, second = (tuple(row) for row in found)
    assert first[:3] == (FIRST, "a" * 32, "7")
    assert second[:3] == (SECOND, "b" * 32, "8")
    assert json.loads(second[3]) == {"cores": 1}
    db.close()
