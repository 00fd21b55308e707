"""Running things as somebody else, within a time limit: a command, or a function of ours."""

import os
import select
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import PurePosixPath
from typing import IO

from hub_config.agent import Failure, Refusal
from hub_config.agent.identity import Identity
from hub_config.schedulers.base import Command, Reply

OUTPUT_LIMIT = 16 * 2**20
"""Bytes of output at most, of stdout and of stderr."""


class NotStarted(Failure):
    """The command did not run at all."""


def run(command: Command, identity: Identity, env: Mapping[str, str], timeout: float) -> Reply:
    """Run *command* as *identity* for at most *timeout* seconds. Raises Failure."""
    deadline = time.monotonic() + timeout
    with os.fdopen(os.memfd_create("stdin"), "w+b") as stdin:
        stdin.write(command.stdin.encode())
        stdin.seek(0)
        process = _start(command, identity, env, stdin)
    try:
        out, err = _collect(process, deadline)
        code = process.wait(max(0.1, deadline - time.monotonic()))
    except (Failure, subprocess.TimeoutExpired) as error:
        _kill(process, identity)
        said = str(error) if isinstance(error, Failure) else f"no end after {timeout:g} s"
        raise Failure(f"{PurePosixPath(command.argv[0]).name}: {said}") from error
    finally:
        for pipe in (process.stdout, process.stderr):
            pipe.close()  # type: ignore[union-attr]  # both are PIPE
    return Reply(code, out.decode(errors="replace"), err.decode(errors="replace"))


def _kill(process: "subprocess.Popen[bytes]", identity: Identity) -> None:
    """Kill the whole group; not wait for what not even SIGKILL ends (a hung file server)."""
    _send(partial(os.killpg, process.pid, signal.SIGKILL), identity)
    with suppress(subprocess.TimeoutExpired):
        process.wait(1)


def _send(kill: Callable[[], None], identity: Identity) -> None:
    """Run *kill*, as *identity* if need be: without CAP_KILL, whose process it is decides."""
    try:
        kill()
    except ProcessLookupError:
        return
    except PermissionError:
        child, reader = _fork(kill, identity)
        os.waitpid(child, 0)
        os.close(reader)


def _start(
    command: Command, identity: Identity, env: Mapping[str, str], stdin: IO[bytes]
) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            command.argv,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=dict(env),
            umask=0o022,
            start_new_session=True,
            **identity.switch(),
        )
    except (OSError, subprocess.SubprocessError) as error:
        cause = getattr(error, "strerror", None) or type(error).__name__
        raise NotStarted(f"{command.argv[0]} cannot be started: {cause}") from error


def _collect(process: "subprocess.Popen[bytes]", deadline: float) -> tuple[bytes, bytes]:
    outputs = {pipe.fileno(): bytearray() for pipe in (process.stdout, process.stderr) if pipe}
    with selectors.DefaultSelector() as selector:
        for descriptor in outputs:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise Failure("no end in time")
            for key, _ in ready:
                data = os.read(key.fd, 65536)
                outputs[key.fd] += data
                if not data:
                    selector.unregister(key.fd)
                if len(outputs[key.fd]) > OUTPUT_LIMIT:
                    raise Failure(f"more than {OUTPUT_LIMIT} bytes of output")
    out, err = outputs.values()
    return bytes(out), bytes(err)


def call(function: Callable[[], str | None], identity: Identity, timeout: float) -> str:
    """Return what *function* does in a child that is *identity*. Raises Refusal, Failure.

    A home on a file server that hangs holds up the child and not us.
    """
    child, reader = _fork(function, identity)
    with os.fdopen(reader, "rb") as answers:
        if not select.select([answers], [], [], timeout)[0]:
            _send(partial(os.kill, child, signal.SIGKILL), identity)
            raise Failure(f"the home directory of {identity.name} does not answer")
        answer = answers.read().decode()
    os.waitpid(child, 0)
    if answer.startswith("refused "):
        raise Refusal(answer.removeprefix("refused "))
    if not answer.startswith("done "):
        raise Failure(answer or "the child of the agent died")
    return answer.removeprefix("done ")


def _fork(function: Callable[[], str | None], identity: Identity) -> tuple[int, int]:
    """Return a child that is *identity*, and where it writes how *function* ended."""
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.write(writer, _attempt(function, identity))
        finally:
            os._exit(0)
    os.close(writer)
    return child, reader


def _attempt(function: Callable[[], str | None], identity: Identity) -> bytes:
    try:
        os.umask(0o077)
        identity.become()
        answer = function() or ""
    except Refusal as refusal:
        return f"refused {refusal}".encode()
    except BaseException as error:  # nothing may leave the child but this answer
        return f"a fault of the agent: {type(error).__name__}".encode()
    return f"done {answer}".encode()
