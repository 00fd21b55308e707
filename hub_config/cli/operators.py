"""The commands for an installed hub, as the parser of ``berth`` takes them."""

import argparse
from collections.abc import Callable

Add = Callable[..., argparse.Action]

_RELEASE = """\
list               the installed releases, the newest first
activate RELEASE   stop the hub, copy the database, convert it, switch, start, look at its health;
                   whatever fails, the release of before runs again with its database
rollback [RELEASE] the same way back, to the previous release if none is named; a switch that
                   was interrupted is undone
prune              remove releases that are neither current, previous nor among the newest, and
                   that no job can still run from

Users' running servers and the proxy are not touched by any of this."""

_SECRETS = """\
ensure [NAME…]     make the secrets that are missing, repair modes; a service's is service-NAME
rotate NAME        give one a new value: proxy-token, cookie-secret, auth-state-key, service-NAME"""


def add_all(command: Callable[..., Add], default_site: str) -> None:
    """Add them to the parser through *command*."""
    add = command("release", "list, activate, roll back or remove releases", _RELEASE)
    add("action", choices=("list", "activate", "rollback", "prune"))
    add("release", metavar="RELEASE", nargs="?", help="as `berth release list` names it")
    add("--keep", type=_count, default=3, help="prune: newest to keep; default: %(default)s")
    _add_root(add)

    add = command("backup", "write database, settings and secrets into one file")
    add("--to", metavar="DIR", help="default: /var/backups/berth")
    add("--keep", type=_count, default=0, help="remove all but so many there; default: none")
    _add_root(add)

    add = command("restore", "go back to what a backup holds; it is checked first")
    add("file", metavar="FILE", help="as `berth backup` wrote it")
    add("--force", action="store_true", help="even if what is there now is too broken to be kept")
    _add_root(add)

    add = command("secrets", "make or renew the secrets of this machine", _SECRETS)
    add("action", choices=("ensure", "rotate"))
    add("names", metavar="NAME", nargs="*", help="which")
    add("--restart", action="store_true", help="rotate: restart the units that read it")
    _add_root(add)

    add = command("reload", "check the profiles and wait until the hub serves them")
    add("site", metavar="SITE", nargs="?", default=default_site, help="default: %(default)s")

    add = command("health", "print what the running hub says of itself")
    add("site", metavar="SITE", nargs="?", default=default_site, help="default: %(default)s")
    add("--json", action="store_true", help="for programs")


def _add_root(add: Add) -> None:
    add("--root", default="/", help="a folder that holds etc/, opt/ and var/; default: %(default)s")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number')
    return int(text)
