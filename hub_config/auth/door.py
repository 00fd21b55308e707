"""berth-auth: checks passwords for the hub, so that the hub needs no right to do so.

A small long-lived server behind a unix socket, run as a user of its own in group shadow and
without capabilities. Only the configured uids are answered. Guessing is slow through it
whatever the hub does. Standard library and pamela only: no tornado, no jupyterhub.
"""

import argparse
import asyncio
import logging
import os
import pwd
import re
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from hub_config.auth.pamstack import PamStack, service_file
from hub_config.auth.protocol import MAX_LINE, LoginRequest, Why, encode_answer, parse_request
from hub_config.auth.turnstile import Turnstile
from hub_config.listening import inherited, made_at, peer_uid

log = logging.getLogger("berth-auth")

THREADS = 8
FAILURE_SECONDS = 2.0
"""Every answer about a failed password comes this long after the question, so that it does not
tell whether the user exists. The same as libpam's own delay, which is turned off."""
READ_SECONDS = 5.0
MAX_CONNECTIONS = 256


class Door:
    """Answers one request per connection. *check* blocks and runs in a thread."""

    def __init__(
        self,
        check: Callable[[LoginRequest], Why | None],
        allowed_uids: frozenset[int],
        turnstile: Turnstile,
        failure_seconds: float = FAILURE_SECONDS,
    ) -> None:
        self._check, self._allowed_uids, self._turnstile = check, allowed_uids, turnstile
        self._failure_seconds = failure_seconds
        self._connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one line, answer it, close. Never raises for what the peer does."""
        self._connections += 1
        try:
            if self._connections <= MAX_CONNECTIONS:
                await self._answer(reader, writer)
        except (ConnectionError, TimeoutError):
            log.warning("a peer went away or said nothing in time")
        finally:
            self._connections -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Read before judging who asks: closing with unread data resets the peer's connection.
        async with asyncio.timeout(READ_SECONDS):
            line = await _read_line(reader)
        uid = peer_uid(writer.get_extra_info("socket"))
        why = await self._decide(line) if uid in self._allowed_uids else _stranger(uid)
        writer.write(encode_answer(why))
        async with asyncio.timeout(READ_SECONDS):
            await writer.drain()

    async def _decide(self, line: bytes) -> Why | None:
        try:
            request = parse_request(line)
        except ValueError as error:
            log.warning("refused a request: %s", error)
            return Why.REQUEST
        loop = asyncio.get_running_loop()
        earliest = loop.time() + self._failure_seconds
        why = await self._turnstile.run(request.user, request.source, lambda: self._judge(request))
        if why is not None:
            log.warning("refused %r from %s: %s", request.user, request.source, why.value)
        if why in (Why.CREDENTIALS, Why.ACCOUNT):
            await asyncio.sleep(earliest - loop.time())
        return why

    def _judge(self, request: LoginRequest) -> Why | None:
        try:
            return self._check(request)
        except Exception:  # whatever a PAM or NSS module does, the next login must be served
            log.exception("could not check a password")
            return Why.BUSY


def _stranger(uid: int) -> Why:
    log.warning("refused a request of uid %d: not one of --allow-uid", uid)
    return Why.REQUEST


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError:  # longer than the reader's limit
        return b""


async def serve_until_stopped(door: Door, listener: socket.socket) -> None:
    """Serve *listener* until SIGTERM or SIGINT."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await asyncio.start_unix_server(door.serve, sock=listener, limit=MAX_LINE)
    log.info("answering at %s", listener.getsockname())
    await stopped.wait()
    server.close()


def main(argv: list[str] | None = None) -> NoReturn:
    """Run berth-auth; ends the process: 0 after SIGTERM, 1 with a message if it cannot start."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
    try:
        service_file(arguments.service)
        handed_over = inherited(os.environ)
        listener = handed_over or made_at(arguments.socket)
    except (OSError, ValueError) as error:
        sys.exit(f"berth-auth: {error}")
    if not os.access("/etc/shadow", os.R_OK):
        log.warning("cannot read /etc/shadow: local passwords will fail; add me to its group")
    stack = PamStack(arguments.service, arguments.min_uid)
    door = Door(stack.check, frozenset(arguments.allow_uid), Turnstile(THREADS))
    asyncio.run(serve_until_stopped(door, listener))
    if not handed_over:
        arguments.socket.unlink(missing_ok=True)
    os._exit(0)  # an ordinary exit would wait for threads that may hang in PAM


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="berth-auth", description=__doc__)
    option = parser.add_argument
    option("--allow-uid", type=_uid, action="append", required=True, metavar="UID",
           help="who may ask: a uid or a user name; may be given again")  # fmt: skip
    option("--socket", type=Path, default=Path("/run/berth/auth.sock"), metavar="PATH",
           help="where to listen, unless systemd hands over a socket (%(default)s)")  # fmt: skip
    option("--service", type=_service, default="berth",
           help="file of /etc/pam.d to ask (%(default)s)")  # fmt: skip
    option("--min-uid", type=int, default=1000,
           help="users with a lower uid never log in (%(default)s)")  # fmt: skip
    return parser


def _uid(text: str) -> int:
    try:
        return int(text) if text.isdecimal() else pwd.getpwnam(text).pw_uid
    except KeyError:
        raise argparse.ArgumentTypeError(f"{text!r} is no user of this machine") from None


def _service(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a file in /etc/pam.d")
    return text


if __name__ == "__main__":
    main()
