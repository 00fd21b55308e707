"""Templates, what they know of the centre, and where people land."""

from typing import Any

from hub_config import __version__
from hub_config.i18n.jinja import OPTIONS
from hub_config.model.site import Site
from hub_config.paths import templates
from hub_config.policy import numbered


def apply(c: Any, site: Site) -> None:
    """Set the pages."""
    c.JupyterHub.template_paths = [str(templates())]
    c.JupyterHub.template_vars = {
        "branding": site.branding,
        "berth_version": __version__,
        "scheduler_name": site.scheduler.product,
    }
    c.JupyterHub.jinja_environment_options = numbered(OPTIONS)
    c.JupyterHub.default_url = f"{site.proxy.prefix}/hub/home"
    if site.branding.logo:
        c.JupyterHub.logo_file = str(site.branding.logo)
