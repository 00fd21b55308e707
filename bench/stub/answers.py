"""Answers every HTTP request at a port of 127.0.0.1 like a single-user server that is well."""

import asyncio
import sys

BODY = b'{"version": "stub"}'
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-JupyterHub-Version: 6.1.1\r\n"
    b"Content-Length: %d\r\n\r\n" % len(BODY)
)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer until the other side closes."""
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(HEAD + BODY)
            await writer.drain()
    except (asyncio.IncompleteReadError, OSError):
        pass
    finally:
        writer.close()


async def main() -> None:
    """Listen at the port that is the only argument, until standard input is closed."""
    server = await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1]), backlog=2048)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    closed = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, closed.set)
    await closed.wait()
    server.close()


asyncio.run(main())
