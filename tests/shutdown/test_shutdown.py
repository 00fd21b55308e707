"""SIGTERM is obeyed: in a burst of finished subprocesses, and by a hub that hangs at its end."""

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, os, signal, socket
from hub_config import shutdown

async def end(signal):
    {end}

async def main():
    loop = asyncio.get_running_loop()
    {obey}
    print("ready", flush=True)
    # The pipe by which asyncio hears of signals is full, as after many finished subprocesses.
    loop._csock.setblocking(False)
    try:
        while True:
            loop._csock.send(b"\\0" * 4096)
    except BlockingIOError:
        pass
    os.kill(os.getpid(), signal.{name})
    await asyncio.sleep(30)
    print("still here")

asyncio.run(main())
"""


def run(end: str, name: str = "SIGTERM", obey: str = "shutdown.obey(end)") -> tuple[int, str, str]:
    program = PROGRAM.format(end=end, name=name, obey=obey)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_is_obeyed_while_the_pipe_of_asyncio_is_full(name: str) -> None:
    code, out, _ = run("print(signal.name, flush=True); os._exit(7)", name)
    assert (code, out.split()) == (7, ["ready", name])


def test_an_end_that_does_not_come_is_cut_short_and_says_where_it_was() -> None:
    code, out, err = run("import time; time.sleep(25)")
    assert code == 1
    assert "still here" not in out
    assert "in end" in err
