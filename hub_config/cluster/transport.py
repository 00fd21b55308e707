"""How a request reaches berth-agent: a command line to start it, JSON in, JSON out.

``direct`` and ``sudo`` differ in the words before the agent's own command line. The
agent's answer is read into a Reply here; what the reply means is the scheduler's to say.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from hub_config.schedulers.base import Refused, Reply, Unanswered

_CLEAN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
_PREFIX: Mapping[str, tuple[str, ...]] = {"direct": (), "sudo": ("/usr/bin/sudo", "-n")}
AT_ONCE = 8


def agent_argv(kind: str, config: Path, python: str = "") -> tuple[str, ...]:
    """Return the whole command line; for ``sudo`` it is what sudoers must allow, to the letter."""
    interpreter = python or sys.executable
    return (*_PREFIX[kind], interpreter, "-I", "-m", "hub_config.agent", "--config", str(config))


class Transport:
    """Asks the agent. ``timeout`` in seconds per request; at most AT_ONCE requests at a time."""

    def __init__(self, argv: tuple[str, ...], timeout: float) -> None:
        self.argv = argv
        self.timeout = timeout
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def ask(self, request: Mapping[str, Any]) -> Reply:
        """Return the reply of the scheduler's command.

        Raises Refused when the agent would not do it, Unanswered when it could not be asked
        or the command did not come back.
        """
        async with self._slots:
            out, err, code = await self._run(json.dumps(request).encode())
        return _read(out, err, code)

    async def _run(self, data: bytes) -> tuple[bytes, bytes, int]:
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *self.argv, stdin=pipe, stdout=pipe, stderr=pipe, env=_CLEAN, cwd="/"
            )
        except OSError as error:
            raise Unanswered(f"berth-agent cannot be started: {error.strerror}") from error
        try:
            out, err = await asyncio.wait_for(process.communicate(data), self.timeout)
        except TimeoutError as error:
            raise Unanswered(f"berth-agent gave no answer in {self.timeout:g} s") from error
        finally:
            if process.returncode is None:
                # Under sudo the child is root's and may not be ours to kill: the agent's own
                # timeout, shorter than this one, ends it.
                with suppress(ProcessLookupError, PermissionError):
                    process.kill()
        return out, err, process.returncode or 0


def _read(out: bytes, err: bytes, code: int) -> Reply:
    try:
        answer = json.loads(out)
        if "refused" in answer:
            raise Refused(str(answer["refused"]))
        if "failed" in answer:
            raise Unanswered(str(answer["failed"]))
        return Reply(int(answer["code"]), str(answer["out"]), str(answer["err"]))
    except (ValueError, KeyError, TypeError) as error:
        said = " ".join(err.decode(errors="replace").split())[:300] or "nothing"
        raise Unanswered(f"berth-agent ended with exit code {code} and said: {said}") from error
