"""The agent's verbs as the hub calls them: what is asked, and what is not worth asking."""

from collections.abc import Mapping
from typing import Any

import pytest

from hub_config.agent.messages import parse
from hub_config.cluster.client import AT_ONCE, Client
from hub_config.schedulers.base import Refused, Reply, Scheduler
from hub_config.schedulers.local import Local
from hub_config.schedulers.slurm import Slurm
from tests.contract.recordings import recording
from tests.schedulers.requests import UUID, job_request

DONE = Reply(0, "", "")


class Agent:
    """Takes what a real one would understand and gives the same answer to all of it."""

    def __init__(self, reply: Reply = DONE) -> None:
        self.reply = reply
        self.asked: list[Mapping[str, Any]] = []

    async def ask(self, request: Mapping[str, Any]) -> Reply:
        parse(request)
        self.asked.append(request)
        return self.reply


def client(agent: Agent, scheduler: Scheduler | None = None) -> Client:
    transport: Any = agent
    return Client(transport, scheduler or Slurm())


async def test_a_submission_says_for_which_server() -> None:
    agent = Agent(Reply(0, "7\n", ""))
    env = {"JUPYTERHUB_API_TOKEN": "x"}
    url = "http://hub/ready"
    job_id = await client(agent).submit("alice", UUID, "gpu-work", job_request(), env, url)
    assert job_id == "7"
    assert (agent.asked[0]["server"], agent.asked[0]["dry_run"]) == ("gpu-work", False)


async def test_an_estimate_is_a_dry_run_without_anything_secret() -> None:
    agent = Agent(recording("slurm", "sbatch-test-accepted").reply)
    assert await client(agent).estimate("alice", UUID, job_request())
    assert agent.asked[0]["dry_run"] is True
    assert agent.asked[0]["spawn"]["env"] == {}


async def test_a_job_without_a_number_can_be_asked_to_be_cancelled() -> None:
    agent = Agent()
    await client(agent).cancel("alice", "", UUID)
    assert agent.asked[0]["job_id"] == ""


async def test_a_note_and_what_comes_of_it() -> None:
    agent = Agent()
    await client(agent).note("alice", "7", UUID, "", 40123)
    assert (agent.asked[0]["server"], agent.asked[0]["port"]) == ("", 40123)
    with pytest.raises(Refused):
        gone = Agent(recording("slurm", "note-ended").reply)
        await client(gone).note("alice", "7", UUID, "", 40123)


async def test_the_end_of_a_log() -> None:
    agent = Agent(Reply(0, "last words", ""))
    assert await client(agent).log("alice", "7", "my.log") == "last words"


async def test_any_number_of_endings_is_asked_for_in_portions() -> None:
    agent = Agent(recording("slurm", "sacct-endings").reply)
    ids = tuple(map(str, range(1, 2 * AT_ONCE + 51)))
    found = await client(agent).endings(ids)
    assert [len(one["job_ids"]) for one in agent.asked] == [AT_ONCE, AT_ONCE, 50]
    assert found["7"].by == "alice"


async def test_no_question_is_asked_that_has_no_answer() -> None:
    agent = Agent()
    assert await client(agent).endings(()) == {}
    local = client(agent, Local())
    assert await local.endings(("7",)) == {}
    assert await local.queue() == {}
    assert await local.reservations() is None
    assert await local.memberships("alice") is None
    assert agent.asked == []


async def test_the_queue_with_everybody_in_it() -> None:
    agent = Agent(recording("slurm", "queue-waiting").reply)
    places = await client(agent).queue()
    assert len(places) == 9 and agent.asked == [{"verb": "query", "what": "queue"}]
