"""How long a hub takes to answer: a stall counts for as long as it lasts."""

import asyncio

from bench import prober

WANTED = 10


async def test_requests_start_when_they_are_due_whether_or_not_others_wait() -> None:
    """Nobody is answered until all have asked: who waits for answers asks only once."""
    everybody = asyncio.Event()
    came = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        await reader.readuntil(b"\r\n\r\n")
        came += 1
        if came == WANTED:
            everybody.set()
        await everybody.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        took = await prober.probe(port, WANTED * prober.PACE)
    assert len(took) == WANTED
    seen = [seconds for seconds in took if seconds is not None]
    assert seen == sorted(seen, reverse=True)  # the first waited for all the others
    assert seen[0] >= (WANTED - 1) * prober.PACE


async def test_a_refused_connection_is_no_answer() -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    assert await prober.probe(port, 2 * prober.PACE) == [None, None]


def test_a_request_without_an_answer_took_as_long_as_was_waited() -> None:
    health = prober.summary([0.01] * 99 + [None])
    assert (health.p50, health.longest, health.failed) == (0.01, prober.PATIENCE, 1)


def test_p99_is_the_slowest_but_one_of_a_hundred() -> None:
    seconds: list[float | None] = [number / 1000 for number in range(200)]
    assert prober.summary(seconds).p99 == 0.198
