"""Each user's servers on a name of their own, behind one wildcard certificate."""

from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from urllib.request import Request

import pytest
import requests

from tests.edge.front import HOST
from tests.edge.site import Edge
from tests.hub.room import PASSWORDS
from tests.support.hubs import until


@pytest.fixture(scope="module")
def apart() -> Iterator[Edge]:
    """A hub with subdomains, and a service that has one as well."""
    edge = Edge({"proxy": {"subdomains": True}}, HOST, f"*.{HOST}")
    try:
        edge.serve_echo()
        edge.start()
        yield edge
    finally:
        edge.close()


class Browser:
    """Cookies by domain, redirects followed, nginx's certificate trusted."""

    def __init__(self, edge: Edge, name: str) -> None:
        self.edge, self.name = edge, name
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(edge.front.ca)
        # As browsers do: without a Domain a cookie is for one host alone.
        strict = DefaultCookiePolicy.DomainStrictNonDomain
        self.session.cookies.set_policy(DefaultCookiePolicy(strict_ns_domain=strict))

    def get(self, host: str, path: str, **options: object) -> requests.Response:
        url = f"https://{host}:{self.edge.front.port}{path}"
        return self.session.get(url, timeout=60, **options)  # type: ignore[arg-type]

    def log_in(self) -> requests.Response:
        self.get(HOST, "/hub/login")
        return self.post("/hub/login", {"username": self.name, "password": PASSWORDS[self.name]})

    def post(self, path: str, data: dict[str, str]) -> requests.Response:
        xsrf = [cookie.value for cookie in self.session.cookies if cookie.name == "_xsrf"][-1]
        url = f"{self.edge.front.url}{path}"
        return self.session.post(url, data=data, params={"_xsrf": xsrf or ""}, timeout=60)

    def cookies(self, host: str) -> set[str]:
        """Return the names of the cookies that a browser would send to *host*."""
        request = Request(f"https://{host}/")
        self.session.cookies.add_cookie_header(request)
        header = request.get_header("Cookie") or ""
        return {part.split("=")[0].strip() for part in header.split(";") if part}


@pytest.fixture
def ann(apart: Edge) -> Iterator[Browser]:
    browser = Browser(apart, "ann")
    answer = browser.log_in()
    assert "ann" in answer.text
    yield browser
    browser.session.close()


def test_a_server_is_on_a_name_of_its_owners_own(ann: Browser) -> None:
    ann.get(HOST, "/hub/spawn")
    ann.post("/hub/spawn", {"profile": "small"})
    mine = f"ann.{HOST}"
    until(lambda: "/lab" in ann.get(HOST, "/hub/user/ann/").url, "ann's server ready")
    page = ann.get(HOST, "/hub/user/ann/lab")
    assert page.url.startswith(f"https://{mine}:{ann.edge.front.port}/user/ann/lab")
    assert page.status_code == 200
    assert "JupyterLab" in page.text
    session, login = "jupyterhub-session-id", "__Host-jupyterhub-hub-login"
    assert ann.cookies(HOST) == {session, login}
    assert ann.cookies(mine) == {session, "__Host-jupyterhub-user-ann"}
    assert ann.cookies(f"ben.{HOST}") == {session}
    ben = Browser(ann.edge, "ben")
    ben.log_in()
    assert ben.get(mine, "/user/ann/api/contents").status_code == 403


def test_a_service_is_on_a_name_of_its_own(ann: Browser) -> None:
    page = ann.get(f"echo--service.{HOST}", "/services/echo/headers")
    assert page.status_code == 200
    assert page.json()["Host"] == f"echo--service.{HOST}:{ann.edge.front.port}"


def test_a_name_two_levels_below_is_no_name_of_the_certificate(ann: Browser) -> None:
    with pytest.raises(requests.exceptions.SSLError, match="mismatch"):
        ann.get(f"ann.deep.{HOST}", "/")
