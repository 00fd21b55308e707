"""How a request reaches berth-agent: JSON there, JSON back, by its socket or by a command.

The agent's answer is read into a Reply here; what the reply means is the scheduler's to say.
"""

import asyncio
import json
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from hub_config.cluster.ways import agent_argv, ssh_argv
from hub_config.model.scheduler import Scheduler
from hub_config.schedulers.base import Refused, Reply, Unanswered

AT_ONCE = 6
"""Requests of one kind, so that a query waits behind no submission and no cancel. All kinds
together stay below what the agent does at once (agent/server.py)."""
ANSWER_LIMIT = 96 * 2**20
"""Bytes: what the agent lets a command print (16 MiB on each of two streams), with escapes."""

_CLEAN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


class Transport(ABC):
    """Asks the agent. ``timeout`` in seconds per request, from when its turn comes."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._slots = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(AT_ONCE))

    async def ask(self, request: Mapping[str, Any]) -> Reply:
        """Return the reply of the scheduler's command.

        Raises Refused when the agent would not do it, Unanswered when it could not be asked
        or the command did not come back.
        """
        async with self._slots[request.get("what") or request.get("verb", "")]:
            try:
                async with asyncio.timeout(self.timeout):
                    answer, instead = await self._exchange(json.dumps(request).encode())
            except TimeoutError as error:
                raise Unanswered(f"berth-agent gave no answer in {self.timeout:g} s") from error
        return _read(answer, instead)

    @abstractmethod
    async def _exchange(self, data: bytes) -> tuple[bytes, str]:
        """Return the answer, and what to say if it is none. Raises Unanswered."""


class SocketTransport(Transport):
    """The agent of this machine, which waits behind a unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__(timeout)
        self.path = path

    async def _exchange(self, data: bytes) -> tuple[bytes, str]:
        try:
            reader, writer = await asyncio.open_unix_connection(self.path)
        except OSError as error:
            raise Unanswered(
                f"berth-agent cannot be reached at {self.path}: {error.strerror} (is "
                "berth-agent.socket started, and may this account open it?)"
            ) from error
        try:
            writer.write(data)
            writer.write_eof()
            answer = await _read_all(reader)
        except OSError as error:
            raise Unanswered(f"berth-agent broke off: {error.strerror or error}") from error
        finally:
            writer.close()
        return answer, "berth-agent closed the connection (its journal says why)"


class CommandTransport(Transport):
    """A command that speaks for the agent on stdin and stdout: the agent itself, sudo or ssh."""

    def __init__(self, argv: tuple[str, ...], timeout: float) -> None:
        super().__init__(timeout)
        self.argv = argv

    async def _exchange(self, data: bytes) -> tuple[bytes, str]:
        pipe, name = asyncio.subprocess.PIPE, Path(self.argv[0]).name
        try:
            process = await asyncio.create_subprocess_exec(
                *self.argv, stdin=pipe, stdout=pipe, stderr=pipe, env=_CLEAN, cwd="/"
            )
        except OSError as error:
            raise Unanswered(
                f"berth-agent cannot be started: {self.argv[0]}: {error.strerror}"
            ) from error
        try:
            out, err = await process.communicate(data)
        finally:
            if process.returncode is None:
                # Under sudo the child is root's and may not be ours to kill: the agent's own
                # timeout, shorter than this one, ends it.
                with suppress(ProcessLookupError, PermissionError, TimeoutError):
                    process.kill()
                    await asyncio.wait_for(process.wait(), 1)
        said = " ".join(err.decode(errors="replace").split())[-300:] or "nothing"
        return out, f"berth-agent ({name}) ended with exit code {process.returncode}, saying {said}"


def make_transport(scheduler: Scheduler, runtime_dir: Path) -> Transport:
    """Return the way that the site chose; *runtime_dir* is for sockets of our own."""
    if scheduler.transport == "socket":
        return SocketTransport(scheduler.agent_socket, scheduler.timeout)
    if scheduler.transport == "ssh" and scheduler.ssh:
        return CommandTransport(ssh_argv(scheduler.ssh, runtime_dir), scheduler.timeout)
    argv = agent_argv(scheduler.agent_config, scheduler.agent_python)
    sudo = ("/usr/bin/sudo", "-n") if scheduler.transport == "sudo" else ()
    return CommandTransport((*sudo, *argv), scheduler.timeout)


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    data = bytearray()
    while piece := await reader.read(2**18):
        data += piece
        if len(data) > ANSWER_LIMIT:
            raise Unanswered(f"berth-agent answered with more than {ANSWER_LIMIT} bytes")
    return bytes(data)


def _read(out: bytes, instead: str) -> Reply:
    try:
        answer = json.loads(out)
        if "refused" in answer:
            raise Refused(str(answer["refused"]))
        if "failed" in answer:
            raise Unanswered(str(answer["failed"]))
        return Reply(int(answer["code"]), str(answer["out"]), str(answer["err"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Unanswered(instead) from error
