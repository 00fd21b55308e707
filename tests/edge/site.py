"""A hub behind nginx, with services beside it: what a hub VM runs, as processes of this machine."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.edge.front import Front
from tests.hub.room import Room
from tests.support.hubs import CHP, NODE, free_ports, until

ECHO = Path(__file__).with_name("echo.py")


class Edge:
    """A room whose hub has a public address; ``services`` are merged into site.yml."""

    def __init__(self, changes: Mapping[str, Any] | None = None, *names: str) -> None:
        self.room = Room({})
        self.hub = self.room.hub
        self.folder = self.room.folder
        front_folder = self.folder / "front"
        front_folder.mkdir()
        self.front = Front(front_folder, self.hub.url.removeprefix("http://"), *names)
        self.socket = self.folder / "api" / "api.sock"
        self.credentials = self.folder / "credentials"
        for folder in (self.socket.parent, self.credentials):
            folder.mkdir()
        self.hub.env["CREDENTIALS_DIRECTORY"] = str(self.credentials)
        self._site: dict[str, Any] = {
            "hub": {"connect_url": f"http://127.0.0.1:{self.hub.hub_port}"},
            "proxy": {"public_url": self.front.url, "api": f"unix://{self.socket}"},
        }
        self.change(changes or {})
        (self.metrics_port,) = free_ports(1)
        self._processes: list[subprocess.Popen[bytes]] = []
        self.room.account.give(self.folder, self.socket.parent, self.credentials)
        self.folder.chmod(0o711)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Merge *changes* into site.yml; None removes a key."""
        _remember(self._site, changes)
        self.room.change(self._site)

    def token(self, service: str) -> str:
        """Return the token of a service, made now as `berth secrets ensure` would."""
        file = self.credentials / f"service-{service}"
        if not file.exists():
            file.write_text(os.urandom(32).hex())
            self.room.account.give(file)
        return file.read_text()

    def serve_echo(self, name: str = "echo", scopes: tuple[str, ...] = ()) -> None:
        """Write the service into site.yml and start it."""
        (port,) = free_ports(1)
        service = {"port": port, "scopes": list(scopes), "access": "everybody"}
        self.change({"services": {name: service}})
        env = {
            "JUPYTERHUB_API_TOKEN": self.token(name),
            "JUPYTERHUB_API_URL": f"http://127.0.0.1:{self.hub.hub_port}/hub/api",
            "JUPYTERHUB_SERVICE_PREFIX": f"/services/{name}/",
            "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
        }
        process = subprocess.Popen([sys.executable, "-I", str(ECHO)], env=env)
        self._processes.append(process)
        until(lambda: _opens(port), "the service listening")

    def start_proxy(self) -> None:
        """Start the proxy as its unit does: as the hub's user, its API where site.yml says."""
        self.socket.unlink(missing_ok=True)
        self.hub.proxy = subprocess.Popen(
            [*self.room.account.prefix, str(NODE), str(CHP), "--ip", "127.0.0.1",
             "--port", str(self.hub.proxy_port), *self._steering(),
             "--metrics-ip", "127.0.0.1", "--metrics-port", str(self.metrics_port),
             "--default-target", f"http://127.0.0.1:{self.hub.hub_port}"],
            env={"CONFIGPROXY_AUTH_TOKEN": self.hub.proxy_token, "PATH": "/usr/bin:/bin"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def _steering(self) -> list[str]:
        proxy = self._site["proxy"]
        names = ["--host-routing"] if proxy.get("subdomains") else []
        if proxy["api"].startswith("unix:"):
            return [*names, "--api-socket", str(self.socket)]
        return [*names, "--api-ip", "127.0.0.1", "--api-port", str(self.hub.api_port)]

    def routes(self) -> list[str]:
        """Return what the proxy itself says it routes; nothing while it is away."""
        unix = self._site["proxy"]["api"].startswith("unix:")
        with socket.socket(socket.AF_UNIX if unix else socket.AF_INET) as api:
            if api.connect_ex(str(self.socket) if unix else ("127.0.0.1", self.hub.api_port)):
                return []
            connection = HTTPConnection("proxy")
            connection.sock = api
            token = {"Authorization": f"token {self.hub.proxy_token}"}
            connection.request("GET", "/api/routes", headers=token)
            return list(json.loads(connection.getresponse().read()))

    def kill_proxy(self) -> None:
        """End the proxy as the kernel would."""
        assert self.hub.proxy is not None
        self.hub.proxy.send_signal(signal.SIGKILL)
        self.hub.proxy.wait()

    def start(self) -> None:
        """Start proxy, hub and nginx."""
        self.start_proxy()
        self.hub.start()
        self.front.start()

    def close(self) -> None:
        self.front.close()
        for process in self._processes:
            process.kill()
            process.wait()
        self.room.close()


def _remember(base: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Merge as ``deep_merge`` does, but keep None for the next time."""
    for key, value in changes.items():
        if isinstance(value, Mapping):
            _remember(base.setdefault(key, {}), value)
        else:
            base[key] = value


def _opens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
