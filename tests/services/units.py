"""Services as programs of their own, as their units run them, whether the hub is there or not."""

import json
import subprocess
from contextlib import ExitStack, suppress
from typing import Any

import requests

from tests.support.hubs import PATIENCE, until
from tests.support.services import APPS, Served

APART: dict[str, Any] = {"services": {app: {"start": False} for app in APPS}}
"""Settings of a hub that starts none of them."""


class Unit:
    """One service, and what its unit says (ansible/roles/services)."""

    def __init__(self, served: Served, app: str) -> None:
        self.app, self._served = app, served
        path = f"/services/{app}/"
        scopes = ["access:services", f"access:services!service={app}"]
        self._env = {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "BERTH_SITE": str(served.room.folder / "site.yml"),
            "BERTH_STATE": str(served.room.folder / "home" / app),
            "JUPYTERHUB_API_TOKEN": served.tokens[app],
            "JUPYTERHUB_API_URL": f"http://127.0.0.1:{served.hub.hub_port}/hub/api",
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_CLIENT_ID": f"service-{app}",
            "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps(scopes),
            "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{path}oauth_callback",
            "JUPYTERHUB_SERVICE_NAME": app,
            "JUPYTERHUB_SERVICE_PREFIX": path,
            "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{served.ports[app]}",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return when it answers whoever asks for a file."""
        account = self._served.room.account
        argv = [*account.prefix, str(account.python), "-m", f"services.{self.app}"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                argv, env=self._env, cwd=account.python.parent.parent.parent, stdout=log, stderr=log
            )
        until(self._answers, f"the first answer of {self.app}")

    @property
    def log(self) -> Any:
        return self._served.room.folder / f"{self.app}.log"

    def _answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.log.read_text()
        with suppress(requests.ConnectionError):
            return requests.get(self._served.direct(self.app, "logo"), timeout=30).ok
        return False

    def stop(self) -> int:
        """End it as systemd does, and return its status."""
        assert self.process
        self.process.terminate()
        status = self.process.wait(PATIENCE)
        self.process = None
        return status

    def close(self) -> None:
        """End it if it runs."""
        if self.process:
            self.stop()


def units(served: Served, stack: ExitStack) -> dict[str, Unit]:
    """Start all services, and end them with the *stack*."""
    found = {app: Unit(served, app) for app in APPS}
    for unit in found.values():
        unit.start()
        stack.callback(unit.close)
    return found
