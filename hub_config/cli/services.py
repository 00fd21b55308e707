"""``berth services SITE``: what our services are told of the site: JSON without secrets."""

import argparse
from pathlib import Path

from hub_config.cli.sites import Outcome, aligned, is_a
from hub_config.load import load_site
from hub_config.model.told import tell
from hub_config.yaml12 import BadConfig


def run(args: argparse.Namespace) -> Outcome:
    """Return the JSON; or, for the credential of one service's unit, its database."""
    path = Path(args.site)
    file = path / "site.yml" if is_a(Path.is_dir, path) else path
    try:
        site = load_site(file)
    except BadConfig as error:
        return 1, aligned(error.problems)
    if args.database:
        return 0, [site.database_of(args.database)]
    return 0, [tell(site, file.parent.resolve()).model_dump_json(indent=2)]
