"""berth-agent's command line: one request on stdin, or many at a socket.

``--config FILE``: JSON on stdin, JSON on stdout, exit code 0 whenever there is an answer; of the
environment only SUDO_UID is read, which sudo sets. With ``--serve``: answers at systemd's socket
or at PATH until SIGTERM. With ``--check``: says what is wrong in FILE.
"""

import json
import os
import sys
from pathlib import Path

from hub_config.agent import Failure
from hub_config.agent.exchange import exchange
from hub_config.agent.identity import calling
from hub_config.agent.policy import load

USAGE = "usage: python -I -m hub_config.agent --config FILE [--check | --serve [--socket PATH]]"


def main() -> None:
    os.umask(0o077)
    match sys.argv[1:]:
        case ["--config", config]:
            _answer(Path(config))
        case ["--config", config, "--check"]:
            _check(Path(config))
        case ["--config", config, "--serve"]:
            _serve(Path(config), None)
        case ["--config", config, "--serve", "--socket", path]:
            _serve(Path(config), Path(path))
        case _:
            sys.exit(USAGE)


def _answer(config: Path) -> None:
    done = exchange(0, lambda: calling(os.environ), lambda: load(config))
    json.dump(done.answer, sys.stdout)
    sys.stdout.write("\n")


def _check(config: Path) -> None:
    try:
        load(config)
    except Failure as failure:
        sys.exit(str(failure))


def _serve(config: Path, path: Path | None) -> None:
    # Imported here: a request through sudo, which pays for every import, needs none of it.
    from hub_config.agent.server import SOCKET, serve

    try:
        serve(config, path or SOCKET)
    except (OSError, ValueError) as error:
        sys.exit(f"berth-agent: {error}")


if __name__ == "__main__":
    main()
