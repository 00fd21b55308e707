"""``python -I -m hub_config.agent --config /etc/berth/agent.toml``: one request, one answer.

JSON on stdin, JSON on stdout. The exit code is 0 whenever there is an answer. Of the command
line only the configuration is read, of the environment only SUDO_UID, which sudo sets.
"""

import json
import os
import select
import sys
import time
from pathlib import Path
from typing import Any

from hub_config.agent import Failure, Refusal
from hub_config.agent.identity import calling
from hub_config.agent.messages import decode
from hub_config.agent.policy import load
from hub_config.agent.verbs import handle

REQUEST_LIMIT = 256 * 1024
"""Bytes of a request at most."""

REQUEST_SECONDS = 10.0


def main() -> None:
    os.umask(0o077)
    if len(sys.argv) != 3 or sys.argv[1] != "--config":
        sys.exit("usage: python -I -m hub_config.agent --config FILE")
    json.dump(_answer(Path(sys.argv[2])), sys.stdout)
    sys.stdout.write("\n")


def _answer(config: Path) -> dict[str, Any]:
    try:
        caller, policy = calling(os.environ), load(config)
        return handle(decode(_read(0)), caller, policy)
    except Refusal as refusal:
        return {"refused": str(refusal)}
    except Failure as failure:
        return {"failed": str(failure)}
    except Exception as error:  # its text could quote the request: the kind must do
        return {"failed": f"a fault of the agent: {type(error).__name__}"}


def _read(descriptor: int) -> bytes:
    """Return all there is. Raises Refusal if it is too much or does not end in time."""
    data, deadline = b"", time.monotonic() + REQUEST_SECONDS
    while select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
        piece = os.read(descriptor, 65536)
        data += piece
        if not piece:
            return data
        if len(data) > REQUEST_LIMIT:
            raise Refusal(f"the request has more than {REQUEST_LIMIT} bytes")
    raise Refusal(f"the request did not end within {REQUEST_SECONDS:g} s")


if __name__ == "__main__":
    main()
