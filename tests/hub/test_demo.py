"""`make demo` from start to end: the address and password it prints lead to a cell that runs."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.hubs import ROOT, Visitor, free_ports, until
from tests.support.kernels import Kernel


@pytest.fixture
def demo() -> Iterator[str]:
    """The output of a running demo, once it is ready."""
    folder = Path(tempfile.mkdtemp(prefix="berth-demo-"))  # as root it runs as nobody
    folder.chmod(0o755)
    said = folder / "said"
    env = {**os.environ, "BERTH_DEMO_DIR": str(folder / "demo"),
           "BERTH_DEMO_PORT": str(free_ports(1)[0])}  # fmt: skip
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "scripts" / "demo.py")], env=env, stdout=out, stderr=out
        )
    try:
        until(lambda: "Ctrl-C" in said.read_text() or process.poll() is not None, "the demo")
        assert process.poll() is None, said.read_text()
        yield said.read_text()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        shutil.rmtree(folder)


def test_a_newcomer_logs_in_takes_a_preset_and_runs_a_cell(demo: str) -> None:
    url, password = (re.search(p, demo)[1] for p in (r"(http://\S+)", r"password\s+(\S+)"))  # type: ignore[index]
    visitor = Visitor(url, "demo")
    visitor.login(password)
    assert visitor.submit_form("preset", {"profile": "small"}).status_code == 302
    visitor.wait_ready("preset")
    assert Kernel(visitor, "preset").execute("6*7") == "42"
    for service in ("announcements", "accounts", "usage"):
        until(partial(_opens, visitor, f"/services/{service}/"), f"the page of {service}")
    welcome = "This is a demonstration"  # announcements.d
    until(lambda: welcome in visitor.get("/hub/home").text, "the announcement")
    visitor.close()


def _opens(visitor: Visitor, page: str) -> bool:
    return visitor.get(page).status_code == 200
