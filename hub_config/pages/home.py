"""The home page: the user's servers, and the ways to start another."""

from datetime import UTC, datetime
from typing import Any

from jupyterhub.handlers import pages
from jupyterhub.slugs import is_valid_safe_slug
from tornado import web

from hub_config.pages.servers import Servers, servers
from hub_config.runtime import KEY, Runtime
from hub_config.said import said

LONGEST_NAME = 30
"""Characters of a server's name (jupyterhub/slugs.py, is_valid_safe_slug)."""


class HomeHandler(pages.HomeHandler):  # type: ignore[misc]  # untyped upstream
    """GET shows the page; POST takes the name of a new server and leads to its form.

    Unlike JupyterHub's it asks nobody whether a server lives: one loop follows all of them.
    """

    @web.authenticated
    async def get(self) -> None:
        """Draw the page."""
        await self._draw(await self._servers())

    @web.authenticated
    async def post(self) -> None:
        """Lead to the form of the server that is named, or say why that is no name for one."""
        name = self.get_body_argument("name", "")
        found = await self._servers()
        if trouble := self._trouble(name, found):
            self.set_status(400)
            await self._draw(found, typed=name, trouble=trouble)
            return
        self.redirect(f"{self.hub.base_url}spawn/{self.current_user.escaped_name}/{name}")

    async def _servers(self) -> Servers:
        limit = await self.get_current_user_named_server_limit()
        return servers(self.current_user, self.settings[KEY], limit, datetime.now(UTC))

    def _trouble(self, name: str, found: Servers) -> str:
        if not self.allow_named_servers:
            return said("Servers have no names here.")
        return name_trouble(name) or ("" if found.may_start(name) else full(found.limit))

    async def _draw(self, found: Servers, **more: Any) -> None:
        runtime: Runtime = self.settings[KEY]
        html = await self.render_template(
            "home.html",
            servers=found,
            findings=await runtime.checks.findings(self.current_user.name, wait=False),
            quota_problems=runtime.quotas.problems,
            allow_named_servers=self.allow_named_servers,
            **{"typed": "", "trouble": "", **more},
        )
        self.finish(html)


def name_trouble(name: str) -> str:
    """Return what is wrong with the name of a server; empty: nothing. home.html says it too."""
    if not name:
        return said("Write a name.")
    if len(name) > LONGEST_NAME:
        return said("A name has at most {most} characters.", most=LONGEST_NAME)
    if not is_valid_safe_slug(name):
        return said(
            "A name has small letters a–z, digits and single hyphens; it begins with a letter and"
            " does not end with a hyphen."
        )
    return ""


def full(limit: int) -> str:
    """Say that there are as many servers as there may be."""
    return said(
        "You have as many named servers as you may ({limit}). Remove one that you need no more.",
        limit=limit,
    )


SWAPPED = {pages.HomeHandler: HomeHandler}
"""JupyterHub's handlers and what stands in their place."""
