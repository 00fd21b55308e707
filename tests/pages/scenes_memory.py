"""The form that remembers, and the page with a job's script."""

from collections.abc import Callable, Mapping
from typing import Any

from hub_config.form import view
from tests.pages.drawing import User, example_offer, render

SAVED: Mapping[str, Mapping[str, str]] = {
    "advanced": {
        "profile": "advanced", "partition": "gpu", "account": "ab0995", "cores": "8",
        "walltime": "2.5h", "gpus": "2",
    },
    "preset": {"profile": "prepost-2", "account": "ab0995"},
}  # fmt: skip

COMMAND = "/usr/bin/sbatch \\\n  --parsable \\\n  '--job-name=berth' \\\n  --partition=gpu"
SCRIPT = "#!/bin/bash -p\nset -e\nexec /opt/berth/run '/home/alice/.cache/berth/0.json'\n"


def remembered(
    saved: Mapping[str, Mapping[str, str]] = SAVED, *, server_name: str = "", **variables: Any
) -> str:
    """The spawn page of somebody who has started servers before."""
    form = view(
        example_offer(), server_name=server_name, answers={}, errors={}, user="alice",
        remembered=saved,
    )  # fmt: skip
    more: dict[str, Any] = {
        "for_user": User(),
        "action": "/hub/spawn/alice",
        "server_name": server_name,
    }
    return render("spawn.html", form=form, **more | variables)


def preview(**variables: Any) -> str:
    """The page that the button leads to without a script."""
    shown: dict[str, Any] = {
        "for_user": User(), "command": COMMAND, "script": SCRIPT, "unread": "", "troubles": [],
        "form_url": "/hub/spawn/alice?opt-profile=advanced",
    }  # fmt: skip
    return render("options/preview.html", **shown | variables)


NOTHING: Mapping[str, Any] = {"command": "", "script": ""}

SCENES: dict[str, Callable[[], str]] = {
    "form with options saved": remembered,
    "form with options saved by somebody else": lambda: remembered(user=User("root2")),
    "job script": preview,
    "job script of a usual installation": lambda: preview(unread="/etc/berth/agent.toml"),
    "no job script": lambda: preview(
        troubles=["Number of cores: Too many.", "x is not"], **NOTHING
    ),
}
