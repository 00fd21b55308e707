"""What the operators' commands share: steps printed as they happen, failures with their cure."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from hub_config.cli.sites import Outcome, aligned
from hub_config.ops.failure import Failed
from hub_config.ops.layout import Layout
from hub_config.yaml12 import BadConfig


def say(line: str) -> None:
    """Print one step, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def operate(args: argparse.Namespace, work: Callable[[Layout], Iterable[str]]) -> Outcome:
    """Do *work* on the machine's Berth, or the one below ``args.root``; print as it goes."""
    os.umask(0o077)
    layout = Layout(Path(args.root).resolve())
    if layout.root == Path("/") and os.geteuid() != 0:
        return 1, ["this needs root — run it with sudo"]
    try:
        for line in work(layout):
            say(line)
    except BadConfig as error:
        return 1, aligned(error.problems)
    except Failed as error:
        return 1, str(error).splitlines()
    except OSError as error:
        return 1, [f"{error.filename or 'a file'}: {error.strerror}"]
    return 0, []
