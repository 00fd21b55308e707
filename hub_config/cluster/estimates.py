"""When the scheduler would start a job that nobody has submitted yet: asked, never guessed."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
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

BACKLOG = 10
"""Questions of one person that may wait for their turn; a form has no more than one."""


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class Estimates:
    """Answers by person and request; one question of a person at a time, FEW of all people."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._answers: OrderedDict[tuple[str, JobRequest], tuple[float, str | Refused]] = (
            OrderedDict()
        )
        self._turns: dict[str, _Turn] = {}
        self._few = asyncio.Semaphore(FEW)

    async def of(self, user: str, request: JobRequest) -> str:
        """Return the expected start, empty if nobody knows. Raises Refused."""
        answer = self._kept(user, request)
        if answer is None:
            answer = await self._in_turn(user, request)
        if isinstance(answer, Refused):
            raise Refused(str(answer))
        return answer

    async def _in_turn(self, user: str, request: JobRequest) -> str | Refused:
        turn = self._turns.setdefault(user, _Turn())
        if turn.waiting >= BACKLOG:
            return ""
        turn.waiting += 1
        try:
            async with turn.lock:
                answer = self._kept(user, request)
                return await self._ask(user, request) if answer is None else answer
        finally:
            turn.waiting -= 1
            if len(self._turns) > KEPT:
                self._turns = {name: turn for name, turn in self._turns.items() if turn.waiting}

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
