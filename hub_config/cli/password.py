"""``berth hash-password``: a password in, from the terminal or a pipe; its hash out."""

import argparse
import sys

from hub_config.auth.passwords import prompt_and_hash


def run(_args: argparse.Namespace) -> tuple[int, list[str]]:
    """Return the hash, or why there is none."""
    try:
        return 0, [prompt_and_hash(sys.stdin)]
    except (ValueError, EOFError) as error:
        return 1, [str(error) or "no password was given; nothing was hashed"]
