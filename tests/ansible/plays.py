"""What the tests of the playbook share: running it, and its plugins as modules."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
ANSIBLE = ROOT / "ansible"
BIN = Path(sys.prefix) / "bin"


def plugin(path: str) -> ModuleType:
    """Return a file below ansible/ as a module; Ansible finds plugins by path, so do we."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ANSIBLE / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ansible(command: str, *argv: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one of Ansible's commands in the checkout, with nothing of the caller's configuration."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_")}
    env = {**kept, "PATH": f"{BIN}:{os.environ['PATH']}", "ANSIBLE_NOCOLOR": "1", **variables}
    return subprocess.run(
        [BIN / command, *argv], cwd=ROOT, env=env, capture_output=True, text=True, timeout=300
    )
