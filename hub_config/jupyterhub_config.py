"""JupyterHub's configuration file: load the site, apply the layers, then the escape hatch."""

import logging
import os
from pathlib import Path

from hub_config import credentials
from hub_config.auth.passwords import parse as parse_password
from hub_config.layers import LAYERS
from hub_config.load import load_site

log = logging.getLogger("berth.config")
site_file = Path(os.environ.get("BERTH_SITE", "/etc/berth/site.yml")).resolve()
site = load_site(site_file, parse_password)

c = get_config()  # type: ignore[name-defined]  # noqa: F821
c.BerthHub.site_file = str(site_file)
for layer in LAYERS:
    layer.apply(c, site)
credentials.apply(c)

# The site's own last word, for what site.yml cannot say. Logged, so that it is never a secret.
for extra in sorted(site_file.parent.glob("jupyterhub_config.d/*.py")):
    log.warning("Loading %s: it may change anything set by site.yml", extra)
    load_subconfig(str(extra))  # type: ignore[name-defined]  # noqa: F821
