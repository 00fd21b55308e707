"""Nobody else on a node reads what cells print: a stranger listens to a kernel's port."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernels.people import HANG, Person
from tests.kernels.servers import allow_root, ask
from tests.singleuser.conftest import absent_hub, home, hub, spawn, start, token
from tests.singleuser.job import Job, user_python, wait_until
from tests.singleuser.standin_hub import StandInHub

__all__ = ["absent_hub", "home", "hub", "spawn", "start", "token"]

STRANGER = """\
import json, sys, time
import zmq
from jupyter_client import BlockingKernelClient
file, code = sys.argv[1:]
port = json.load(open(file))["iopub_port"]
client = BlockingKernelClient(connection_file=file)
client.load_connection_file()
client.start_channels()
client.wait_for_ready(timeout=60)
stranger = zmq.Context.instance().socket(zmq.SUB)
stranger.subscribe(b"")
stranger.connect(f"tcp://127.0.0.1:{port}")
seen, heard = [], b""
show = lambda message: seen.append(message["content"].get("text") or "")
for _ in range(20):
    time.sleep(0.1)
    client.execute_interactive(code, output_hook=show, timeout=60)
    while stranger.poll(50):
        heard += b"".join(stranger.recv_multipart())
client.stop_channels()
print(json.dumps({"user": "4711" in "".join(seen), "stranger": b"4711" in heard}))
"""


def heard(connection_file: Path, code: str) -> dict[str, bool]:
    """Who heard the cell: the kernel's user, and a stranger on the same machine."""
    done = subprocess.run(
        [user_python(), "-I", "-c", STRANGER, connection_file, code],
        capture_output=True, timeout=HANG, check=True,
    )  # fmt: skip
    found: dict[str, bool] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("kernel", "code"), [("python3", "print(4700 + 11)"), ("bash", "echo $((4700 + 11))")]
)
def test_only_its_user_hears_a_kernel(
    hub: StandInHub, home: Path, start: Callable[..., Job], kernel: str, code: str
) -> None:
    allow_root(home)
    made = ask(start(), hub, "POST", "/kernels", {"name": kernel})
    file = home / f".local/share/jupyter/runtime/kernel-{made['id']}.json"
    assert heard(file, code) == {"user": True, "stranger": False}


def test_without_keys_a_stranger_would_hear_it(alice: Person) -> None:
    """The other tests would not notice a stranger who hears nothing at all."""
    file = alice.home / "connection.json"
    argv: list[str | Path] = [user_python(), "-m", "ipykernel_launcher", "-f", file]
    with subprocess.Popen(argv, env=alice.env(), stderr=subprocess.DEVNULL) as kernel:
        try:
            wait_until(file.exists, "the kernel's connection file")
            assert heard(file, "print(4700 + 11)") == {"user": True, "stranger": True}
        finally:
            kernel.kill()
