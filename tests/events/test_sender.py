"""Listeners of a centre's own get each event once, as JSON; they cannot harm a start."""

import json
import logging
from pathlib import Path

import pytest
from jupyter_events.logger import EventLogger
from prometheus_client import CollectorRegistry

from hub_config.cluster.happened import Event
from hub_config.events import Sender
from hub_config.model.events import READY

WHO = {"uuid": "a" * 32, "user": "ann", "server": ""}
EVENT = Event(READY, 1000.25, {**WHO, "waited": 12.5, "queued": None})


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def test_a_file_gets_events_as_lines_of_json(tmp_path: Path, registry: CollectorRegistry) -> None:
    file = logging.FileHandler(tmp_path / "events.log")
    Sender(EventLogger(handlers=[file]), registry)(EVENT)
    file.close()
    (line,) = (tmp_path / "events.log").read_text().splitlines()
    found = json.loads(line)
    assert found["__schema__"] == "urn:berth:events:server-ready"
    assert found["__timestamp__"].startswith("1970-01-01T00:16:40.250")
    assert {name: found[name] for name in EVENT.data} == EVENT.data


def test_waiting_times_are_counted_with_and_without_listeners(registry: CollectorRegistry) -> None:
    Sender(EventLogger(), registry)(EVENT)
    assert registry.get_sample_value("berth_spawn_wait_seconds_sum") == 12.5
    bucket = "berth_spawn_wait_seconds_bucket"
    assert registry.get_sample_value(bucket, {"le": "10.0"}) == 0
    assert registry.get_sample_value(bucket, {"le": "20.0"}) == 1


class Broken(logging.Handler):
    """A listener that fails."""

    def emit(self, record: logging.LogRecord) -> None:
        raise OSError("the collector is away")


def test_a_listener_that_fails_is_told_of_and_nothing_else(
    registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    Sender(EventLogger(handlers=[Broken()]), registry)(EVENT)
    assert "An event is in the log, and nowhere else: server-ready" in caplog.text
    assert "the collector is away" in caplog.text
