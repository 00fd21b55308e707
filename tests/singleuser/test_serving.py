"""The real single-user server on the socket that the launcher took; one server for all tests."""

import errno
import http.client
import json
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.singleuser import job as proc
from tests.singleuser.conftest import spawn_content
from tests.singleuser.job import HANG, Job
from tests.singleuser.standin_hub import StandInHub

API = "/user/alice/preset/api"
SCRIPT = """\
export FROM_SCRIPT=yes
export JUPYTERHUB_API_TOKEN=other PYTHONPATH=/from/script XDG_RUNTIME_DIR=/from/script
cat /proc/$$/cmdline /proc/$PPID/cmdline > ~/arguments
"""


class Serving:
    """A job whose server answers, and what was seen when it reported."""

    def __init__(self, home: Path, hub: StandInHub) -> None:
        self.home = home
        self.token = secrets.token_hex(16)
        self.early_version = ""
        self.hub = hub
        self.inodes_at_report: list[str] = []
        self.arguments_at_report: list[bytes] = []
        hub.on_report = self.look
        self.job = Job(home, self.spawn(), self.inherited())

    def spawn(self) -> dict[str, Any]:
        content = spawn_content(self.hub, self.token)
        content["env"] |= {"http_proxy": "http://127.0.0.1:9", "SITE": "example"}
        return content | {"user_script": "~/rc"}

    def inherited(self) -> dict[str, str]:
        """A job's environment in which a plain Python would not even start."""
        (self.home / "rc").write_text(SCRIPT)
        broken = self.home / "broken"
        broken.mkdir()
        for module in ("json", "tornado", "jupyterhub"):
            (broken / f"{module}.py").write_text("raise SystemExit('the broken module was read')")
        # Only for tests run by root; a job's user is an ordinary one.
        config = self.home / ".jupyter/jupyter_server_config.json"
        config.parent.mkdir()
        config.write_text('{"ServerApp": {"allow_root": true}}')
        return {
            "HOME": str(self.home),
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(broken),
            "XDG_RUNTIME_DIR": "/run/user/0",
            "SLURM_JOB_ID": "7",
        }

    def look(self) -> None:
        """While the launcher waits for the hub's answer: a first visitor is already there."""
        self.port: int = json.loads(self.hub.reports[0].body)["port"]
        self.inodes_at_report = proc.listening_inodes(self.port)
        self.arguments_at_report = list(proc.every_cmdline())
        self.early = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG)
        self.early.request("GET", API)

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG)
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        connection.request(method, API + path, body, headers)
        response = connection.getresponse()
        content = json.loads(response.read() or "null")
        connection.close()
        return response.status, content


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    hub = StandInHub()
    hub.open()
    server = Serving(tmp_path_factory.mktemp("home"), hub)
    try:
        assert hub.reported.wait(HANG), server.job.log
        assert not hub.failures
        response = server.early.getresponse()
        assert response.status == 200, server.job.log
        response.read()
        server.early_version = response.headers["X-JupyterHub-Version"]
        yield server
    finally:
        server.job.end()
        if hasattr(server, "early"):
            server.early.close()
        hub.shutdown()
        hub.server_close()


def test_connection_made_before_the_server_gets_its_answer(serving: Serving) -> None:
    assert serving.early_version.startswith("6.")


def test_server_answers_on_the_reported_port(serving: Serving) -> None:
    status, document = serving.ask("GET", "")
    assert status == 200
    assert document["version"]


def test_port_is_one_socket_from_report_to_service(serving: Serving) -> None:
    inodes = proc.listening_inodes(serving.port)
    assert len(inodes) == 1
    assert inodes == serving.inodes_at_report
    assert inodes[0] in proc.socket_inodes(serving.job.pid)


def test_nobody_can_share_the_port(serving: Serving) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        with pytest.raises(OSError, match="in use") as caught:
            other.bind(("127.0.0.1", serving.port))
    assert caught.value.errno == errno.EADDRINUSE


def test_server_is_the_process_that_the_job_started(serving: Serving) -> None:
    arguments = proc.cmdline(serving.job.pid)
    assert arguments[1:4] == ["-I", str(proc.LAUNCHER), "--serve"]


def test_environment_of_the_server(serving: Serving) -> None:
    env = proc.environ(serving.job.pid)
    assert env["FROM_SCRIPT"] == "yes"
    assert env["SITE"] == "example"
    assert env["SLURM_JOB_ID"] == "7"
    assert env["JUPYTERHUB_API_TOKEN"] == serving.token
    assert "PYTHONPATH" not in env
    assert "XDG_RUNTIME_DIR" not in env


def test_token_is_in_no_argument_list_and_no_log(serving: Serving) -> None:
    token = serving.token.encode()
    seen = [*serving.arguments_at_report, *proc.every_cmdline()]
    seen.append((serving.home / "arguments").read_bytes())
    assert b"berth_singleuser" in seen[-1]
    assert not [arguments for arguments in seen if token in arguments]
    assert serving.token not in serving.job.log


def test_spawn_file_is_left_to_the_job_script(serving: Serving) -> None:
    assert serving.job.spawn_file.exists()


def test_kernel_has_the_environment_but_not_the_port(serving: Serving) -> None:
    status, kernel = serving.ask("POST", "/kernels", '{"name": "python3"}')
    assert status == 201, kernel
    children = Path(f"/proc/{serving.job.pid}/task/{serving.job.pid}/children").read_text()
    kernels = [
        int(pid) for pid in children.split() if "ipykernel_launcher" in proc.cmdline(int(pid))
    ]
    assert len(kernels) == 1
    env = proc.environ(kernels[0])
    assert env["FROM_SCRIPT"] == "yes"
    assert "PYTHONPATH" not in env
    assert serving.inodes_at_report[0] not in proc.socket_inodes(kernels[0])
    assert serving.ask("DELETE", f"/kernels/{kernel['id']}")[0] == 204
