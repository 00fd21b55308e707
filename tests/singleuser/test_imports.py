"""What stage two imports and runs before it serves: counted, not timed."""

import http.client
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.singleuser.job import HANG, LAUNCHER, Job, user_python
from tests.singleuser.standin_hub import StandInHub

Start = Callable[..., Job]

LOAD = f"""\
import os, runpy, sys
launcher = runpy.run_path({str(LAUNCHER)!r})
"""
SETTINGS = ".jupyter/jupyter_server_config.json"
TURNED_ON = {"ServerApp": {"allow_root": True, "jpserver_extensions": {"jupyter_lsp": True}}}


def in_user_environment(code: str, **env: str) -> str:
    """Run *code* in the single-user environment with the launcher's names in ``launcher``."""
    argv: list[str | Path] = [user_python(), "-I", "-c", LOAD + code]
    done: subprocess.CompletedProcess[str] = subprocess.run(
        argv, env=env, capture_output=True, text=True, timeout=HANG
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def imported(code: str) -> set[str]:
    """The modules that are there when *code* is done."""
    return set(in_user_environment(code + "\nprint(*sys.modules)").split())


@pytest.fixture(scope="module")
def at_start() -> set[str]:
    return imported("launcher['import_server'](); launcher['import_lab']()")


@pytest.mark.parametrize(
    "left_out",
    [
        "sqlalchemy", "alembic", "mako", "jupyterhub.orm", "jupyterhub.roles", "jupyterhub.app",
        "jupyterhub.handlers", "jupyterhub.apihandlers", "batchspawner", "rfc3987_syntax", "lark",
        "ipykernel", "nbconvert.exporters",
    ],
)  # fmt: skip
def test_a_server_imports_nothing_of(at_start: set[str], left_out: str) -> None:
    assert [name for name in at_start if f"{name}.".startswith(f"{left_out}.")] == []


def test_what_serves_is_there(at_start: set[str]) -> None:
    assert at_start >= {"jupyterhub.singleuser.extension", "jupyter_server", "jupyterlab.labapp"}


def test_the_hubs_modules_are_there_for_whoever_asks_later() -> None:
    code = """
launcher["import_server"]()
import jupyterhub.scopes
late = jupyterhub.scopes.orm.User
import jupyterhub.orm, sqlalchemy, jupyterhub.handlers.pages
from jupyterhub.log import HealthCheckHandler
print(late is jupyterhub.orm.User, jupyterhub.scopes.sa.select is sqlalchemy.select)
print(issubclass(jupyterhub.handlers.pages.HealthCheckHandler, HealthCheckHandler))
"""
    assert in_user_environment(code).splitlines() == ["True True", "False"]


def test_a_module_that_is_there_already_is_left_alone() -> None:
    code = """
import sqlalchemy
before = sqlalchemy
launcher["import_server"]()
import sqlalchemy
print(sqlalchemy is before, bool(sqlalchemy.select))
"""
    assert in_user_environment(code) == "True True"


@pytest.mark.parametrize(
    "needed", ["jupyterhub.utils", "jupyterhub.scopes", "jupyterhub.httpclient"]
)
def test_a_jupyterhub_that_needs_more_is_imported_as_it_is(needed: str) -> None:
    """Another release of JupyterHub, played by a list that names too much."""
    code = f"""
serve = launcher["import_server"]
serve.__globals__["HUB_MODULES"] = {{**launcher["HUB_MODULES"], {needed!r}: ()}}
print(serve().__self__.__name__)
import jupyterhub.orm
print(jupyterhub.scopes.orm is jupyterhub.orm, sys.modules[{needed!r}].__file__ is not None)
"""
    assert in_user_environment(code).splitlines() == ["JupyterHubSingleUser", "True True"]


def test_an_environment_without_jupyterhub_says_so() -> None:
    code = """
class Absent:
    def find_spec(self, name, *_):
        if name.startswith("jupyterhub"):
            raise ModuleNotFoundError(f"no {name} here")
sys.meta_path.insert(0, Absent())
try:
    launcher["import_server"]()
except ImportError as error:
    print(error)
"""
    assert in_user_environment(code) == "no jupyterhub here"


@pytest.mark.parametrize("path", ["/some/where:/bin", "", None])
def test_path_is_as_it_was(path: str | None) -> None:
    env = {} if path is None else {"PATH": path}
    code = "launcher['import_lab'](); print(repr(os.environ.get('PATH')))"
    assert in_user_environment(code, **env) == repr(path)


def test_an_environment_without_jupyterlab_is_no_error() -> None:
    code = "sys.modules['jupyterlab'] = None; launcher['import_lab'](); print('goes on')"
    assert in_user_environment(code) == "goes on"


@pytest.fixture
def watched(home: Path) -> dict[str, str]:
    """A PATH in which the programs that are slow to start write down that they were."""
    bin_folder = home / "bin"
    bin_folder.mkdir()
    for name in ("node", "nodejs", "npm", "npx", "yarn", "conda", "pip", "python", "python3"):
        program = bin_folder / name
        program.write_text(f"#!/bin/sh\necho {name} $@ >> {home}/started\nexit 1\n")
        program.chmod(0o755)
    return {"PATH": f"{bin_folder}:/usr/bin:/bin", "JUPYTER_PREFER_ENV_PATH": "0"}


def answer(job: Job, hub: StandInHub, path: str, **headers: str) -> int:
    """Ask the server that reports; the status, once it answers."""
    assert hub.reported.wait(HANG), job.log
    port = json.loads(hub.reports[0].body)["port"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG)
    connection.request("GET", f"/user/alice/preset/{path}", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def settings(home: Path, document: dict[str, Any]) -> None:
    (home / ".jupyter").mkdir()
    (home / SETTINGS).write_text(json.dumps(document))


def test_a_start_runs_no_slow_program_and_asks_the_hub_once(
    hub: StandInHub, start: Start, home: Path, token: str, watched: dict[str, str]
) -> None:
    settings(home, {"ServerApp": {"allow_root": True}})
    job = start(**watched)
    assert answer(job, hub, "api") == 200
    before_it_served = [what for what in hub.asked if not what.endswith("/activity")]
    assert before_it_served == ["POST /hub/api/berth/ready"]
    assert answer(job, hub, "lsp/status", Authorization=f"token {token}") == 404
    assert not (home / "started").exists(), (home / "started").read_text()
    assert f"PATH={watched['PATH']}".encode() in Path(f"/proc/{job.pid}/environ").read_bytes()


def test_a_user_can_turn_language_servers_on(
    hub: StandInHub, start: Start, home: Path, token: str, watched: dict[str, str]
) -> None:
    settings(home, TURNED_ON)
    job = start(**watched)
    assert answer(job, hub, "lsp/status", Authorization=f"token {token}") == 200
    assert "jupyter_lsp | extension was successfully loaded" in job.log


def test_the_file_that_turns_them_off_is_the_last_of_the_environment() -> None:
    folder = user_python().parent.parent / "etc/jupyter/jupyter_server_config.d"
    last = max(folder.iterdir())
    assert last.name == "zz-berth.json"
    assert json.loads(last.read_text()) == {
        "ServerApp": {"jpserver_extensions": {"jupyter_lsp": False, "berth_lab": True}},
        "ResourceUseDisplay": {"enable_prometheus_metrics": False},
    }


def test_what_jupyterlab_shows_of_the_job_imports_nothing_more(at_start: set[str]) -> None:
    code = "launcher['import_server'](); launcher['import_lab']()\nimport berth_lab"
    assert imported(code) - at_start == {"berth_lab"}
