"""The arguments of ``berth doctor`` and ``berth smoke``, which visit a hub; no more than that."""

import argparse
from collections.abc import Callable

from hub_config.model.request import USER_NAME
from hub_config.model.units import parse_walltime

_DOCTOR = """\
Files, units, certificate, hub, proxy, agent and queue of this machine; run it as root on the hub's
machine to see all of it. With --user also from a node: one small server of that user is started,
looked around from, and stopped (the smallest preset, or --preset).

ok  good    warn  to look at    FAIL  wrong, with the cure    unseen  could not be looked at

Exit code: 0 nothing is wrong, 1 something is, 2 wrong usage."""

_SMOKE = """\
Each preset that is open to USER is started as a server named smoke-…, asked from within what it
got, and stopped. Nothing of the user's own is touched, and nothing is left behind.

ok       what the form promises is what the job has
differs  the job has less than that
failed   it could not be started, reached or used
waited   its job had not begun within --queue-limit and was cancelled: no fault of the hub
locked   the form does not let USER take it

Exit code: 0 at least one ok and none differs or failed, 1 otherwise, 2 wrong usage."""

Add = Callable[..., argparse.Action]


def add_all(command: Callable[..., Add], site: str) -> None:
    """Add both commands; *site* is where a site is unless said otherwise."""
    add = command("doctor", "look at all that a hub needs; a cure for what is wrong", _DOCTOR)
    _add_visitor(add, site, required=False)
    add = command("smoke", "start, look at and stop every preset, as an ordinary user", _SMOKE)
    _add_visitor(add, site, required=True)
    add("--parallel", metavar="N", type=int, choices=range(1, 9), default=1, help="servers at once")


def _add_visitor(add: Add, site: str, *, required: bool) -> None:
    again = {"action": "append", "default": []}
    add("--site", default=site, help="default: %(default)s")
    add("--user", type=_user, required=required, help="who logs in")
    add("--password-file", metavar="FILE", help="- for a pipe; left out: asked for")
    add("--url", help="the hub's address; left out: from site.yml")
    add("--ca", metavar="FILE", help="certificates to trust; left out: those of this machine")
    add("--preset", metavar="ID", help="only this one; may be given again", **again)
    add("--queue-limit", metavar="TIME", type=_time, default=600, help="default: 10m")
    add("--start-limit", metavar="TIME", type=_time, default=300, help="for booting; default: 5m")
    add("--json", action="store_true", help="for programs")


def _user(text: str) -> str:
    if not USER_NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f'"{text}" is no user name')
    return text


def _time(text: str) -> int:
    try:
        return parse_walltime(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
