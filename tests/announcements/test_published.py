"""What a service of announcements says over real HTTP, and what it cannot do to the hub."""

import asyncio
import json
import logging
import stat
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from hub_config.announcements.published import FILE, LONGEST, MOST, Answer, Published, read
from tests.support.hubs import until

TOKEN = "the-services-own"
NEWS = {"id": "n1", "date": "2026-03-01", "title": {"en": "R", "de": "R!"}}
HELLO = {"id": "7-ab", "severity": "warning", "text": {"en": "Hello", "de": "Hallo"}}
TOLD: dict[str, Any] = {"announcements": [HELLO], "news": [NEWS], "problems": ["a.md:1:1  broken"]}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service answers at once, but this machine may have other things to do."""
    monkeypatch.setattr("hub_config.announcements.published.PATIENCE", 60)


class Service(ThreadingHTTPServer):
    """Stands where the service would: answers what a test wants, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.status, self.body, self.etag = 200, json.dumps(TOLD).encode(), '"1"'
        self.more: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.silent = threading.Event()
        """Set: nothing is answered until the end of the test."""
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/services/announcements/api/v1/published"


class _Asked(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        service = self.server
        service.asked.append({"path": self.path, **dict(self.headers.items())})
        if service.silent.is_set():
            service.over.wait(60)
            return
        same = service.status == 200 and self.headers["If-None-Match"] == service.etag
        self.send_response(304 if same else service.status)
        headers = {"ETag": service.etag, "Content-Length": str(0 if same else len(service.body))}
        for name, value in (headers | service.more).items():
            self.send_header(name, value)
        self.end_headers()
        if not same:
            with suppress(OSError):  # whoever asked has seen enough
                self.wfile.write(service.body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        yield service
        service.over.set()
        service.shutdown()
        thread.join()


def hear(service: Service, folder: Path, times: int = 1) -> Published:
    """Return what a hub knows that has just started and asked so often."""
    published = Published(service.url, TOKEN, folder)
    ask(published, times)
    return published


def ask(published: Published, times: int = 1) -> None:
    async def some() -> None:
        client = SimpleAsyncHTTPClient(force_instance=True, max_body_size=LONGEST)
        for _ in range(times):
            await published.ask(client)
        client.close()

    asyncio.run(some())


def texts(answer: Answer) -> list[str]:
    return [str(one.text) for _, one in answer.announcements]


def test_it_is_asked_with_its_own_token_and_believed(service: Service, tmp_path: Path) -> None:
    answer = hear(service, tmp_path).answer
    [(name, hello)] = answer.announcements
    assert (name, hello.text, hello.severity) == ("7-ab", "Hello", "warning")
    assert [news.title for news in answer.news] == ["R"]
    assert answer.problems == ("a.md:1:1  broken",)
    [asked] = service.asked
    assert asked["path"] == "/services/announcements/api/v1/published"
    assert asked["Authorization"] == f"token {TOKEN}"


def test_what_has_not_changed_is_not_sent_again(service: Service, tmp_path: Path) -> None:
    published = hear(service, tmp_path, times=3)
    assert [asked.get("If-None-Match") for asked in service.asked] == [None, '"1"', '"1"']
    assert texts(published.answer) == ["Hello"]


def test_a_change_is_there_at_the_next_question(service: Service, tmp_path: Path) -> None:
    published = hear(service, tmp_path)
    service.etag, changed = '"2"', {**HELLO, "text": "Changed"}
    service.body = json.dumps({**TOLD, "announcements": [changed]}).encode()
    ask(published)
    assert texts(published.answer) == ["Changed"]


@pytest.mark.parametrize(
    ("status", "body", "more"),
    [
        (500, b"{}", {}), (403, b"{}", {}), (204, b"", {}), (302, b"", {"Location": "/elsewhere"}),
        (200, b"", {}), (200, b"nonsense", {}), (200, b"[]", {}), (200, b"\xff\xfe", {}),
        (200, b'{"announcements": 5, "news": [], "problems": []}', {}),
        (200, b"[" * 100_000, {}), (200, b"{}", {}),
        (200, b" " * (LONGEST + 1), {}), (200, b"x", {"Content-Encoding": "gzip"}),
        (200, b"short", {"Content-Length": "100"}), (200, b"{}", {"More": "x" * 100_000}),
    ],
)  # fmt: skip
def test_no_answer_leaves_what_was_known(
    service: Service, tmp_path: Path, status: int, body: bytes, more: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    published = hear(service, tmp_path)
    kept = tmp_path.joinpath(FILE).read_bytes()
    service.status, service.body, service.more, service.etag = status, body, more, '"2"'
    ask(published, times=2)
    assert texts(published.answer) == ["Hello"]
    assert tmp_path.joinpath(FILE).read_bytes() == kept
    told = [record for record in caplog.records if record.name == "berth.announcements"]
    assert len(told) == 1  # once for the whole time, not for every question
    assert all(asked["path"].startswith("/services/") for asked in service.asked)


def test_nobody_is_kept_waiting_by_one_that_does_not_answer(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = hear(service, tmp_path)
    monkeypatch.setattr("hub_config.announcements.published.PATIENCE", 0.2)
    service.silent.set()
    ask(published)  # a hang would be caught by the guard of all tests
    assert texts(published.answer) == ["Hello"]


def test_one_that_is_away_is_heard_when_it_is_back(service: Service, tmp_path: Path) -> None:
    away = Published("http://127.0.0.1:1/published", TOKEN, tmp_path)
    ask(away)
    assert away.answer == Answer()
    assert texts(hear(service, tmp_path).answer) == ["Hello"]


def test_the_last_answer_outlives_the_hub_in_a_file_of_its_own(
    service: Service, tmp_path: Path
) -> None:
    hear(service, tmp_path)
    file = tmp_path / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    again = Published("http://127.0.0.1:1/published", TOKEN, tmp_path)
    assert texts(again.answer) == ["Hello"]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"[]", b'{"announcements": []}'])
def test_a_file_that_is_none_is_told_of_and_left(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    tmp_path.joinpath(FILE).write_bytes(content)
    assert Published("http://127.0.0.1:1/", TOKEN, tmp_path).answer == Answer()
    assert "cannot be used: not what a service of this release says" in caplog.text


def test_a_folder_that_cannot_be_written_costs_only_the_memory(
    service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answer = hear(service, tmp_path / "gone").answer
    assert texts(answer) == ["Hello"]
    assert "announcements do not outlive the hub" in caplog.text


def test_what_is_wrong_is_left_out_and_the_rest_is_told(caplog: pytest.LogCaptureFixture) -> None:
    wrong: list[Any] = [
        {"id": "bad\nname", "text": "a", "severity": "huge\nline"}, {"text": ""}, {"id": "1"}, 7,
        None, {**HELLO, "more": 1}, {**HELLO, "text": "x" * 4001},
    ]  # fmt: skip
    with caplog.at_level(logging.WARNING):
        answer = read(json.dumps({**TOLD, "announcements": [*wrong, HELLO]}).encode())
    assert texts(answer) == ["Hello"]
    assert all("\n" not in record.getMessage() for record in caplog.records)
    assert "severity" in caplog.text


def test_no_more_is_taken_than_people_can_read() -> None:
    many = [{"id": str(n), "text": "a"} for n in range(2 * MOST["announcements"])]
    told = {**TOLD, "announcements": many, "problems": ["x\x1b[2J" + "y" * 900] * 300}
    answer = read(json.dumps(told).encode())
    assert len(answer.announcements) == MOST["announcements"]
    assert len(answer.problems) == MOST["problems"]
    assert all(len(one) == 500 and "\x1b" not in one for one in answer.problems)


def test_it_goes_on_asking(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_config.announcements.published.EVERY", 0.01)
    published = Published(service.url, TOKEN, tmp_path)

    async def follow() -> None:
        task = asyncio.create_task(published.follow())
        service.status = 500
        await asyncio.to_thread(until, lambda: len(service.asked) > 2, "three questions")
        service.status = 200
        await asyncio.to_thread(until, lambda: published.answer.announcements, "an answer")
        task.cancel()

    asyncio.run(follow())
    assert texts(published.answer) == ["Hello"]
