"""Files and addresses are read again when they have changed; what breaks leaves what was known."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hub_config.model.accounts import Accounts
from hub_config.quota import Quota, Quotas
from hub_config.quota import source as module
from hub_config.quota.rows import read_quotas
from hub_config.quota.source import Source
from tests.quota.told import BALANCES, HOME, QUOTAS


@pytest.fixture(autouse=True)
def always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look is due, and has all the time it takes."""
    monkeypatch.setattr(module, "LOOK", 0.0)
    monkeypatch.setattr(module, "ASK", 0.0)
    monkeypatch.setattr(module, "PATIENCE", 60.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with alice's two quotas."""
    path = tmp_path / "quota.json"
    path.write_text(json.dumps(QUOTAS))
    return path


def of_file(path: Path) -> Source[Quota]:
    return Source(path, read_quotas)


def used(rows: tuple[Quota, ...]) -> list[int]:
    return [row.space.used for row in rows]


def write(file: Path, whole: Any) -> None:
    file.write_text(whole if isinstance(whole, str) else json.dumps(whole))


def remove(file: Path) -> None:
    file.unlink()


async def test_only_the_rows_of_whoever_is_asked_for(file: Path) -> None:
    source = of_file(file)
    assert used(await source.of("alice")) == [1000, 1000]
    for other in ("bob", "alic", "alice ", "ALICE", ""):
        assert await source.of(other) == ()


async def test_an_edit_is_seen_at_the_next_look(file: Path) -> None:
    source = of_file(file)
    await source.of("alice")
    write(file, {"quotas": [{**HOME, "total_block_usage": 7}]})
    assert used(await source.of("alice")) == [7]


async def test_what_has_not_changed_is_not_read_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[bytes] = []
    source = Source(file, lambda data, at: read.append(data) or read_quotas(data, at))  # type: ignore[func-returns-value]
    for _ in range(3):
        await source.of("alice")
    assert len(read) == 1


@pytest.mark.parametrize("broken", ["", "{", '{"quotas": 1}', "\0" * 100])
async def test_a_broken_edit_leaves_what_was_known_and_a_problem(file: Path, broken: str) -> None:
    source = of_file(file)
    await source.of("alice")
    write(file, broken)
    assert used(await source.of("alice")) == [1000, 1000]
    (problem,) = source.problems
    assert problem.startswith(f"{file}: ")
    write(file, {**QUOTAS, "corrected": True})
    await source.of("alice")
    assert source.problems == ()


async def test_a_file_that_is_gone(file: Path) -> None:
    source = of_file(file)
    await source.of("alice")
    remove(file)
    assert used(await source.of("alice")) == [1000, 1000]
    assert "No such file" in source.problems[0]


async def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe"):
        source = of_file(place)
        assert await source.of("alice") == ()
        assert len(source.problems) == 1


async def test_too_large_a_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    source = of_file(file)
    assert await source.of("alice") == ()
    assert "leave out" in source.problems[0]


async def test_a_problem_says_nothing_of_what_users_have(file: Path) -> None:
    write(file, {"quotas": [{**HOME, "block_limit": "none at all"}]})
    source = of_file(file)
    await source.of("alice")
    assert source.problems == (
        f"{file}: entry 0: block_limit is 'none at all', which is no number",
    )


async def test_nobody_waits_for_a_disk_that_hangs(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    released = threading.Event()

    def hang(data: bytes, at: float | None) -> Any:
        released.wait(60)
        return read_quotas(data, at)

    source: Source[Quota] = Source(file, hang)
    assert await source.of("alice") == ()
    assert source._task is not None
    released.set()
    await source._task
    assert used(await source.of("alice")) == [1000, 1000]


async def test_ten_thousand_users_are_one_look(file: Path) -> None:
    many = [{**HOME, "user": f"u{number}"} for number in range(10_000)]
    write(file, {**QUOTAS, "quotas": many})
    source = of_file(file)
    assert used(await source.of("u9999")) == [1000]


class Exporter(BaseHTTPRequestHandler):
    """Answers with the server's ``body`` and ``status``; knows what it has told by its ETag."""

    server: Any

    def do_GET(self) -> None:
        self.server.asked.append(dict(self.headers))
        same = self.headers.get("If-None-Match") == self.server.tag
        self.send_response(304 if same else self.server.status)
        self.send_header("ETag", self.server.tag)
        self.send_header("Location", "/elsewhere")
        if self.server.written:
            self.send_header("Last-Modified", self.server.written)
        body = b"" if same else self.server.body
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):  # whoever asked for too much has gone
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def exporter() -> Iterator[Any]:
    """A real web server with alice's quotas."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    server.asked, server.tag, server.status = [], '"1"', 200
    server.written = "Wed, 21 Jan 2026 12:53:20 GMT"
    server.body = json.dumps({**QUOTAS, "timestamp": None}).encode()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def of_server(server: Any) -> Source[Quota]:
    return Source(f"http://127.0.0.1:{server.server_port}/q.json?key=s3cret", read_quotas)


async def test_an_address_is_asked_whether_anything_is_new(exporter: Any) -> None:
    source = of_server(exporter)
    first = await source.of("alice")
    assert first[0].as_of == 1769000000  # its Last-Modified
    exporter.body = b"not looked at"
    assert await source.of("alice") == first
    assert exporter.asked[1]["If-None-Match"] == '"1"'
    exporter.tag, exporter.body = '"2"', json.dumps({"quotas": []}).encode()
    assert await source.of("alice") == ()


@pytest.mark.parametrize("written", ["", "yesterday"])
async def test_an_address_that_does_not_say_when_it_was_written(
    exporter: Any, written: str
) -> None:
    exporter.written = written
    rows = await of_server(exporter).of("alice")
    assert [row.as_of for row in rows] == [None, None]


@pytest.mark.parametrize("status", [302, 401, 404, 500])
async def test_an_address_that_refuses(exporter: Any, status: int) -> None:
    source = of_server(exporter)
    first = await source.of("alice")
    exporter.status, exporter.tag = status, '"2"'
    assert await source.of("alice") == first
    assert f"answers {status}" in source.problems[0]
    assert "s3cret" not in source.problems[0]
    assert len(exporter.asked) == 2  # nobody was led elsewhere


async def test_an_address_that_tells_too_much(
    exporter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    source = of_server(exporter)
    assert await source.of("alice") == ()
    assert len(source.problems) == 1


async def test_nobody_there(exporter: Any) -> None:
    source: Source[Quota] = Source("http://127.0.0.1:1/quota.json", read_quotas)
    assert await source.of("alice") == ()
    assert source.problems[0].startswith("http://127.0.0.1:1/quota.json: ")


async def test_a_site_may_have_several(file: Path, tmp_path: Path) -> None:
    scratch, balance = tmp_path / "scratch.json", tmp_path / "balance.json"
    scratch.write_text(json.dumps({"quotas": [{**HOME, "path": "/scratch"}]}))
    balance.write_text(json.dumps(BALANCES))
    places = [str(file), str(scratch), str(tmp_path / "none.json")]
    quotas = Quotas(
        Accounts.model_validate({"quota": places, "balance": [str(balance)]}, strict=False)
    )
    paths = [row.path for row in await quotas.quotas("alice")]
    assert paths == ["/home/alice", "/fs/project", "/scratch"]
    assert [row.value for row in await quotas.balances("bob")] == [7]
    assert len(quotas.problems) == 1
    assert quotas.told


async def test_a_site_without_any() -> None:
    quotas = Quotas(Accounts())
    assert (await quotas.quotas("alice"), await quotas.balances("alice")) == ((), ())
    assert not quotas.told
