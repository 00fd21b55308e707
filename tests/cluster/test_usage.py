"""Thirty starts and two failures on the real Slurm: ledger, page, CSV and API say the same of them.

The hub and its usage service are of their own, so that nothing else is counted; what they start is
a server that is there at once, in a job of its own.
"""

import csv
import json
import math
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from hub_config.cluster.happened import moment
from tests.support import eventlog
from tests.support.centre import Centre
from tests.support.hubs import Visitor, free_ports, until

QUICK = Path(__file__).resolve().parents[1] / "hub" / "quick.py"
LAUNCHER = """\
#!/bin/sh
! grep -q '"JUPYTERHUB_SERVER_NAME": "broken"' "$1" || exit 3
exec /usr/bin/python3 -I {quick} "$1"
"""
APPLICATIONS = {"lab": 14, "notebook": 10, "terminal": 6}
PARTITIONS = ("shared", "prepost")
FAILURES = {"broken": "failed", "refused": "refused"}
ALICES = {"profile": "advanced", "account": "bm0146", "memory": "512M", "cores": "1"}
NAMES = {"lab": "JupyterLab", "notebook": "Jupyter Notebook", "terminal": "Terminal"}


@dataclass(frozen=True)
class Counted:
    """A hub, alice and bob (an admin), and the ledger after all that they did."""

    centre: Centre
    alice: Visitor
    bob: Visitor
    rows: list[dict[str, Any]]

    def weeks(self) -> dict[str, list[dict[str, Any]]]:
        """Return the rows by the week in which they were asked for, as people there count it."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows:
            week = time.strftime("%G-W%V", time.localtime(row["created"]))
            found.setdefault(week, []).append(row)
        return found

    def get(self, visitor: Visitor, path: str, **params: str) -> requests.Response:
        answer = visitor.get(f"/services/usage/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer

    def summary(self, visitor: Visitor, week: str) -> dict[str, Any]:
        headers = {"Authorization": f"token {visitor.token()}"}
        url = f"{visitor.url}/services/usage/api/v1/summary"
        answer = requests.get(url, headers=headers, params={"week": week}, timeout=60)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def sheet(self, visitor: Visitor, week: str, by: str) -> list[list[str]]:
        """Return the lines of a CSV without the week, which each begins with."""
        text = self.get(visitor, "usage.csv", week=week, by=by).text
        head, *lines = csv.reader(text.splitlines())
        assert head[0] == "span" and {line[0] for line in lines} == {week}
        return [line[1:] for line in lines]


@pytest.fixture(scope="module")
def own(centre: Centre) -> Iterator[Centre]:
    """A second hub beside that of the other tests, behind the same two doors."""
    own = Centre(centre.bed, centre.release, "usage")
    launcher, quick = (centre.bed.layout.root / f"usage-{name}" for name in ("launcher", "quick"))
    quick.write_text(QUICK.read_text())
    launcher.write_text(LAUNCHER.format(quick=quick))
    launcher.chmod(0o755)
    quick.chmod(0o644)
    [port] = free_ports(1)
    services = {"usage": {"start": True, "port": port}, "announcements": None, "accounts": None}
    own.install({"hub": {"named_servers": 40}, "services": services, "announcements": None})
    agent = own.agent_config.read_text()
    own.agent_config.write_text(agent.replace(str(own.release.launcher), str(launcher)))
    try:
        own.hub.start()
        yield own
    finally:
        own.hub.close()
        own.agent_config.write_text(agent)


@pytest.fixture(scope="module")
def counted(own: Centre, unix_users: dict[str, str]) -> Iterator[Counted]:
    alice, bob = (own.hub.visitor(name, unix_users[name]) for name in ("alice", "bob"))
    try:
        ask(alice)
        until(lambda: told(own)["server-ready"] == 30, "thirty servers that are ready", 600)
        until(lambda: told(own)["server-ended"] == 2, "two ends")
        until(lambda: len(own.bed.squeue("alice")) == 30, "thirty jobs, and none on its way out")
        [database] = own.hub.folder.glob("*.sqlite")
        eventlog.check(database)
        rows = eventlog.select(database, "SELECT * FROM berth_jobs")
        found = Counted(own, alice, bob, rows)
        until(lambda: known(found) == len(rows), "the service knowing all of it")
        yield found
    finally:
        own.bed.cancel_all()
        alice.close()
        bob.close()


def ask(alice: Visitor) -> None:
    """Ask for thirty servers, for one that the scheduler refuses and for one that breaks."""
    for application, number in APPLICATIONS.items():
        for n in range(number):
            partition = PARTITIONS[n % 2]
            answers = {**ALICES, "partition": partition, "application": application}
            assert alice.start(f"{application}-{n}", answers).status_code in (201, 202)
    # Alice may charge mh0010, but the accounting allows it on partition shared alone.
    alice.start("refused", {**ALICES, "partition": "compute", "account": "mh0010", "cores": "24"})
    alice.start("broken", {**ALICES, "partition": "shared"})


def told(own: Centre) -> Counter[str]:
    """Return how many events there are of each kind."""
    [database] = own.hub.folder.glob("*.sqlite")
    return Counter(name for _, name in eventlog.events(database))


def known(counted: Counted) -> int:
    """Return how many starts the service has counted, if it knows the last two ends, too."""
    found = [counted.summary(counted.bob, week) for week in counted.weeks()]
    failed = sum(one["failed"] for one in found)
    ready = sum(one["ready"] for one in found)
    starts: int = sum(one["starts"] for one in found)
    return starts if (ready, failed) == (30, 2) else 0


def expected(rows: list[dict[str, Any]], by: str) -> dict[str, list[int]]:
    """Return starts, ready and failed as the ledger has them."""
    found: dict[str, list[int]] = {}
    for row in rows:
        line = found.setdefault(json.loads(row["request"])[by], [0, 0, 0])
        line[0] += 1
        line[1] += row["ready"] is not None
        line[2] += row["server"] in FAILURES
    return found


def table(page: str, by: str) -> dict[str, list[str]]:
    """Return the table of a section of the page: the cells of each line by its head."""
    section = page.partition(f'<h2 id="usage-{by}"')[2].partition("</section>")[0]
    lines = re.findall(r"<tr>(.*?)</tr>", section.partition("<tbody>")[2], re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", line) for line in lines]
    return {head.strip(): rest for head, *rest in cells}


def test_the_ledger_has_what_was_asked_for(counted: Counted) -> None:
    assert len(counted.rows) == 32
    failed = [row["server"] for row in counted.rows if row["ready"] is None]
    assert sorted(failed) == sorted(FAILURES)
    for row in counted.rows:
        if row["ready"] is not None:
            assert row["created"] - 2 <= row["began"] <= row["ready"] + 2


def test_how_long_it_waited_is_what_slurm_says(counted: Counted) -> None:
    begins = {str(job.id): counted.centre.bed.job(job.id)["StartTime"]
              for job in counted.centre.bed.squeue("alice")}  # fmt: skip
    assert len(begins) == 30
    for row in counted.rows:
        if row["ready"] is not None:
            assert row["began"] == moment(begins[row["job_id"]])


@pytest.mark.parametrize("by", ["application", "profile", "partition"])
def test_page_csv_and_api_say_what_the_ledger_says(counted: Counted, by: str) -> None:
    for week, rows in counted.weeks().items():
        wanted = expected(rows, by)
        api = counted.summary(counted.alice, week)[f"{by}s"]
        assert {one.pop("name"): list(one.values()) for one in api} == wanted
        sheet = counted.sheet(counted.alice, week, by)
        assert {name: [*map(int, numbers)] for name, *numbers in sheet} == wanted
        page = table(counted.get(counted.alice, "", week=week).text, by)
        assert sorted([*map(int, numbers)] for numbers in page.values()) == sorted(wanted.values())
        if by == "application":
            assert set(page) == {NAMES[name] for name in wanted}


def test_failures_are_told_by_their_reason(counted: Counted) -> None:
    for week, rows in counted.weeks().items():
        wanted = Counter(FAILURES[row["server"]] for row in rows if row["server"] in FAILURES)
        api = counted.summary(counted.alice, week)["failures"]
        assert {one["outcome"]: one["servers"] for one in api} == wanted
        sheet = counted.sheet(counted.alice, week, "failure") if wanted else []
        assert {name: int(number) for name, number in sheet} == wanted
        page = table(counted.get(counted.alice, "", week=week).text, "failure")
        words = {one["words"]: [str(one["servers"])] for one in api}
        assert page == words


def test_waiting_times_are_those_of_the_ledger(counted: Counted) -> None:
    for week, rows in counted.weeks().items():
        for one in counted.summary(counted.alice, week)["waiting"]:
            waits = sorted(
                row["ready"] - row["created"]
                for row in rows
                if row["ready"] and json.loads(row["request"])["partition"] == one["partition"]
            )
            assert one["starts"] == len(waits)
            for name, share in (("p50", 0.5), ("p95", 0.95)):
                wait = waits[math.ceil(share * len(waits)) - 1]
                assert abs(one[name] - wait) <= (0.1 if wait < 60 else 1.0 if wait < 600 else 10.0)


def test_what_runs_now_is_in_the_queue(counted: Counted) -> None:
    [week] = [*counted.weeks()][-1:]
    now = counted.summary(counted.alice, week)["now"]
    assert (now["running"], now["starting"]) == (len(counted.centre.bed.squeue("alice")), 0)
    assert now["active"]["1"] == 1


def test_only_an_admin_sees_who_it_was(counted: Counted) -> None:
    for week, rows in counted.weeks().items():
        seen = counted.summary(counted.bob, week)["users"]
        failed = sum(row["server"] in FAILURES for row in rows)
        assert seen == [{"name": "alice", "starts": len(rows), "failed": failed}]
        assert "users" not in counted.summary(counted.alice, week)
        path = f"/services/usage/usage.csv?week={week}&by=user"
        assert counted.alice.get(path).status_code == 403
