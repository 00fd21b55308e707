"""The event log for programs: ``GET /hub/api/berth/events?after=17&limit=1000``.

The answer's ``last`` is what to ask after next time; fewer events than ``limit`` are all there are.
An end may be told a second time, with a higher id; the later one counts.
"""

from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import has_scope
from tornado import web

from hub_config.cluster.eventlog import Numbered
from hub_config.model.events import READ, VERSION
from hub_config.runtime import KEY

LIMIT = 1000
"""Events in one answer, at most."""


class EventsHandler(APIHandler):  # type: ignore[misc]  # untyped upstream
    """GET with a token that has the scope ``custom:usage:read``. 200, or 400, 403."""

    def get(self) -> None:
        """Answer with events in the order of their ids, and with the highest of these."""
        # Not JupyterHub's decorator, which knows only the scopes of before the site was read.
        if not self.current_user or not has_scope(READ, self.parsed_scopes, db=self.db):
            raise web.HTTPError(403, f"This takes a token that has the scope {READ}")
        after = self._number("after", 0, 0, 2**63 - 1)
        limit = self._number("limit", LIMIT, 1, LIMIT)
        found = self.settings[KEY].ledger.events.after(after, limit)
        last = found[-1].id if found else after
        self.finish({"events": [_shown(event) for event in found], "last": last})

    def _number(self, name: str, otherwise: int, low: int, high: int) -> int:
        text = self.get_query_argument(name, str(otherwise))
        if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
            raise web.HTTPError(400, f"{name} must be a whole number from {low} to {high}")
        return int(text)


def _shown(numbered: Numbered) -> dict[str, Any]:
    event = numbered.event
    return {
        "id": numbered.id,
        "schema": event.name,
        "version": VERSION,
        "at": event.at,
        "data": dict(event.data),
    }


ROUTES = [(r"/api/berth/events", EventsHandler)]
