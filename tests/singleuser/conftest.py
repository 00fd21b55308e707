"""Situations of a job: ``hub``, ``absent_hub``, ``home``, ``spawn`` (the spawn file), ``start``."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.singleuser.job import Job
from tests.singleuser.standin_hub import StandInHub


@pytest.fixture
def absent_hub() -> Iterator[StandInHub]:
    """A hub whose port refuses connections until it is opened."""
    hub = StandInHub()
    yield hub
    hub.server_close()


@pytest.fixture
def hub(absent_hub: StandInHub) -> Iterator[StandInHub]:
    """A hub that takes reports and answers 200 unless told otherwise."""
    absent_hub.open()
    yield absent_hub
    absent_hub.shutdown()
    for failure in absent_hub.failures:
        raise failure


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def token() -> str:
    return secrets.token_hex(16)


@pytest.fixture
def spawn(absent_hub: StandInHub, token: str) -> dict[str, Any]:
    """A spawn file's content, as the agent writes it."""
    return spawn_content(absent_hub, token)


def spawn_content(hub: StandInHub, token: str) -> dict[str, Any]:
    prefix = "/user/alice/preset/"
    return {
        "version": 1,
        "env": {
            "JUPYTERHUB_API_TOKEN": token,
            "JPY_API_TOKEN": token,
            "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:0{prefix}",
            "JUPYTERHUB_SERVICE_PREFIX": prefix,
            "JUPYTERHUB_API_URL": f"{hub.url}/hub/api",
            "JUPYTERHUB_ACTIVITY_URL": f"{hub.url}/hub/api/users/alice/activity",
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_HOST": "",
            "JUPYTERHUB_USER": "alice",
            "JUPYTERHUB_SERVER_NAME": "preset",
            "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-alice-preset",
            "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{prefix}oauth_callback",
            "JUPYTERHUB_OAUTH_ACCESS_SCOPES": '["access:servers"]',
        },
        "report_url": hub.report_url,
        "user_script": "",
        "user_script_seconds": 60,
        "work_dir": "",
    }


@pytest.fixture
def start(home: Path, spawn: dict[str, Any]) -> Iterator[Callable[..., Job]]:
    """Start the launcher with this test's ``spawn``; ``inherited``: the job's environment."""
    jobs: list[Job] = []

    def start_job(**inherited: str) -> Job:
        job = Job(home, spawn, {"HOME": str(home), "PATH": "/usr/bin:/bin", **inherited})
        jobs.append(job)
        return job

    yield start_job
    for job in jobs:
        job.end()
