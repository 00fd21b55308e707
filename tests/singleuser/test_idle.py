"""What the launcher tells Jupyter about idleness; tests/hub/test_idle.py sees it happen."""

import pytest

from hub_config.model.single_user import SingleUser
from hub_config.singleuser.berth_singleuser import idle_options, is_ours

DAY = 86400


def told(walltime: int = DAY, **settings: object) -> dict[str, str]:
    """Return the options for a server of a site with these settings."""
    asked = SingleUser.model_validate(settings)
    options = idle_options(asked.idle_variables(walltime))
    return dict(option.removeprefix("--").split("=") for option in options)


def test_nothing_unless_asked_for() -> None:
    assert told() == {}
    assert idle_options({"JUPYTERHUB_IDLE_TIMEOUT": ""}) == []


def test_server_kernels_and_terminals_have_the_same_time() -> None:
    options = told(idle_timeout="2h")
    for name in (
        "ServerApp.shutdown_no_activity_timeout", "MappingKernelManager.cull_idle_timeout",
        "TerminalManager.cull_inactive_timeout",
    ):  # fmt: skip
        assert options[name] == "7200"


def test_work_is_never_culled_and_open_notebooks_only_if_asked_for() -> None:
    assert told(idle_timeout="2h")["MappingKernelManager.cull_busy"] == "False"
    assert told(idle_timeout="2h")["MappingKernelManager.cull_connected"] == "False"
    open_too = told(idle_timeout="2h", cull_connected=True)
    assert open_too["MappingKernelManager.cull_connected"] == "True"
    assert open_too["MappingKernelManager.cull_busy"] == "False"


@pytest.mark.parametrize(
    ("timeout", "interval"), [("2h", "60"), ("2m", "30"), ("5s", "1"), ("1s", "1")]
)
def test_they_are_looked_at_often_enough(timeout: str, interval: str) -> None:
    options = told(idle_timeout=timeout)
    assert options["MappingKernelManager.cull_interval"] == interval
    assert options["TerminalManager.cull_interval"] == interval


@pytest.mark.parametrize("name", ["JUPYTERHUB_IDLE_TIMEOUT", "JUPYTERHUB_IDLE_CULL_CONNECTED"])
def test_a_users_script_cannot_change_it(name: str) -> None:
    assert is_ours(name)
