"""Stands in front of Slurm's commands: counts the calls, and follows a fault where one is set.

Without a fault every call reaches the real command. A fault is a shell script put in its place,
for faults that a real Slurm shows too rarely to wait for. Ours and stock call the same folder.
"""

import shlex
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMANDS = ("sbatch", "squeue", "scancel", "sinfo", "sacct", "sacctmgr", "sshare", "scontrol")
_FRONT = """\
#!/bin/sh
# Nothing but shell: a stock hub starts several of these in a second.
name=${{0##*/}}
export SLURM_CONF={conf}
echo "$name" >> {root}/calls
if [ -x {root}/faults/"$name" ]; then exec {root}/faults/"$name" "$@"; fi
exec /usr/bin/"$name" "$@"
"""


class Tools:
    """A folder of commands below *root*; all users may read it and be counted in it."""

    def __init__(self, root: Path, conf: Path) -> None:
        self.root, self.bin = root, root / "bin"
        self._faults, self._calls = root / "faults", root / "calls"
        for folder in (self.bin, self._faults):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            folder.chmod(0o755)
        self._calls.write_text("")
        self._calls.chmod(0o666)
        for name in COMMANDS:
            text = _FRONT.format(conf=shlex.quote(str(conf)), root=shlex.quote(str(root)))
            _script(self.bin / name, text)

    def calls(self) -> Counter[str]:
        """Return how often each command was called so far."""
        return Counter(self._calls.read_text().split())

    @contextmanager
    def fault(self, script: str, *names: str) -> Iterator[None]:
        """Run *script* instead of these commands; the real ones are in /usr/bin."""
        for name in names:
            self.set(name, script)
        try:
            yield
        finally:
            for name in names:
                self.clear(name)

    def set(self, name: str, script: str) -> None:
        """Let *script* take the place of a command from now on."""
        fresh = self._faults / f".{name}"
        _script(fresh, f"#!/bin/sh\n{script}\n")
        fresh.rename(self._faults / name)

    def clear(self, *names: str) -> None:
        """Let calls reach the real commands again; all of them if none is named."""
        for name in names or COMMANDS:
            (self._faults / name).unlink(missing_ok=True)


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
