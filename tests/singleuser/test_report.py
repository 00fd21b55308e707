"""The report: the hub learns the port, however long it takes, or the job ends."""

import json
import signal
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_config.singleuser import berth_singleuser as launcher
from tests.singleuser.job import HANG, Job, environ, listening_inodes, socket_inodes
from tests.singleuser.standin_hub import HANG_UP, Report, StandInHub

Start = Callable[..., Job]


def reported_port(report: Report) -> int:
    document = json.loads(report.body)
    assert document.keys() == {"port"}
    return int(document["port"])


def test_port_is_reported_with_the_token_while_it_listens(
    hub: StandInHub, start: Start, token: str
) -> None:
    found: list[str] = []
    hub.on_report = lambda: found.extend(listening_inodes(reported_port(hub.reports[0])))
    job = start()
    job.wait_for_stage_two()
    assert hub.reports[0].path == "/hub/api/berth/ready"
    assert hub.reports[0].authorization == f"token {token}"
    assert len(found) == 1
    assert found[0] in socket_inodes(job.pid)
    port = reported_port(hub.reports[0])
    service_url = environ(job.pid)["JUPYTERHUB_SERVICE_URL"]
    assert service_url == f"http://127.0.0.1:{port}/user/alice/preset/"


@pytest.mark.parametrize("status", [400, 403, 409, 410])
def test_job_that_the_hub_does_not_want_ends(
    hub: StandInHub, start: Start, token: str, status: int
) -> None:
    hub.answers = [status]
    job = start()
    assert job.wait() == 3
    assert f"The hub answered {status} to this job's report" in job.log
    assert token not in job.log
    assert len(hub.reports) == 1


@pytest.mark.parametrize("trouble", [503, 500, 502, 302, 404, 408, 429, HANG_UP])
def test_hub_in_trouble_is_asked_again(hub: StandInHub, start: Start, trouble: int) -> None:
    hub.answers = [trouble, trouble, 200]
    job = start()
    job.wait_for_stage_two()
    assert len(hub.reports) == 3
    assert len({report.body for report in hub.reports}) == 1
    assert job.log.count("trying again in") == 2


def test_absent_hub_is_asked_until_it_is_there(
    absent_hub: StandInHub, start: Start, token: str
) -> None:
    job = start()
    job.wait_for_log("trying again in")
    assert "ConnectionRefusedError" in job.log
    absent_hub.open()
    job.wait_for_stage_two()
    assert len(absent_hub.reports) == 1
    assert token not in job.log
    absent_hub.shutdown()


def test_hub_that_leaves_right_after_the_report_costs_no_server(
    hub: StandInHub, start: Start, home: Path
) -> None:
    (home / ".jupyter").mkdir()
    settings = home / ".jupyter/jupyter_server_config.json"
    settings.write_text('{"ServerApp": {"allow_root": true}}')  # for tests run by root
    job = start()
    job.wait_for_stage_two()
    hub.shutdown()
    hub.socket.close()
    url = f"http://127.0.0.1:{reported_port(hub.reports[0])}/user/alice/preset/api"
    with urllib.request.urlopen(url, timeout=HANG) as answer:
        assert answer.status == 200
    assert job.process.poll() is None


def test_sigterm_ends_the_waiting(absent_hub: StandInHub, start: Start) -> None:
    job = start()
    job.wait_for_log("trying again in")
    job.process.terminate()
    assert job.wait() == 128 + signal.SIGTERM


def test_users_proxy_is_not_asked(hub: StandInHub, start: Start, spawn: dict[str, Any]) -> None:
    dead = "http://127.0.0.1:9"
    proxies = dict.fromkeys(["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"], dead)
    spawn["env"] |= proxies
    job = start(**proxies)
    job.wait_for_stage_two()
    assert len(hub.reports) == 1
    assert environ(job.pid).items() >= proxies.items()


def test_report_comes_after_the_script(
    hub: StandInHub, start: Start, spawn: dict[str, Any], home: Path
) -> None:
    (home / "rc").write_text("touch ~/done")
    spawn["user_script"] = "~/rc"
    at_report: list[bool] = []
    hub.on_report = lambda: at_report.append((home / "done").exists())
    start().wait_for_stage_two()
    assert at_report == [True]


def test_silent_hub_is_given_up_when_patience_ends(
    absent_hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent_hub.server_activate()  # it accepts, but nobody answers
    monkeypatch.setattr(launcher, "REPORT_TIMEOUT", 0.2)
    with pytest.raises(launcher.LauncherError, match=r"TimeoutError.* giving up") as caught:
        launcher.report(absent_hub.report_url, "secret", 5000, patience=0.1)
    assert caught.value.status == 4
    assert "secret" not in str(caught.value)


def test_patience_is_ten_minutes_at_least() -> None:
    assert launcher.REPORT_PATIENCE >= 600
