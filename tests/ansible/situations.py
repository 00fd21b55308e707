"""One run of ansible-playbook for many situations: each is a host of its own, with its own folder.

A run of the command costs a second or more, so all situations of a kind share two: one that makes
the file, and, after somebody has been at it, the one that is looked at.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ansible.plays import ansible

TEMPLATE = "colour = {{ colour }}\n"


@dataclass(frozen=True)
class Situation:
    """What somebody does to the file between two runs, and how the second one differs."""

    meddle: Callable[[Path], object] = lambda file: None
    variables: Mapping[str, Any] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    template: str = TEMPLATE
    made_before: bool = True
    look: bool = False


@dataclass(frozen=True)
class Outcome:
    """The file's folder, and what the second run said about it."""

    folder: Path
    before: bytes | None
    result: Mapping[str, Any]

    @property
    def file(self) -> Path:
        return self.folder / "made.conf"

    @property
    def changed(self) -> bool:
        return bool(self.result["changed"])

    @property
    def refusal(self) -> str:
        """What the task failed with; empty if it did not."""
        return str(self.result["msg"]) if self.result.get("failed") else ""

    def copies(self) -> list[Path]:
        return sorted(self.folder.glob("made.conf.edited-*"))


def play(room: Path, situations: Mapping[str, Situation]) -> dict[str, Outcome]:
    """Make every file, meddle, render again; return what came of each situation."""
    for name, situation in situations.items():
        (room / name).mkdir()
        (room / name / "made.conf.j2").write_text(situation.template)
    made = {name: one for name, one in situations.items() if one.made_before}
    _run(room, "first", {name: (one, {}) for name, one in made.items()})
    before = {}
    for name, situation in situations.items():
        file = room / name / "made.conf"
        situation.meddle(file)
        before[name] = file.read_bytes() if file.exists() else None
    _run(room, "second", {name: (one, dict(one.variables)) for name, one in situations.items()})
    return {
        name: Outcome(room / name, before[name], json.loads((room / name / "second").read_text()))
        for name in situations
    }


def _run(room: Path, run: str, hosts: Mapping[str, tuple[Situation, dict[str, Any]]]) -> None:
    inventory = {"all": {"hosts": {name: _host(room, name, *of) for name, of in hosts.items()}}}
    (room / f"{run}.json").write_text(json.dumps(inventory))
    render = {
        "name": "Render",
        "rendered": "{{ arguments }}",
        "register": "result",
        "ignore_errors": True,
        "check_mode": "{{ look }}",
    }
    write = {
        "name": "Write down what came of it",
        "ansible.builtin.copy": {
            "content": "{{ result | to_json }}", "dest": "{{ folder }}/" + run, "mode": "0600",
        },
    }  # fmt: skip
    book = [{"name": run, "hosts": "all", "gather_facts": False, "tasks": [render, write]}]
    (room / f"{run}-play.json").write_text(json.dumps(book))
    done = ansible("ansible-playbook", "-i", room / f"{run}.json", room / f"{run}-play.json")
    assert done.returncode == 0, done.stdout + done.stderr


def _host(room: Path, name: str, situation: Situation, extra: dict[str, Any]) -> dict[str, Any]:
    folder = room / name
    arguments = {
        "src": str(folder / "made.conf.j2"),
        "dest": str(folder / "made.conf"),
        "mode": "0640",
        **situation.arguments,
    }
    return {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "folder": str(folder),
        "colour": "blue",
        "look": situation.look,
        "arguments": arguments,
        **extra,
    }
