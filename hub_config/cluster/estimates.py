"""When the scheduler would start a job that nobody has submitted yet: asked, never guessed."""

import asyncio
import time
from collections import OrderedDict
from uuid import uuid4

from hub_config.cluster.client import Client
from hub_config.model.request import JobRequest
from hub_config.schedulers.base import Refused, Unanswered

AGE = 30.0
"""Seconds for which an answer is good."""

KEPT = 1000
"""Answers kept, and people whose turn is kept."""


FEW = 2
"""Questions at a time: the way to the scheduler is for starting and ending servers first."""


class Estimates:
    """Answers by person and request; one question of a person at a time, FEW of all people."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._answers: OrderedDict[tuple[str, JobRequest], tuple[float, str | Refused]] = (
            OrderedDict()
        )
        self._turns: dict[str, asyncio.Lock] = {}
        self._few = asyncio.Semaphore(FEW)

    async def of(self, user: str, request: JobRequest) -> str:
        """Return the expected start, empty if nobody knows. Raises Refused."""
        turn = self._turns.setdefault(user, asyncio.Lock())
        async with turn:
            answer = self._kept(user, request)
            if answer is None:
                answer = await self._ask(user, request)
        if len(self._turns) > KEPT:
            self._turns = {name: lock for name, lock in self._turns.items() if lock.locked()}
        if isinstance(answer, Refused):
            raise Refused(str(answer))
        return answer

    def _kept(self, user: str, request: JobRequest) -> str | Refused | None:
        since, answer = self._answers.get((user, request), (float("-inf"), ""))
        return answer if time.monotonic() - since < AGE else None

    async def _ask(self, user: str, request: JobRequest) -> str | Refused:
        answer: str | Refused
        try:
            async with self._few:
                answer = await self._client.estimate(user, uuid4().hex, request)
        except Refused as refusal:
            answer = refusal
        except Unanswered:
            answer = ""
        self._answers[user, request] = time.monotonic(), answer
        self._answers.move_to_end((user, request))
        if len(self._answers) > KEPT:
            self._answers.popitem(last=False)
        return answer
