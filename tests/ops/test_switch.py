"""Releases switched on a machine with a real hub, a real proxy and a real database."""

import json
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hub_config.auth.passwords import parse
from hub_config.load import load_site
from hub_config.ops import attempt, hubhealth
from hub_config.ops.attempt import STEPS
from hub_config.ops.database import Database
from hub_config.ops.failure import Failed
from hub_config.ops.layout import BESIDE, HUB
from hub_config.ops.release import pointed
from tests.ops.machine import ONE, Machine
from tests.support.hubs import ROOT

pytestmark = pytest.mark.hub

TWO = "two-22222222"
SCHEMA = "CREATE TABLE later (id INTEGER)"
HALF_A_SCHEMA = "CREATE TABLE later (id INTEGER);INSERT INTO nowhere VALUES (1)"
DIES = "raise SystemExit('this hub cannot start')\n"
DEAF = "import time\ntime.sleep(600)\n"


def report(machine: Machine) -> dict[str, object]:
    return hubhealth.ask(load_site(machine.layout.site, parse))


def users(machine: Machine) -> set[str]:
    with closing(sqlite3.connect(machine.database)) as database:
        return {name for (name,) in database.execute("SELECT name FROM users")}


def revision(machine: Machine) -> str:
    current = machine.layout.current / "hub" / "bin" / "python"
    state = Database(current, machine.layout.site).state()
    return state.revision if state else ""


def is_as_before(machine: Machine) -> None:
    """Fail unless release one runs, with ann and with nothing left of an attempt."""
    assert report(machine)["release"] == ONE
    assert pointed(machine.layout.current) == ONE
    user = machine.root / "opt" / "berth-user" / "current"
    assert user.resolve().name == ONE
    assert not machine.layout.previous.is_symlink()
    assert not machine.layout.attempt.exists()
    assert users(machine) == {"ann"}
    machine.log_in("ann").close()


def test_the_first_release_is_started(machine: Machine) -> None:
    is_as_before(machine)
    assert (report(machine)["version"], report(machine)["status"]) == ("1.0", "ok")


def test_there_and_back_over_another_schema(machine: Machine) -> None:
    first, proxy = revision(machine), machine.hub.proxy
    machine.release(TWO, schema=SCHEMA, version="2.0")
    machine.switch().activate(TWO)
    assert (report(machine)["release"], report(machine)["version"]) == (TWO, "2.0")
    assert (pointed(machine.layout.current), pointed(machine.layout.previous)) == (TWO, ONE)
    assert (users(machine), revision(machine)) == ({"ann"}, "ffff00000001")
    assert set(BESIDE) <= set(machine.units.restarted)
    machine.log_in("ben").close()  # comes after the copy
    machine.said.clear()
    machine.switch().rollback()
    assert (report(machine)["release"], revision(machine)) == (ONE, first)
    assert users(machine) == {"ann"}
    assert any("1 users who came since" in line for line in machine.said)
    assert proxy is not None
    assert proxy.poll() is None, "the proxy was never touched"


def test_without_another_schema_nothing_is_lost_on_the_way_back(machine: Machine) -> None:
    machine.release(TWO)
    machine.switch().activate(TWO)
    machine.log_in("ben").close()
    machine.switch().rollback()
    assert report(machine)["release"] == ONE
    assert users(machine) == {"ann", "ben"}
    machine.switch().rollback()
    assert pointed(machine.layout.current) == TWO, "back from going back"


def test_what_is_current_already_is_not_started_again(machine: Machine) -> None:
    pid = machine.units.main_pid(HUB)
    machine.switch().activate(ONE)
    assert machine.said == [f"already current: {ONE}"]
    assert machine.units.main_pid(HUB) == pid


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"break_hub": DIES}, "this hub cannot start"),
        ({"break_hub": DEAF, "schema": SCHEMA}, "the hub is not well after 20 s"),
        ({"schema": HALF_A_SCHEMA}, "nowhere"),
    ],
    ids=["dies", "deaf", "half-a-schema"],
)
def test_a_bad_release_is_never_left_running(
    machine: Machine, broken: dict[str, str], words: str
) -> None:
    machine.release(TWO, **broken)
    with pytest.raises(Failed, match=f"{ONE} runs again") as failed:
        machine.switch(patience=20).activate(TWO)
    assert words in str(failed.value)
    is_as_before(machine)


def test_a_site_that_the_new_release_refuses_stops_nothing(machine: Machine) -> None:
    pid, site = machine.units.main_pid(HUB), machine.layout.site
    machine.release(TWO)
    good = site.read_text()
    site.write_text(f"{good}\nnonsense: 1\n")
    with pytest.raises(Failed, match='unknown key "nonsense"'):
        machine.switch().activate(TWO)
    assert machine.units.main_pid(HUB) == pid
    site.write_text(good)
    is_as_before(machine)


def test_copies_are_for_root_alone(machine: Machine) -> None:
    machine.release(TWO)
    machine.switch().activate(TWO)
    files = list(machine.layout.copies.iterdir())
    assert {file.suffix for file in files} == {".copy", ".json"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(machine.layout.copies.stat().st_mode) == 0o700


def test_a_first_release_that_is_bad_can_be_corrected(bare: Machine) -> None:
    bare.start_proxy()
    folder = bare.release(ONE, break_hub=DIES)
    with pytest.raises(Failed, match="No other release was current before"):
        bare.switch().activate(ONE)
    [app] = folder.glob("hub/lib/python*/site-packages/hub_config/app.py")
    app.write_text(app.read_text().replace(DIES, ""))
    bare.switch().activate(ONE)
    assert report(bare)["release"] == ONE


# --- crashes

CRASHES = {
    "stop": "stop ", "copy": "copy ", "schema": "convert ", "switch": "switch ", "start": "start ",
    "health": "wait ",
}  # fmt: skip
"""Each step with the words that are said once it is written down and before it is taken."""


def crash(machine: Machine, verb: str, name: str, step: str) -> None:
    """Let another process switch, and die at *step*."""
    argv = [sys.executable, "-m", "tests.ops.machine", str(machine.root), verb, name, CRASHES[step]]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, timeout=100, check=False)
    assert done.returncode == -9, done.stderr.decode()
    left = attempt.left(machine.layout.attempt)
    assert left is not None
    assert left.step == step


def test_every_step_is_crashed_at() -> None:
    assert tuple(CRASHES) == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_is_mended_by_trying_again(machine: Machine, step: str) -> None:
    machine.release(TWO, schema=SCHEMA)
    crash(machine, "activate", TWO, step)
    machine.switch().activate(TWO)
    assert (report(machine)["release"], revision(machine)) == (TWO, "ffff00000001")
    assert (pointed(machine.layout.current), pointed(machine.layout.previous)) == (TWO, ONE)
    assert users(machine) == {"ann"}
    assert not machine.layout.attempt.exists()


@pytest.mark.parametrize("step", ("schema", "switch", "health"))
def test_a_crash_is_mended_by_rolling_back(machine: Machine, step: str) -> None:
    first = revision(machine)
    machine.release(TWO, schema=SCHEMA)
    crash(machine, "activate", TWO, step)
    machine.switch().rollback()
    is_as_before(machine)
    assert revision(machine) == first


def test_half_a_conversion_is_undone(machine: Machine) -> None:
    """As if killed in the middle of it: one table of the new schema, the old revision."""
    machine.release(TWO, schema=SCHEMA)
    crash(machine, "activate", TWO, "schema")
    with closing(sqlite3.connect(machine.database)) as database:
        database.execute(SCHEMA)
    machine.switch().activate(TWO)
    assert revision(machine) == "ffff00000001"


def test_links_half_turned_are_turned_back(machine: Machine) -> None:
    machine.release(TWO)
    crash(machine, "activate", TWO, "switch")
    user = machine.root / "opt" / "berth-user"
    (user / "current").unlink()
    (user / "current").symlink_to(user / "releases" / TWO)
    machine.switch().rollback()
    is_as_before(machine)


# --- what is not there


def test_a_release_that_is_not_there(machine: Machine) -> None:
    with pytest.raises(Failed, match=f"the installed releases are: {ONE}"):
        machine.switch().activate("gone-00000000")
    with pytest.raises(Failed, match="there is no previous release"):
        machine.switch().rollback()
    is_as_before(machine)


@pytest.mark.parametrize("name", ["../etc", "", ".", "/etc"])
def test_a_name_that_is_none(bare: Machine, name: str) -> None:
    with pytest.raises(Failed, match=r"release\.json is not there"):
        bare.switch().activate(name)


def test_going_back_without_a_copy_of_the_older_schema(machine: Machine) -> None:
    machine.release(TWO, schema=SCHEMA)
    machine.switch().activate(TWO)
    for path in machine.layout.copies.iterdir():
        path.unlink()
    with pytest.raises(Failed, match=r"there is no copy of one(.|\n)*two-22222222 runs again"):
        machine.switch().rollback()
    assert report(machine)["release"] == TWO


def test_the_note_of_an_attempt_names_both_releases(machine: Machine) -> None:
    machine.release(TWO)
    crash(machine, "activate", TWO, "start")
    said = json.loads(Path(machine.layout.attempt).read_text())
    assert (said["from"], said["to"]) == (ONE, TWO)
