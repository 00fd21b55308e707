"""One request from bytes to its answer, whichever way it came, and what of it may be logged."""

import os
import select
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hub_config.agent import Failure, Refusal
from hub_config.agent.identity import Identity
from hub_config.agent.messages import NEEDS, decode
from hub_config.agent.policy import Policy
from hub_config.agent.verbs import handle
from hub_config.model.request import USER_NAME

REQUEST_LIMIT = 256 * 1024
"""Bytes of a request at most."""

REQUEST_SECONDS = 10.0


@dataclass(slots=True)
class Exchange:
    """An answer, and who asked for what for whom: "?" is what was not understood."""

    caller: str = "?"
    verb: str = "?"
    user: str = "?"
    answer: dict[str, Any] = field(default_factory=dict)

    def note(self, request: object) -> None:
        """Keep what may be written down. Only words of ours and user names get into a log."""
        fields = request if isinstance(request, dict) else {}
        verb, user = fields.get("verb"), fields.get("user", "-")
        self.verb = verb if isinstance(verb, str) and verb in NEEDS else "?"
        self.user = user if isinstance(user, str) and _may_be_shown(user) else "?"

    def __str__(self) -> str:
        outcome = next(iter(self.answer), "nothing")
        if outcome == "code":
            outcome = f"exit code {self.answer['code']}"
        elif outcome in ("refused", "failed"):
            outcome = f"{outcome}: {self.answer[outcome]!a}"
        return f"{self.caller}: {self.verb} for {self.user}: {outcome}"


def exchange(
    descriptor: int, caller: Callable[[], Identity], policy: Callable[[], Policy]
) -> Exchange:
    """Read a request and do what it asks. Never raises: what goes wrong is the answer."""
    done = Exchange()
    try:
        # Read before anything is judged: a socket closed with a request unread is reset, and
        # the peer gets no answer.
        data = read(descriptor)
        who = caller()
        done.caller = who.name
        settings, request = policy(), decode(data)
        done.note(request)
        done.answer = handle(request, who, settings)
    except Refusal as refusal:
        done.answer = {"refused": str(refusal)}
    except Failure as failure:
        done.answer = {"failed": str(failure)}
    except Exception as error:  # its text could quote the request: the kind must do
        done.answer = {"failed": f"a fault of the agent: {type(error).__name__}"}
    return done


def read(descriptor: int) -> bytes:
    """Return all there is. Raises Refusal if it is too much or does not end in time."""
    data, deadline = b"", time.monotonic() + REQUEST_SECONDS
    while select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
        try:
            piece = os.read(descriptor, 65536)
        except ConnectionError as error:
            raise Refusal("the request broke off") from error
        # What is too much is read and dropped, for the same reason.
        data = (data + piece)[: REQUEST_LIMIT + 1]
        if not piece and len(data) > REQUEST_LIMIT:
            raise Refusal(f"the request has more than {REQUEST_LIMIT} bytes")
        if not piece:
            return data
    raise Refusal(f"the request did not end within {REQUEST_SECONDS:g} s")


def _may_be_shown(user: str) -> bool:
    return user == "-" or USER_NAME.fullmatch(user) is not None
