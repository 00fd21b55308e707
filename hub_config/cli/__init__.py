"""``berth``: check, show and try out a site's configuration, without a hub and a scheduler.

Commands return an exit code and lines; printing happens here. Their modules are imported
when needed, so that a check is quick: it runs whenever a file is saved.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from hub_config import __version__
from hub_config.cli import operators, visits
from hub_config.cli.announcing import add_all as add_announcing
from hub_config.model.request import USER_NAME

DEFAULT_SITE = "/etc/berth"

_CHECK = """\
PATH is one of
  a site's folder        site.yml, profiles.d/ and kernels.yml, and how they fit; announcements.d/
  a folder of profiles   its *.yml files together
  one YAML file          by itself, as ansible's `validate: berth check %s` has it. Whether it
                         is a site.yml, a kernels.yml or a file of profiles.d is seen from its
                         keys; what only other files can tell (a partition) is not checked

A file of announcements.d by itself is for `berth announce check`.

All problems are printed as file:line:column  path: what — cure.
Exit code: 0 good, 1 problems, 2 wrong usage."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when all is good, 1 with problems (argparse exits with 2)."""
    args = parser().parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        # A file name need not be text, and a terminal need not know UTF-8.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    try:
        code, lines = import_module(f"hub_config.cli.{args.module}").run(args)
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
    except BrokenPipeError:  # `berth show … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return int(code)


def parser() -> argparse.ArgumentParser:
    """Return what understands the words of a command line."""
    whole = argparse.ArgumentParser(prog="berth", description=__doc__.partition("\n")[0])
    whole.add_argument("--version", action="version", version=f"berth {__version__}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, text: str, more: str = "", module: str = ""
    ) -> Callable[..., argparse.Action]:
        made = commands.add_parser(
            name,
            help=text,
            description=text,
            epilog=more,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(module=module or name)
        return made.add_argument

    add = command("check", "print all problems of a site's files", _CHECK)
    add("path", metavar="PATH", nargs="?", default=DEFAULT_SITE, help="default: %(default)s")

    add = command("show", "print every setting with the place it comes from; secrets are masked")
    add("site", metavar="SITE", nargs="?", default=DEFAULT_SITE, help="default: %(default)s")
    add("--json", action="store_true", help="for programs")

    add = command("services", "print what Berth's own services are told of the site")
    add("site", metavar="SITE", nargs="?", default=DEFAULT_SITE, help="default: %(default)s")
    add("--database", metavar="NAME", help="print the database of this service alone: a secret")

    add = command("schema", "print the JSON Schema of a file, for editors")
    add("file", choices=("site", "profiles", "kernels"), help="a file of profiles.d, or the other")

    add = command("kernels", "check or install the centre's kernels; the users' are berth-kernel's")
    add("action", choices=("check", "install"), help="print what is declared, or bring it to DIR")
    default = f"{DEFAULT_SITE}/kernels.yml"
    add("file", metavar="FILE", nargs="?", default=default, help="default: %(default)s")
    help_ = "folder that the nodes see; default: %(default)s"
    add("--to", metavar="DIR", default="/opt/berth-user/kernels", help=help_)

    add = command("form", "print what a user would be offered", module="offer")
    add("user", metavar="USER", type=_user)
    _add_person(add)

    add = command("script", "print what would be submitted for a choice")
    add("profile", metavar="PROFILE", help="the id of a preset, or advanced")
    add("--user", type=_user, default="alice", help="default: %(default)s")
    add("--set", metavar="FIELD=VALUE", type=_pair, action="append", default=[], help="an answer")
    _add_person(add)

    command(
        "hash-password", "ask for a password and print its hash for site.yml", module="password"
    )
    add_announcing(command, DEFAULT_SITE)
    operators.add_all(command, DEFAULT_SITE)
    visits.add_all(command, DEFAULT_SITE)
    return whole


def _add_person(add: Callable[..., argparse.Action]) -> None:
    add("--site", default=DEFAULT_SITE, help="default: %(default)s")
    add("--groups", type=_words, default=(), help="a,b: groups besides those in site.yml")
    add("--accounts", type=_words, help="a,b: accounts the scheduler would name; default: unknown")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f'"{text}" is not FIELD=VALUE')
    return name, value


def _user(text: str) -> str:
    if not USER_NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f'"{text}" is no user name: small letters, digits, _ and -'
        )
    return text
