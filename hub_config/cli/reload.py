"""``berth reload``: check the profiles and wait until the running hub serves them."""

import argparse
from pathlib import Path

from hub_config.cli.operating import say
from hub_config.cli.sites import Outcome, aligned
from hub_config.ops.failure import Failed
from hub_config.ops.reload import reload
from hub_config.yaml12 import BadConfig


def run(args: argparse.Namespace) -> Outcome:
    """Return 0 when what is on the disk is what users see."""
    try:
        for line in reload(Path(args.site)):
            say(line)
    except BadConfig as error:
        return 1, [*aligned(error.problems), "the hub goes on with the last good profiles"]
    except Failed as error:
        return 1, [str(error)]
    return 0, []
