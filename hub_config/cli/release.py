"""``berth release list|activate|rollback|prune``: which release runs."""

import argparse
from collections.abc import Iterator

from hub_config.auth.passwords import parse as parse_password
from hub_config.cli.operating import operate, say
from hub_config.cli.sites import Outcome
from hub_config.load import load_profiles, load_site
from hub_config.model.profiles import Profiles
from hub_config.ops import release
from hub_config.ops.files import locked
from hub_config.ops.layout import Layout
from hub_config.ops.switch import Switch
from hub_config.ops.units import Systemd
from hub_config.yaml12 import BadConfig


def run(args: argparse.Namespace) -> Outcome:
    """Do what ``args.action`` says."""
    if args.action == "activate" and not args.release:
        return 2, ["name a release: berth release activate RELEASE"]

    def work(layout: Layout) -> Iterator[str]:
        if args.action == "list":
            yield from release.listing(layout)
            return
        with locked(layout.lock):
            if args.action == "prune":
                yield from release.prune(layout, args.keep, _profiles(layout))
                return
            switch = Switch(layout, Systemd(), say)
            if args.action == "activate":
                switch.activate(args.release)
            else:
                switch.rollback(args.release or "")

    return operate(args, work)


def _profiles(layout: Layout) -> Profiles | None:
    """Return today's profiles; None: they do not say how long a job may run."""
    try:
        site = load_site(layout.site, parse_password)
        return load_profiles(layout.etc / "profiles.d", site)
    except BadConfig:
        return None
