"""The login page of a real JupyterHub, as a browser's form meets it. No proxy: no servers start."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path

import pytest
import requests

from hub_config.auth.door import Door
from hub_config.auth.passwords import hash_password
from hub_config.auth.protocol import MAX_LINE, LoginRequest, Why
from hub_config.auth.turnstile import Turnstile

pytestmark = pytest.mark.hub

COMMON = """
from jupyterhub.proxy import Proxy
from hub_config.auth.dictionary import DictionaryAuthenticator
from hub_config.auth.pam import DoorAuthenticator
from hub_config.auth.names import USERNAME_PATTERN


class NoProxy(Proxy):
    should_start = False

    async def add_route(self, routespec, target, data):
        pass

    async def delete_route(self, routespec):
        pass

    async def get_all_routes(self):
        return {}


c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.db_url = "sqlite://"
c.JupyterHub.log_level = "DEBUG"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:PORT"
c.Authenticator.username_pattern = USERNAME_PATTERN
"""


class LoginPage:
    """A running hub. ``socket`` is where a login service of its own would listen."""

    def __init__(self, folder: Path, settings: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.socket = folder / "auth.sock"
        self.url, self._log = f"http://127.0.0.1:{port}/hub", folder / "hub.log"
        config = folder / "jupyterhub_config.py"
        config.write_text(COMMON.replace("PORT", str(port)) + settings)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", config],
                cwd=folder, stdout=log, stderr=log, env={"PATH": os.defpath},
            )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        for _ in range(600):
            assert self._process.poll() is None, self.log()
            try:
                requests.get(f"{self.url}/health", timeout=10)
            except requests.ConnectionError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(self.log())

    def log(self) -> str:
        return self._log.read_text()

    def post(self, form: Mapping[str, str], fetch_mode: str = "navigate") -> requests.Response:
        """Send the form as a browser does after opening the page."""
        with requests.Session() as browser:
            page = browser.get(f"{self.url}/login", timeout=60)
            xsrf = re.search(r'name="_xsrf"\s+value="([^"]+)"', page.text)
            assert xsrf, page.text
            return browser.post(
                f"{self.url}/login", data={"_xsrf": xsrf[1], **form}, timeout=60,
                headers={"Sec-Fetch-Mode": fetch_mode}, allow_redirects=False,
            )  # fmt: skip

    def login(self, user: str, password: str) -> tuple[int, str]:
        """Return the status and the message above the form."""
        return said(self.post({"username": user, "password": password}))

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(60)


def said(response: requests.Response) -> tuple[int, str]:
    found = re.search(r'class="login_error">\s*(.*?)\s*</', response.text, re.DOTALL)
    return response.status_code, unescape(found[1]) if found else ""


INVALID = (403, "Invalid username or password")
WORDS = ["open-sesame", "open-sesamo"]
"""Every password of these tests that is long enough to look for in a log."""


@pytest.fixture(scope="module")
def dictionary_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoginPage]:
    """ann may log in; eve has a password and is not allowed in."""
    stored = {user: hash_password("open-sesame") for user in ("ann", "eve")}
    page = LoginPage(
        tmp_path_factory.mktemp("hub"),
        f"""
c.JupyterHub.authenticator_class = DictionaryAuthenticator
c.DictionaryAuthenticator.passwords = {stored!r}
c.Authenticator.allowed_users = {{"ann"}}
""",
    )
    yield page
    page.close()


@pytest.fixture(scope="module")
def door_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoginPage]:
    """A hub that asks the login service at SOCKET."""
    folder = tmp_path_factory.mktemp("hub")
    page = LoginPage(
        folder,
        f"""
c.JupyterHub.authenticator_class = DoorAuthenticator
c.DoorAuthenticator.socket = {str(folder / "auth.sock")!r}
c.Authenticator.allow_all = True
""",
    )
    yield page
    page.close()


def test_a_right_password_opens_the_hub(dictionary_page: LoginPage) -> None:
    response = dictionary_page.post({"username": "Ann", "password": "open-sesame"})
    assert response.status_code == 302
    assert "jupyterhub-hub-login" in response.cookies


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"username": "ann", "password": "open-sesamo"}, id="wrong password"),
        pytest.param({"username": "zoe", "password": "open-sesame"}, id="unknown user"),
        pytest.param({"username": "eve", "password": "open-sesame"}, id="not allowed in"),
        pytest.param({"username": "ann"}, id="no password"),
        pytest.param({"username": "ann", "password": ""}, id="empty password"),
        pytest.param({"password": "open-sesame"}, id="no name"),
        pytest.param({}, id="nothing"),
        pytest.param({"username": "<b>ann</b>", "password": "x"}, id="markup"),
        pytest.param({"username": "a" * 5000, "password": "x" * 5000}, id="endless"),
    ],
)
def test_a_failed_login_is_the_form_again(dictionary_page: LoginPage, form: dict[str, str]) -> None:
    response = dictionary_page.post(form)
    assert said(response) == INVALID
    assert "jupyterhub-hub-login" not in response.cookies
    assert "<b>ann" not in response.text


@pytest.mark.parametrize("form", [{}, {"password": "x"}, {"username": "ann"}])
def test_a_script_gets_a_403_as_well(dictionary_page: LoginPage, form: dict[str, str]) -> None:
    assert dictionary_page.post(form, fetch_mode="cors").status_code == 403


def test_the_dictionary_hub_logs_no_password(dictionary_page: LoginPage) -> None:
    log = dictionary_page.log()
    assert "Failed login for 'ann'" in log
    assert not [word for word in WORDS if word in log]
    assert "Traceback" not in log


@pytest.fixture
def login_service(door_page: LoginPage) -> Iterator[None]:
    """The door at the hub's socket, with accounts made up: alice, and olga's that has expired."""
    loop = asyncio.new_event_loop()
    door = Door(check, frozenset({os.getuid()}), Turnstile(2), failure_seconds=0)
    server = loop.run_until_complete(
        asyncio.start_unix_server(door.serve, door_page.socket, limit=MAX_LINE)
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(60)
    loop.close()


def check(request: LoginRequest) -> Why | None:
    if request.password != "open-sesame":
        return Why.CREDENTIALS
    return Why.ACCOUNT if request.user == "olga" else None


def test_without_the_login_service_the_page_says_so(door_page: LoginPage) -> None:
    status, message = door_page.login("alice", "open-sesame")
    assert status == 503
    assert message.startswith("The login service does not answer.")


@pytest.mark.usefixtures("login_service")
def test_the_page_says_what_the_login_service_says(door_page: LoginPage) -> None:
    assert door_page.login("alice", "open-sesame") == (302, "")
    assert door_page.login("alice", "open-sesamo") == INVALID
    status, message = door_page.login("olga", "open-sesame")
    assert (status, message[:22]) == (403, "This account is locked")


@pytest.mark.usefixtures("login_service")
def test_too_many_failures_are_a_429_on_the_form(door_page: LoginPage) -> None:
    answers = [door_page.login("alice", "open-sesamo") for _ in range(11)]
    assert answers[:10] == [INVALID] * 10
    status, message = answers[10]
    assert (status, message[:24]) == (429, "Too many failed logins. ")


def test_the_door_hub_logs_no_password(door_page: LoginPage) -> None:
    log = door_page.log()
    assert "berth-auth does not answer at" in log
    assert not [word for word in WORDS if word in log]
    assert "Traceback" not in log
