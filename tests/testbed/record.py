"""Records what real Slurm commands print: ``python -m tests.testbed.record [squeue|sinfo|…]``.

Every file of tests/fixtures/slurm/ comes from here. The situations are brought about in beds of
their own, so recording disturbs no running test bed; the texts are stored exactly as they were
printed. README.md beside the files lists command and situation of each.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.testbed import scenes
from tests.testbed.layout import Layout
from tests.testbed.shell import must, run
from tests.testbed.slurm import SlurmBed

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "slurm"
_SCENES: dict[str, Callable[["Recorder"], None]] = {
    "squeue": scenes.squeue,
    "sbatch": scenes.sbatch,
    "scancel": scenes.scancel,
    "sinfo": scenes.sinfo,
    "accounts": scenes.accounts,
    "faults": scenes.faults,
    "zoo": scenes.zoo,
}


class Recorder:
    """Runs commands against ``bed`` and stores what they print."""

    def __init__(self, bed: SlurmBed, folder: Path = FOLDER) -> None:
        self.bed = bed
        self._folder = folder

    def save(
        self,
        name: str,
        situation: str,
        argv: Sequence[str],
        *,
        user: str = "root",
        stdin: str = "",
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Run ``argv`` as ``user`` and store it under ``name``; ``env`` replaces the bed's own."""
        if user == "root":
            done = run(argv, env=self.bed.env if env is None else env, input=stdin, timeout=90)
        else:
            done = self.bed.run_as(user, argv, input=stdin, timeout=90)
        record = {
            "situation": situation,
            "user": user,
            "argv": list(argv),
            "stdin": stdin,
            "rc": done.returncode,
            "stdout": done.stdout,
            "stderr": done.stderr,
        }
        path = self._folder / f"{name}.json"
        path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        print(f"{name}: rc {done.returncode}")


def write_readme(folder: Path = FOLDER) -> None:
    """List every recording with its command and situation."""
    version = must(["/usr/bin/sinfo", "--version"]).strip().removeprefix("slurm-wlm ")
    lines = [
        "# Recorded output of Slurm",
        "",
        f"Real output of Slurm {version} (Debian 12), from the commands and in the situations below.",
        "`python -m tests.testbed.record` (root, Debian) brings each situation about and writes the",
        "files again; nothing here is written or edited by hand. Each file holds the argument vector,",
        "standard input, exit code and both outputs.",
        "",
        "| file | run by | command | situation |",
        "|---|---|---|---|",
    ]
    for path in sorted(folder.glob("*.json")):
        record = json.loads(path.read_text())
        command = " ".join(Path(word).name if n == 0 else word for n, word in enumerate(record["argv"]))
        command = command.replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {path.stem} | {record['user']} | `{command}` | {record['situation']} |")
    (folder / "README.md").write_text("\n".join(lines) + "\n")


def main() -> None:
    """Record the scenes named on the command line, or all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or _SCENES:
        scene_layout, scene_cluster = scenes.PLACES.get(name, scenes.USUAL_PLACE)
        bed = SlurmBed(Layout(scene_layout), scene_cluster)
        bed.down(purge=True)
        try:
            bed.up()
            _SCENES[name](Recorder(bed))
        finally:
            bed.down(purge=True)
    write_readme()


if __name__ == "__main__":
    main()
