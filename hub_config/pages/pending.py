"""A server that starts, and one that is not there: what JupyterHub's pages are told besides."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from jupyterhub.apihandlers import users
from jupyterhub.handlers import base, pages
from jupyterhub.utils import format_exception
from markupsafe import Markup
from tornado.httputil import url_concat

from hub_config import i18n
from hub_config.cluster.ledger import DAY
from hub_config.model.resolve import NO_SCRIPT, lasting
from hub_config.model.units import format_walltime
from hub_config.pages.failure import Failure, failure
from hub_config.pages.servers import since
from hub_config.runtime import KEY, Runtime
from hub_config.said import said

STARTS, USES = "servers", "access:servers"
"""Who may see with what a server was started, and who what it has printed."""


class _Told:
    """Adds to the pages what the ledger and the scheduler say."""

    request: Any
    settings: dict[str, Any]
    has_scope: Any

    def render_template(self, name: str, sync: bool = False, **variables: Any) -> Any:
        """Draw a page: its text if *sync* (errors are), else something to wait for."""
        if name == "spawn_pending.html":
            variables |= starting(variables["spawner"])
        elif name == "not_running.html":
            variables |= self._not_running(**variables)
        return super().render_template(name, sync, **variables)  # type: ignore[misc]

    def _not_running(
        self, user: Any, server_name: str, spawn_url: str, exception: Any = None, **_: Any
    ) -> dict[str, Any]:
        runtime: Runtime = self.settings[KEY]
        # JupyterHub lets those in who may use another server of this user (UserUrlHandler.get).
        starts, uses = (self._may(scope, user, server_name) for scope in (STARTS, USES))
        if not (starts or uses):
            return {"failure": None}
        entry = runtime.ledger.last(user.name, server_name)
        after = max(time.time() - DAY, since(user))
        lately = entry and (entry.ended or 0.0) > after
        found = failure(entry if lately else None, exception)
        if found is None:
            return {"failure": None}
        support = self._support(found, user.name, server_name)
        options = user.spawners[server_name].user_options if starts else None
        return failed(found if uses else replace(found, log=""), options, spawn_url, support)

    def _may(self, scope: str, user: Any, server_name: str) -> bool:
        return bool(self.has_scope(f"{scope}!server={user.name}/{server_name}"))

    def _support(self, found: Failure, user: str, server: str) -> str:
        """Return a link to the support desk that says what somebody there will ask for."""
        branding = self.settings[KEY].site.branding
        subject = said("{hub}: a server did not start", hub=branding.name)
        lines = (
            said("Hub: {hub} ({host})", hub=branding.name, host=self.request.host),
            said("User: {user}", user=user),
            said("Server: {server}", server=server or said("the default one")),
            said("Job: {job}", job=found.job_id or said("none")),
            said("Time: {time} UTC", time=found.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")),
            said("What happened: {what}", what=found.what),
        )
        link: str = branding.support(i18n.say(subject), "\n".join(map(i18n.say, lines)))
        return link


def failed(found: Failure, options: object, spawn_url: str, support_url: str) -> dict[str, Any]:
    """Return what the page of a failure is drawn with. *options*: the answers of the start."""
    answers = _answers(options)
    return {
        "failure": found,
        "retry": answers,
        "change_url": url_concat(spawn_url, _in_a_link(answers)),
        "support_url": support_url,
        "without_script": NO_SCRIPT,
    }


def _answers(options: object) -> dict[str, str]:
    """Return the answers of a start as a form posts them again, with their units."""
    if not isinstance(options, Mapping):
        return {}
    return {str(name): str(value) for name, value in options.items() if value not in (None, "")}


def _in_a_link(options: Mapping[str, str]) -> dict[str, str]:
    """Return *options* as the form takes them from its address."""
    return {f"opt-{name}": text for name, text in lasting(options).items()}


def starting(spawner: Any) -> dict[str, Any]:
    """Return what is known of a start, for a page that shows it before any event has come."""
    job = spawner.child_spawner
    if job is None or not job.uuid:
        return {"event": {"progress": 0, "message": said("Checking the request")}, "history": ()}
    event = job.event()
    history = [(datetime.fromtimestamp(when, UTC), text) for when, text in job.history]
    start = event["about"]["start"]
    return {
        "event": event,
        "history": history,
        "patience": format_walltime(job.request.start_timeout) if job.request else "",
        "expected": datetime.fromisoformat(start) if start else None,
        "waited": datetime.now(UTC) - datetime.fromisoformat(event["about"]["since"]),
    }


class PendingHandler(_Told, pages.SpawnPendingHandler):  # type: ignore[misc]  # untyped upstream
    """The waiting page, and after a failure what has happened."""


class UserUrlHandler(_Told, base.UserUrlHandler):  # type: ignore[misc]  # untyped upstream
    """The page in the place of a server that does not run."""


_UPSTREAM = {
    "Server requested": said("Server requested"),
    "Spawn cancelled": said("The start was cancelled."),
    "Spawn failed": said("Spawn failed"),
}


class ProgressHandler(users.SpawnProgressAPIHandler):  # type: ignore[misc]  # untyped upstream
    """The events of a start, in the language of whoever asks; English if none is asked for."""

    async def send_event(self, event: dict[str, Any]) -> None:
        """Send one event; those that JupyterHub made of texts are made of ours again."""
        if event.get("failed"):
            event = event | self._failed()
        elif event.get("ready") and event["message"] == f"Server ready at {event['url']}":
            event = event | _ready(event["url"])
        text = event.get("message")
        event = event | {"message": _UPSTREAM.get(str(text), text)}
        await super().send_event(_spoken(event))

    def _failed(self) -> dict[str, str]:
        name, server = (*self.path_args, "")[:2]
        user = self.find_user(name)
        spawner = user.spawners.get(server or "") if user else None  # [] would make one
        start = spawner._spawn_future if spawner else None
        if start is None or not start.done() or start.cancelled() or not start.exception():
            return {}
        message, _ = format_exception(start.exception())
        return {"message": said("Spawn failed: {reason}", reason=message)}


def _ready(url: str) -> dict[str, str]:
    message = said("Server ready at {url}", url=url)
    link = Markup('<a href="{url}">{url}</a>').format(url=url)
    return {"message": message, "html_message": _marked_up(message.message, url=link)}


def _marked_up(message: str, **values: Markup) -> str:
    return str(Markup.escape(i18n.gettext(message)).format(**values))


def _spoken(value: Any) -> Any:
    """Return *value* with all its texts in the language of the request."""
    if isinstance(value, dict):
        return {name: _spoken(part) for name, part in value.items()}
    return i18n.say(value)


SWAPPED = {
    pages.SpawnPendingHandler: PendingHandler,
    base.UserUrlHandler: UserUrlHandler,
    users.SpawnProgressAPIHandler: ProgressHandler,
}
"""JupyterHub's handlers and what stands in their place."""
