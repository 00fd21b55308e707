"""Runs a command in a situation and stores what it printed, exactly as printed."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from hub_config.schedulers.base import Command
from tests.testbed.layout import this_host
from tests.testbed.shell import must, run
from tests.testbed.slurm import SlurmBed

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "slurm"
README = """\
# Recorded output of Slurm

Real output of Slurm {version} (Debian 12), from the commands and in the situations below.
`python -m tests.testbed.recording` (root, Debian) brings each situation about and writes the files
again; nothing here is written or edited by hand; the machine is called head. Each file holds the
argument vector, standard input, exit code and both outputs.

| file | run by | command | situation |
|---|---|---|---|
{rows}
"""


class Recorder:
    """Runs commands against ``bed`` and stores what they print."""

    def __init__(self, bed: SlurmBed, folder: Path = FOLDER) -> None:
        self.bed = bed
        self._folder = folder

    def save(
        self,
        name: str,
        situation: str,
        command: Command,
        *,
        user: str = "root",
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Run a command as ``user`` and store it under ``name``; ``env`` replaces the bed's own."""
        argv, stdin = command.argv, command.stdin
        if user == "root":
            done = run(argv, env=self.bed.env if env is None else env, input=stdin, timeout=90)
        else:
            done = self.bed.run_as(user, argv, input=stdin, timeout=90)
        record = {
            "situation": situation,
            "user": user,
            "argv": argv,
            "stdin": stdin,
            "rc": done.returncode,
            "stdout": _anonymous(done.stdout),
            "stderr": _anonymous(done.stderr),
        }
        text = json.dumps(record, indent=2, ensure_ascii=False)
        (self._folder / f"{name}.json").write_text(text + "\n")
        print(f"{name}: rc {done.returncode}", flush=True)


def _anonymous(text: str) -> str:
    """Return what was printed with the name of the machine taken out."""
    return re.sub(rf"\b{re.escape(this_host())}\b", "head", text)


def write_readme(folder: Path = FOLDER) -> None:
    """List every recording with its command and situation."""
    version = must(["/usr/bin/dpkg-query", "-W", "-f", "${Version}", "slurm-client"])
    rows = "\n".join(_row(path) for path in sorted(folder.glob("*.json")))
    (folder / "README.md").write_text(README.format(version=version, rows=rows))


def _row(path: Path) -> str:
    record = json.loads(path.read_text())
    tool, *options = record["argv"]
    command = " ".join([Path(tool).name, *options]).replace("|", "\\|")
    return f"| {path.stem} | {record['user']} | `{command}` | {record['situation']} |"
