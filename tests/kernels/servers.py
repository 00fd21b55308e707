"""A notebook server of a job, asked through its API."""

import http.client
import json
from pathlib import Path
from typing import Any

from tests.singleuser.job import HANG, Job
from tests.singleuser.standin_hub import StandInHub

API = "/user/alice/preset/api"


def ask(job: Job, hub: StandInHub, method: str, path: str, body: object = None) -> Any:
    """Send a request to the server that reported last; its answer."""
    assert hub.reported.wait(HANG), job.log
    port = json.loads(hub.reports[-1].body)["port"]
    token = json.loads(job.spawn_file.read_text())["env"]["JUPYTERHUB_API_TOKEN"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG)
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    connection.request(method, API + path, json.dumps(body), headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    assert response.status < 300, (answer, job.log)
    return answer


def allow_root(home: Path) -> None:
    """Only for tests run by root; a job's user is an ordinary one."""
    config = home / ".jupyter/jupyter_server_config.json"
    config.parent.mkdir()
    config.write_text('{"ServerApp": {"allow_root": true}}')
