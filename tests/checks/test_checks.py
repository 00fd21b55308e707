"""What is found wrong before a start, and what only warns."""

import asyncio
import dataclasses
import time
from typing import Any

import pytest

from hub_config import checks as module
from hub_config.checks import Checks
from hub_config.cluster.accounts import FEW
from hub_config.cluster.client import Home
from hub_config.i18n.catalog import catalog
from hub_config.model.accounts import Accounts
from hub_config.quota.rows import Amount, Quota
from hub_config.said import spoken
from hub_config.schedulers.base import Unanswered

HERE = Home("/home/alice", "/home/alice", True)
MISSING = Home("/home/alice", "/home/alice", False)
UNKNOWN = Home("", "", False)


class Agent:
    """Tells of homes what the test says, in the place of the client."""

    def __init__(self, home: Home | None) -> None:
        self.answer = home
        self.asked = 0

    async def home(self, _: str) -> Home:
        self.asked += 1
        if self.answer is None:
            raise Unanswered("no")
        return self.answer


class Exporter:
    """Tells the quotas that the test says, in the place of files."""

    def __init__(self, *rows: Quota) -> None:
        self.rows = rows
        self.told = bool(rows)

    async def quotas(self, _: str) -> tuple[Quota, ...]:
        return self.rows


def quota(path: str, used: int, limit: int = 1000, files: int = 0, age: float = 0) -> Quota:
    space, count = Amount(used, used, limit), Amount(files, files, 1000)
    return Quota(path, False, space, count, time.time() - age)


def checks(home: Home | None, *rows: Quota, **settings: Any) -> Checks:
    site = Accounts.model_validate(settings)
    return Checks(site, Agent(home), Exporter(*rows), True)  # type: ignore[arg-type]


async def told(made: Checks) -> list[tuple[str, bool]]:
    return [(str(one.text), one.refuses) for one in await made.findings("alice")]


async def test_all_is_well() -> None:
    assert await told(checks(HERE, quota("/home/alice", 949))) == []


async def test_a_home_that_does_not_exist_yet() -> None:
    found = await told(checks(MISSING, login="login.example.org"))
    assert found == [
        (
            "Your home directory /home/alice does not exist yet."
            " Log in once by SSH to login.example.org, then try again.",
            True,
        )
    ]
    ((text, _),) = await told(checks(MISSING))
    assert text.endswith("Log in once by SSH to the cluster, then try again.")


async def test_an_account_that_the_cluster_does_not_know_yet() -> None:
    ((text, refuses),) = await told(checks(UNKNOWN))
    assert text.startswith("The cluster does not know your account alice yet.")
    assert refuses


async def test_an_agent_that_does_not_answer_keeps_nobody_from_starting() -> None:
    assert await told(checks(None)) == []
    (found,) = await told(checks(None, quota("/home/alice", 2000)))
    assert found[1] is False


async def test_it_can_be_switched_off() -> None:
    made = checks(MISSING, quota("/home/alice", 2000), checks={"home": False, "quota": "off"})
    assert await told(made) == []
    assert made._client.asked == 0  # type: ignore[attr-defined]


async def test_left_out_it_is_on_where_jobs_run_as_their_users() -> None:
    alone = Checks(Accounts(), Agent(MISSING), Exporter(), False)  # type: ignore[arg-type]
    assert await told(alone) == []
    assert len(await told(checks(MISSING))) == 1


@pytest.mark.parametrize(
    ("path", "used", "more"), [("/home/alice", 1000, {}), ("/home", 1, {"files": 1000})]
)
async def test_a_full_home_keeps_servers_from_starting(
    path: str, used: int, more: dict[str, int]
) -> None:
    ((text, refuses),) = await told(checks(HERE, quota(path, used, **more)))
    assert refuses
    assert text.startswith("Your home directory (/home")
    assert "is full: nothing more fits in." in text
    assert text.endswith("Delete or move some files.")


@pytest.mark.parametrize("path", ["/scratch/alice", "/home/alice2", "/home/al", "/home/alice/sub"])
async def test_a_full_volume_elsewhere_only_warns(path: str) -> None:
    ((text, refuses),) = await told(checks(HERE, quota(path, 1000)))
    assert not refuses
    assert text.startswith(f"{path} is full")


async def test_the_volume_may_be_where_links_lead_to() -> None:
    home = Home("/home/alice", "/lustre/h1/alice", True)
    ((_, refuses),) = await told(checks(home, quota("/lustre/h1/alice", 1000)))
    assert refuses


async def test_old_figures_only_warn() -> None:
    row = quota("/home/alice", 1000, age=7200)
    assert [refuses for _, refuses in await told(checks(HERE, row))] == [False]
    later = checks(HERE, row, checks={"quota_age": "3h"})
    assert [refuses for _, refuses in await told(later)] == [True]


@pytest.mark.parametrize(("age", "refuses"), [(-200, True), (-4000, False), (7200, False)])
async def test_figures_of_a_clock_that_is_far_ahead_only_warn(age: float, refuses: bool) -> None:
    row = quota("/home/alice", 1000, age=age)
    assert [said for _, said in await told(checks(HERE, row))] == [refuses]


async def test_figures_of_no_time_only_warn() -> None:
    row = dataclasses.replace(quota("/home/alice", 1000), as_of=None)
    ((text, refuses),) = await told(checks(HERE, row))
    assert not refuses
    assert "(As of an unknown time.)" in text


async def test_a_site_may_want_only_warnings() -> None:
    made = checks(HERE, quota("/home/alice", 1000), checks={"quota": "warn"})
    assert [refuses for _, refuses in await told(made)] == [False]


@pytest.mark.parametrize(("used", "warned"), [(949, False), (950, True), (999, True)])
async def test_what_is_nearly_full_warns(used: int, warned: bool) -> None:
    found = await told(checks(HERE, quota("/home/alice", used * 1024, 1024_000)))
    assert bool(found) is warned
    if warned:
        assert found[0][0].startswith("Your home directory (/home/alice) is nearly full.")
        assert "of 1,000 MB are used." in found[0][0]
        assert not found[0][1]


async def test_what_keeps_from_starting_stands_first() -> None:
    rows = (quota("/scratch", 999), quota("/home/alice", 1000))
    assert [refuses for _, refuses in await told(checks(HERE, *rows))] == [True, False]


async def test_both_languages_say_it() -> None:
    (found,) = await checks(HERE, quota("/home/alice", 1024**2 * 3, 1024**2 * 2)).findings("alice")
    german = spoken(found.text, catalog("de"))
    assert german.startswith("Ihr Home-Verzeichnis (/home/alice) ist voll")
    assert "3 GB von 2 GB sind belegt." in german


async def test_a_home_is_asked_for_once() -> None:
    made = checks(HERE)
    for _ in range(5):
        await made.findings("alice")
    assert made._client.asked == 1  # type: ignore[attr-defined]


async def test_only_a_few_homes_are_asked_for_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made, asked, answer = checks(HERE), [], asyncio.Event()

    async def home(name: str) -> Home:
        asked.append(name)
        await answer.wait()
        return HERE

    monkeypatch.setattr(made._client, "home", home)
    people = ["alice", "bob", "carol", "dave"]
    for name in people:
        assert await made.findings(name, wait=False) == ()
    tasks = [one._task for one in made._homes.values() if one._task]
    await asyncio.sleep(0)
    assert asked == people[:FEW]
    answer.set()
    await asyncio.gather(*tasks)
    assert asked == people


async def test_a_home_that_was_made_meanwhile_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    made = checks(MISSING)
    assert len(await told(made)) == 1
    made._client.answer = HERE  # type: ignore[attr-defined]
    assert len(await told(made)) == 1  # just looked at
    monkeypatch.setattr(module, "MISSING_AGE", -1.0)
    assert await told(made) == []


async def test_the_home_page_does_not_wait_for_the_agent() -> None:
    made = checks(MISSING)
    assert await made.findings("alice", wait=False) == ()
    assert len(await told(made)) == 1
    assert len(await made.findings("alice", wait=False)) == 1


async def test_not_everybody_is_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PEOPLE", 2)
    made = checks(HERE)
    for name in ("alice", "bob", "carol"):
        await made.findings(name)
    assert list(made._homes) == ["bob", "carol"]
