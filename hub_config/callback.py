"""Where a job reports the port it listens on: one whole number, from the job itself, once."""

import hmac
import json
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from tornado import web

from hub_config.job import BatchJob
from hub_config.runtime import KEY, Runtime
from hub_config.schedulers.base import Phase

MAX_BODY = 1024
ALIVE = (Phase.PENDING, Phase.RUNNING)


class ReadyHandler(APIHandler):  # type: ignore[misc]  # untyped upstream
    """POST {"port": N} with the server's own token. 204, or 400, 403, 409, 410, 503.

    On 400, 403, 409 and 410 the launcher ends the job, so the same report twice (its first
    answer was lost on the way) is as good as once, and 503 is the answer to a job that a hub
    without its database has yet to take over.
    """

    async def post(self) -> None:
        """Take the report."""
        job = job_of(self)
        port = _port(self._body())
        if job is None:
            raise web.HTTPError(410, "No server of yours has this token any more")
        if not job.report(port):
            raise web.HTTPError(409, "This server has reported another port already")
        self.set_status(204)
        self.finish()

    def _body(self) -> Any:
        if len(self.request.body) > MAX_BODY:
            raise web.HTTPError(400, "Too long")
        try:
            return json.loads(self.request.body.decode(), object_pairs_hook=_object)
        except (ValueError, RecursionError) as error:
            raise web.HTTPError(400, "Not JSON") from error


def job_of(handler: APIHandler) -> BatchJob | None:
    """Return the job whose token asks: of no other server, of no other user. None: it has ended.

    Raises HTTPError 403 for a token of somebody else, 503 where it may be a job's.
    """
    token = handler.get_token()
    if token is None and _may_be_expected(handler.settings[KEY], handler.get_auth_token()):
        raise web.HTTPError(503, "The hub does not know all of its servers yet")
    if token is None or token.user is None:
        raise web.HTTPError(403, "Not a server's token")
    user = handler.find_user(token.user.name)
    jobs = (spawner.child_spawner for spawner in user.spawners.values())
    return next((job for job in jobs if job and job.token_hash == token.hashed), None)


def _may_be_expected(runtime: Runtime, token: str | None) -> bool:
    """Return whether an unknown token may be that of a job which the hub is about to take over.

    It is where the scheduler has not told yet which jobs there are, or where it follows from the
    name of a living one that the ledger has lost (``marks``).
    """
    if not token:
        return False
    latest = runtime.poller.latest
    if latest is None:
        return True
    alive = [job.uuid for job in latest.jobs.values() if job.phase in ALIVE]
    own = [
        uuid
        for uuid in alive
        if hmac.compare_digest(runtime.marks.token(uuid).encode(), token.encode())
    ]
    return any(runtime.ledger.find(uuid) is None for uuid in own)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _port(body: Any) -> int:
    if not isinstance(body, dict) or set(body) != {"port"}:
        raise web.HTTPError(400, 'Write {"port": N}')
    port = body["port"]
    if not isinstance(port, int) or isinstance(port, bool) or not 1024 <= port <= 65535:
        raise web.HTTPError(400, "The port must be a whole number from 1024 to 65535")
    return port
