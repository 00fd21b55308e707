"""What ``berth smoke`` and ``berth doctor`` need to be a user of the hub: its URL, a password."""

import argparse
import getpass
import sys
from pathlib import Path

from hub_config.cli.sites import load
from hub_config.model.site import Site
from hub_config.ops.failure import Failed
from hub_config.visit.client import public_url
from hub_config.yaml12 import BadConfig


def url(args: argparse.Namespace) -> str:
    """Return the hub's URL as users have it: ``--url``, else from site.yml. Raises Failed."""
    return str(args.url) if args.url else public_url(site(args.site))


def site(path: str) -> Site:
    """Return the site in *path*. Raises Failed."""
    try:
        return load(Path(path)).site
    except BadConfig as error:
        first = error.problems[0]
        cure = "say where the site is with --site, or the hub's address with --url"
        raise Failed(f"{first.place} {first.text}\n{path} cannot be read — {cure}") from error


def password(args: argparse.Namespace) -> str:
    """Return the password: from a file, from a terminal, or a pipe's first line. Raises Failed."""
    try:
        file = args.password_file
        if file not in (None, "-"):
            found = Path(file).read_text("utf-8").rstrip("\n")
        elif sys.stdin.isatty() and file is None:
            found = getpass.getpass(f"Password of {args.user}: ")
        else:
            found = sys.stdin.readline().rstrip("\n")
    except (OSError, UnicodeError, EOFError) as error:
        raise Failed(f"the password cannot be read: {error}") from error
    if not found:
        raise Failed("the password is empty — nothing was tried")
    return found


def tell(line: str) -> None:
    """Say on standard error how it goes, while standard output waits for the result."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
