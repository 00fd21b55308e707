"""The API over real HTTP: what is written is there for the hub and for whom it is meant."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from hub_config.model.announcement import Announcement, News
from tests.support.hubs import until
from tests.support.services import Served

pytestmark = pytest.mark.hub

ALL = "api/v1/announcements"


class Caller:
    """Asks the service with one token."""

    def __init__(self, served: Served, token: str) -> None:
        self._served, self._token = served, token

    def __call__(
        self, path: str, method: str = "GET", body: Any = None, **headers: str
    ) -> requests.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"token {self._token}"
        url = self._served.url("announcements", path)
        return requests.request(method, url, json=body, headers=sent, timeout=60)

    def add(self, **body: Any) -> dict[str, Any]:
        answer = self(ALL, "POST", body)
        assert answer.status_code == 201, answer.text
        entry: dict[str, Any] = answer.json()
        return entry

    def texts(self, kind: str = "announcements") -> list[str]:
        """Return the titles of what is published to this caller."""
        answer = self("api/v1/published")
        assert answer.status_code == 200, answer.text
        return [one.get("title") for one in answer.json()[kind]]


@pytest.fixture
def hub(served: Served) -> Caller:
    """Whoever has the service's own token: the hub, and root of the machine."""
    return Caller(served, served.tokens["announcements"])


@pytest.fixture
def eve(served: Served) -> Caller:
    return Caller(served, served.visitor("eve").token())


@pytest.fixture
def ben(served: Served) -> Caller:
    return Caller(served, served.visitor("ben").token())


@pytest.fixture
def cat(served: Served) -> Caller:
    return Caller(served, served.visitor("cat").token())


def test_what_is_written_reaches_the_hub_and_everybody(
    eve: Caller, hub: Caller, cat: Caller
) -> None:
    made = eve.add(title="For all", text="**bold** <b>", severity="warning")
    assert (made["revision"], made["state"], made["author"]) == (1, "shown", "eve")
    (told,) = [
        e for e in hub("api/v1/published").json()["announcements"] if e["title"] == "For all"
    ]
    mark = told.pop("id")
    assert Announcement.model_validate_json(json.dumps(told)).text
    (seen,) = [e for e in cat("api/v1/published").json()["announcements"] if e["id"] == mark]
    assert seen["html"] == "<p><strong>bold</strong> &lt;b&gt;</p>"
    assert eve(f"{ALL}/{made['id']}", "DELETE").json()["state"] == "withdrawn"
    assert "For all" not in hub.texts() + cat.texts()


def test_only_its_group_sees_what_is_for_a_group(ben: Caller, hub: Caller, cat: Caller) -> None:
    ben.add(title="Climate only", text="x", groups=["climate"])
    assert "Climate only" in ben.texts()
    assert "Climate only" in hub.texts()
    assert "Climate only" not in cat.texts()
    refused = ben(ALL, "POST", {"text": "x"})
    assert refused.status_code == 403
    assert refused.json()["message"] == (
        "You may announce only to members of these groups: climate."
    )
    assert ben(ALL, "POST", {"text": "x", "groups": ["climate", "ocean"]}).status_code == 403
    news = {"kind": "news", "date": "2026-03-01", "title": "x"}
    assert ben(ALL, "POST", news).status_code == 403


def test_a_group_announcer_sees_and_changes_nothing_of_others(eve: Caller, ben: Caller) -> None:
    other = eve.add(title="Secret draft", text="x", draft=True)
    ocean = eve.add(title="Ocean", text="x", groups=["ocean"])
    seen = ben(ALL).json()
    assert not {other["id"], ocean["id"]} & {entry["id"] for entry in seen["announcements"]}
    assert all(entry["body"]["groups"] == ["climate"] for entry in seen["announcements"])
    for id_ in (other["id"], ocean["id"]):
        body = {"text": "mine", "groups": ["climate"]}
        assert ben(f"{ALL}/{id_}").status_code == 403
        assert ben(f"{ALL}/{id_}", "PUT", body, If_Match="1").status_code == 403
        assert ben(f"{ALL}/{id_}", "DELETE").status_code == 403
        assert ben(f"{ALL}/{id_}/history").status_code == 403
        assert eve(f"{ALL}/{id_}").json()["revision"] == 1


def test_a_group_announcer_cannot_widen_an_audience(ben: Caller) -> None:
    mine = ben.add(title="Mine", text="x", groups=["climate"])
    for groups in ([], ["ocean"], ["climate", "ocean"]):
        body = {"text": "wider", "groups": groups}
        assert ben(f"{ALL}/{mine['id']}", "PUT", body, If_Match="1").status_code == 403
    assert ben(f"{ALL}/{mine['id']}").json()["body"]["text"] == "x"


def test_what_was_written_to_others_stays_theirs(eve: Caller, ben: Caller) -> None:
    id_ = eve.add(title="For whales", text="secret", groups=["ocean"])["id"]
    body = {"title": "For ice", "text": "open", "groups": ["climate"]}
    eve(f"{ALL}/{id_}", "PUT", body, If_Match="1")
    seen = ben(f"{ALL}/{id_}/history").json()["history"]
    assert [one["body"]["text"] for one in seen] == ["open"]
    assert len(eve(f"{ALL}/{id_}/history").json()["history"]) == 2


def test_nobody_else_may_write(cat: Caller, served: Served) -> None:
    for path, method in ((ALL, "GET"), (ALL, "POST"), ("api/v1/preview", "POST")):
        answer = cat(path, method, {"text": "x"} if method == "POST" else None)
        assert (answer.status_code, answer.json()["message"]) == (
            403, "Only announcers may do this.",
        )  # fmt: skip
    nobody = requests.get(served.url("announcements", "api/v1/published"), timeout=60)
    assert nobody.status_code == 403
    stranger = Caller(served, served.tokens["reports"])
    assert stranger("api/v1/published").status_code == 403


def test_the_slower_of_two_is_refused(eve: Caller, hub: Caller) -> None:
    id_ = eve.add(title="Race", text="one")["id"]
    here = f"{ALL}/{id_}"
    assert eve(here, "PUT", {"text": "two"}).status_code == 428
    assert eve(here, "PUT", {"text": "two"}, If_Match="x").status_code == 400
    assert eve(here, "PUT", {"text": "two"}, If_Match='"1"').json()["revision"] == 2
    late = hub(here, "PUT", {"text": "three"}, If_Match="1")
    assert (late.status_code, late.json()["revision"]) == (409, 2)
    assert hub(here, "DELETE", If_Match="1").status_code == 409
    assert hub(here, "DELETE", If_Match="2").json()["revision"] == 3
    story = eve(f"{here}/history").json()["history"]
    assert [(one["revision"], one["who"], one["what"], one["body"]["text"]) for one in story] == [
        (3, "hub", "withdrawn", "two"), (2, "eve", "changed", "two"), (1, "eve", "created", "one"),
    ]  # fmt: skip


def test_drafts_and_what_is_over_reach_nobody(eve: Caller, hub: Caller, cat: Caller) -> None:
    draft = eve.add(title="Later", text="x", draft=True)
    eve.add(title="Over", text="x", end="2020-01-01T00:00Z")
    eve.add(title="Next year", text="x", start="2126-01-01T00:00Z")
    assert draft["state"] == "draft"
    assert not {"Later", "Over"} & {*hub.texts(), *cat.texts()}
    assert "Next year" in hub.texts(), "the hub knows when it is time"
    assert "Next year" not in cat.texts()
    put = {"title": "Later", "text": "x"}
    assert eve(f"{ALL}/{draft['id']}", "PUT", put, If_Match="1").json()["state"] == "shown"
    assert "Later" in cat.texts()


def test_news(eve: Caller, hub: Caller, cat: Caller) -> None:
    eve.add(kind="news", date="2026-03-01", title="New nodes", text="*40* GPUs")
    (told,) = [one for one in hub("api/v1/published").json()["news"] if one["title"] == "New nodes"]
    told.pop("id")
    assert News.model_validate_json(json.dumps(told)).text == "*40* GPUs"
    (seen,) = [one for one in cat("api/v1/published").json()["news"] if one["title"] == "New nodes"]
    assert (seen["date"], seen["html"]) == ("2026-03-01", "<p><em>40</em> GPUs</p>")


def test_the_same_again_is_not_sent_again(hub: Caller, eve: Caller) -> None:
    first = hub("api/v1/published")
    again = hub("api/v1/published", If_None_Match=first.headers["Etag"])
    assert (again.status_code, again.content) == (304, b"")
    eve.add(title="Something new", text="x")
    assert hub("api/v1/published", If_None_Match=first.headers["Etag"]).status_code == 200


def _revisions(caller: Caller) -> dict[str, int]:
    return {entry["id"]: entry["revision"] for entry in caller(ALL).json()["announcements"]}


def test_a_preview_changes_nothing(eve: Caller) -> None:
    before = _revisions(eve)
    body = {
        "title": {"en": "Reboot", "de": "Neustart"},
        "text": {"en": "*x* <i>", "de": "y"},
        "severity": "maintenance",
        "groups": ["climate"],
        "maintenance": {"begins": "2126-03-12T03:26Z", "lasts": "30m", "notice": "1d"},
    }
    shown = eve("api/v1/preview", "POST", body).json()
    assert shown["html"] == {"en": "<p><em>x</em> &lt;i&gt;</p>", "de": "<p>y</p>"}
    assert shown["title"] == {"en": "Reboot", "de": "Neustart"}
    (time,) = shown["shown"]
    assert time["from"].startswith("2126-03-11T03:26")
    assert time["until"].startswith("2126-03-12T03:56")
    assert shown["warnings"] == ["The login page shows nothing that is for some groups only."]
    assert _revisions(eve) == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"), ({"text": ""}, "text"), ({"text": "x", "titel": "y"}, "titel"),
        ({"text": "x", "start": "soon"}, "start"), ({"text": "x", "kind": "rumour"}, "kind"),
        ({"text": "x" * 4001}, "text"), ({"text": "x", "draft": 1}, "draft"),
        ({"text": "x", "url": "javascript:alert(1)"}, "url"), ([], ""), ("x", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_field(eve: Caller, body: Any, field: str) -> None:
    answer = eve(ALL, "POST", body)
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert field in answer.json()["fields"]


@pytest.mark.parametrize("id_", ["0", "999999999", "x", "1%20OR%201", "..%2f1", "nofile.md"])
def test_what_is_not_there(eve: Caller, id_: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = eve(f"{ALL}/{id_}", method, {"text": "x"}, If_Match="1")
        assert answer.status_code == 404, (method, answer.text)


@pytest.fixture
def folder(served: Served) -> Iterator[Path]:
    """announcements.d beside site.yml."""
    path = served.room.folder / "announcements.d"
    path.mkdir()
    path.chmod(0o755)
    yield path
    for file in path.iterdir():
        file.unlink()
    path.rmdir()


def write(file: Path, text: str) -> None:
    """Write it at once: the service may look at any moment."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.chmod(0o644)
    new.rename(file)


def test_files_are_read_without_a_restart(
    folder: Path, hub: Caller, eve: Caller, ben: Caller, cat: Caller
) -> None:
    file = folder / "queue.md"
    write(file, "---\ntitle: From a file\n---\nLong *queue*\n")
    until(lambda: "From a file" in cat.texts(), "the file on the page")
    here = f"{ALL}/queue.md"
    for method in ("PUT", "DELETE", "GET"):
        answer = eve(here, method, {"text": "x"}, If_Match="1")
        assert answer.status_code == 409
        assert "announcements.d/queue.md" in answer.json()["message"]
        assert ben(here, method, {"text": "x", "groups": ["climate"]}).status_code == 404
    write(file, "---\nseverity: hot\n---\nx\n")
    until(lambda: hub("api/v1/published").json()["problems"], "the problem")
    (problem,) = hub("api/v1/published").json()["problems"]
    assert problem.startswith("announcements.d/queue.md:2:11  severity: ")
    assert "From a file" in cat.texts(), "what it said before"
    assert eve(ALL).json()["problems"] == [problem]
    assert ben(ALL).json()["problems"] == [], "who writes to one group mends no files"
    assert "problems" not in cat("api/v1/published").json()
    file.unlink()
    until(lambda: "From a file" not in cat.texts(), "the file gone")
    assert hub("api/v1/published").json()["problems"] == []
