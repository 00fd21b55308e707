"""The served agent with its two rights: what it holds, whom it answers, what it leaves alive."""

import json
import os
import pwd
import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent.requests import HOSTILE_BYTES, HOSTILE_VALUES
from tests.cluster.agents import (
    CANCEL,
    LOG,
    NOTE,
    QUERY,
    SUBMIT,
    TOKEN,
    Agent,
    Door,
    installed,
    tidy,
)
from tests.support.centre import AGENT_USER, HUB_USER, as_agent
from tests.support.hubs import until
from tests.testbed.slurm import SlurmBed

SWITCHING = f"{0xC0:016x}"
NOTHING = f"{0:016x}"
TOOLS = ("sbatch", "squeue", "scancel", "sinfo", "sacct", "sacctmgr", "scontrol")


@pytest.fixture(scope="module")
def installed_door(slurm: SlurmBed, unix_users: dict[str, str]) -> Iterator[Agent]:
    with installed(Door, slurm) as door:
        yield door


@pytest.fixture
def door(installed_door: Door) -> Iterator[Door]:
    yield installed_door
    tidy(installed_door)


@pytest.fixture
def marks(door: Door) -> Iterator[Path]:
    """Where every tool of the scheduler leaves a mark when it runs, whoever it runs as."""
    marks = door.place / "marks"
    marks.mkdir(exist_ok=True)
    marks.chmod(0o1777)
    for name in TOOLS:
        door.tool(name, f"#!/bin/bash\nmktemp {marks}/{name}.XXXXXX\n")
    door.write(f'bin_dir = "{door.place}"')
    yield marks
    shutil.rmtree(marks)


def capabilities(status: str) -> dict[str, str]:
    return dict(re.findall(r"^Cap(\w+):\t(\w+)$", status, re.MULTILINE))


def held(status: str) -> set[str]:
    """Return what is in any of the sets that give a right, now or after the next execve."""
    return {value for name, value in capabilities(status).items() if name != "Bnd"}


def test_it_is_an_account_of_its_own_with_two_rights(door: Door) -> None:
    status = Path(f"/proc/{door.process.pid}/status").read_text()
    uid = pwd.getpwnam(AGENT_USER).pw_uid
    assert uid != 0 and f"\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n" in status
    assert "\nNoNewPrivs:\t1\n" in status
    assert capabilities(status) == {
        "Prm": SWITCHING, "Eff": SWITCHING, "Bnd": SWITCHING, "Inh": NOTHING, "Amb": NOTHING,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "tool", "user"),
    [(QUERY, "squeue", HUB_USER), ({**SUBMIT, "dry_run": True}, "sbatch", "alice")],
    ids=["query", "submit"],
)
def test_a_tool_has_no_right_at_all(
    door: Door, request_: dict[str, Any], tool: str, user: str
) -> None:
    door.tool(tool, "#!/bin/bash -p\ncat /proc/$$/status\n")
    door.write(f'bin_dir = "{door.place}"')
    status = door.ask(request_)["out"]
    uid = pwd.getpwnam(user).pw_uid
    assert f"\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n" in status
    assert held(status) == {NOTHING}


def test_who_writes_the_spawn_file_has_no_right_at_all(door: Door) -> None:
    shown = in_the_agents_place(door, "call(lambda: print(open('/proc/self/status').read(), "
                                "flush=True), alice, 30)")  # fmt: skip
    uid = pwd.getpwnam("alice").pw_uid
    assert f"\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n" in shown
    assert held(shown) == {NOTHING}


def test_a_child_that_hangs_as_a_user_is_killed_all_the_same(door: Door) -> None:
    # Stands in for a home on a file server that does not answer. To kill across accounts takes
    # CAP_KILL, which the agent has not.
    mark = f"hangs-for-{os.getpid()}"
    shown = in_the_agents_place(door, f"""
        import ctypes
        def hang():
            ctypes.CDLL(None).prctl(15, b"{mark[:15]}")
            time.sleep(600)
        try:
            call(hang, alice, 1)
        except Failure as failure:
            print(failure)""")  # fmt: skip
    assert shown == "the home directory of alice does not answer\n"
    until(lambda: not alive(mark[:15]), "the end of the child")


def alive(name: str) -> bool:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found.append((process / "comm").read_text().strip() == name)
        except OSError:
            continue
    return any(found)


def in_the_agents_place(door: Door, code: str) -> str:
    """Run Python with the agent's modules and rights; return what it prints."""
    before = """
import pwd, time
from hub_config.agent import Failure, capabilities
from hub_config.agent.identity import Identity
from hub_config.agent.process import call
capabilities.keep(capabilities.SWITCHING)
alice = Identity.of(pwd.getpwnam("alice"))
"""
    done = subprocess.run(
        [*as_agent(), door.argv[0], "-I", "-c", before + textwrap.dedent(code)],
        capture_output=True, text=True, timeout=60, cwd="/", env={},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def uids() -> dict[str, int]:
    names = ("root", "daemon", "nobody", "alice", "bob", AGENT_USER, "berth-auth")
    return {**{name: pwd.getpwnam(name).pw_uid for name in names}, "nameless": 4_000_000}


def test_the_socket_is_for_its_group_only(door: Door) -> None:
    for name, uid in uids().items():
        if name not in ("root", AGENT_USER):
            with pytest.raises(PermissionError):
                door.ask_as(uid, json.dumps(QUERY).encode())


def test_a_peer_that_is_not_named_gets_nothing_done(door: Door, marks: Path) -> None:
    """Not even where somebody has opened the socket to all."""
    door.socket.parent.chmod(0o755)
    door.socket.chmod(0o666)
    good = ((verb["verb"], verb) for verb in (SUBMIT, CANCEL, NOTE, LOG, QUERY))
    requests = [*HOSTILE_VALUES, *good]
    try:
        for uid in uids().values():
            for _, request in requests[-23:]:
                answer = door.ask_as(uid, json.dumps(request).encode())
                assert set(answer) <= {"refused", "failed"}, (uid, request)
    finally:
        door.socket.parent.chmod(0o2750)
        door.socket.chmod(0o660)
    assert list(marks.iterdir()) == []


def test_no_hostile_request_runs_anything(door: Door, marks: Path) -> None:
    uid = pwd.getpwnam(HUB_USER).pw_uid
    bodies = [json.dumps(value).encode() for _, value in HOSTILE_VALUES]
    bodies += [data for _, data in HOSTILE_BYTES]
    accounts = {entry.pw_name for entry in pwd.getpwall() if entry.pw_uid < 1000} | {"nobody"}
    bodies += [
        json.dumps({**request, "user": account}).encode()
        for request in (SUBMIT, CANCEL, NOTE, LOG)
        for account in sorted(accounts)
    ]
    assert len(bodies) >= 300
    for body in bodies:
        answer = door.ask_as(uid, body)
        assert list(answer) == ["refused"], body[:200]
    assert list(marks.iterdir()) == []
    assert not Path("/home/alice/.cache/berth").exists()
    assert TOKEN not in door.journal.read_text()


def test_the_good_ones_do_leave_marks(door: Door, marks: Path) -> None:
    for request in (SUBMIT, CANCEL, NOTE, QUERY):
        assert door.ask(request)["code"] == 0
    assert sorted(mark.name.partition(".")[0] for mark in marks.iterdir()) == [
        "sbatch", "scancel", "scontrol", "squeue",
    ]  # fmt: skip


@pytest.mark.parametrize("verb", ["submit", "note", "log", "cancel", "query"])
def test_a_verb_that_is_not_given_is_not_done(door: Door, marks: Path, verb: str) -> None:
    needed = "submit" if verb in ("note", "log") else verb
    others = [name for name in ("submit", "cancel", "query") if name != needed]
    verbs = {"submit": SUBMIT, "note": NOTE, "log": LOG, "cancel": CANCEL, "query": QUERY}
    request = verbs[verb]
    before, Door.callers = Door.callers, f"[callers]\n{HUB_USER} = {json.dumps(others)}\n"
    try:
        door.write(f'bin_dir = "{door.place}"')
        answer = door.ask(request)
    finally:
        Door.callers = before
    assert answer == {"refused": f"{HUB_USER} may {' and '.join(others)}, but not {verb}"}
    assert list(marks.iterdir()) == []
