"""``python -I -m hub_config.agent.relay SOCKET``: stdin to the agent's socket, its answer back.

The forced command of an ssh key on a login node: whoever has the key can ask that agent, and
nothing else there. It needs no rights but to open the socket, so sudo has no part in it.
"""

import socket
import sys

SECONDS = 360.0
"""Longer than an agent may take."""

LIMIT = 2**20
"""Bytes of a request, more than an agent takes."""


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python -I -m hub_config.agent.relay SOCKET")
    try:
        _relay(sys.argv[1])
    except OSError as error:
        sys.exit(f"berth-agent does not answer at {sys.argv[1]}: {error.strerror or error}")


def _relay(path: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as agent:
        agent.settimeout(SECONDS)
        agent.connect(path)
        with agent.makefile("rwb") as stream:
            stream.write(sys.stdin.buffer.read(LIMIT))
            stream.flush()
            agent.shutdown(socket.SHUT_WR)
            while piece := stream.read1(2**16):
                sys.stdout.buffer.write(piece)


if __name__ == "__main__":
    main()
